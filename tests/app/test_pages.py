"""The front page and the ledger: what waits for whom, and a record that shows when it was tampered with."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.pages import words
from tests.app.web import reader
from tests.country import (
    HOSHIMORI,
    JIMUKYOKU,
    KANSA,
    OUTSIDER,
    TANTO,
    VENDOR,
    Country,
)
from workflows.tables.ledger import LedgerEntry

ROOT = Path(__file__).parents[2]


def test_home_of_an_empty_country_says_so(small_country: Country) -> None:
    text = reader(small_country).opens("/")
    assert "公表されたアイデアはまだありません" in text
    assert "全国で使えるプロダクトはまだありません" in text


def test_the_ledger_is_shown_checked_and_can_be_checked_elsewhere(country: Country, tmp_path: Path) -> None:
    idea, _ = country.an_idea_in_pilot()
    auditor = reader(country, KANSA)
    text = auditor.opens(f"/ledger/{idea}")
    assert "検証済み" in text
    assert "ゲートの決定をした" in text
    assert text.count('data-label="番"') == country.look("ledger", idea)["entries"]
    exported = tmp_path / "ledger.json"
    exported.write_text(auditor.opens(f"/ledger/{idea}/export.json"), "utf-8")
    assert auditor.page is not None
    assert auditor.page.headers["Content-Disposition"].startswith("attachment")
    checked = subprocess.run(
        [sys.executable, ROOT / "docs" / "verify_ledger.py", exported],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert json.loads(exported.read_text("utf-8"))["chain"] == idea


def test_a_ledger_is_for_its_partners_and_the_agency(small_country: Country) -> None:
    idea, _ = small_country.an_idea_in_pilot()
    for who in (TANTO, VENDOR, JIMUKYOKU):
        reader(small_country, who).opens(f"/ledger/{idea}")
    for who in (HOSHIMORI, OUTSIDER, None):
        other = reader(small_country, who)
        other.opens(f"/ledger/{idea}", 404)
        other.opens(f"/ledger/{idea}/export.json", 404)
        assert "台帳" not in other.opens(f"/ideas/{idea}").partition("<footer")[0]  # the anchors are for all


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (
            "UPDATE ledger_entry SET facts = '{}' WHERE chain = :idea AND seq = 2",
            "内容が書き換えられています",
        ),
        ("DELETE FROM ledger_entry WHERE chain = :idea AND seq = 2", "2 番の記録"),
        ("DELETE FROM ledger_entry WHERE chain = :idea AND seq > 1", "末尾の切取り"),
    ],
)
def test_a_ledger_that_was_tampered_with_says_so(small_country: Country, harm: str, said: str) -> None:
    idea, _ = small_country.an_idea_in_pilot()
    small_country.pass_days(1)
    small_country.tick()
    with small_country.engine.begin() as connection:
        connection.execute(sa.text(harm), {"idea": idea})
    text = reader(small_country, TANTO).opens(f"/ledger/{idea}")
    assert "台帳が正しくありません" in text
    assert said in text
    assert "検証済み" not in text


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("UPDATE ledger_entry SET facts = '{}' WHERE chain = :idea AND seq = :last - 3", "書き換えられて"),
        ("UPDATE ledger_entry SET facts = '{}' WHERE chain = :idea AND seq = :last - 19", "書き換えられて"),
        ("DELETE FROM ledger_entry WHERE chain = :idea AND seq = :last - 3", "番の記録がありません"),
        ("DELETE FROM ledger_entry WHERE chain = :idea AND seq > :last - 3", "末尾の切取り"),
    ],
)
def test_the_page_of_an_idea_checks_the_last_entries_and_the_anchor(
    small_country: Country, harm: str, said: str
) -> None:
    idea, _ = small_country.an_idea_in_pilot()
    for _ in range(10):
        small_country.say(TANTO, "comment.post", idea=idea, body_md="進めています。")
    small_country.pass_days(1)
    small_country.tick()
    person = reader(small_country, TANTO)
    text = person.opens(f"/ideas/{idea}").split('id="ledger"')[1]
    assert "最近の 20 件の記録が切れ目なくつながっています" in text
    assert "検証済み" not in text
    last = small_country.look("ledger", idea)["entries"]
    with small_country.engine.begin() as connection:
        connection.execute(sa.text(harm), {"idea": idea, "last": last})
    text = person.opens(f"/ideas/{idea}")
    assert "台帳が正しくありません" in text
    assert said in text


def test_a_long_ledger_is_checked_whole_and_shown_a_page_at_a_time(small_country: Country) -> None:
    idea, _ = small_country.an_idea_in_pilot()
    person = reader(small_country, TANTO)
    for _ in range(40):
        small_country.say(TANTO, "comment.post", idea=idea, body_md="進めています。")
    total = small_country.look("ledger", idea)["entries"]
    text, seen = person.opens(f"/ledger/{idea}"), []
    while True:
        assert "検証済み" in text
        assert f"{total} 件の記録が切れ目なく" in text
        seen += [int(n) for n in re.findall(r'data-label="番">(\d+)<', text)]
        goes_on = re.search(r'href="(/ledger/[^"]*after=[^"]+)">続きを見る', text)
        if goes_on is None:
            break
        text = person.opens(goes_on[1])
    assert seen == list(range(total, 0, -1))
    person.opens(f"/ledger/{idea}?after=x", 422)


def test_the_page_of_an_idea_reads_no_more_of_a_long_ledger(small_country: Country) -> None:
    """It read and checked the whole chain at every visit."""
    idea, _ = small_country.an_idea_in_pilot()
    for _ in range(30):
        small_country.say(TANTO, "comment.post", idea=idea, body_md="進めています。")
    read: list[int] = []

    def note(entry: LedgerEntry, _: object) -> None:
        read.append(entry.seq)

    sa.event.listen(LedgerEntry, "load", note)
    try:
        reader(small_country, TANTO).opens(f"/ideas/{idea}")
    finally:
        sa.event.remove(LedgerEntry, "load", note)
    assert len(read) == 20


def test_every_action_of_the_ledger_has_words() -> None:
    """Read from the code: what is recorded anywhere must be readable on the page."""
    recorded = set()
    for file in (ROOT / "workflows").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in (
                "record",
                "_record",
            ):
                recorded |= {
                    a.value
                    for a in ast.walk(call)
                    if isinstance(a, ast.Constant) and re.fullmatch(r"[a-z]+\.[a-z_]+", str(a.value))
                }
    assert len(recorded) > 60
    assert recorded - words.ACTIONS.keys() == set()
