"""Six kinds of tampering with the ledger's rows, and a forged anchor: each is named, with the same words, by `kyoso ledger
verify`, by the page of the ledger, and by docs/verify_ledger.py away from the product."""

import html
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from tests.app.terminal import Terminal
from tests.app.web import reader
from tests.country import JIMUKYOKU, KANSA, TANTO, Country
from tests.workflows.test_ledger import (
    a_chain,
    at,
    cut,
    deleted,
    deleted_and_closed_up,
    edited,
    edited_and_sealed,
    inserted,
    reordered,
    rewritten_from_the_third,
    sealed,
)
from workflows.runtime import anchors, verification
from workflows.runtime.clock import Setting
from workflows.tables.ledger import Anchor, AnchorHead, LedgerEntry

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_ledger.py"
AUDITOR = "kansa@audit.example.jp"


def branched(session: Session, idea: str) -> None:
    """A second history from the third entry on, put behind the first."""
    last = at(session, idea, 6)
    branch = LedgerEntry(
        chain=idea, seq=7, at=last.at, actor=last.actor, action=last.action, facts="{}",
        previous=at(session, idea, 3).hash, hash="",
    )  # fmt: skip
    sealed(branch)
    session.add(branch)


def doubled(session: Session, idea: str) -> None:
    """A second entry of the same number: the index that forbids it is taken away first."""
    session.execute(sa.text("DROP INDEX uq_ledger_entry_seq"))
    third = at(session, idea, 3)
    twin = LedgerEntry(**third.model_dump(exclude={"id", "facts", "hash"}), facts='{"other":1}', hash="")
    sealed(twin)
    session.add(twin)


KINDS: dict[str, tuple[str, Callable[[Session, str], None], str, int]] = {
    "edit": ("書換え", edited("facts", '{"comment":"別の話"}'), "内容が書き換えられています", 3),
    "edit, sealed anew": ("書換え", edited_and_sealed, "3 番が書き換えられて印も作り直された", 4),
    "delete": ("削除", deleted, "3 番の記録がありません", 3),
    "delete, closed up": ("削除", deleted_and_closed_up, "後ろの番号が詰められています", 3),
    "insert": ("差込み", inserted, "3 番に、なかった記録が差し込まれています", 4),
    "reorder": ("並べ替え", reordered, "3 番にあった記録が、後ろに移されています", 3),
    "fork": ("枝分かれ", branched, "3 番の記録から枝分かれしています", 7),
    "fork, one number twice": ("枝分かれ", doubled, "3 番の記録が二つあります", 3),
    "fork, the old branch gone": ("枝分かれ", rewritten_from_the_third, "アンカーに残る 6 番と違います", 6),
    "cut": ("末尾の切取り", cut(3), "6 番までありました", 4),
    "cut, all of it": ("末尾の切取り", cut(0), "6 番までありました", 1),
}


def offline(tmp_path: Path, document: object, *more: str) -> tuple[int, str]:
    (tmp_path / "export.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(tmp_path / "export.json"), *more],
        capture_output=True, text=True, check=False, env={"PYTHONUTF8": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def a_mailed_digest(country: Country) -> str:
    """Of the anchor that the clock takes, as the auditors get it."""
    country.tick(Setting(auditors=(AUDITOR,)))
    (mail,) = (m for m in country.look("mail", AUDITOR) if m["kind"] == "ledger.anchor")
    found = re.search(r"^印 ([0-9a-f]{64})$", mail["body"], re.M)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_named_by_the_command_the_page_and_the_script(
    country: Country, tmp_path: Path, kind: str
) -> None:
    name, tamper, why, number = KINDS[kind]
    idea = a_chain(country)
    digest = a_mailed_digest(country)
    terminal = Terminal(country.engine.url.render_as_string(hide_password=False))
    assert terminal.kyoso("ledger", "verify", "--digest", digest) == 0
    assert "正しい台帳です" in terminal.out
    with Session(country.engine) as session:
        tamper(session, idea)
        session.commit()
        document = verification.export(session, idea)
    (found,) = terminal.json("ledger", "verify", status=1)["broken"]
    assert (found["chain"], found["seq"], found["kind"]) == (idea, number, kind.partition(",")[0])
    assert why in found["why"]
    assert terminal.kyoso("ledger", "verify") == 1
    assert f"{idea} の {number} 番【{name}】{found['why']}" in terminal.err
    shown = html.unescape(reader(country, KANSA).opens(f"/ledger/{idea}"))
    assert f"{number} 番の記録【{name}】{found['why']}" in shown
    assert offline(tmp_path, document) == (
        1,
        f"正しくありません。{idea} の {number} 番【{name}】{found['why']}\n",
    )


def test_an_anchor_forged_as_a_whole_is_named_by_the_digest_that_was_mailed(
    country: Country, tmp_path: Path
) -> None:
    idea = a_chain(country)
    mailed = a_mailed_digest(country)
    terminal = Terminal(country.engine.url.render_as_string(hide_password=False))
    with Session(country.engine) as session:
        cut(3)(session, idea)
        anchor = session.exec(select(Anchor)).one()
        head = session.exec(select(AnchorHead).where(AnchorHead.chain == idea)).one()
        head.seq, head.hash = 3, at(session, idea, 3).hash
        session.commit()
        (found,) = verification.verify(session).broken
        assert (found.kind, found.chain) == ("anchor", "anchor"), "its digest is not of these heads"
        # Whoever knows the rules seals it anew: the database agrees with itself.
        rows = session.exec(select(AnchorHead)).all()
        anchor.root = anchors.root_of(
            [anchors.line_of(h) for h in sorted((r.chain, r.seq, r.hash) for r in rows)]
        )
        anchor.digest = anchors.digest_of(anchor)
        session.commit()
        document = verification.export(session, idea)
    assert terminal.kyoso("ledger", "verify") == 0
    (named,) = terminal.json("ledger", "verify", "--digest", mailed, status=1)["broken"]
    assert named["kind"] == "anchor"
    assert mailed[:12] in named["why"]
    assert terminal.kyoso("ledger", "verify", "--digest", mailed) == 1
    assert "【アンカーの偽造】" in terminal.err
    assert offline(tmp_path, document)[0] == 0
    status, said = offline(tmp_path, document, "--digest", mailed)
    assert (status, "アンカーの偽造" in said) == (1, True)
    assert terminal.kyoso("ledger", "verify", "--digest", "abc") == 1
    assert "64 桁" in terminal.err


def test_an_anchor_taken_out_of_the_row_is_named_by_the_one_behind_it(country: Country) -> None:
    a_chain(country)
    for _ in range(3):
        with Session(country.engine) as session:
            anchors.take_anchor(session, country.now)
            session.commit()
    with Session(country.engine) as session:
        second = session.exec(select(Anchor).order_by(col(Anchor.id))).all()[1]
        session.delete(second)
        session.commit()
        (found,) = verification.verify(session).broken
        assert (found.kind, found.seq) == ("anchor", 2)
        assert "一つ前のアンカーとつながりません" in found.why


def test_one_chain_is_proved_by_a_published_digest_alone(country: Country, tmp_path: Path) -> None:
    """What a journalist does: an export of one idea, the digest from the public page, and Python."""
    idea, other = a_chain(country), country.an_idea("別のアイデア")
    first = a_mailed_digest(country)
    country.pass_days(1)
    country.say(TANTO, "comment.post", idea=idea, body_md="一日の後。")
    country.tick()
    country.pass_days(1)
    country.tick()
    public = reader(country)
    page = public.client.get("/ledger/anchors.json", base_url=public.address).get_json()
    digests = [anchor["digest"] for anchor in page["anchors"]]
    assert digests[-1] == first
    assert [a["previous"] for a in page["anchors"]] == [*digests[1:], ""]
    for chain, length in ((idea, 7), (other, 2)):
        document = reader(country, JIMUKYOKU).opens(f"/ledger/{chain}/export.json")
        for digest in digests:
            assert offline(tmp_path, json.loads(document), "--digest", digest) == (
                0, f"正しい台帳です。{chain}: {length} 件\n",
            )  # fmt: skip
    for broken in ("heads", "anchors"):
        forged = json.loads(document)
        if broken == "heads":
            forged["proof"]["heads"][0]["head"][1] = 1
        else:
            forged["proof"]["anchors"][-1]["entries"] += 1
        status, said = offline(tmp_path, forged, "--digest", digests[0])
        assert (status, "アンカーの内容が書き換えられています" in said) == (1, True)
