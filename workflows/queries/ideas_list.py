"""The list of ideas a person may see: filtered, in one of three orders, paged by key. Four statements, whatever the number of ideas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, exists, false, not_, or_, select

from stages.permissions import Sight, Visibility, sight
from workflows.queries.counting import values_of
from workflows.queries.found import ideas_holding
from workflows.queries.idea_sight import full_sight as full_sight
from workflows.queries.idea_sight import placed as placed
from workflows.queries.idea_sight import takes_part as takes_part
from workflows.queries.idea_sight import visible as visible
from workflows.queries.looks import Eyes
from workflows.queries.paging import a_moment, an_id, behind_both, key_of, page_of
from workflows.tables.events import Event
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization

ROWS_A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader narrows the list by; None is any. `owner` and `event` are slugs, `waits` is owner or agency, `q` words
    that stand where the reader may read."""

    stage: str | None = None
    status: str | None = None
    field: str | None = None
    owner: str | None = None
    q: str | None = None
    waits: str | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class IdeaRow:
    """An idea in the list. What the reader may not see of it (stage and owner, for a vendor that is no partner) is None."""

    number: str
    title: str
    field: str
    status: str
    stage: str | None
    owner: str | None
    since: datetime
    waits_for: str | None
    """Who must move: `owner`, `agency`, or None at the end of the road and where it may not be seen."""


@dataclass(frozen=True, slots=True)
class IdeasPage:
    rows: Sequence[IdeaRow]
    after: str | None
    """The key of the next page; None on the last."""
    fields: Sequence[str]
    owners: Sequence[tuple[str, str]]
    """Slug and name of the owners the reader may filter by."""
    events: Sequence[tuple[str, str]]
    """Slug and name of the events, the latest first."""


SORTS = ("moved", "waiting", "number")
"""The orders of the list: latest move first; what stood longest first, of those that wait for somebody; by number."""
WAITING = ("draft", "active", "in_review", "on_hold")
MOST_EVENTS = 50


def waits_for(status: str, stage: str) -> str | None:
    """Whose turn it is, as `standing.next_step` says it, from status and stage alone."""
    if status in ("in_review", "on_hold") or (status == "active" and stage == "rollout"):
        return "agency"
    return "owner" if status in ("draft", "active") else None


def ideas_list(
    eyes: Eyes,
    filters: Filters,
    after: str | None = None,
    limit: int = ROWS_A_PAGE,
    sort: str = "moved",
) -> IdeasPage:
    """One page of the list. Refused `invalid` for a key that no page gave."""
    conditions = [visible(eyes), *_conditions(eyes, filters)]
    moved, row_id = col(Idea.status_since), col(Idea.id)
    if sort == "waiting":
        conditions += [col(Idea.status).in_(WAITING), placed(eyes)]
    if after is not None:
        since, last = behind_both(after, a_moment, an_id)
        further = {
            "moved": or_(moved < since, and_(moved == since, row_id < last)),
            "waiting": or_(moved > since, and_(moved == since, row_id > last)),
            "number": row_id > last,
        }
        conditions.append(further[sort])
    found = ordered(eyes, conditions, limit + 1, sort)
    rows, goes_on = page_of(found, limit, lambda row: key_of(row[1].since, row[0]))
    return IdeasPage(
        rows=[row for _, row in rows],
        after=goes_on,
        fields=fields_in_use(eyes),
        owners=_owners(eyes),
        events=_events(eyes, filters.event),
    )


def latest(eyes: Eyes, conditions: Sequence[Any], limit: int) -> list[tuple[int, IdeaRow]]:
    """Ids and rows of the ideas that moved last, under these conditions. One statement."""
    return ordered(eyes, conditions, limit, "moved")


def ordered(eyes: Eyes, conditions: Sequence[Any], limit: int, sort: str) -> list[tuple[int, IdeaRow]]:
    """Ids and rows of ideas under these conditions, in one of SORTS. One statement. Numbers are given in the order of ids."""
    orders: dict[str, list[Any]] = {
        "moved": [col(Idea.status_since).desc(), col(Idea.id).desc()],
        "waiting": [col(Idea.status_since), col(Idea.id)],
        "number": [col(Idea.id)],
    }
    columns: tuple[Any, ...] = (
        Idea.id, Idea.number, Idea.title, Idea.field, Idea.status, Idea.stage, Idea.status_since,
        Idea.submitted_at, Idea.gate_decided, Organization.slug, Organization.name, full_sight(eyes),
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(*conditions)
        .order_by(*orders[sort])
        .limit(limit)
    )
    return [_row(eyes, *columns) for columns in eyes.session.exec(statement)]


def _row(eyes: Eyes, *columns: Any) -> tuple[int, IdeaRow]:
    row_id, number, title, field, status, stage, since, submitted, decided, slug, name, full = columns
    seen = Visibility(slug, status, submitted is not None, decided)
    brief = not full and sight(eyes.seer, seen) == Sight.BRIEF
    return row_id, IdeaRow(
        number=number,
        title=title,
        field=field,
        status=status,
        stage=None if brief else stage,
        owner=None if brief else name,
        since=since,
        waits_for=None if brief else waits_for(status, stage),
    )


def _conditions(eyes: Eyes, filters: Filters) -> list[Any]:
    found: list[Any] = []
    if filters.status:
        found.append(Idea.status == filters.status)
    if filters.field:
        found.append(Idea.field == filters.field)
    if filters.stage:
        found.append(Idea.stage == filters.stage)
    if filters.owner:
        found.append(Organization.slug == filters.owner)
    if filters.waits:
        rollout = and_(col(Idea.status) == "active", col(Idea.stage) == "rollout")
        agency = or_(col(Idea.status).in_(["in_review", "on_hold"]), rollout)
        owner = and_(col(Idea.status).in_(["draft", "active"]), not_(rollout))
        found.append({"agency": agency, "owner": owner}.get(filters.waits, false()))
    if filters.event:
        found.append(col(Idea.event_id).in_(select(Event.id).where(Event.slug == filters.event)))
    if filters.stage or filters.owner or filters.waits:
        # Who sees only title and status must not learn stage or owner by filtering.
        found.append(placed(eyes))
    return [*found, *ideas_holding(eyes, filters.q)]


def fields_in_use(eyes: Eyes) -> list[str]:
    """The fields of the ideas that the reader sees. One statement."""
    fields = values_of(Idea.field).subquery()
    # One idea of each field is looked up. PostgreSQL would read all ideas to tell for which fields there is one (EXISTS).
    seen = (
        select(Idea.id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(Idea.field == fields.c.value, visible(eyes))
        .limit(1)
        .correlate(fields)
        .scalar_subquery()
    )
    return sorted(eyes.session.exec(select(fields.c.value).where(seen.is_not(None))))


def _owners(eyes: Eyes) -> list[tuple[str, str]]:
    owner = aliased(Organization)
    placed_there = (
        exists()
        .where(col(Idea.owner_id) == owner.id, col(Organization.id) == Idea.owner_id)
        .where(placed(eyes))
    )
    statement = (
        select(owner.slug, owner.name)
        .where(col(owner.id).in_(values_of(Idea.owner_id)), placed_there.correlate(owner))
        .order_by(owner.name, owner.slug)
    )
    return [(slug, name) for slug, name in eyes.session.exec(statement)]


def _events(eyes: Eyes, chosen: str | None) -> list[tuple[str, str]]:
    """The latest events; the one that is chosen is among them however old it is."""
    order = (col(Event.slug) == (chosen or "")).desc(), col(Event.starts_at).desc(), col(Event.id).desc()
    rows = eyes.session.exec(select(Event.slug, Event.name).order_by(*order).limit(MOST_EVENTS))
    return [(slug, name) for slug, name in rows]
