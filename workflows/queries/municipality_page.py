"""A local government's own page: what it has to do, the products that fit it and why, what it states, its ideas.

What others see of it is what POLICY §7 and docs/decisions/0004 allow. A constant number of statements.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import and_, col, or_, select

from stages.lifecycle import timely
from stages.rollout import POINT_REASONS, adoption_expires_on
from workflows.calendar import tokyo_day
from workflows.ideas import towns_of
from workflows.queries.ideas_list import IdeaRow, full_sight, latest, placed, visible
from workflows.queries.incidents import IncidentRow, emergencies_for
from workflows.queries.library_effects import newest_shared
from workflows.queries.looks import Eyes
from workflows.queries.paging import a_number, a_word, behind_both, key_of, page_of
from workflows.queries.piles import Pile
from workflows.queries.waiting import waiting_for_town
from workflows.runtime.refusal import unknown
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, RolloutTarget

FITS_A_PAGE, IDEAS, SHARED = 10, 10, 3


@dataclass(frozen=True, slots=True)
class Fitting:
    """A product offered to it: its points, each with its reason and number."""

    slug: str
    name: str
    summary_html: str
    total: int
    reasons: Sequence[tuple[str, int]]
    status: str
    """What it states of the product: an adoption status, `unknown` or `expired`."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What it states of a product. `may_say`: the reader may state it anew, now."""

    slug: str
    name: str
    status: str
    since: date | None
    note: str
    expires_on: date
    may_say: bool


@dataclass(frozen=True, slots=True)
class MunicipalityPage:
    org: Organization
    heir: Organization | None
    """The one that took it over, where it closed."""
    its_own: bool
    """The reader belongs to it, or to the agency: they see its to-dos."""
    speaks: bool
    """The reader may state adoption for it."""
    emergencies: Sequence[IncidentRow]
    """On the products it uses, for who belongs to it or to the agency."""
    to_do: Sequence[Pile]
    fitting: Sequence[Fitting]
    after: str | None
    without_network: Sequence[tuple[str, str]]
    """Slug and name of flagged products that do not run on its network."""
    stated: Sequence[Stated]
    ideas: Sequence[IdeaRow]
    shared: Sequence[tuple[str, str, str]]
    """Reference, kind and title of the newest of the library that are shared nationwide."""


def seen_municipality(eyes: Eyes, reference: str) -> Organization:
    """The local government of a code or slug; that it exists is no secret. Refused `unknown`."""
    org = eyes.session.exec(
        select(Organization).where(
            Organization.kind == "municipality",
            or_(col(Organization.lgcode) == reference, col(Organization.slug) == reference),
        )
    ).first()
    if org is None:
        raise unknown(f"地方公共団体 {reference}")
    return org


def municipality_page(eyes: Eyes, org: Organization, after: str | None = None) -> MunicipalityPage:
    """The page as its reader sees it. Refused `invalid` for a key that no page gave."""
    its_own = org.slug in eyes.seer.orgs or eyes.seer.belongs_to("agency")
    stands = org.closed_on is None
    speaks = stands and any(held.org == org.slug for held in towns_of(eyes.actor))
    stated = _stated(eyes, org, speaks)
    fitting, more = _fitting(eyes, org, stated, after) if stands else ([], None)
    heir = eyes.find(Organization, id=org.successor_id) if org.successor_id else None
    own = [visible(eyes), placed(eyes), Organization.slug == org.slug]
    return MunicipalityPage(
        org=org,
        heir=heir,
        its_own=its_own,
        speaks=speaks,
        emergencies=emergencies_for(eyes, {org.slug}) if its_own else (),
        to_do=waiting_for_town(eyes, org.slug) if its_own and stands else (),
        fitting=fitting,
        after=more,
        without_network=_without_network(eyes, org) if its_own and stands else (),
        stated=stated,
        ideas=[row for _, row in latest(eyes, own, IDEAS)],
        shared=newest_shared(eyes, SHARED) if its_own and stands else (),
    )


def _stated(eyes: Eyes, org: Organization, speaks: bool) -> list[Stated]:
    """Its statements as far as the reader sees them: that it uses a flagged product to all, every other to those who see
    everything of the product's idea."""
    columns: list[Any] = [
        Product.slug, Product.name, Product.flag, Adoption.status, Adoption.since, Adoption.note, Adoption.confirmed_at,
        Idea.status, Idea.stage, full_sight(eyes),
    ]  # fmt: skip
    rows = eyes.session.exec(
        select(*columns)
        .select_from(Adoption)
        .join(Product, col(Product.id) == Adoption.product_id)
        .join(Idea, col(Idea.id) == Product.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(Adoption.org_id == org.id, col(Adoption.replaced_at).is_(None))
        .order_by(Product.name, Product.slug)
    )
    found = []
    for slug, name, flag, status, since, note, confirmed, idea_status, stage, full in rows:
        expires = adoption_expires_on(tokyo_day(confirmed))
        shown = "expired" if expires <= eyes.today else status
        public = flag != "none" and shown == "adopted"
        if full or public:
            may_say = speaks and timely("adoption.report", idea_status, stage) is None
            found.append(Stated(slug, name, shown, since, note if full else "", expires, may_say))
    return found


def _offers(eyes: Eyes, org: Organization, *columns: Any) -> Any:
    """Of flagged products and how they fit it, where the reader sees that."""
    return (
        select(*columns)
        .select_from(RolloutTarget)
        .join(Product, col(Product.id) == RolloutTarget.product_id)
        .join(Idea, col(Idea.id) == Product.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(RolloutTarget.org_id == org.id, Product.flag == "nationwide", full_sight(eyes))
    )


def _fitting(
    eyes: Eyes, org: Organization, stated: Sequence[Stated], after: str | None
) -> tuple[list[Fitting], str | None]:
    """The products offered to it that it does not use yet, the highest points first; and the key of the next page."""
    points = col(RolloutTarget.total)
    used = [s.slug for s in stated if s.status == "adopted"]
    conditions: list[Any] = [col(RolloutTarget.offered), col(Product.slug).not_in(used)]
    if after is not None:
        total, last = behind_both(after, a_number, a_word)
        conditions.append(or_(points < total, and_(points == total, col(Product.slug) > last)))
    rows = eyes.session.exec(
        _offers(eyes, org, Product.slug, Product.name, Product.summary_html, points, RolloutTarget.points)
        .where(*conditions)
        .order_by(points.desc(), Product.slug)
        .limit(FITS_A_PAGE + 1)
    ).all()
    says = {s.slug: s.status for s in stated}
    first, goes_on = page_of(rows, FITS_A_PAGE, lambda row: key_of(row[3], row[0]))
    fitting = [
        Fitting(
            slug, name, html, total,
            [(reason, held[key]) for key, reason in POINT_REASONS.items() if key in held],
            says.get(slug, "unknown"),
        )
        for slug, name, html, total, held in first
    ]  # fmt: skip
    return fitting, goes_on


def _without_network(eyes: Eyes, org: Organization) -> list[tuple[str, str]]:
    rows = eyes.session.exec(
        _offers(eyes, org, Product.slug, Product.name)
        .where(~col(RolloutTarget.offered))
        .order_by(Product.slug)
        .limit(FITS_A_PAGE)
    )
    return [(slug, name) for slug, name in rows]
