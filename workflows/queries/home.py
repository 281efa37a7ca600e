"""The front page: what is moving through the pipeline, what can be used today, and what waits for the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select

from workflows.queries.counting import DECIDED_BY_PLACE, SUBMITTED_BY_PLACE
from workflows.queries.ideas_list import IdeaRow, full_sight, latest, visible
from workflows.queries.incidents import IncidentRow, emergencies_for
from workflows.queries.looks import Eyes
from workflows.queries.piles import Pile
from workflows.queries.products_list import ProductRow, usable_products
from workflows.queries.waiting import waiting_for
from workflows.tables.ideas import Idea
from workflows.tables.ledger import Anchor
from workflows.tables.people import Membership, Organization

MOVES, PRODUCTS = 6, 6


@dataclass(frozen=True, slots=True)
class Kept:
    """Registered organizations, and the people with a place in one."""

    orgs: int
    people: int


@dataclass(frozen=True, slots=True)
class Home:
    stages: Mapping[str, Mapping[str, int]]
    """stage -> status -> number of submitted ideas that the list behind it shows, each counted up to MOST + 1."""
    moves: Sequence[IdeaRow]
    products: Sequence[ProductRow]
    waiting: Sequence[Pile]
    keeps: Kept | None
    """For administrators of the agency: how much there is to keep."""
    emergencies: Sequence[IncidentRow]
    """On the products that the reader's local governments use."""
    anchored: tuple[datetime, int] | None
    """For auditors: when the last anchor was taken, and over how many chains."""


def home(eyes: Eyes) -> Home:
    """The front page as its reader sees it. Four statements for the public; for a signed-in person one more a pile of
    their roles; for a local government's people, a vendor, an auditor and an administrator one besides."""
    return Home(
        stages=_counted(eyes),
        moves=[row for _, row in latest(eyes, [visible(eyes), col(Idea.status) != "draft"], MOVES)],
        products=usable_products(eyes, PRODUCTS),
        waiting=waiting_for(eyes) if eyes.seer.memberships else [],
        keeps=_kept(eyes) if any(eyes.actor.holds("agency", "administrator")) else None,
        emergencies=emergencies_for(
            eyes, {m.org for m in eyes.actor.memberships if m.kind == "municipality"}
        ),
        anchored=_anchored(eyes) if any(eyes.actor.holds("agency", "auditor")) else None,
    )


def _counted(eyes: Eyes) -> Mapping[str, Mapping[str, int]]:
    """By stage and status. Who may not know where an idea stands that no gate has decided on is not told by a count either.
    One statement; one more for who is of neither a local government nor the agency and takes part in ideas."""
    sees_all = eyes.seer.belongs_to("agency") or eyes.seer.belongs_to("municipality")
    counts: dict[str, dict[str, int]] = {}
    for stage, status, number in eyes.session.execute(SUBMITTED_BY_PLACE if sees_all else DECIDED_BY_PLACE):
        counts.setdefault(stage, {})[status] = number
    if not sees_all and eyes.seer.orgs:
        own = (
            select(Idea.stage, Idea.status, func.count())
            .join(Organization, col(Organization.id) == Idea.owner_id)
            .where(col(Idea.submitted_at).is_not(None), ~col(Idea.gate_decided), full_sight(eyes))
            .group_by(Idea.stage, Idea.status)
        )
        for stage, status, number in eyes.session.exec(own):
            counts[stage][status] += number
    return counts


def _kept(eyes: Eyes) -> Kept:
    current = col(Membership.ended_at).is_(None)
    people = select(func.count(func.distinct(Membership.user_id))).where(current).scalar_subquery()
    claimed = col(Organization.claimed_at).is_not(None)
    orgs, persons = eyes.session.exec(select(func.count(), people).where(claimed)).one()
    return Kept(orgs, persons)


def _anchored(eyes: Eyes) -> tuple[datetime, int] | None:
    last = eyes.session.exec(select(Anchor.taken_at, Anchor.chains).order_by(col(Anchor.id).desc()).limit(1))
    found = last.first()
    return (found[0], found[1]) if found else None
