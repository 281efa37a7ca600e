"""How soon local governments began to use a product after its flag: curves by size class and by wave, and the tenth and the
hundredth of them. One statement, grouped by the database: its rows grow with the adopters, not with the 1,788.

Kaplan and Meier (1958, doi:10.1080/01621459.1958.10501452), as in scipy.stats.ecdf: who does not use it yet is known not to
have begun by today, and who merged away by the day it closed (censored on the right). Greenwood's variance on the log-log
scale gives the 95 % interval.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import accumulate
from typing import Any
from warnings import catch_warnings, simplefilter

from sqlmodel import col, func, select

from stages.local_government import SIZE_CLASSES
from workflows.calendar import tokyo_day
from workflows.queries.looks import Eyes
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, RolloutTarget, Wave, WaveMember

MARKS = (30, 90, 180, 365)
"""Days at which the table names the share."""
NTHS = (10, 100)
MOST_WAVES = 6
"""Curves of waves in one drawing; those after them are counted with the last."""


@dataclass(frozen=True, slots=True)
class Unit:
    """So many local governments alike: they began so many `days` after the flag, or had not begun by then."""

    size_class: str | None
    wave: int | None
    days: int
    began: bool
    number: int


@dataclass(frozen=True, slots=True)
class Step:
    """From this day on so large a share has begun, with its 95 % interval (None where it cannot be said)."""

    day: int
    share: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """`key` is a size class, or a wave's number in its order; None for those in no wave."""

    key: str | None
    of: int
    began: int
    steps: Sequence[Step]
    seen_for: int
    """Days that the last of them has been watched."""

    def at(self, day: int) -> Step | None:
        """The step that holds on a day; None for a day that has not come."""
        if day > self.seen_for:
            return None
        return next((s for s in reversed(self.steps) if s.day <= day), Step(0, 0.0, None, None))

    @property
    def half_on(self) -> int | None:
        """The day on which half of them had begun."""
        return next((s.day for s in self.steps if s.share >= 0.5), None)


@dataclass(frozen=True, slots=True)
class Nth:
    """The day, counted from the flag, on which so many had begun; None while they have not."""

    nth: int
    day: int | None


@dataclass(frozen=True, slots=True)
class Curves:
    since: date | None
    """The day of the flag; None without one."""
    began: int
    nths: Sequence[Nth]
    by_size: Sequence[Curve]
    by_wave: Sequence[tuple[str | None, Curve]]
    """The wave's name (None: in none that was sent) and its curve; empty where no wave was sent."""
    more_waves: bool = False
    """The curve of the last wave named holds those of later waves too."""

    @property
    def horizon(self) -> int:
        return max((c.seen_for for c in self.by_size), default=0)


def curves_of(eyes: Eyes, product: Product) -> Curves:
    """The curves of one product over its targets."""
    if product.flagged_at is None:
        return Curves(None, 0, nths(()), [], [])
    since = tokyo_day(product.flagged_at)
    rows = eyes.session.exec(_targets(product.id)).all()
    names = {wave: name for _, wave, name, *_ in rows if wave is not None}
    last = sorted(names)[:MOST_WAVES]  # in the order in which they were opened
    units = [
        Unit(size, min(wave, last[-1]) if wave is not None else None, days, began, number)
        for size, wave, _, closed, first_since, first_said, number in rows
        for days, began in [_days(since, first_since, first_said, closed, eyes.today)]
    ]
    return replace(_curves(since, units, [(names[w], w) for w in last]), more_waves=len(names) > len(last))


def curves_of_all(eyes: Eyes) -> Curves:
    """How soon each local government began to use any flagged product, counted from the day of the first flag. Two statements."""
    first_flag = eyes.session.exec(select(func.min(Product.flagged_at)).where(Product.flag != "none")).one()
    if first_flag is None:
        return Curves(None, 0, nths(()), [], [])
    since = tokyo_day(first_flag)
    o = Organization
    first = _first_use(Adoption.org_id).join(Product, col(Product.id) == Adoption.product_id)
    first = first.where(Product.flag != "none").group_by(Adoption.org_id).subquery()
    columns: list[Any] = [o.size_class, o.closed_on, first.c.since, first.c.said]
    counted: list[Any] = [*columns, func.count()]
    found = (
        select(*counted)
        .select_from(o)
        .outerjoin(first, first.c.org_id == o.id)
        .where(o.kind == "municipality", (col(o.closed_on).is_(None)) | (col(o.closed_on) > since))
        .group_by(*columns)
    )
    units = [
        Unit(size, None, *_days(since, first_since, first_said, closed, eyes.today), number)
        for size, closed, first_since, first_said, number in eyes.session.exec(found)
    ]
    return _curves(since, units, [])


def _first_use(*keys: Any) -> Any:
    """Since when, at the earliest, somebody stated to use it: by the day they named, or on which they said so."""
    columns: list[Any] = [
        *keys, func.min(Adoption.since).label("since"), func.min(Adoption.stated_at).label("said"),
    ]  # fmt: skip
    return select(*columns).where(Adoption.status == "adopted")


def _targets(product_id: int) -> Any:
    o = Organization
    first = _first_use(Adoption.org_id).where(Adoption.product_id == product_id)
    first = first.group_by(Adoption.org_id).subquery()
    of_targets: list[Any] = [WaveMember.target_id, func.min(WaveMember.wave_id).label("wave")]
    reached = (
        select(*of_targets)
        .join(Wave, col(Wave.id) == WaveMember.wave_id)
        .where(Wave.product_id == product_id, col(Wave.told_at).is_not(None))
        .group_by(col(WaveMember.target_id))
        .subquery()
    )
    columns: list[Any] = [
        o.size_class, reached.c.wave, Wave.name, o.closed_on, first.c.since, first.c.said,
    ]  # fmt: skip
    counted: list[Any] = [*columns, func.count()]
    return (
        select(*counted)
        .select_from(RolloutTarget)
        .join(o, col(o.id) == RolloutTarget.org_id)
        .outerjoin(first, first.c.org_id == RolloutTarget.org_id)
        .outerjoin(reached, reached.c.target_id == RolloutTarget.id)
        .outerjoin(Wave, col(Wave.id) == reached.c.wave)
        .where(RolloutTarget.product_id == product_id)
        .group_by(*columns)
    )


def _days(
    since: date, first_since: date | None, first_said: datetime | None, closed: date | None, today: date
) -> tuple[int, bool]:
    """Days from the flag to the first use, and True; or as long as it is known that there was none, and False.

    Who used it before the flag, as the sites of its pilots did, began on day 0.
    """
    if first_said is not None:
        said = tokyo_day(first_said)
        return max(0, (min(first_since or said, said) - since).days), True
    return max(0, ((min(closed, today) if closed else today) - since).days), False


def _curves(since: date, units: Sequence[Unit], waves: Sequence[tuple[str, int]]) -> Curves:
    by_size = [
        curve(size, of)
        for size in SIZE_CLASSES
        if (of := [unit for unit in units if unit.size_class == size])
    ]
    named: list[tuple[str | None, int | None]] = [*waves, (None, None)] if waves else []
    by_wave = [
        (name, curve(str(key) if key is not None else None, of))
        for name, key in named
        if (of := [unit for unit in units if unit.wave == key])
    ]
    began = sum(unit.number for unit in units if unit.began)
    return Curves(since, began, nths(units), by_size, by_wave)


def nths(units: Iterable[Unit]) -> list[Nth]:
    """The days on which the tenth and the hundredth began."""
    begun = sorted((unit.days, unit.number) for unit in units if unit.began)
    so_far = list(accumulate(number for _, number in begun))
    reached = {nth: bisect_left(so_far, nth) for nth in NTHS}
    return [Nth(nth, begun[at][0] if at < len(begun) else None) for nth, at in reached.items()]


def curve(key: str | None, units: Sequence[Unit]) -> Curve:
    """Kaplan–Meier over units of which there is at least one."""
    began, of = sum(u.number for u in units if u.began), sum(u.number for u in units)
    seen_for = max(u.days for u in units)
    return Curve(key, of, began, _steps(units) if began else [], seen_for)


def _steps(units: Sequence[Unit]) -> list[Step]:
    import numpy as np  # imported here: the clock and the command line start without scipy
    from scipy.stats import CensoredData, ecdf

    def days(began: bool) -> Any:
        of = [u for u in units if u.began is began]
        return np.repeat([u.days for u in of], [u.number for u in of]).astype(float)

    with catch_warnings():
        simplefilter(
            "ignore", RuntimeWarning
        )  # an interval that does not exist (all of them began) is nan below
        found = ecdf(CensoredData(days(True), right=days(False))).cdf
        interval = found.confidence_interval(0.95, method="log-log")
    steps: list[Step] = []
    for day, share, low, high in zip(
        found.quantiles, found.probabilities, interval.low.probabilities, interval.high.probabilities, strict=True
    ):  # fmt: skip
        if not steps or share > steps[-1].share:
            bounds = [None if np.isnan(x) else float(x) for x in (low, high)]
            steps.append(Step(int(day), float(share), *bounds))
    return [step for step in steps if step.share > 0]
