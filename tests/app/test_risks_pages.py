"""The register of risks: who sees what, what it is narrowed by, and what leaves it as a file."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

from tests.app.terminal import Terminal
from tests.app.test_incidents_pages import file
from tests.app.web import Reader, reader
from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KANSA,
    KUMOI,
    OUTSIDER,
    TANTO,
    VENDOR,
    Country,
)

HIGH_RISK = {"A": "public", "B": "rights", "C": "no", "D": "always"}


def numbers(person: Reader, query: str = "") -> list[str]:
    found = person.client.get(f"/risks/export.json{query}", base_url=person.address).get_json()
    assert found["format"] == "kyoso-risks-1"
    return [idea["number"] for idea in found["ideas"]]


def a_register(country: Country) -> tuple[str, str, str]:
    """A running pilot's idea at low risk with a late incident, an undecided one suggested high, and one with nothing."""
    first, pilot = country.a_running_pilot()
    file(country, title="誤った案内", pilot=pilot)
    country.pass_days(6)
    second = country.an_idea("=HYPERLINK(1)", HOSHIMORI, HOSHIMORI_KESSAI)
    country.say(HOSHIMORI, "risk.assess", idea=second, checklist_version="high_risk-1", answers=HIGH_RISK)
    return first, second, country.an_idea("庁内の検索")


def test_who_sees_whose_risks(small_country: Country) -> None:
    first, second, third = a_register(small_country)
    small_country.a_draft("下書き", HOSHIMORI)
    for who in (JIMUKYOKU, KANSA):
        assert numbers(reader(small_country, who)) == [third, second, first]
    assert numbers(reader(small_country, TANTO)) == [third, first]
    assert len(numbers(reader(small_country, HOSHIMORI))) == 2, "its own, the draft too"
    assert numbers(reader(small_country, VENDOR)) == [first], "where it is a partner"
    for who in (OUTSIDER, KUMOI):
        assert numbers(reader(small_country, who)) == []
        assert "条件に合うアイデアはありません" in reader(small_country, who).opens("/risks")
    for path in ("/risks", "/risks/export.csv", "/risks/export.json"):
        reader(small_country).opens(path, 404)


def test_what_is_shown_and_what_it_is_narrowed_by(country: Country) -> None:
    first, second, third = a_register(country)
    person = reader(country, JIMUKYOKU)
    text = person.opens("/risks")
    for shown in (
        "誤った案内",
        "報告が遅れています",
        "契約 10/10",
        "調達 0/",
        "AI統括責任者",
        "未決定",
        "未判定",
    ):
        assert shown in text, shown
    for query, expected in (
        ("?level=low", [first]), ("?level=undecided", [second]), ("?level=unassessed", [third]), ("?level=high", []),
        ("?incidents=overdue", [first]), ("?incidents=open", [first]), ("?status=active", [third, second, first]),
        ("?status=killed", []), ("?org=星守村", [second]), ("?org=風見&level=low", [first]),
    ):  # fmt: skip
        assert numbers(person, query) == expected, query
    assert person.opens("/risks?level=low").count('<th scope="row">') == 1
    person.opens("/risks?after=x", 422)


def test_the_register_leaves_as_a_table_that_runs_nothing_and_as_json(
    country: Country, tmp_path: Path
) -> None:
    first, second, _ = a_register(country)
    person = reader(country, JIMUKYOKU)
    answer = person.client.get("/risks/export.csv", base_url=person.address)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data.startswith(b"\xef\xbb\xbf"), "Excel takes a file without it for Shift_JIS"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    told = {row["番号"]: row for row in rows}
    assert told[second]["題名"] == "'=HYPERLINK(1)"
    assert told[second]["判定の案"] == "高リスク"
    assert told[first]["決定した水準"] == "低リスク"
    assert told[first]["決めた役割"] == "AI統括責任者"
    assert told[first]["契約チェックリスト"] == "10/10（第1版）"
    assert told[first]["期限を過ぎている"] == "はい"
    assert told[first]["次の期限"] == (country.now - timedelta(days=1)).date().isoformat()
    terminal = Terminal(country.engine.url.render_as_string(hide_password=False))
    for kind in ("csv", "json"):
        assert terminal.kyoso("export", "risks", "--format", kind, "--out", tmp_path / f"risks.{kind}") == 0
    written = (tmp_path / "risks.csv").read_bytes().decode("utf-8-sig")
    assert [row["番号"] for row in csv.DictReader(io.StringIO(written))] == [row["番号"] for row in rows]
    (idea,) = (
        i for i in json.loads((tmp_path / "risks.json").read_text("utf-8"))["ideas"] if i["number"] == first
    )
    assert idea["risk"]["level"] == "low"
    assert [(i["severity"], i["waits_for"]) for i in idea["incidents"]] == [("medium", "preliminary")]
    assert terminal.kyoso("export", "risks", "--format", "xml") == 2


def test_a_page_of_the_register_goes_on_behind_the_last_row(small_country: Country) -> None:
    ideas = [small_country.an_idea(f"案 {n}") for n in range(31)]
    person = reader(small_country, JIMUKYOKU)
    text = person.opens("/risks")
    assert ideas[1] in text
    assert f">{ideas[0]}<" not in text
    key = text.partition("/risks?after=")[2].partition('"')[0]
    rest = person.opens(f"/risks?after={key}")
    assert f">{ideas[0]}<" in rest
    assert f">{ideas[1]}<" not in rest
