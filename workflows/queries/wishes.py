"""「うちも使いたい」: who wants an idea too, beside what a review froze of it; and what became of a wish when its product could be had."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import col, select

from stages.lifecycle import timely
from stages.local_government import SIZE_CLASSES
from workflows import idea_rows
from workflows.calendar import tokyo_day
from workflows.queries.ideas_list import full_sight
from workflows.queries.looks import Eyes
from workflows.rollout.statements import lapsed
from workflows.runtime.commands import LONGEST_TEXT
from workflows.tables.ideas import Demand, Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product
from workflows.tables.reviews import Review

SHOWN = 10
"""Wishes a review page shows in words, and a local government's page of its own; the idea's page has all of them."""
WAITS = frozenset({"unknown", "expired"})
"""Answers that leave a wish open."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an organization wants it for. `answer` is what it states of the product the idea became (an adoption status, or
    `expired`), None where it has stated nothing. `since_frozen`: stated, or said anew, after the review froze its record."""

    org: str
    need: str
    budget_year: int | None
    constraints: str
    stated_on: date
    answer: str | None = None
    since_frozen: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """Of one size class or budget year (None: not said): how many want it now, and how many did when it was frozen."""

    of: Any
    now: int
    then: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """Those of organizations that still stand: `latest` of them in words."""

    now: int
    then: int
    by_size: Sequence[Count]
    by_year: Sequence[Count]
    latest: Sequence[Wish]


def answer(eyes: Eyes, status: str | None, confirmed: datetime | None) -> str | None:
    """What a statement of adoption says today: its status, or `expired`; None where there is none."""
    if status is None or confirmed is None:
        return None
    return "expired" if lapsed(confirmed, eyes.today) else status


def wishes_at(eyes: Eyes, idea: Idea, review: Review) -> Wishes:
    """What stands now beside what the review froze, by size class and by budget year. Two statements."""
    frozen = {w["org"]: w.get("budget_year") for w in review.dossier.get("demand") or ()}
    rows = idea_rows.demand_of(eyes.session, idea)
    slugs = frozen.keys() | {row.slug for row in rows}
    columns: list[Any] = [Organization.slug, Organization.size_class, Organization.closed_on]
    held = select(*columns).where(col(Organization.slug).in_(slugs))
    orgs = {slug: (size, closed) for slug, size, closed in eyes.session.exec(held)}
    standing = [row for row in rows if orgs[row.slug][1] is None]
    return Wishes(
        now=len(standing),
        then=len(frozen),
        by_size=_counts(
            [orgs[row.slug][0] for row in standing],
            [orgs[slug][0] for slug in frozen if slug in orgs],
            [*SIZE_CLASSES, None],
        ),
        by_year=_counts([row.demand.budget_year for row in standing], frozen.values()),
        latest=[
            _wish(
                row.demand,
                row.name,
                answer(eyes, row.status, row.confirmed_at),
                row.demand.stated_at > review.requested_at,
            )
            for row in reversed(standing[-SHOWN:])
        ],
    )


def _wish(d: Demand, name: str, answered: str | None, since_frozen: bool = False) -> Wish:
    day = tokyo_day(d.stated_at)
    return Wish(name, d.need, d.budget_year, d.constraints, day, answered, since_frozen)


def _counts(now: Iterable[Any], then: Iterable[Any], order: Collection[Any] = ()) -> list[Count]:
    """In the order given, else from the smallest on; what nobody said comes last."""
    here, before = Counter(now), Counter(then)
    found = here.keys() | before.keys()
    ordered = [o for o in order if o in found] or sorted(found, key=lambda o: (o is None, o))
    return [Count(of, here[of], before[of]) for of in ordered]


@dataclass(frozen=True, slots=True)
class OwnWish:
    """A wish of a local government's own: what for, and the product the idea became, where the reader sees that, `suspended` or
    not. `may_go_on`: they may take it up now, in the words of `note`."""

    number: str
    title: str
    wish: Wish
    product: tuple[str, str] | None
    suspended: bool
    note: str
    may_go_on: bool


def wishes_of(eyes: Eyes, org: Organization, speaks: bool) -> list[OwnWish]:
    """The latest wishes of a local government about ideas that the reader sees whole, each with what became of it. One statement."""
    columns: list[Any] = [
        Demand, Idea.number, Idea.title, Idea.status, Idea.stage, Product.slug, Product.name, Product.flag,
        Adoption.status, Adoption.confirmed_at,
    ]  # fmt: skip
    rows = eyes.session.exec(
        select(*columns)
        .select_from(Demand)
        .join(Idea, col(Idea.id) == Demand.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .outerjoin(Product, col(Product.idea_id) == Idea.id)
        .outerjoin(
            Adoption,
            (col(Adoption.product_id) == Product.id)
            & (Adoption.org_id == org.id)
            & col(Adoption.replaced_at).is_(None),
        )
        .where(Demand.org_id == org.id, col(Demand.replaced_at).is_(None), full_sight(eyes))
        .order_by(col(Demand.id).desc())
        .limit(SHOWN)
    )
    found = []
    for d, number, title, status, stage, slug, name, flag, said, confirmed in rows:
        answered = answer(eyes, said, confirmed)
        ready = flag == "nationwide" and timely("adoption.report", status, stage) is None
        may_go_on = speaks and ready and (answered is None or answered in WAITS)
        product = (slug, name) if flag not in (None, "none") else None
        wish, suspended = _wish(d, org.name, answered), flag == "suspended"
        found.append(OwnWish(number, title, wish, product, suspended, in_words(d), may_go_on))
    return found


def own_words(eyes: Eyes, idea: Idea, orgs: Iterable[int]) -> Mapping[int, str]:
    """Organization -> its wish in words, of those of these that want the idea. One statement."""
    rows = select(Demand).where(
        Demand.idea_id == idea.id, col(Demand.replaced_at).is_(None), col(Demand.org_id).in_(set(orgs))
    )
    return {d.org_id: in_words(d) for d in eyes.session.exec(rows)}


def in_words(d: Demand) -> str:
    """A wish as the note of the statement that follows from it: kept in the language it was said in."""
    said = [d.need]
    if d.budget_year:
        said.append(f"予算を考えている年度: {d.budget_year}")
    if d.constraints:
        said.append(f"条件: {d.constraints}")
    joined = "\n".join(said)
    return joined if len(joined) <= LONGEST_TEXT else d.need
