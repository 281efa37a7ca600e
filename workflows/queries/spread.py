"""How far a product has spread: what adopters state, by status, by size class and by prefecture. Two statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, func, select

from stages.local_government import SIZE_CLASSES
from stages.rollout import ADOPTION_NAMES
from workflows.queries.looks import Eyes
from workflows.rollout.statements import lapsed, standing_statements
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, RolloutTarget

LARGE_CITIES = frozenset({"designated_city", "core_city"})
TOWNS_AND_VILLAGES = frozenset({"town", "village"})
MOVING = ("piloting", "planned")
DECLINED = ("considered_not_adopted", "no_plan", "stopped")


@dataclass(frozen=True, slots=True)
class Statement:
    """What an adopter stated last. `expired`: over a year ago, and not counted."""

    org_id: int
    name: str
    size_class: str | None
    prefecture: str | None
    status: str
    expired: bool

    @property
    def shown(self) -> str:
        return "expired" if self.expired else self.status


@dataclass(frozen=True, slots=True)
class Share:
    """How many of so many local governments use the product."""

    adopted: int
    of: int

    @property
    def percent(self) -> float | None:
        return 100 * self.adopted / self.of if self.of else None


@dataclass(slots=True)
class Group:
    """The targets of a size class or a prefecture: how many there are, how many cannot be offered it, what they state."""

    of: int = 0
    not_offered: int = 0
    stated: dict[str, int] = field(default_factory=dict)

    def said(self, *statuses: str) -> int:
        return sum(self.stated.get(status, 0) for status in statuses)

    @property
    def share(self) -> Share:
        return Share(self.said("adopted"), self.of)

    @property
    def moving(self) -> int:
        return self.said(*MOVING)

    @property
    def declined(self) -> int:
        return self.said(*DECLINED)

    @property
    def unanswered(self) -> int:
        return max(0, self.of - sum(self.stated.values()))


@dataclass(frozen=True, slots=True)
class Spread:
    statements: Sequence[Statement]
    """Every statement that stands or has lapsed."""
    counts: Mapping[str, int]
    """Adoption status -> local governments; expired ones under `expired`, the rest of the targets under `unknown`."""
    targets: int
    not_offered: int
    by_size: Mapping[str, Group]
    by_prefecture: Mapping[str, Group]
    """In the order of their codes."""
    large_cities: Share
    towns_and_villages: Share

    @property
    def users(self) -> list[str]:
        """The names of the local governments that state they use it."""
        return [s.name for s in self.statements if s.shown == "adopted"]


def spread_of(eyes: Eyes, product: Product) -> Spread:
    """The spread of a product over the local governments that are not closed."""
    statements = _statements(eyes, product)
    by_size = {size: Group() for size in SIZE_CLASSES}
    by_prefecture: dict[str, Group] = {}
    for size, prefecture, _, is_offered, number in _targets(eyes, product):
        for group in (by_size.get(size), by_prefecture.setdefault(prefecture or "", Group())):
            if group is not None:
                group.of += number
                group.not_offered += 0 if is_offered else number
    counts = dict.fromkeys(ADOPTION_NAMES, 0) | {"expired": 0}
    for s in statements:
        counts[s.shown] += 1
        for group in (by_size.get(s.size_class or ""), by_prefecture.get(s.prefecture or "")):
            if group is not None:
                group.stated[s.shown] = group.stated.get(s.shown, 0) + 1
    targets = sum(group.of for group in by_prefecture.values())
    counts["unknown"] = max(0, targets - len(statements))
    return Spread(
        statements=statements,
        counts=counts,
        targets=targets,
        not_offered=sum(group.not_offered for group in by_prefecture.values()),
        by_size=by_size,
        by_prefecture=by_prefecture,
        large_cities=together(by_size, LARGE_CITIES),
        towns_and_villages=together(by_size, TOWNS_AND_VILLAGES),
    )


def together(by_size: Mapping[str, Group], classes: frozenset[str]) -> Share:
    """The share of several size classes as one."""
    groups = [group for size, group in by_size.items() if size in classes]
    return Share(sum(g.said("adopted") for g in groups), sum(g.of for g in groups))


def _statements(eyes: Eyes, product: Product) -> list[Statement]:
    o = Organization
    columns: list[Any] = [Adoption.org_id, o.name, o.size_class, o.prefecture, Adoption.status, Adoption.confirmed_at]  # fmt: skip
    current = (
        standing_statements(*columns)
        .where(Adoption.product_id == product.id, col(o.closed_on).is_(None))
        .order_by(o.lgcode, o.slug)
    )
    return [
        Statement(org, name, size, prefecture, status, lapsed(confirmed, eyes.today))
        for org, name, size, prefecture, status, confirmed in eyes.session.exec(current)
    ]


def _targets(eyes: Eyes, product: Product) -> list[tuple[str, str | None, str | None, bool, int]]:
    """Size class, prefecture, the prefecture's first code, whether it is offered, and how many; in the order of the codes."""
    o, offered = Organization, col(RolloutTarget.offered)
    columns: list[Any] = [o.size_class, o.prefecture, func.min(o.lgcode), offered, func.count()]
    rows = eyes.session.exec(
        select(*columns)
        .join(RolloutTarget, col(RolloutTarget.org_id) == o.id)
        .where(RolloutTarget.product_id == product.id, col(o.closed_on).is_(None))
        .group_by(o.size_class, o.prefecture, offered)
    ).all()
    first: dict[str | None, str] = {}
    for _, prefecture, code, _, _ in rows:
        first[prefecture] = min(first.get(prefecture, "~"), code or "~")
    return sorted(rows, key=lambda row: first[row[1]])
