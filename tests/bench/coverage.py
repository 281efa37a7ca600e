"""How often each 95 % interval holds the truth, in worlds whose truth is known."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from workflows.random_effects import Pooled, Site, random_effects
from workflows.statistics import (
    Estimate,
    bootstrap_difference,
    bootstrap_mean,
    difference_of_means,
    difference_of_proportions,
    mean_of,
    proportion,
    summarise,
)

MINUTES = 12.0


@dataclass(frozen=True)
class World:
    """A method in a setting: the truth, and one sample of it as an interval. `dear` ones are drawn less often."""

    method: str
    setting: str
    truth: float
    observe: Callable[[], Estimate]
    dear: bool = False

    def coverage(self, rounds: int) -> tuple[float, float]:
        """The share of the intervals that hold the truth, and their mean width."""
        seen = [self.observe() for _ in range(rounds // 5 if self.dear else rounds)]
        low, high = np.array([e.low for e in seen]), np.array([e.high for e in seen])
        return float(np.mean((low <= self.truth) & (self.truth <= high))), float(np.mean(high - low))


def worlds(draw: np.random.Generator) -> Iterator[World]:
    for n in (10, 50, 400):
        for p in (0.05, 0.5, 0.94):
            yield _wilson(draw, n, p)
        yield _newcombe(draw, n, 0.9, 0.8)
    for skewed in (False, True):
        for n in (5, 20, 100):
            yield from _means(draw, n, skewed)
    for k in (2, 3, 5, 15):
        for between in (0.0, 1.0, 3.0):
            yield from _sites(draw, k, between)


def _wilson(draw: np.random.Generator, n: int, p: float) -> World:
    return World("Wilson", f"p={p} n={n}", p, lambda: proportion(int(draw.binomial(n, p)), n))


def _newcombe(draw: np.random.Generator, n: int, p: float, q: float) -> World:
    def observe() -> Estimate:
        return difference_of_proportions(int(draw.binomial(n, p)), n, int(draw.binomial(n, q)), n)

    return World("Newcombe", f"p={p}-{q} n={n}+{n}", p - q, observe)


def _group(draw: np.random.Generator, n: int, mean: float, sd: float, skewed: bool) -> list[float]:
    if not skewed:
        return [float(x) for x in draw.normal(mean, sd, n)]
    s2 = math.log1p((sd / mean) ** 2)
    return [float(x) for x in draw.lognormal(math.log(mean) - s2 / 2, math.sqrt(s2), n)]


def _means(draw: np.random.Generator, n: int, skewed: bool) -> Iterator[World]:
    """Minutes a case: 12 with an sd of 7 before, 5 with an sd of 1.5 after, twice as many."""
    shape = "skewed" if skewed else "normal"

    def before() -> list[float]:
        return _group(draw, n, MINUTES, 7, skewed)

    def after() -> list[float]:
        return _group(draw, 2 * n, 5, 1.5, skewed)

    def welch() -> Estimate:
        return difference_of_means(summarise(before()), summarise(after()))

    def resampled() -> Estimate:
        return bootstrap_difference(before(), after(), int(draw.integers(2**32)))

    yield World("t", f"{shape} n={n}", MINUTES, lambda: mean_of(summarise(before())), dear=True)
    yield World("Welch", f"{shape} n={n}+{2 * n}", MINUTES - 5, welch, dear=True)
    yield World(
        "bootstrap", f"{shape} n={n}", MINUTES,
        lambda: bootstrap_mean(before(), int(draw.integers(2**32))), dear=True,
    )  # fmt: skip
    yield World("bootstrap of two", f"{shape} n={n}+{2 * n}", MINUTES - 5, resampled, dear=True)


def _sites(draw: np.random.Generator, k: int, between: float) -> Iterator[World]:
    """k sites around 5, with standard errors of 0.5 to 1.5 and a standard deviation `between` them."""

    def found() -> Pooled:
        errors = draw.uniform(0.5, 1.5, k)
        return random_effects(
            [Site(float(draw.normal(draw.normal(5, between), e)), float(e)) for e in errors]
        )

    setting = f"{k} sites tau={between:g}"
    yield World("random effects z", setting, 5, lambda: found().plain)
    yield World("random effects HK", setting, 5, lambda: found().estimate)
