"""A local government's own page: what it has to do, the products that fit it and why, what it states, its ideas.

What others see of it is what POLICY §7 and docs/decisions/0004 allow. A constant number of statements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import and_, col, or_, select

from stages.lifecycle import timely
from stages.rollout import POINT_REASONS, adoption_expires_on
from workflows.adoption import contradict
from workflows.calendar import tokyo_day
from workflows.ideas import towns_of
from workflows.queries.ideas_list import IdeaRow, full_sight, latest, placed, visible
from workflows.queries.incidents import IncidentRow, emergencies_for
from workflows.queries.library_effects import newest_shared
from workflows.queries.looks import Eyes
from workflows.queries.paging import a_number, a_word, behind_both, key_of, page_of
from workflows.queries.piles import Pile
from workflows.queries.waiting import waiting_for_town
from workflows.queries.wishes import OwnWish, wishes_of
from workflows.runtime.refusal import unknown
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization, User
from workflows.tables.products import Adoption, Product, RolloutTarget, Survey

FITS_A_PAGE, IDEAS, SHARED = 10, 10, 3
EARLIER, MOST_SAID = 12, 20_000
"""Earlier statements shown of a product, and statements read of a local government: those that stand first."""


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
class Said:
    """A statement as it was made. `how`: person, link or survey; `who` is the person's name, for their own people, or the survey's."""

    status: str
    on: date
    since: date | None
    how: str
    who: str
    reported_as: str | None
    """The code of a local government that has merged into this one, where the survey named that."""


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
    survey: str | None = None
    """The survey that it comes from, where nobody of the local government said it here."""
    earlier: Sequence["Said"] = ()
    """What was stated before, the latest first; empty for who does not see everything of the product's idea."""
    differs: "Said | None" = None
    """What another person of the same local government stated otherwise less than a month before, for who belongs to it."""


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
    wishes: Sequence[OwnWish]
    """What it said it wants to use too, for who belongs to it or to the agency."""
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
    stated = _stated(eyes, org, speaks, its_own)
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
        wishes=wishes_of(eyes, org, speaks) if its_own and stands else (),
        stated=stated,
        ideas=[row for _, row in latest(eyes, own, IDEAS)],
        shared=newest_shared(eyes, SHARED) if its_own and stands else (),
    )


def _stated(eyes: Eyes, org: Organization, speaks: bool, its_own: bool) -> list[Stated]:
    """Its statements as far as the reader sees them: that it uses a flagged product to all, every other and those before to
    who sees everything of the product's idea. Two statements."""
    said = _said(eyes, org, its_own)
    columns: list[Any] = [
        Product.id, Product.slug, Product.name, Product.flag, Adoption.status, Adoption.since, Adoption.note,
        Adoption.confirmed_at, Idea.status, Idea.stage, full_sight(eyes),
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
    for product, slug, name, flag, status, since, note, confirmed, idea_status, stage, full in rows:
        expires = adoption_expires_on(tokyo_day(confirmed))
        shown = "expired" if expires <= eyes.today else status
        public = flag != "none" and shown == "adopted"
        if full or public:
            may_say = speaks and timely("adoption.report", idea_status, stage) is None
            standing, *before = said[product]
            surveyed = standing.words.who if standing.words.how == "survey" else None
            one = Stated(slug, name, shown, since, note if full else "", expires, may_say, surveyed)
            if full:
                one = replace(one, earlier=[s.words for s in before[:EARLIER]])
            if its_own and before and standing.contradicts(before[0]):
                one = replace(one, differs=before[0].words)
            found.append(one)
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    by: int | None
    at: datetime
    words: Said

    def contradicts(self, earlier: "_Row") -> bool:
        return contradict(self.by, self.words.status, self.at, earlier.by, earlier.words.status, earlier.at)


def _said(eyes: Eyes, org: Organization, its_own: bool) -> Mapping[int, Sequence[_Row]]:
    """Product -> everything that was stated of it, the standing one first, then the latest. One statement."""
    a = Adoption
    columns: list[Any] = [
        a.product_id, a.stated_by_id, a.confirmed_at, a.status, a.since, a.by_link, a.surveyed_lgcode, User.name, Survey.name,
    ]  # fmt: skip
    rows = eyes.session.exec(
        select(*columns)
        .outerjoin(User, col(User.id) == a.stated_by_id)
        .outerjoin(Survey, col(Survey.id) == a.survey_id)
        .where(a.org_id == org.id)
        .order_by(col(a.replaced_at).is_not(None), col(a.id).desc())
        .limit(MOST_SAID)
    )
    found: dict[int, list[_Row]] = {}
    for product, by, at, status, since, by_link, code, person, survey in rows:
        how = "survey" if survey else "link" if by_link else "person"
        who = survey or (person if its_own else "")
        words = Said(status, tokyo_day(at), since, how, who or "", code)
        found.setdefault(product, []).append(_Row(by, at, words))
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
