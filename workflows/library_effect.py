"""What an asset of the library brings, as its users measured it, and when that makes it one for the whole country."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from workflows.statistics import Estimate, mean_of, summarise

SHARED_FROM = 2
"""So many organizations must have measured that it saves time."""
NO_WITNESS = frozenset({"vendor"})
"""Kinds of organization whose measurement is shown, and does not count: they may be selling it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The latest measurement of one organization (its slug and name), in minutes saved a case."""

    org: str
    name: str
    kind: str
    minutes: float
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Spread:
    """What several organizations measured: never a sum. In minutes a case."""

    least: float
    middle: float
    most: float
    n: int


def spread_of(measured: Sequence[Measured]) -> Spread | None:
    """Median and range; None where nobody measured."""
    minutes = [m.minutes for m in measured]
    return Spread(min(minutes), median(minutes), max(minutes), len(minutes)) if minutes else None


def mean_effect(measured: Sequence[Measured]) -> Estimate | None:
    """The mean of the organizations with Student's 95 % interval; None for fewer than two, of which nothing may be claimed."""
    return mean_of(summarise(m.minutes for m in measured)) if len(measured) >= 2 else None


def shared_nationwide(measured: Iterable[Measured]) -> tuple[Measured, ...]:
    """The first two organizations, other than vendors, whose latest measurement says that time is saved; none of them where
    there are fewer: then it is not shared nationwide (yet, or no longer). docs/decisions/0030."""
    witnesses = sorted(
        (m for m in measured if m.minutes > 0 and m.kind not in NO_WITNESS), key=lambda m: m.at
    )
    return tuple(witnesses[:SHARED_FROM]) if len({m.org for m in witnesses}) >= SHARED_FROM else ()
