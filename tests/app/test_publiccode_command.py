"""`kyoso publiccode`: a file judged, the one of a linked repository judged, and one written from a product."""

from pathlib import Path

import pytest

from tests.app.terminal import Terminal
from tests.country import PUBLICCODE, Country


@pytest.fixture
def terminal(small_country: Country) -> Terminal:
    return Terminal(str(small_country.engine.url))


def test_a_file_is_judged_with_line_key_and_mend(terminal: Terminal, tmp_path: Path) -> None:
    good, bad = tmp_path / "publiccode.yml", tmp_path / "bad.yml"
    good.write_text(PUBLICCODE, "utf-8")
    bad.write_text(PUBLICCODE.replace("license: MIT", "license: MITT"), "utf-8")
    assert terminal.json("publiccode", "check", good)["valid"] is True
    found = terminal.json("publiccode", "check", bad, status=1)
    (problem,) = found["errors"]
    assert problem["key"] == "legal.license"
    assert problem["line"] == 1 + PUBLICCODE[: PUBLICCODE.index("license: MIT")].count("\n")
    assert problem["mend"]
    assert terminal.kyoso("publiccode", "check", bad) == 1
    assert "legal.license" in terminal.err
    assert terminal.kyoso("publiccode", "check", "-", stdin=PUBLICCODE) == 0


def test_a_file_that_is_not_there_is_said_to_be_missing(terminal: Terminal) -> None:
    assert terminal.kyoso("publiccode", "check", "nowhere.yml") == 1
    assert "ファイルがありません" in terminal.err


def test_the_file_last_seen_of_a_linked_repository_is_judged(
    small_country: Country, terminal: Terminal
) -> None:
    small_country.an_idea_ready_for_g4()
    for name in ("kazemirai/madoguchi-faq", "https://github.com/kazemirai/madoguchi-faq"):
        assert terminal.json("publiccode", "check", name)["valid"] is True
    assert terminal.kyoso("publiccode", "check", "kazemirai/nothing-here") == 1
    assert "［unknown］" in terminal.err


def test_a_file_is_written_from_a_product(small_country: Country, terminal: Terminal, tmp_path: Path) -> None:
    _, product = small_country.a_flagged_product()
    out = tmp_path / "publiccode.yml"
    told = terminal.json("publiccode", "write", product, "--out", out)
    assert out.read_text("utf-8") == told["text"]
    assert "license: MIT" in told["text"]
    assert "url: https://github.com/kazemirai/madoguchi-faq" in told["text"]
    # The summary of the country's product is one short sentence: that is said, not padded.
    assert [p["key"] for p in told["problems"]] == ["description.ja.longDescription"]
