"""Files that commands and scenarios name by a path: received as from a page, refused with the same reasons."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from tests import papers
from tests.app.terminal import Terminal
from tests.country import KESSAI, TANTO, VENDOR, Country
from tests.steps import NINE, written
from workflows.tables.assets import AssetVersion
from workflows.tables.files import Upload
from workflows.tables.ideas import Evidence


@pytest.fixture
def terminal(small_country: Country, tmp_path: Path) -> Terminal:
    found = Terminal(small_country.engine.url.render_as_string(hide_password=False))
    found.environ["KYOSO_HOME"] = str(tmp_path / "home")
    return found


def rows(country: Country, table: Any) -> list[Any]:
    with Session(country.engine) as session:
        return list(session.exec(select(table).order_by(table.id)))


def test_do_hands_in_the_file_that_the_command_names(
    small_country: Country, terminal: Terminal, tmp_path: Path
) -> None:
    idea = small_country.an_idea_with_a_team()
    here = tmp_path / "命令"
    (here / "添付").mkdir(parents=True)
    (here / "添付" / "報告.docx").write_bytes(papers.pdf())  # what it is, its content says
    (tmp_path / "secret.csv").write_text("key,1\n")
    (here / "link.csv").symlink_to(tmp_path / "secret.csv")
    (here / "zip.pdf").write_bytes(papers.zipped({"a": "b"}))
    (here / "empty.csv").touch()
    with (here / "large.csv").open("wb") as large:
        large.truncate(20_000_001)

    def attaches(file: str, who: str = TANTO, reason: str | None = None) -> dict[str, Any]:
        command = {"idea": idea, "kind": "file", "title": "試行の報告", "file": file}
        (here / "it.json").write_text(json.dumps(command))
        words = ("do", "evidence.attach", "--as", who, here / "it.json")
        found = terminal.json(*words, status=1 if reason else 0)
        assert found.get("reason") == reason
        return found

    attaches("添付/報告.docx")
    evidence, upload = rows(small_country, Evidence)[0], rows(small_country, Upload)[0]
    assert (evidence.upload_id, upload.name, upload.kind) == (upload.id, "報告.pdf", "pdf")
    kept = (tmp_path / "home" / "files" / upload.sha256[:2] / upload.sha256).read_bytes()
    assert papers.SOMEBODY.encode("utf-16-be") not in kept
    # A reference of what the same person has handed in already is taken too; of nobody else.
    attaches(upload.ref)
    attaches(upload.ref, VENDOR, "invalid")
    before = rows(small_country, Upload)
    for outside in ("../secret.csv", str(tmp_path / "secret.csv"), "link.csv"):
        assert "同じフォルダーの中にありません" in attaches(outside, reason="invalid")["message"]
    for wrong, sentence in (
        ("ない.pdf", "というファイルがありません"),
        ("添付", "というファイルがありません"),
        ("a\0b", "パスを読めません"),
        ("zip.pdf", "圧縮したファイル"),
        ("empty.csv", "0 バイト"),
    ):
        assert sentence in attaches(wrong, reason="invalid")["errors"]["file"]
    attaches("large.csv", reason="too_large")
    attaches("添付/報告.docx", "system", "not_permitted")
    assert rows(small_country, Upload) == before
    assert len(rows(small_country, Evidence)) == 2


def test_a_story_hands_in_the_files_beside_it(
    small_country: Country, terminal: Terminal, tmp_path: Path
) -> None:
    idea = small_country.an_idea_with_a_team()
    (tmp_path / "用語.csv").write_text("語,意味\n", "utf-8")
    (tmp_path / "用語2.csv").write_text("語,意味\n粗大,大きい\n", "utf-8")
    (tmp_path / "bad.csv").write_text("<html>", "utf-8")
    data = {"kind": "dataset", "title": "用語の表", "licence": "CC-BY-4.0"}
    attach = {"idea": idea, "kind": "file", "title": "表"}
    step: dict[str, Any] = {"at": NINE, "as": KESSAI, "do": "asset.publish", "with": data}
    story = written(
        step | {"with": data | {"file": "bad.csv"}, "refuse": "invalid"},
        step | {"with": data | {"file": "用語.csv"}, "save": "table"},
        step | {"do": "asset.revise", "with": {"asset": "$table", "file": "用語2.csv"}},
        # Received, and then refused by the verb: it waits to be swept away, as what a page hands in does.
        step | {"as": VENDOR, "do": "asset.revise", "with": {"asset": "$table", "file": "用語.csv"}, "refuse": "not_permitted"},
        step | {"as": TANTO, "do": "evidence.attach", "with": attach | {"file": "用語.csv"}},
    )  # fmt: skip
    (tmp_path / "物語.yaml").write_bytes(story)
    assert terminal.kyoso("play", tmp_path / "物語.yaml") == 0, terminal.err
    named = {upload.id: upload.name for upload in rows(small_country, Upload)}
    assert [named[v.upload_id] for v in rows(small_country, AssetVersion)] == ["用語.csv", "用語2.csv"]
    assert [named[e.upload_id] for e in rows(small_country, Evidence)] == ["用語.csv"]
