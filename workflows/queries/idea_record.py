"""What is kept around an idea: evidence, demand, discussion, and its ledger. One or two statements each."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, select

from workflows import idea_rows
from workflows.queries.looks import Eyes, may_read_ledger
from workflows.queries.paging import Listed, key_of, latest_first, latest_of
from workflows.runtime import ledger
from workflows.runtime.refusal import unknown
from workflows.runtime.work import around
from workflows.tables.ideas import Comment, Evidence, Idea
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
    body_html: str
    posted_at: datetime
    reply_to: str | None
    found_after: str | None
    """The key of a page on which the comment answered to is; None where it is on this one."""


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
    """All evidence in the order attached, withdrawn ones marked."""
    return [_evidence(e) for e in idea_rows.evidence_of(eyes.session, idea)]


def evidence_listed(eyes: Eyes, idea: Idea, after: str | None) -> Listed[EvidenceView]:
    """A page of the evidence, what was attached last first."""
    listed = latest_of(idea_rows.evidence_of(eyes.session, idea), lambda e: e.id, after)
    return Listed([_evidence(e) for e in listed.rows], listed.after)


def _evidence(e: Evidence) -> EvidenceView:
    return EvidenceView(
        e.ref, e.criterion, e.title, e.url, e.body_html, e.attached_at, e.withdrawn_because, e.kind
    )


def demand_for(eyes: Eyes, idea: Idea, after: str | None) -> Listed[DemandView]:
    """A page of those who want to use it too, latest first."""
    listed = latest_of(idea_rows.demand_of(eyes.session, idea), lambda row: row[0].id, after)
    return Listed(
        [DemandView(name, d.need, d.budget_year, d.constraints, d.stated_at) for d, _, name in listed.rows],
        listed.after,
    )


def comments_on(eyes: Eyes, idea: Idea, after: str | None) -> Listed[CommentView]:
    """A page of the discussion, latest first."""
    answered = aliased(Comment)
    columns: list[Any] = [
        Comment.ref,
        User.name,
        Comment.body_html,
        Comment.posted_at,
        answered.ref,
        answered.id,
    ]
    found = (
        select(*columns)
        .join(User, col(User.id) == Comment.user_id)
        .outerjoin(answered, col(answered.id) == Comment.reply_to_id)
        .where(Comment.idea_id == idea.id)
    )
    listed = latest_first(eyes.session, found, col(Comment.id), after)
    shown = {row[-1] for row in listed.rows}
    views = [
        CommentView(
            ref, name, body, at, reply_to, key_of(to_id + 1) if to_id and to_id not in shown else None
        )
        for ref, name, body, at, reply_to, to_id, _ in listed.rows
    ]
    return Listed(views, listed.after)


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
