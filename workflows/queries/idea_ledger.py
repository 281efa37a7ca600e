"""The ledger of an idea: checked whole where it is read for its own sake, its last entries where the idea is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from workflows.queries.idea_record import names_near
from workflows.queries.looks import Eyes, may_read_ledger
from workflows.queries.paging import Listed, latest_first
from workflows.runtime import ledger
from workflows.runtime.refusal import unknown
from workflows.runtime.verification import KINDS, not_there, shown_by_head
from workflows.runtime.work import around
from workflows.tables.ideas import Idea
from workflows.tables.ledger import Anchor, AnchorHead, LedgerEntry

RECENT = 20
"""So many entries are shown, and checked, on the page of the idea."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of the chain, its facts read, its actor as organizations' names (a person is a number there)."""

    seq: int
    at: datetime
    actor: str
    action: str
    facts: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class LedgerView:
    chain: str
    entries: Listed[EntryView]
    """The latest first."""
    total: int
    """How many entries there are by the last one's number."""
    checked: int
    """How many of them were checked, from the last one back."""
    last: str
    """The hash of the last entry."""
    broken: str | None
    """What is wrong with the chain, and from which entry; None where it holds."""
    anchored: datetime | None
    """When the last anchor over this chain was taken; the chain agrees with it unless `broken` says otherwise."""


def ledger_of(eyes: Eyes, idea: Idea, after: str | None = None) -> LedgerView:
    """A page of the idea's chain, all of which is checked link by link and against the last anchor. Five statements at most,
    the chain read piece by piece."""
    _, fault = ledger.verify_entries(idea.number, ledger.entries_of(eyes.session, idea.number))
    of_chain = select(LedgerEntry).where(LedgerEntry.chain == idea.number)
    listed = latest_first(eyes.session, of_chain, col(LedgerEntry.seq), after)
    entries = [e for e, _ in listed.rows]
    head = entries[0] if entries and after is None else ledger.head(eyes.session, idea.number)
    names = names_near(eyes, idea, actors_of(entries))
    return _view(eyes, idea, Listed(entries, listed.after), head, head.seq if head else 0, fault, names)


def recent_entries(eyes: Eyes, idea: Idea) -> Sequence[LedgerEntry]:
    """The last entries of the idea's chain, the latest first. One statement."""
    of_chain = select(LedgerEntry).where(LedgerEntry.chain == idea.number)
    return eyes.session.exec(of_chain.order_by(col(LedgerEntry.seq).desc()).limit(RECENT)).all()


def actors_of(entries: Iterable[LedgerEntry]) -> set[str]:
    """The organizations (slugs) for which they were made."""
    return {slug for e in entries for slug in e.actor.split("/")[0].split("+")}


def recent_ledger(
    eyes: Eyes, idea: Idea, entries: Sequence[LedgerEntry], names: Mapping[str, str]
) -> LedgerView:
    """These entries checked among themselves and against the last anchor, however long the chain is. One statement."""
    fault, head = None, entries[0] if entries else None
    if head is not None:
        behind = max(head.seq - RECENT, 0)
        entries = [e for e in entries if e.seq > behind]  # where one is missing, an earlier one came along
        previous = entries[-1].previous if behind else ""
        _, fault = ledger.verify_entries(idea.number, reversed(entries), behind, previous)
    return _view(eyes, idea, Listed(entries, None), head, len(entries), fault, names)


def _view(
    eyes: Eyes,
    idea: Idea,
    listed: Listed[LedgerEntry],
    head: LedgerEntry | None,
    checked: int,
    fault: ledger.Broken | None,
    names: Mapping[str, str],
) -> LedgerView:
    taken_at, cut = _anchored(eyes, idea.number, head.seq if head else 0)
    return LedgerView(
        chain=idea.number,
        entries=Listed([_entry(e, names) for e in listed.rows], listed.after),
        total=head.seq if head else 0,
        checked=checked,
        last=head.hash if head else "",
        broken=said(fault) if fault else cut,
        anchored=taken_at,
    )


def _anchored(eyes: Eyes, chain: str, held: int) -> tuple[datetime | None, str | None]:
    """When the last anchor was taken, where one holds the chain, and what the anchored heads show to be wrong: a chain that
    ends before one of them, or has another entry there, was cut or made anew. One statement, of this chain's heads alone."""
    of_chain = select(AnchorHead.seq).where(AnchorHead.chain == chain).order_by(col(AnchorHead.seq)).limit(1)
    gone = of_chain.where(not_there())
    columns: list[Any] = [Anchor.taken_at, of_chain.scalar_subquery(), gone.scalar_subquery()]
    last = eyes.session.exec(select(*columns).order_by(col(Anchor.id).desc()).limit(1)).first()
    if last is None or last[1] is None:
        return None, None
    taken_at, _, lost = last
    return taken_at, None if lost is None else said(shown_by_head(chain, lost, held))


def said(fault: ledger.Broken) -> str:
    """Where, which kind of tampering, and why, as `kyoso ledger verify` says it."""
    return f"{fault.seq} 番の記録【{KINDS[fault.kind]}】{fault.why}"


def _entry(entry: LedgerEntry, names: Mapping[str, str]) -> EntryView:
    slugs = [s for s in entry.actor.split("/")[0].split("+") if s != "-"]
    orgs = "・".join(names.get(s, s) for s in slugs) or "団体に属さない人"
    actor = "システム" if entry.actor == "system" else orgs
    return EntryView(entry.seq, entry.at, actor, entry.action, json.loads(entry.facts), entry.hash)


def readable_ledger(eyes: Eyes, number: str) -> Idea:
    """The idea whose ledger the reader may read. Refused `unknown` (POLICY §7, the row on ledgers)."""
    idea = eyes.find(Idea, number=number)
    if idea is not None:
        orgs = around(eyes.session, idea)
        if eyes.sees(idea) and may_read_ledger(eyes.speaker, orgs.owner, orgs.partners):
            return idea
    raise unknown(f"アイデア {number} の台帳")
