"""Each function of the statistics on random cases, beside what a reference says: scipy, statsmodels, or the formula written anew.

A comparison gives the largest difference between our figures and the reference's, relative to figures above 1. The suite draws
some hundred cases of those by scipy; `make bench` draws 10,000 of all.
"""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy import stats

from workflows.random_effects import Site, random_effects
from workflows.sample_sizes import for_mean, for_share, for_share_by_normal, share_beyond
from workflows.statistics import (
    RESAMPLES,
    Estimate,
    bootstrap_mean,
    difference_of_means,
    difference_of_proportions,
    mean_of,
    pool,
    proportion,
    summarise,
)

Draw = np.random.Generator
Comparison = Callable[[Draw], float]


def apart(ours: Sequence[float | None], theirs: Sequence[float]) -> float:
    """The largest difference; a figure that we do not give is infinitely far."""
    return max(
        math.inf if a is None else abs(a - b) / max(1.0, abs(b)) for a, b in zip(ours, theirs, strict=True)
    )


def _figures(found: Estimate) -> tuple[float | None, float | None, float | None]:
    return found.value, found.low, found.high


def _trial(draw: Draw) -> tuple[int, int]:
    n = int(10 ** draw.uniform(0, 4))
    return int(draw.binomial(n, draw.uniform())), n


def _samples(draw: Draw) -> list[float]:
    """Minutes as a stop watch gives them: to a tenth, skewed, and mostly different."""
    n = int(draw.integers(2, 60))
    return [round(float(x), 1) for x in draw.lognormal(2.5, draw.uniform(0.1, 1), n)]


def _sites(draw: Draw) -> list[Site]:
    k, between = int(draw.integers(2, 12)), draw.uniform(0, 3)
    return [Site(float(draw.normal(5, between)), float(draw.uniform(0.1, 3))) for _ in range(k)]


def wilson(draw: Draw) -> float:
    successes, n = _trial(draw)
    said = stats.binomtest(successes, n).proportion_ci(method="wilson")
    return apart(_figures(proportion(successes, n)), (successes / n, said.low, said.high))


def newcombe(draw: Draw) -> float:
    """His method 10 out of scipy's Wilson intervals."""
    (x, m), (y, n) = _trial(draw), _trial(draw)
    a, b = (stats.binomtest(*of).proportion_ci(method="wilson") for of in ((x, m), (y, n)))
    p, q = x / m, y / n
    low = p - q - math.sqrt((p - a.low) ** 2 + (b.high - q) ** 2)
    high = p - q + math.sqrt((a.high - p) ** 2 + (q - b.low) ** 2)
    return apart(_figures(difference_of_proportions(x, m, y, n)), (p - q, low, high))


def student(draw: Draw) -> float:
    samples = [*_samples(draw), 1.0]
    said = stats.ttest_1samp(samples, 0).confidence_interval()
    return apart(_figures(mean_of(summarise(samples))), (float(np.mean(samples)), said.low, said.high))


def welch(draw: Draw) -> float:
    a, b = [*_samples(draw), 1.0], [*_samples(draw), 2.0]
    said = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    value = float(np.mean(a) - np.mean(b))
    return apart(_figures(difference_of_means(summarise(a), summarise(b))), (value, said.low, said.high))


def pooled(draw: Draw) -> float:
    """n, mean and sd of the parts, against those of all observations together."""
    parts = [_samples(draw) for _ in range(int(draw.integers(1, 6)))]
    whole = np.concatenate(parts)
    found = pool(summarise(part) for part in parts)
    return apart((found.n, found.mean, found.sd), (len(whole), whole.mean(), whole.std(ddof=1)))


def resampled(draw: Draw) -> float:
    """numpy's expanded percentiles of the means of the same 2,000 resamples, drawn as values and averaged in one go."""
    samples, seed = _samples(draw), int(draw.integers(2**32))
    generator = np.random.RandomState(seed)
    picks = (generator.random_sample((len(samples), RESAMPLES)) * len(samples)).astype(int)
    means = np.sort(np.array(samples))[picks].mean(axis=0)
    n = len(samples)
    tail = stats.norm.sf(stats.t.ppf(0.975, n - 1) * math.sqrt(n / (n - 1)))
    said = np.quantile(means, [tail, 1 - tail])
    return apart(_figures(bootstrap_mean(samples, seed)), (float(np.mean(samples)), *said))


def laird(draw: Draw) -> float:
    """Random effects by least squares: tau squared from the residuals of a weighted fit, then the fit again."""
    sites = _sites(draw)
    y, v = np.array([s.value for s in sites]), np.array([s.error for s in sites]) ** 2
    ones, w = np.ones((len(y), 1)), np.diag(1 / v)
    hat = w - w @ ones @ np.linalg.inv(ones.T @ w @ ones) @ ones.T @ w
    q = float(y @ hat @ y)
    tau2 = max(0.0, (q - len(y) + 1) / float(np.trace(hat)))
    w = np.diag(1 / (v + tau2))
    error2 = float(np.linalg.inv(ones.T @ w @ ones)[0, 0])
    value = error2 * float((ones.T @ w @ y)[0])
    half = stats.norm.ppf(0.975) * math.sqrt(error2)
    spread = float((y - value) @ w @ (y - value)) / (len(y) - 1)
    wide = stats.t.ppf(0.975, len(y) - 1) * math.sqrt(error2 * max(1.0, spread))
    found = random_effects(sites)
    ours = (*_figures(found.plain), found.estimate.low, found.estimate.high, found.tau2, found.q, found.i2)
    i2 = max(0.0, 1 - (len(y) - 1) / q) if q else 0.0
    return apart(ours, (value, value - half, value + half, value - wide, value + wide, tau2, q, i2))


def enough_for_a_share(draw: Draw) -> float:
    """The least n is enough by Wilson's own formula, and one less is not; by how many cases it is off."""
    share, half = float(draw.uniform(0, 1)), float(draw.uniform(0.01, 0.3))
    z = stats.norm.ppf(0.975)

    def width(n: int) -> float:
        return float(z * math.sqrt(share * (1 - share) * n + z * z / 4) / (n + z * z))

    n = for_share(share, half) or 0
    return float(width(n) > half + 1e-9) + float(n > 1 and width(n - 1) <= half - 1e-9)


def enough_for_a_mean(draw: Draw) -> float:
    sd, half = float(draw.uniform(0.1, 20)), float(draw.uniform(0.5, 5))
    n = for_mean(sd, half) or 0
    width = [stats.t.interval(0.95, m - 1, scale=sd / math.sqrt(m))[1] for m in (n, max(2, n - 1))]
    return float(width[0] > half + 1e-9) + float(n > 2 and width[1] <= half - 1e-9)


def enough_for_a_target(draw: Draw) -> float:
    """With so many cases Wilson's interval of the same share is beyond the target; with one less it is not."""
    target = float(draw.uniform(0.05, 0.95))
    share = float(np.clip(target + draw.choice([-1, 1]) * draw.uniform(0.01, 0.3), 0, 1))
    n, z = share_beyond(share, target) or 0, stats.norm.ppf(0.975)

    def beyond(n: int) -> bool:
        middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return bool(abs(middle - target * (1 + z * z / n)) >= half - 1e-12)

    return float(not beyond(n)) + float(n > 1 and beyond(n - 1))


def statsmodels_wilson(draw: Draw) -> float:
    from statsmodels.stats.proportion import proportion_confint

    successes, n = _trial(draw)
    said = proportion_confint(successes, n, method="wilson")
    return apart(_figures(proportion(successes, n)), (successes / n, *said))


def statsmodels_newcombe(draw: Draw) -> float:
    from statsmodels.stats.proportion import confint_proportions_2indep

    (x, m), (y, n) = _trial(draw), _trial(draw)
    said = confint_proportions_2indep(x, m, y, n, method="newcomb", compare="diff")
    return apart(_figures(difference_of_proportions(x, m, y, n)), (x / m - y / n, *said))


def statsmodels_welch(draw: Draw) -> float:
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    a, b = [*_samples(draw), 1.0], [*_samples(draw), 2.0]
    means = CompareMeans(DescrStatsW(a), DescrStatsW(b))
    said = means.tconfint_diff(usevar="unequal")
    value = float(np.mean(a) - np.mean(b))
    return apart(_figures(difference_of_means(summarise(a), summarise(b))), (value, *said))


def statsmodels_laird(draw: Draw) -> float:
    from statsmodels.stats.meta_analysis import combine_effects

    sites = _sites(draw)
    y, v = np.array([s.value for s in sites]), np.array([s.error for s in sites]) ** 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said = combine_effects(y, v, method_re="chi2")
    low, high = said.conf_int(use_t=False)[1]
    found = random_effects(sites)
    # It keeps a tau squared below 0; we do not, as DerSimonian and Laird say.
    if said.tau2 < 0:
        return apart((found.tau2, found.q), (0.0, said.q))
    ours = (*_figures(found.plain), found.tau2, found.q)
    return apart(ours, (said.mean_effect_re, low, high, said.tau2, said.q))


def statsmodels_share_size(draw: Draw) -> float:
    from statsmodels.stats.proportion import samplesize_confint_proportion

    share, half = float(draw.uniform(0.01, 0.99)), float(draw.uniform(0.01, 0.3))
    said = samplesize_confint_proportion(share, half)
    return apart([for_share_by_normal(share, half)], [max(1, math.ceil(said))])


def scipy_bootstrap(draw: Draw) -> float:
    """In standard errors of the mean: two draws of 2,000 resamples differ by chance, by a tenth or so."""
    samples = np.array([*_samples(draw), 1.0])
    n = len(samples)
    tail = float(stats.norm.sf(stats.t.ppf(0.975, n - 1) * math.sqrt(n / (n - 1))))
    said = stats.bootstrap(
        (samples,),
        np.mean,
        method="percentile",
        n_resamples=RESAMPLES,
        rng=draw,
        confidence_level=1 - 2 * tail,
    ).confidence_interval
    found = bootstrap_mean(samples.tolist(), int(draw.integers(2**32)))
    error = float(samples.std(ddof=1)) / math.sqrt(len(samples)) or 1.0
    assert found.low is not None
    assert found.high is not None
    return max(abs(found.low - said.low), abs(found.high - said.high)) / error


BY_SCIPY: Mapping[str, Comparison] = {
    "Wilson / scipy binomtest": wilson,
    "Newcombe / scipy binomtest": newcombe,
    "Student / scipy ttest_1samp": student,
    "Welch / scipy ttest_ind": welch,
    "pooling / all observations": pooled,
    "bootstrap / the same resamples": resampled,
    "random effects / least squares": laird,
    "cases for a share / Wilson": enough_for_a_share,
    "cases for a mean / scipy t": enough_for_a_mean,
    "cases for a target / Wilson": enough_for_a_target,
}
BY_STATSMODELS: Mapping[str, Comparison] = {
    "Wilson / statsmodels": statsmodels_wilson,
    "Newcombe / statsmodels": statsmodels_newcombe,
    "Welch / statsmodels": statsmodels_welch,
    "random effects / statsmodels": statsmodels_laird,
    "cases for a share / statsmodels": statsmodels_share_size,
}
