"""What is kept around an idea: evidence, demand, and the discussion. One or two statements each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, select

from stages.dossier import evidence_speaks_until
from workflows import idea_rows
from workflows.queries.looks import Eyes
from workflows.queries.paging import Listed, key_of, latest_first, latest_of
from workflows.queries.wishes import answer
from workflows.tables.files import LinkCheck
from workflows.tables.ideas import Comment, Idea
from workflows.tables.people import Organization, User


@dataclass(frozen=True, slots=True)
class FileView:
    name: str
    kind: str
    size: int
    taken_off: Sequence[str]
    scanned: bool


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
    file: FileView | None
    link: LinkCheck | None
    """How the link was found when the clock last asked; None where it has not yet."""
    told_on: date
    reuses: str | None
    attached_in: tuple[str, int]
    """Stage and number of the visit."""
    is_carried_over: bool
    speaks_until: date | None
    """Of what is used again: the last day on which it counts."""
    counts: bool


@dataclass(frozen=True, slots=True)
class DemandView:
    org: str
    need: str
    budget_year: int | None
    constraints: str
    stated_at: datetime
    answer: str | None
    """What it states of the product that the idea became."""


@dataclass(frozen=True, slots=True)
class CommentView:
    ref: str
    by: str
    body_html: str
    posted_at: datetime
    reply_to: str | None
    found_after: str | None
    """The key of a page on which the comment answered to is; None where it is on this one."""


def names_of(eyes: Eyes, slugs: Iterable[str]) -> dict[str, str]:
    """The names of organizations, by slug. One statement."""
    rows = eyes.session.exec(
        select(Organization.slug, Organization.name).where(col(Organization.slug).in_(set(slugs)))
    )
    return dict(rows.all())


def names_near(eyes: Eyes, idea: Idea, slugs: Iterable[str]) -> dict[str, str]:
    """The same, of organizations most of which are around the idea. One statement."""
    near = idea_rows.organizations_near(eyes.session, idea).names
    return near | names_of(eyes, set(slugs) - near.keys() - {"-", "system"})


def evidence_of(eyes: Eyes, idea: Idea, visit_id: int, on: date) -> list[EvidenceView]:
    """All evidence in the order attached, withdrawn ones marked; reused or fresh as seen from a visit, on a day."""
    return [_evidence(row, on, visit_id) for row in idea_rows.evidence_of(eyes.session, idea)]


def evidence_listed(eyes: Eyes, idea: Idea, after: str | None) -> Listed[EvidenceView]:
    """A page of the evidence, what was attached last first: of the rows that the facts were made of."""
    listed = latest_of(idea_rows.evidence_of(eyes.session, idea), lambda row: row.evidence.id, after)
    return Listed([_evidence(row, eyes.today) for row in listed.rows], listed.after)


def to_use_again(eyes: Eyes, idea: Idea) -> frozenset[str]:
    """What is attached and may be shown for another question today, by reference."""
    return frozenset(
        row.evidence.ref
        for row in idea_rows.evidence_of(eyes.session, idea)
        if row.evidence.withdrawn_at is None
        and row.reuses is None
        and eyes.today <= evidence_speaks_until(idea_rows.told_on(row.evidence))
    )


def _evidence(row: idea_rows.EvidenceRow, on: date, visit_id: int | None = None) -> EvidenceView:
    e, u = row.evidence, row.upload
    carried = row.is_carried_over(visit_id)
    return EvidenceView(
        ref=e.ref,
        criterion=e.criterion,
        title=e.title,
        url=e.url,
        body_html=e.body_html,
        attached_at=e.attached_at,
        withdrawn_because=e.withdrawn_because,
        kind=e.kind,
        file=FileView(u.name, u.kind, u.size, u.taken_off, u.scanned) if u else None,
        link=row.link,
        told_on=idea_rows.told_on(e),
        reuses=row.reuses,
        attached_in=(row.visit.stage, row.visit.number),
        is_carried_over=carried,
        speaks_until=evidence_speaks_until(idea_rows.told_on(e)) if carried or row.reuses else None,
        counts=row.counts(on, visit_id),
    )


def demand_for(eyes: Eyes, idea: Idea, after: str | None) -> Listed[DemandView]:
    """A page of those who want to use it too, latest first: of the rows that the facts were made of."""
    listed = latest_of(idea_rows.demand_of(eyes.session, idea), lambda row: row.demand.id, after)
    views = [
        DemandView(
            row.name, row.demand.need, row.demand.budget_year, row.demand.constraints, row.demand.stated_at,
            answer(eyes, row.status, row.confirmed_at),
        )
        for row in listed.rows
    ]  # fmt: skip
    return Listed(views, listed.after)


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
