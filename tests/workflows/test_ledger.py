"""The ledger: whatever is done to its rows behind its back, verification names the first entry that no longer holds."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from tests.country import HOSHIMORI, KESSAI, TANTO, Country
from workflows.runtime import anchors, verification
from workflows.runtime.ledger import canonical, entry_hash
from workflows.tables.ledger import Anchor, AnchorHead, LedgerEntry

Tamper = Callable[[Session, str], None]


def a_chain(country: Country) -> str:
    """An idea with six entries: drafted, submitted, three comments, revised."""
    idea = country.an_idea()
    for who in (TANTO, HOSHIMORI, KESSAI):
        country.say(who, "comment.post", idea=idea, body_md="読みました。")
    version = country.look("idea", idea)["version"]
    country.say(TANTO, "idea.revise", idea=idea, seen_version=version, title="窓口の回答支援")
    return idea


def broken(country: Country, chain: str | None = None) -> list[tuple[str, int]]:
    """The first entry that does not hold, of each chain that has one."""
    with Session(country.engine) as session:
        found = verification.verify(session, chain)
        assert found.verified == (not found.broken)
        assert all(b.why for b in found.broken)
        return [(b.chain, b.seq) for b in found.broken]


def anchored(country: Country) -> None:
    with Session(country.engine) as session:
        anchors.take_anchor(session, country.now)
        session.commit()


def tampered(country: Country, idea: str, tamper: Tamper) -> None:
    with Session(country.engine) as session:
        tamper(session, idea)
        session.commit()


def at(session: Session, idea: str, seq: int) -> LedgerEntry:
    return session.exec(select(LedgerEntry).where(LedgerEntry.chain == idea, LedgerEntry.seq == seq)).one()


def edited(column: str, value: Any) -> Tamper:
    def tamper(session: Session, idea: str) -> None:
        setattr(at(session, idea, 3), column, value)

    return tamper


def sealed(entry: LedgerEntry) -> None:
    """As somebody who knows the rule would: the hash fits the content again."""
    entry.hash = entry_hash(
        entry.chain, entry.seq, entry.at, entry.actor, entry.action, entry.facts, entry.previous
    )


def edited_and_sealed(session: Session, idea: str) -> None:
    entry = at(session, idea, 3)
    entry.facts = canonical({"comment": "別の話"})
    sealed(entry)


def deleted(session: Session, idea: str) -> None:
    session.delete(at(session, idea, 3))


def deleted_and_closed_up(session: Session, idea: str) -> None:
    session.delete(at(session, idea, 3))
    session.flush()
    for seq in (4, 5, 6):
        at(session, idea, seq).seq = seq - 1
        session.flush()


def inserted(session: Session, idea: str) -> None:
    for seq in (6, 5, 4, 3):
        at(session, idea, seq).seq = seq + 1
        session.flush()
    before = at(session, idea, 2)
    put_in = LedgerEntry(
        chain=idea,
        seq=3,
        at=before.at,
        actor="kazami/u2",
        action="idea.revised",
        facts="{}",
        previous=before.hash,
        hash="",
    )
    sealed(put_in)
    session.add(put_in)


def appended_with_a_wrong_link(session: Session, idea: str) -> None:
    last = at(session, idea, 6)
    extra = LedgerEntry(
        chain=idea,
        seq=7,
        at=last.at,
        actor="system",
        action="idea.revised",
        facts="{}",
        previous="0" * 64,
        hash="",
    )
    sealed(extra)
    session.add(extra)


def reordered(session: Session, idea: str) -> None:
    third, fourth = at(session, idea, 3), at(session, idea, 4)
    third.seq = 99
    session.flush()
    fourth.seq = 3
    session.flush()
    third.seq = 4


def moved_to_another_chain(session: Session, idea: str) -> None:
    entry = at(session, idea, 6)
    entry.chain, entry.seq = "R8-9999", 2


def rewritten_from_the_third(session: Session, idea: str) -> None:
    """Everything from the third entry on is made anew, so that the chain is whole again."""
    previous = at(session, idea, 2).hash
    for seq in (3, 4, 5, 6):
        entry = at(session, idea, seq)
        entry.previous = previous
        entry.facts = canonical({"seq": seq})
        sealed(entry)
        session.flush()
        previous = entry.hash


def cut(keep: int) -> Tamper:
    def tamper(session: Session, idea: str) -> None:
        session.execute(
            sa.delete(LedgerEntry).where(col(LedgerEntry.chain) == idea, col(LedgerEntry.seq) > keep)
        )

    return tamper


def test_an_untouched_ledger_holds(country: Country) -> None:
    idea = a_chain(country)
    anchored(country)
    with Session(country.engine) as session:
        found = verification.verify(session, idea)
    assert (found.verified, found.chains, found.entries) == (True, 1, 6)
    assert broken(country) == []


@pytest.mark.parametrize(
    ("tamper", "first"),
    [
        (edited("facts", canonical({"comment": "別の話"})), 3),
        (edited("facts", '{"comment": "x"}'), 3),
        (edited("actor", "kumoi/u9"), 3),
        (edited("action", "comment.withdrawn"), 3),
        (edited("hash", "f" * 64), 3),
        (edited("previous", "f" * 64), 3),
        (edited_and_sealed, 4),
        (deleted, 3),
        (deleted_and_closed_up, 3),
        (inserted, 4),
        (appended_with_a_wrong_link, 7),
        (reordered, 3),
    ],
)
def test_the_first_broken_entry_is_named(country: Country, tamper: Tamper, first: int) -> None:
    idea, other = a_chain(country), country.an_idea("別のアイデア")
    tampered(country, idea, tamper)
    assert broken(country) == [(idea, first)]
    assert broken(country, idea) == [(idea, first)]
    assert broken(country, other) == []


def test_a_time_changed_by_a_microsecond_is_seen(country: Country) -> None:
    idea = a_chain(country)
    moved = country.now.replace(microsecond=1)
    tampered(country, idea, edited("at", moved))
    assert broken(country) == [(idea, 3)]


def test_an_entry_moved_to_another_chain_is_seen_there(country: Country) -> None:
    idea = a_chain(country)
    anchored(country)
    tampered(country, idea, moved_to_another_chain)
    assert [chain for chain, _ in broken(country)] == ["R8-9999", idea]


@pytest.mark.parametrize("tamper", [rewritten_from_the_third, cut(3), cut(0)])
def test_a_chain_alone_cannot_show_that_it_was_cut_or_made_anew(country: Country, tamper: Tamper) -> None:
    """Why anchors are taken, and kept outside."""
    idea = a_chain(country)
    tampered(country, idea, tamper)
    assert broken(country) == []


@pytest.mark.parametrize("tamper", [rewritten_from_the_third, cut(3), cut(0)])
def test_an_anchored_chain_cannot_be_cut_or_made_anew(country: Country, tamper: Tamper) -> None:
    idea = a_chain(country)
    anchored(country)
    country.say(TANTO, "comment.post", idea=idea, body_md="アンカーの後。")
    anchored(country)
    tampered(country, idea, tamper)
    assert [chain for chain, _ in broken(country)] == [idea]
    assert [chain for chain, _ in broken(country, idea)] == [idea]


def heads_of(session: Session, anchor: Anchor) -> dict[str, tuple[int, str]]:
    held = session.exec(select(AnchorHead).where(AnchorHead.anchor_id == anchor.id))
    return {h.chain: (h.seq, h.hash) for h in held}


def test_an_anchor_holds_the_head_of_every_chain_that_moved(country: Country) -> None:
    idea = a_chain(country)
    anchored(country)
    country.say(TANTO, "comment.post", idea=idea, body_md="アンカーの後。")
    anchored(country)
    anchored(country)
    with Session(country.engine) as session:
        first, second, third = session.exec(select(Anchor).order_by(col(Anchor.id))).all()
        chains = set(session.exec(select(LedgerEntry.chain)).all())
        total = len(session.exec(select(LedgerEntry.id)).all())
        assert set(heads_of(session, first)) == chains
        assert heads_of(session, first)[idea] == (6, at(session, idea, 6).hash)
        assert heads_of(session, second) == {idea: (7, at(session, idea, 7).hash)}
        assert heads_of(session, third) == {}
        assert [a.chains for a in (first, second, third)] == [len(chains)] * 3
        assert [a.entries for a in (first, second, third)] == [total - 1, total, total]
        assert [a.previous for a in (first, second, third)] == ["", first.digest, second.digest]
        assert {h[0]: h[1] for h in anchors.anchored_heads(session)}[idea] == 7
    assert broken(country) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [1, 2.5, None, True]}, '{"a":[1,2.5,null,true],"b":1}'),
        ({"題": "窓口の\n回答", "q": '"'}, '{"q":"\\"","題":"窓口の\\n回答"}'),
        ({}, "{}"),
        ({"z": {"y": 1, "x": 2}}, '{"z":{"x":2,"y":1}}'),
        ({"n": 1e22, "m": 0.1}, '{"m":0.1,"n":1e+22}'),
        ({"emoji": "𠮷"}, '{"emoji":"𠮷"}'),
    ],
)
def test_one_value_has_one_text(value: dict[str, Any], text: str) -> None:
    assert canonical(value) == text
    assert canonical(dict(reversed(value.items()))) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, {1, 2}, object()])
def test_what_has_no_json_text_is_not_recorded(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        canonical({"value": value})


def test_both_databases_hash_the_same_acts_alike(
    sqlite_engine: sa.Engine, postgresql_engine: sa.Engine
) -> None:
    heads = []
    for engine in (sqlite_engine, postgresql_engine):
        country = Country(engine)
        idea = a_chain(country)
        with Session(engine) as session:
            heads.append(at(session, idea, 6).hash)
    assert heads[0] == heads[1]


def test_nothing_in_the_ledger_names_a_person_or_an_address(country: Country) -> None:
    country.a_flagged_product()
    with Session(country.engine) as session:
        for entry in session.exec(select(LedgerEntry)):
            assert "@" not in entry.facts.replace("support@", "")
            assert "@" not in entry.actor
            assert " 担当" not in entry.facts
