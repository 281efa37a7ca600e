"""One event: its challenges, ideas, teams and timetable, as its reader may see them. Eleven statements at most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, func, select

from workflows.queries.events_list import phase
from workflows.queries.ideas_list import IdeaRow, fields_in_use, full_sight, latest, visible
from workflows.queries.looks import Eyes
from workflows.queries.offers import allowed
from workflows.queries.paging import Listed, latest_first
from workflows.runtime.refusal import unknown
from workflows.tables.events import Challenge, Event
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Organization

MOST_IDEAS = 30
VERBS = ("event.revise", "event.close", "challenge.post", "idea.draft")


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event, with its host's slug and name. Everyone sees events."""

    row: Event
    host: tuple[str, str]


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """A challenge; `ideas` counts those answering it of which the reader sees everything."""

    ref: str
    title: str
    field: str
    org: str
    body_html: str
    ideas: int


@dataclass(frozen=True, slots=True)
class EventIdea:
    """An idea of the event. Its challenge and team are shown to those who see everything of it."""

    row: IdeaRow
    challenge: str | None
    team: Sequence[str]


@dataclass(frozen=True, slots=True)
class EventPage:
    event: Event
    host: tuple[str, str]
    phase: str
    open: bool
    """Takes challenges and ideas now."""
    left: timedelta | None
    """Until it takes no more."""
    at: datetime
    challenges: Listed[ChallengeView]
    challenges_in_all: int
    ideas: Sequence[EventIdea]
    ideas_in_all: int
    teams: int
    """Organizations that joined an idea, of those shown."""
    can: frozenset[str]
    fields: Sequence[str]
    hosts: Sequence[tuple[str, str]]


def seen_event(eyes: Eyes, slug: str) -> SeenEvent:
    """The event of a slug. Refused `unknown`."""
    found = eyes.session.exec(
        select(Event, Organization.slug, Organization.name)
        .join(Organization, col(Organization.id) == Event.host_id)
        .where(Event.slug == slug)
    ).first()
    if found is None:
        raise unknown(f"イベント {slug}")
    return SeenEvent(found[0], (found[1], found[2]))


def event_page(
    eyes: Eyes, seen: SeenEvent, after: str | None = None, *, with_drafts: bool = True
) -> EventPage:
    """The page of an event, and its projector's, on a wall where others read along: there without drafts, even one's own.
    Refused `invalid` for a strange key."""
    event = seen.row
    takes = event.closed_at is None and eyes.now <= event.submissions_close_at
    can = allowed(eyes, VERBS)
    if event.closed_at is not None:
        can = frozenset()
    if not takes:
        can -= {"challenge.post", "idea.draft"}
    shown: list[Any] = [visible(eyes), Idea.event_id == event.id]
    if not with_drafts:
        shown.append(col(Idea.submitted_at).is_not(None))
    ideas = _ideas(eyes, shown)
    counted = (
        select(func.count())
        .select_from(Idea)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(*shown)
    )
    return EventPage(
        event=event,
        host=seen.host,
        phase=phase(eyes.now, event.starts_at, event.ends_at, event.closed_at),
        open=takes,
        left=event.submissions_close_at - eyes.now if takes else None,
        at=eyes.now,
        challenges=_challenges(eyes, event, after),
        challenges_in_all=eyes.session.exec(
            select(func.count()).select_from(Challenge).where(Challenge.event_id == event.id)
        ).one(),
        ideas=ideas,
        ideas_in_all=eyes.session.exec(counted).one(),
        teams=len({name for idea in ideas for name in idea.team}),
        can=can,
        fields=fields_in_use(eyes) if "challenge.post" in can else (),
        hosts=possible_hosts(eyes) if "event.revise" in can else (),
    )


def possible_hosts(eyes: Eyes) -> list[tuple[str, str]]:
    """The organizations that take part here, any of which may hold an event. One statement."""
    rows = (
        select(Organization.slug, Organization.name)
        .where(col(Organization.claimed_at).is_not(None) | (col(Organization.kind) != "municipality"))
        .where(col(Organization.closed_on).is_(None))
        .order_by(Organization.kind, Organization.name)
    )
    return [(slug, name) for slug, name in eyes.session.exec(rows)]


def _challenges(eyes: Eyes, event: Event, after: str | None) -> Listed[ChallengeView]:
    """A page of the challenges, latest first. Two statements."""
    found = (
        select(Challenge, Organization.name)
        .join(Organization, col(Organization.id) == Challenge.org_id)
        .where(Challenge.event_id == event.id)
    )
    listed = latest_first(eyes.session, found, col(Challenge.id), after)
    answers = dict(
        eyes.session.exec(
            select(Idea.challenge_id, func.count())
            .join(Organization, col(Organization.id) == Idea.owner_id)
            .where(Idea.event_id == event.id, full_sight(eyes))
            .group_by(col(Idea.challenge_id))
        ).all()
    )
    views = [
        ChallengeView(row.ref, row.title, row.field, org, row.body_html, answers.get(row.id, 0))
        for row, org, _ in listed.rows
    ]
    return Listed(views, listed.after)


def _ideas(eyes: Eyes, conditions: Sequence[Any]) -> list[EventIdea]:
    """The ideas that moved last. Three statements."""
    shown = latest(eyes, conditions, MOST_IDEAS)
    ids = [row_id for row_id, _ in shown]
    answered: Mapping[int | None, str] = dict(
        eyes.session.exec(
            select(Idea.id, Challenge.title)
            .join(Challenge, col(Challenge.id) == Idea.challenge_id)
            .join(Organization, col(Organization.id) == Idea.owner_id)
            .where(col(Idea.id).in_(ids), full_sight(eyes))
        ).all()
    )
    # The owner is joined under its own name for the sight, the partner beside it.
    full = (
        select(Idea.id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(col(Idea.id).in_(ids), full_sight(eyes))
    )
    partners = eyes.session.exec(
        select(TeamMember.idea_id, Organization.name)
        .join(Organization, col(Organization.id) == TeamMember.org_id)
        .where(col(TeamMember.idea_id).in_(full), TeamMember.status == "joined")
        .order_by(Organization.name)
    )
    team: dict[int, list[str]] = {}
    for idea_id, name in partners:
        team.setdefault(idea_id, []).append(name)
    return [EventIdea(row, answered.get(i), team.get(i, ())) for i, row in shown]
