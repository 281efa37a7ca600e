"""The local governments a product is for, best fit first, with the reasons; filtered, paged by key. Three statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import and_, col, func, or_, select

from stages.rollout import POINT_REASONS
from workflows.queries.looks import Eyes
from workflows.queries.product_page import Statement
from workflows.runtime.refusal import invalid
from workflows.tables.people import Organization
from workflows.tables.products import Product, RolloutTarget

ROWS_A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Filters:
    """None is any. `status` is an adoption status, `unknown` (not answered) or `expired`."""

    prefecture: str | None = None
    size_class: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class TargetRow:
    name: str
    prefecture: str | None
    size_class: str | None
    offered: bool
    total: int
    reasons: Sequence[str]
    status: str


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
    conditions: list[Any] = [RolloutTarget.product_id == product.id, *_conditions(filters, statements)]
    found = eyes.session.exec(_of_targets(select(func.count())).where(*conditions)).one()
    page = list(conditions)
    if after is not None:
        total, last = _read_key(after)
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
    first = rows[:ROWS_A_PAGE]
    return TargetsPage(
        rows=[
            TargetRow(
                name, prefecture, size, is_offered, total,
                [reason for key, reason in POINT_REASONS.items() if key in points],
                shown.get(org_id, "unknown"),
            )
            for org_id, name, prefecture, size, is_offered, total, points, _ in first
        ],
        after=f"{first[-1][5]}-{first[-1][7]}" if len(rows) > ROWS_A_PAGE else None,
        found=found,
        prefectures=_prefectures(eyes, product),
    )  # fmt: skip


def _of_targets(statement: Any) -> Any:
    """From the targets and their local governments, without those that closed."""
    joined = statement.select_from(RolloutTarget).join(
        Organization, col(Organization.id) == RolloutTarget.org_id
    )
    return joined.where(col(Organization.closed_on).is_(None))


def _conditions(filters: Filters, statements: Sequence[Statement]) -> list[Any]:
    conditions: list[Any] = []
    if filters.prefecture:
        conditions.append(Organization.prefecture == filters.prefecture)
    if filters.size_class:
        conditions.append(Organization.size_class == filters.size_class)
    if filters.status == "unknown":
        conditions.append(col(RolloutTarget.org_id).not_in([s.org_id for s in statements]))
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


def _read_key(after: str) -> tuple[int, str]:
    total, _, last = after.partition("-")
    if not (total.isascii() and total.isdigit() and len(total) < 10 and last):
        raise invalid("after", "続きの位置を読み取れません。一覧の最初から見てください。")
    return int(total), last
