"""Ideathons and hackathons, the latest first, paged by key. Three statements, whatever the number of events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import and_, col, func, or_, select

from workflows.queries.ideas_list import visible
from workflows.queries.looks import Eyes
from workflows.queries.paging import a_moment, an_id, behind_both, key_of, page_of
from workflows.tables.events import Challenge, Event
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization

ROWS_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in the list, with the number of its challenges and of its ideas that the reader sees."""

    slug: str
    name: str
    kind: str
    theme: str
    host: str
    starts_at: datetime
    ends_at: datetime
    submissions_close_at: datetime
    phase: str
    challenges: int
    ideas: int


@dataclass(frozen=True, slots=True)
class EventsPage:
    rows: Sequence[EventRow]
    after: str | None


def phase(now: datetime, starts_at: datetime, ends_at: datetime, closed_at: datetime | None) -> str:
    """Where an event is: closed by its host, else ahead, running or past by the time."""
    if closed_at is not None:
        return "closed"
    return "ahead" if now < starts_at else "running" if now <= ends_at else "past"


def events_list(eyes: Eyes, after: str | None = None, limit: int = ROWS_A_PAGE) -> EventsPage:
    """One page of the list. Refused `invalid` for a key that no page gave."""
    starts = col(Event.starts_at)
    columns: tuple[Any, ...] = (
        Event.id, Event.slug, Event.name, Event.kind, Event.theme, Organization.name, Event.starts_at, Event.ends_at,
        Event.submissions_close_at, Event.closed_at,
    )  # fmt: skip
    statement = select(*columns).join(Organization, col(Organization.id) == Event.host_id)
    if after is not None:
        at, last = behind_both(after, a_moment, an_id)
        statement = statement.where(or_(starts < at, and_(starts == at, col(Event.id) < last)))
    rows = eyes.session.exec(statement.order_by(starts.desc(), col(Event.id).desc()).limit(limit + 1)).all()
    shown, goes_on = page_of(rows, limit, lambda row: key_of(row[6], row[0]))
    ids = [row[0] for row in shown]
    challenges = dict(
        eyes.session.exec(
            select(Challenge.event_id, func.count())
            .where(col(Challenge.event_id).in_(ids))
            .group_by(col(Challenge.event_id))
        ).all()
    )
    ideas = dict(
        eyes.session.exec(
            select(Idea.event_id, func.count())
            .join(Organization, col(Organization.id) == Idea.owner_id)
            .where(col(Idea.event_id).in_(ids), visible(eyes))
            .group_by(col(Idea.event_id))
        ).all()
    )
    found = []
    for row in shown:
        _, slug, name, kind, theme, host, starts_at, ends_at, close_at, closed_at = row
        now = phase(eyes.now, starts_at, ends_at, closed_at)
        counts = challenges.get(row[0], 0), ideas.get(row[0], 0)
        found.append(EventRow(slug, name, kind, theme, host, starts_at, ends_at, close_at, now, *counts))
    return EventsPage(found, goes_on)
