"""The page on which a pilot is planned, or its plan put right: which towns and vendors there are to choose from, and by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, or_, select

from stages.everywhere import WINDOW_CLOSES_SOON, WINDOW_OPENS
from stages.local_government import SIZE_CLASSES
from workflows.queries.finding import full_name, is_named
from workflows.queries.idea_page import SeenIdea
from workflows.queries.looks import Eyes
from workflows.queries.offers import offered
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Organization
from workflows.tables.pilots import Pilot

MOST_TOWNS = 20
Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Window:
    """When the next budget is asked for: between these days, for the fiscal year that begins in April of `year`."""

    opens_on: date
    closes_on: date
    year: int


@dataclass(frozen=True, slots=True)
class PlanPage:
    idea: Idea
    can: frozenset[str]
    standing: Pilot | None
    """The pilot that is planned or running: while there is one, no other is planned."""
    revises: bool
    """The standing plan is not frozen yet and the reader may put it right here."""
    sites: Sequence[Choice]
    site: str | None
    """The slug that is chosen at first: the standing pilot's, else the owner's, but for a replica."""
    vendors: Sequence[Choice]
    vendor: str | None
    more_towns: bool
    """More towns answer the search than are shown."""
    first_site: Choice | None
    """Name and size class of where the idea was tried first, once it is to be tried again in a town of another size."""
    budget: Window


def plan_page(eyes: Eyes, seen: SeenIdea, town: str, chosen: str = "") -> PlanPage:
    """What a plan can be made of; `town` is a search for a site, `chosen` the slug of one that was chosen before.

    A constant number of statements.
    """
    idea = seen.idea
    under_way = select(Pilot).where(Pilot.idea_id == idea.id, col(Pilot.status).in_(("planned", "running")))
    standing = eyes.session.exec(under_way).first()
    if standing is None:
        can = offered(eyes, idea, seen.orgs, ("pilot.plan",))
    elif standing.status == "planned" and not standing.frozen_at:
        own = {seen.orgs.owner, eyes.slug_of(standing.site_id)}
        can = offered(eyes, idea, seen.orgs, ("pilot.revise",), own=own)
    else:
        can = frozenset()
    again = idea.stage == "productization"
    always = [idea.owner_id, *([standing.site_id] if standing else [])]
    towns = _towns(eyes, or_(col(Organization.id).in_(always), Organization.slug == chosen), town)
    first = standing.site_id if standing else None if again else idea.owner_id
    vendors = _vendors(eyes, idea)
    return PlanPage(
        idea=idea,
        can=can,
        standing=standing,
        revises="pilot.revise" in can,
        sites=[(slug, name) for _, slug, name in towns[:MOST_TOWNS]],
        site=next((slug for row_id, slug, _ in towns if row_id == first), None),
        vendors=[(slug, name) for _, slug, name in vendors],
        vendor=_chosen_vendor(standing, vendors),
        more_towns=len(towns) > MOST_TOWNS,
        first_site=_first_site(eyes, idea) if again else None,
        budget=next_budget(eyes.today),
    )


def next_budget(today: date) -> Window:
    """The window of this calendar year, or of the next once it has closed (POLICY §6)."""
    year = today.year + (today > date(today.year, *WINDOW_OPENS).replace(day=31))
    return Window(date(year, *WINDOW_OPENS), date(year, WINDOW_CLOSES_SOON[0], 31), year + 1)


def _towns(eyes: Eyes, always: ColumnElement[bool], search: str) -> list[tuple[int, str, str]]:
    """Id, slug and full name: these organizations first, then the local governments that a search finds by name or code."""
    found: list[Any] = [always]
    named = is_named(search)
    if named:
        found.append(and_(Organization.kind == "municipality", col(Organization.closed_on).is_(None), *named))
    columns: list[Any] = [Organization.id, Organization.slug, Organization.name, Organization.prefecture]
    rows = eyes.session.exec(
        select(*columns)
        .where(or_(*found), Organization.kind == "municipality")
        .order_by(always.desc(), Organization.lgcode, Organization.slug)
        .limit(MOST_TOWNS + 1)
    )
    return [(i, slug, full_name(name, prefecture)) for i, slug, name, prefecture in rows]


def _vendors(eyes: Eyes, idea: Idea) -> list[tuple[int, str, str]]:
    """The vendors that have joined the idea, by name."""
    columns: list[Any] = [Organization.id, Organization.slug, Organization.name]
    rows = eyes.session.exec(
        select(*columns)
        .join(TeamMember, col(TeamMember.org_id) == Organization.id)
        .where(TeamMember.idea_id == idea.id, TeamMember.status == "joined", Organization.kind == "vendor")
        .order_by(Organization.name)
    )
    return [tuple(row) for row in rows]


def _chosen_vendor(standing: Pilot | None, vendors: Sequence[tuple[int, str, str]]) -> str | None:
    if standing:
        return next((slug for row_id, slug, _ in vendors if row_id == standing.vendor_id), None)
    return vendors[0][1] if len(vendors) == 1 else None


def _first_site(eyes: Eyes, idea: Idea) -> Choice | None:
    row = eyes.session.exec(
        select(Organization.name, Organization.size_class)
        .join(Pilot, col(Pilot.site_id) == Organization.id)
        .where(Pilot.idea_id == idea.id, Pilot.status == "finished")
        .order_by(col(Pilot.id))
        .limit(1)
    ).first()
    return (row[0], SIZE_CLASSES.get(row[1] or "", "")) if row else None
