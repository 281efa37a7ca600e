"""What is kept around an idea: evidence, demand, discussion, and its ledger. One or two statements each."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from workflows import idea_rows
from workflows.queries.looks import Eyes, may_read_ledger
from workflows.runtime import ledger
from workflows.runtime.refusal import unknown
from workflows.runtime.work import around
from workflows.tables.ideas import Comment, Idea
from workflows.tables.ledger import Anchor, LedgerEntry
from workflows.tables.people import Organization, User


@dataclass(frozen=True, slots=True)
class EvidenceView:
    ref: str
    criterion: str | None
    title: str
    url: str | None
    body_html: str
    attached_at: datetime
    withdrawn_because: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class DemandView:
    org: str
    need: str
    budget_year: int | None
    constraints: str
    stated_at: datetime


@dataclass(frozen=True, slots=True)
class CommentView:
    ref: str
    by: str
    reply_to: str | None
    body_html: str
    posted_at: datetime


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
    entries: Sequence[EntryView]
    """First to last."""
    broken: str | None
    """What is wrong with the chain, and from which entry; None where it holds."""
    anchored: datetime | None
    """When the last anchor over this chain was taken; the chain agrees with it unless `broken` says otherwise."""


def names_of(eyes: Eyes, slugs: Iterable[str]) -> dict[str, str]:
    """The names of organizations, by slug. One statement."""
    rows = eyes.session.exec(
        select(Organization.slug, Organization.name).where(col(Organization.slug).in_(set(slugs)))
    )
    return dict(rows.all())


def names_near(eyes: Eyes, idea: Idea, slugs: Iterable[str]) -> dict[str, str]:
    """The same, of organizations most of which are around the idea. One statement at most."""
    near = idea_rows.organizations_near(eyes.session, idea).names
    others = set(slugs) - near.keys() - {"-", "system"}
    return near | names_of(eyes, others) if others else near


def evidence_of(eyes: Eyes, idea: Idea) -> list[EvidenceView]:
    """Evidence in the order attached, withdrawn ones marked."""
    return [
        EvidenceView(
            e.ref, e.criterion, e.title, e.url, e.body_html, e.attached_at, e.withdrawn_because, e.kind
        )
        for e in idea_rows.evidence_of(eyes.session, idea)
    ]


def demand_for(eyes: Eyes, idea: Idea) -> list[DemandView]:
    """Who wants to use it too, latest first."""
    return [
        DemandView(name, d.need, d.budget_year, d.constraints, d.stated_at)
        for d, _, name in reversed(idea_rows.demand_of(eyes.session, idea))
    ]


def comments_on(eyes: Eyes, idea: Idea) -> list[CommentView]:
    """The discussion, first to last."""
    rows = eyes.session.exec(
        select(Comment, User.name)
        .join(User, col(User.id) == Comment.user_id)
        .where(Comment.idea_id == idea.id)
        .order_by(col(Comment.id))
    ).all()
    refs = {c.id: c.ref for c, _ in rows}
    return [
        CommentView(c.ref, name, refs.get(c.reply_to_id or 0), c.body_html, c.posted_at) for c, name in rows
    ]


def ledger_of(eyes: Eyes, idea: Idea) -> LedgerView:
    """Every entry of the idea's chain, checked link by link and against the last anchor. Three statements."""
    entries = list(ledger.entries_of(eyes.session, idea.number))
    _, fault = ledger.verify_entries(idea.number, iter(entries))
    broken = f"{fault.seq} 番の記録: {fault.why}" if fault else None
    anchor = eyes.session.exec(select(Anchor).order_by(col(Anchor.id).desc()).limit(1)).first()
    anchored = anchor.heads.get(idea.number) if anchor else None
    if anchored and not broken:
        broken = _cut(entries, *anchored)
    names = names_near(eyes, idea, (slug for e in entries for slug in e.actor.split("/")[0].split("+")))
    return LedgerView(
        chain=idea.number,
        entries=[_entry(e, names) for e in entries],
        broken=broken,
        anchored=anchor.taken_at if anchor and anchored else None,
    )


def _cut(entries: Sequence[LedgerEntry], seq: int, hash_: str) -> str | None:
    """A chain that ends before its anchored head, or has another entry there, was cut or made anew."""
    if len(entries) >= seq and entries[seq - 1].hash == hash_:
        return None
    return f"{seq} 番の記録: アンカーに残る記録がありません（末尾の切取りか作り直し）。"


def _entry(entry: LedgerEntry, names: dict[str, str]) -> EntryView:
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
