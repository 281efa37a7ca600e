"""Effects with intervals: what was measured becomes an estimate and how far it can be trusted.

Pure functions; the caller freezes what they return into the dossier, so that a rule only compares. A gate
counts an estimate equal to its target as reached. Therefore means are computed in decimal, as people typed
them: 4.1 - 0.1 is 4.0 here and not 3.9999999999999996.

Sources: Newcombe, Statistics in Medicine 17 (1998) 857-872 (Wilson's score interval, method 3) and 873-890
(difference, method 10); Welch, Biometrika 34 (1947) 28-35; Cochrane Handbook 6, table 6.5.2.a (combining
groups); Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13 (percentile interval), expanded
as Hesterberg, The American Statistician 69 (2015) 371-386, section 5.3, says: the plain one of five observations
holds the truth 84 times in 100 and not 95 (docs/decisions/0024).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy

RESAMPLES = 2_000
LARGEST_COUNT = 10**12
LARGEST_VALUE = 1e15
# Sixty digits: sums of inputs within the two limits above lose nothing that a float could show.
_EXACT = Context(prec=60)


@dataclass(frozen=True)
class Estimate:
    """A value with its interval, in the unit of what was measured; `n` is the number of observations.

    `low` and `high` are both None when no interval can be had: the value stands alone, and nothing may be
    claimed beyond it. For a difference `n` is that of the smaller group; a gate's minimum sample is asked
    of the pilot arm itself, not of this number.
    """

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Summary:
    """A group of observations: how many, their mean and their sample standard deviation (divisor n - 1).

    `sd` is None where it is not known; a single observation has none, whatever is stated. Refuses
    (ValueError) n below 1, a negative sd, and numbers that are not finite or beyond 10**15.
    """

    n: int
    mean: float
    sd: float | None

    def __post_init__(self) -> None:
        _require_whole("n", self.n, 1, LARGEST_COUNT)
        require_number("mean", self.mean)
        if self.sd is not None:
            require_number("sd", self.sd)
            if self.sd < 0:
                raise ValueError(f"sd must not be negative: {self.sd}")

    @property
    def has_spread(self) -> bool:
        """Whether an interval can be built on this group: two observations or more, and their sd known."""
        return self.n >= 2 and self.sd is not None


def proportion(successes: int, n: int, level: float = 0.95) -> Estimate:
    """The share successes / n (0 to 1) with Wilson's score interval, without continuity correction.

    Refuses (ValueError) n below 1, successes outside 0..n, a level outside (0, 1).
    """
    low, high = _wilson(successes, n, level)
    return Estimate(successes / n, low, high, n)


def difference_of_proportions(
    successes_a: int, n_a: int, successes_b: int, n_b: int, level: float = 0.95
) -> Estimate:
    """The share of a minus the share of b (-1 to 1) with Newcombe's hybrid score interval (method 10).

    The groups are independent. Refuses (ValueError) what `proportion` refuses.
    """
    low_a, high_a = _wilson(successes_a, n_a, level)
    low_b, high_b = _wilson(successes_b, n_b, level)
    share_a, share_b = successes_a / n_a, successes_b / n_b
    # One division of integers, so that equal shares differ by exactly nothing.
    value = (successes_a * n_b - successes_b * n_a) / (n_a * n_b)
    low = value - math.hypot(share_a - low_a, high_b - share_b)
    high = value + math.hypot(high_a - share_a, share_b - low_b)
    return Estimate(value, max(-1.0, low), min(1.0, high), min(n_a, n_b))


def mean_of(summary: Summary, level: float = 0.95) -> Estimate:
    """The mean with Student's t interval (n - 1 degrees of freedom), in the unit of the observations.

    With one observation, or an unknown sd, there is no interval. With sd = 0 the interval has no width:
    that is what the formula says about observations that do not differ.
    """
    if not summary.has_spread:
        return Estimate(summary.mean, None, None, summary.n)
    half = t_quantile(summary.n - 1, level) * standard_error(summary)
    return Estimate(summary.mean, summary.mean - half, summary.mean + half, summary.n)


def difference_of_means(a: Summary, b: Summary, level: float = 0.95) -> Estimate:
    """The mean of a minus the mean of b with Welch's interval, in the unit of the observations.

    The groups are independent and need not vary alike; degrees of freedom are Welch-Satterthwaite's. If
    either group has a single observation or no known sd, there is no interval. A group with sd = 0 adds
    nothing to the width.
    """
    value, n = _minus(a.mean, b.mean), min(a.n, b.n)
    if not (a.has_spread and b.has_spread):
        return Estimate(value, None, None, n)
    error_a, error_b = standard_error(a), standard_error(b)
    error = math.hypot(error_a, error_b)
    if error == 0:
        _require_level(level)
        return Estimate(value, value, value, n)
    # The usual formula divided by the squared error, so that tiny spreads cannot underflow to 0 / 0.
    share_a, share_b = (error_a / error) ** 2, (error_b / error) ** 2
    degrees = 1 / (share_a**2 / (a.n - 1) + share_b**2 / (b.n - 1))
    half = t_quantile(degrees, level) * error
    return Estimate(value, value - half, value + half, n)


def summarise(samples: Iterable[float]) -> Summary:
    """n, mean and sample standard deviation of single observations; sd is None for one observation.

    Refuses (ValueError) no observation at all and numbers that `Summary` would refuse.
    """
    values = _require_samples(samples)
    with localcontext(_EXACT):
        exact = [_decimal(value) for value in values]
        mean = sum(exact, Decimal(0)) / len(exact)
        squares = sum(((value - mean) ** 2 for value in exact), Decimal(0))
        sd = float((squares / (len(exact) - 1)).sqrt()) if len(exact) > 1 else None
        return Summary(len(values), float(mean), sd)


def pool(summaries: Iterable[Summary]) -> Summary:
    """One group out of several: exactly the n, mean and sd that all observations together would have had.

    Cochrane's formula for two groups, written for any number: squares within the groups plus squares
    between them. The sd is unknown as soon as that of a group with two observations or more is. Refuses
    (ValueError) no group.
    """
    groups = list(summaries)
    if not groups:
        raise ValueError("there is no group to pool")
    if len(groups) == 1:
        return groups[0]
    n = sum(group.n for group in groups)
    with localcontext(_EXACT):
        mean = sum((group.n * _decimal(group.mean) for group in groups), Decimal(0)) / n
        if any(group.n > 1 and group.sd is None for group in groups):
            return Summary(n, float(mean), None)
        squares = Decimal(0)
        for group in groups:
            squares += (group.n - 1) * _decimal(group.sd or 0.0) ** 2
            squares += group.n * (_decimal(group.mean) - mean) ** 2
        return Summary(n, float(mean), float((squares / (n - 1)).sqrt()))


def bootstrap_mean(samples: Iterable[float], seed: int, level: float = 0.95) -> Estimate:
    """The mean with an expanded percentile bootstrap interval of 2,000 resamples, in the unit of the observations.

    The same seed (0 to 2**32 - 1) and the same observations give the same limits on every machine and in
    whatever order the observations come, so a verdict can be replayed. One observation has no interval.
    Refuses (ValueError) what `summarise` refuses, and a seed out of range. Time grows with the
    observations: 10,000 take a quarter second.
    """
    summary, resampled = _resample(samples, _generator(seed))
    if summary.n == 1:
        _require_level(level)
        return Estimate(summary.mean, None, None, 1)
    low, high = _percentiles(summary.mean, resampled, _expanded([summary], level))
    return Estimate(summary.mean, low, high, summary.n)


def bootstrap_difference(a: Iterable[float], b: Iterable[float], seed: int, level: float = 0.95) -> Estimate:
    """The mean of a minus the mean of b with an expanded percentile interval, each group resampled by itself.

    Deterministic as `bootstrap_mean` is. If either group has a single observation there is no interval.
    """
    generator = _generator(seed)
    summary_a, resampled_a = _resample(a, generator)
    summary_b, resampled_b = _resample(b, generator)
    value, n = _minus(summary_a.mean, summary_b.mean), min(summary_a.n, summary_b.n)
    if n == 1:
        _require_level(level)
        return Estimate(value, None, None, 1)
    low, high = _percentiles(value, resampled_a - resampled_b, _expanded([summary_a, summary_b], level))
    return Estimate(value, low, high, n)


def _wilson(successes: int, n: int, level: float) -> tuple[float, float]:
    _require_whole("n", n, 1, LARGEST_COUNT)
    _require_whole("successes", successes, 0, n)
    z = normal_quantile(level)
    p = successes / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At the ends the formula gives exactly 0 and 1; rounding must not push the limits past them or past p.
    low = 0.0 if successes == 0 else min(p, max(0.0, middle - half))
    high = 1.0 if successes == n else max(p, min(1.0, middle + half))
    return low, high


def _generator(seed: int) -> "numpy.random.RandomState":
    """numpy's frozen generator: the newer ones may change their stream between releases."""
    import numpy

    _require_whole("seed", seed, 0, 2**32 - 1)
    return numpy.random.RandomState(seed)


def _resample(
    samples: Iterable[float], generator: "numpy.random.RandomState"
) -> "tuple[Summary, numpy.ndarray]":
    """The group, and by how much the mean of each resample differs from its mean.

    Deviations are drawn, not values: observations that are all alike then give limits equal to their mean
    to the last digit. They are added draw by draw, because the order in which a built-in sum adds may
    depend on the machine.
    """
    import numpy

    values = sorted(_require_samples(samples))
    summary = summarise(values)
    deviations = numpy.array([_minus(value, summary.mean) for value in values])
    sums = numpy.zeros(RESAMPLES)
    for _ in values:
        sums += deviations[(generator.random_sample(RESAMPLES) * len(values)).astype(numpy.intp)]
    return summary, sums / len(values)


def _percentiles(value: float, deviations: "numpy.ndarray", level: float) -> tuple[float, float]:
    import numpy

    low, high = numpy.quantile(deviations, [(1 - level) / 2, (1 + level) / 2])
    return value + float(low), value + float(high)


def _expanded(groups: Sequence[Summary], level: float) -> float:
    """The level of percentiles whose interval is as wide as Student's (Welch's, of two groups) where observations are normal.

    Resampling takes the spread of a group to be sqrt((n - 1) / n) of what it is, and its normal percentiles to be Student's.
    """
    from scipy.special import ndtr

    _require_level(level)
    variances = [standard_error(group) ** 2 for group in groups]
    total = math.fsum(variances)
    if total == 0:
        return level
    shares = [v / total for v in variances]
    seen = math.fsum(share * (g.n - 1) / g.n for share, g in zip(shares, groups, strict=True))
    degrees = 1 / math.fsum(share**2 / (g.n - 1) for share, g in zip(shares, groups, strict=True))
    return 2 * float(ndtr(t_quantile(degrees, level) / math.sqrt(seen))) - 1


def standard_error(summary: Summary) -> float:
    assert summary.sd is not None
    return summary.sd / math.sqrt(summary.n)


def normal_quantile(level: float) -> float:
    from scipy.special import ndtri  # imported here: the clock and the command line start without scipy

    _require_level(level)
    return float(ndtri((1 + level) / 2))


def t_quantile(degrees: float, level: float) -> float:
    from scipy.special import stdtrit

    _require_level(level)
    return float(stdtrit(degrees, (1 + level) / 2))


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _minus(a: float, b: float) -> float:
    with localcontext(_EXACT):
        return float(_decimal(a) - _decimal(b))


def _require_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1: {level}")


def _require_whole(name: str, number: int, least: int, most: int) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}: {number!r}")


def require_number(name: str, value: float) -> None:
    if not math.isfinite(value) or abs(value) > LARGEST_VALUE:
        raise ValueError(f"{name} must be a finite number up to {LARGEST_VALUE:g}: {value}")


def _require_samples(samples: Iterable[float]) -> Sequence[float]:
    values = list(samples)
    if not values:
        raise ValueError("there is no observation")
    for value in values:
        require_number("an observation", value)
    return values
