"""The local governments a product is for, best fit first, with the reasons; filtered, paged by key. Four statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import and_, col, func, or_, select

from stages.rollout import POINT_REASONS
from workflows.queries.looks import Eyes
from workflows.queries.paging import a_number, a_word, behind_both, key_of, page_of
from workflows.queries.spread import Statement
from workflows.rollout.waves import Where, narrowed
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, RolloutTarget

ROWS_A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Filters:
    """`where` is what a wave may be narrowed by too; `status` an adoption status, `unknown` (never answered), `expired`, or
    `unanswered` for either, whom a wave reminds; None is any."""

    where: Where = field(default_factory=Where)
    status: str | None = None


@dataclass(frozen=True, slots=True)
class TargetRow:
    code: str
    """Its lgcode, else its slug: how its page is addressed."""
    name: str
    prefecture: str | None
    size_class: str | None
    offered: bool
    total: int
    reasons: Sequence[str]
    status: str
    note: str
    """What it said with its answer."""


@dataclass(frozen=True, slots=True)
class TargetsPage:
    rows: Sequence[TargetRow]
    after: str | None
    found: int
    """How many the filters leave."""
    prefectures: Sequence[str]


def targets_list(
    eyes: Eyes, product: Product, statements: Sequence[Statement], filters: Filters, after: str | None = None
) -> TargetsPage:
    """One page of the targets, the highest points first, ties by code (POLICY §4). Refused `invalid` for a strange key."""
    code = func.coalesce(col(Organization.lgcode), col(Organization.slug))
    conditions: list[Any] = [
        RolloutTarget.product_id == product.id,
        *_conditions(filters, statements, product),
    ]
    found = eyes.session.exec(_of_targets(select(func.count())).where(*conditions)).one()
    page = list(conditions)
    if after is not None:
        total, last = behind_both(after, a_number, a_word)
        points = col(RolloutTarget.total)
        page.append(or_(points < total, and_(points == total, code > last)))
    columns: list[Any] = [
        Organization.id, Organization.name, Organization.prefecture, Organization.size_class,
        RolloutTarget.offered, RolloutTarget.total, RolloutTarget.points, code,
    ]  # fmt: skip
    rows = eyes.session.exec(
        _of_targets(select(*columns))
        .where(*page)
        .order_by(col(RolloutTarget.total).desc(), code)
        .limit(ROWS_A_PAGE + 1)
    ).all()
    shown = {s.org_id: s.shown for s in statements}
    first, goes_on = page_of(rows, ROWS_A_PAGE, lambda row: key_of(row[5], row[7]))
    notes = _notes(eyes, product, [row[0] for row in first])
    return TargetsPage(
        rows=[
            TargetRow(
                code, name, prefecture, size, is_offered, total,
                [reason for key, reason in POINT_REASONS.items() if key in points],
                shown.get(org_id, "unknown"), notes.get(org_id, ""),
            )
            for org_id, name, prefecture, size, is_offered, total, points, code in first
        ],
        after=goes_on,
        found=found,
        prefectures=_prefectures(eyes, product),
    )  # fmt: skip


def _of_targets(statement: Any) -> Any:
    """From the targets and their local governments, without those that closed."""
    joined = statement.select_from(RolloutTarget).join(
        Organization, col(Organization.id) == RolloutTarget.org_id
    )
    return joined.where(col(Organization.closed_on).is_(None))


def _notes(eyes: Eyes, product: Product, orgs: Sequence[int]) -> dict[int, str]:
    said = select(Adoption.org_id, Adoption.note).where(
        Adoption.product_id == product.id,
        col(Adoption.replaced_at).is_(None),
        col(Adoption.org_id).in_(orgs),
    )
    return dict(eyes.session.exec(said).all())


def _conditions(filters: Filters, statements: Sequence[Statement], product: Product) -> list[Any]:
    conditions = narrowed(filters.where, product)
    if filters.status == "unknown":
        conditions.append(col(RolloutTarget.org_id).not_in([s.org_id for s in statements]))
    elif filters.status == "unanswered":
        conditions.append(col(RolloutTarget.org_id).not_in([s.org_id for s in statements if not s.expired]))
    elif filters.status:
        stated = [s.org_id for s in statements if s.shown == filters.status]
        conditions.append(col(RolloutTarget.org_id).in_(stated))
    return conditions


def _prefectures(eyes: Eyes, product: Product) -> list[str]:
    """The prefectures that have a target, in the order of their codes."""
    rows = eyes.session.exec(
        _of_targets(select(Organization.prefecture, func.min(Organization.lgcode)))
        .where(RolloutTarget.product_id == product.id, col(Organization.prefecture).is_not(None))
        .group_by(Organization.prefecture)
    )
    return [name for name, _ in sorted(rows, key=lambda row: row[1] or "")]
