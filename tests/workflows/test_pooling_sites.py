"""Random effects and sample sizes: published examples come out as published; everything agrees with its reference."""

import math

import numpy as np
import pytest

from tests.figures_compared import BY_SCIPY
from workflows.random_effects import Site, random_effects
from workflows.sample_sizes import (
    difference_beyond,
    for_mean,
    for_share,
    for_share_by_normal,
    mean_beyond,
    share_beyond,
)
from workflows.statistics import Summary, difference_of_means, mean_of, proportion

# Tuberculosis with and without the BCG vaccine, 13 trials: Colditz and others, JAMA 271 (1994) 698-702.
BCG = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
    (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
]  # fmt: skip


def log_risk_ratio(ill_a: int, well_a: int, ill_b: int, well_b: int) -> Site:
    a, b = ill_a + well_a, ill_b + well_b
    return Site(math.log(ill_a / a / (ill_b / b)), math.sqrt(1 / ill_a - 1 / a + 1 / ill_b - 1 / b))


def test_the_bcg_trials_pool_as_published() -> None:
    """Viechtbauer, Journal of Statistical Software 36 (2010) 3 and the documentation of metafor: method DL."""
    found = random_effects([log_risk_ratio(*trial) for trial in BCG])
    assert (round(found.q, 4), round(found.tau2, 4), round(found.i2 * 100, 2)) == (152.2330, 0.3088, 92.12)
    shown = [round(x or 0, 4) for x in (found.plain.value, found.plain.low, found.plain.high)]
    assert shown == [-0.7141, -1.0644, -0.3638]
    assert found.plain.n == found.estimate.n == 13


def test_sites_that_agree_are_pooled_as_one_and_those_that_do_not_widen_the_interval() -> None:
    agree = random_effects([Site(5.0, 1.0), Site(5.0, 1.0), Site(5.0, 0.5)])
    assert (agree.tau2, agree.i2, agree.estimate.value) == (0.0, 0.0, 5.0)
    apart = random_effects([Site(2.0, 0.5), Site(8.0, 0.5), Site(5.0, 0.5)])
    assert apart.i2 > 0.9
    for found in (agree, apart):
        assert found.estimate.low <= found.plain.low <= found.plain.high <= found.estimate.high
    assert apart.plain.high - apart.plain.low > agree.plain.high - agree.plain.low


@pytest.mark.parametrize(
    "nonsense",
    [
        lambda: Site(5.0, 0.0),
        lambda: Site(5.0, -1.0),
        lambda: Site(5.0, 1e-300),
        lambda: Site(math.nan, 1.0),
        lambda: random_effects([]),
        lambda: random_effects([Site(5.0, 1.0)]),
        lambda: random_effects([Site(5.0, 1.0)] * 2, level=1.0),
        lambda: for_share(1.5, 0.1),
        lambda: for_share(0.5, 0.0),
        lambda: for_mean(-1.0, 1.0),
        lambda: for_mean(1.0, 0.0),
        lambda: for_mean(math.inf, 1.0),
    ],
)
def test_nonsense_is_refused(nonsense) -> None:
    with pytest.raises(ValueError, match="must"):
        nonsense()


def test_sample_sizes_are_those_of_the_textbooks() -> None:
    # WHO (Lwanga and Lemeshow 1991), example 1.1.1: a share of 20 % to within 5 points; and the table's 50 %.
    assert for_share_by_normal(0.2, 0.05) == 246
    assert for_share_by_normal(0.5, 0.05) == 385
    # By Wilson's interval z² / 4h² - z² at one half: binomSamSize's ciss.wilson gives 93 for a half width of 0.1.
    assert (for_share(0.5, 0.1), for_share(0.5, 0.05)) == (93, 381)
    # Devore, example 7.4: sd 25, a width of 10, sd known: 97. Not known, Student's t asks for two more.
    assert for_mean(25, 5) == 99
    assert for_mean(0, 5) == 2
    assert for_mean(1e6, 0.001) is None


@pytest.mark.parametrize(("share", "target"), [(0.93, 0.9), (0.85, 0.9), (1.0, 0.9), (0.0, 0.05)])
def test_with_so_many_more_cases_the_target_is_beyond_doubt(share: float, target: float) -> None:
    n = share_beyond(share, target)
    found = proportion(round(share * n), n)
    assert found.low > target - 0.003 or found.high < target + 0.003
    assert share_beyond(target, target) is None


def test_how_many_cases_a_mean_or_a_difference_still_needs() -> None:
    before, after = Summary(200, 12.0, 4.0), Summary(30, 5.5, 3.0)
    assert difference_of_means(before, after).low < 6.0 < difference_of_means(before, after).value
    alone = difference_beyond(before, after, 5.8)
    assert difference_of_means(before, Summary(alone, 5.5, 3.0)).low >= 5.8
    assert difference_of_means(before, Summary(alone - 1, 5.5, 3.0)).low < 5.8
    assert difference_beyond(Summary(10, 12.0, 4.0), after, 6.0) is None, "the baseline itself is too small"
    both = difference_beyond(Summary(10, 12.0, 4.0), after, 6.0, both=True)
    assert difference_of_means(Summary(both, 12.0, 4.0), Summary(both, 5.5, 3.0)).low >= 6.0
    assert difference_beyond(before, after, 6.5) is None, "the estimate is on the target"
    n = mean_beyond(Summary(20, 4.2, 0.8), 4.0)
    assert mean_of(Summary(n, 4.2, 0.8)).low >= 4.0 > mean_of(Summary(n - 1, 4.2, 0.8)).low


@pytest.mark.parametrize("name", BY_SCIPY)
def test_two_hundred_random_cases_agree_with_the_reference(name: str) -> None:
    """`make bench` draws 10,000 of each, and asks statsmodels too."""
    draw = np.random.default_rng(7)
    assert max(BY_SCIPY[name](draw) for _ in range(200)) < 1e-8
