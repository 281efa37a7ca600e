"""Statistics: published examples come out as published, and the properties a gate relies on hold."""

import itertools
import math
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.statistics import (
    Estimate,
    Summary,
    bootstrap_difference,
    bootstrap_mean,
    difference_of_means,
    difference_of_proportions,
    mean_of,
    pool,
    proportion,
    summarise,
)

# Student's sleep data (Biometrika 6, 1908; `sleep` in R): hours gained with each of two drugs.
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

trials = st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
# Tenths, as a stop watch gives them.
minutes = st.integers(-10_000, 10_000).map(lambda tenths: tenths / 10)


def limits(estimate: Estimate, digits: int = 4) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return round(estimate.low, digits), round(estimate.high, digits)


# Proportions


@pytest.mark.parametrize(
    ("successes", "n", "published"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson_intervals_are_those_of_newcombe_1998_table_1(successes, n, published):
    estimate = proportion(successes, n)
    assert limits(estimate) == published
    assert estimate.value == successes / n
    assert estimate.n == n


@pytest.mark.parametrize(
    ("a", "b", "published"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((0, 10), (0, 10), (-0.2775, 0.2775)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
    ],
)
def test_differences_of_proportions_are_those_of_newcombe_1998_table_2(a, b, published):
    assert limits(difference_of_proportions(*a, *b)) == published


def test_a_higher_level_asks_for_a_wider_interval():
    narrow, wide = proportion(81, 263, level=0.90), proportion(81, 263, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


@given(trials)
def test_a_proportion_lies_in_its_interval_and_the_interval_in_0_to_1(trial):
    estimate = proportion(*trial)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high


@given(trials, st.integers(2, 50))
def test_the_same_share_of_more_cases_has_a_narrower_interval(trial, times):
    successes, n = trial
    few, many = proportion(successes, n), proportion(successes * times, n * times)
    assert many.high - many.low < few.high - few.low


@given(trials)
def test_counting_failures_mirrors_the_interval(trial):
    successes, n = trial
    hits, misses = proportion(successes, n), proportion(n - successes, n)
    assert hits.low == pytest.approx(1 - misses.high, abs=1e-12)


@given(trials, trials)
def test_a_difference_of_proportions_turns_round_with_its_groups(a, b):
    forth, back = difference_of_proportions(*a, *b), difference_of_proportions(*b, *a)
    assert -1 <= forth.low <= forth.value <= forth.high <= 1
    assert (forth.value, forth.low) == pytest.approx((-back.value, -back.high), abs=1e-12)
    assert forth.n == min(a[1], b[1])


# Means


def test_the_interval_of_a_mean_is_that_of_the_nist_handbook():
    # NIST/SEMATECH e-Handbook 1.3.5.2, ZARR13.DAT
    assert limits(mean_of(Summary(195, 9.261460, 0.02278881)), 6) == (9.258241, 9.264679)


def test_the_welch_interval_of_students_sleep_data_is_the_one_r_prints():
    # t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, 95 percent: -3.3654832 0.2054832
    estimate = difference_of_means(summarise(SLEEP_1), summarise(SLEEP_2))
    assert estimate.value == -1.58
    assert limits(estimate, 7) == (-3.3654832, 0.2054832)


def test_welch_agrees_with_the_t_test_of_scipy_on_very_unequal_groups():
    from scipy import stats

    a, b = Summary(249, 20.14458, 6.41470), Summary(7, 30.48101, 0.610771)
    estimate = difference_of_means(a, b, level=0.9)
    reference = stats.ttest_ind_from_stats(a.mean, a.sd, a.n, b.mean, b.sd, b.n, equal_var=False)
    error = (a.mean - b.mean) / reference.statistic
    degrees = error**4 / ((a.sd**2 / a.n) ** 2 / (a.n - 1) + (b.sd**2 / b.n) ** 2 / (b.n - 1))
    half = stats.t.ppf(0.95, degrees) * error
    assert (estimate.low, estimate.high) == pytest.approx((estimate.value - half, estimate.value + half))


@pytest.mark.parametrize("lone", [Summary(1, 5.0, None), Summary(1, 5.0, 0.0), Summary(40, 5.0, None)])
def test_one_observation_or_an_unknown_sd_gives_no_interval(lone):
    whole = Summary(40, 7.5, 1.0)
    assert mean_of(lone) == Estimate(5.0, None, None, lone.n)
    assert difference_of_means(whole, lone) == Estimate(2.5, None, None, lone.n)
    assert difference_of_means(lone, whole) == Estimate(-2.5, None, None, lone.n)


def test_observations_that_do_not_differ_give_an_interval_without_width():
    assert mean_of(Summary(30, 5.0, 0.0)) == Estimate(5.0, 5.0, 5.0, 30)
    assert difference_of_means(Summary(30, 5.0, 0.0), Summary(20, 4.0, 0.0)) == Estimate(1.0, 1.0, 1.0, 20)


def test_a_group_without_spread_leaves_the_interval_to_the_other():
    fixed, spread = Summary(30, 12.0, 0.0), Summary(16, 5.0, 2.0)
    difference, alone = difference_of_means(fixed, spread), mean_of(spread)
    assert difference.high - difference.low == pytest.approx(alone.high - alone.low)


def test_a_spread_too_small_to_square_still_has_an_interval():
    estimate = difference_of_means(Summary(5, 1.0, 1e-200), Summary(5, 1.0, 1e-200))
    assert estimate.low <= estimate.value <= estimate.high


def test_a_difference_that_equals_the_target_on_paper_equals_it_here():
    assert 4.1 - 0.1 != 4.0  # what binary subtraction would say, and a gate would call the target missed
    assert difference_of_means(Summary(9, 4.1, 1.0), Summary(9, 0.1, 1.0)).value == 4.0


# Summaries and pooling


def test_pooling_gives_the_published_combination_of_three_groups():
    # StatsToDo, "Combine means and SDs into one group": 12.2222 and 4.5028
    whole = pool([Summary(10, 11.8, 2.4), Summary(20, 15.3, 3.2), Summary(15, 8.4, 4.1)])
    assert (whole.n, round(whole.mean, 4), round(whole.sd, 4)) == (45, 12.2222, 4.5028)


def test_pooling_two_groups_is_cochranes_formula():
    (n1, m1, s1), (n2, m2, s2) = (120, 5.4, 2.2), (37, 6.1, 2.4)
    squares = (n1 - 1) * s1**2 + (n2 - 1) * s2**2
    between = n1 * n2 / (n1 + n2) * (m1**2 + m2**2 - 2 * m1 * m2)
    expected = math.sqrt((squares + between) / (n1 + n2 - 1))
    assert pool([Summary(n1, m1, s1), Summary(n2, m2, s2)]).sd == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.lists(minutes, min_size=1, max_size=12), min_size=1, max_size=6))
def test_pooling_parts_equals_the_whole(parts):
    whole, pooled = summarise(itertools.chain(*parts)), pool([summarise(part) for part in parts])
    assert pooled.n == whole.n
    assert pooled.mean == pytest.approx(whole.mean, abs=1e-10)
    if whole.sd is None:
        assert pooled.sd is None
    else:
        assert pooled.sd == pytest.approx(whole.sd, rel=1e-9, abs=1e-6)


@given(st.lists(minutes, min_size=2, max_size=40))
def test_a_summary_is_mean_and_sample_sd(samples):
    summary = summarise(samples)
    assert summary.n == len(samples)
    assert summary.mean == pytest.approx(statistics.fmean(samples), abs=1e-10)
    assert summary.sd == pytest.approx(statistics.stdev(samples), rel=1e-9, abs=1e-9)


def test_pooling_with_an_unknown_sd_leaves_the_sd_unknown():
    assert pool([Summary(10, 4.0, 1.0), Summary(10, 6.0, None)]) == Summary(20, 5.0, None)
    assert pool([Summary(1, 4.0, None), Summary(1, 6.0, None)]) == Summary(2, 5.0, math.sqrt(2))


def test_pooling_equal_means_keeps_them_to_the_last_digit():
    assert pool([Summary(n, 4.1, 0.3) for n in (7, 11, 13, 400)]).mean == 4.1


# Bootstrap


def test_the_bootstrap_gives_the_same_limits_on_every_machine():
    # Frozen figures: a verdict was frozen with such limits and must be replayed with the same.
    mean, difference = bootstrap_mean(SLEEP_1, seed=7), bootstrap_difference(SLEEP_1, SLEEP_2, seed=7)
    assert (mean.low, mean.high) == pytest.approx((-0.4090727259, 2.15), abs=1e-9)
    assert (difference.low, difference.high) == pytest.approx((-3.3272085245, 0.19), abs=1e-9)


def test_the_order_of_observations_changes_nothing_and_the_seed_does():
    assert bootstrap_mean(SLEEP_2, seed=7) == bootstrap_mean(SLEEP_2[::-1], seed=7)
    assert bootstrap_mean(SLEEP_2, seed=7) != bootstrap_mean(SLEEP_2, seed=8)


def test_the_bootstrap_is_near_the_interval_of_all_possible_resamples():
    samples = [1.0, 2.0, 4.0, 7.0, 11.0]
    every = sorted(statistics.fmean(draw) for draw in itertools.product(samples, repeat=5))
    # Expanded percentiles of five observations: the normal tail behind 2.776 standard errors, each sqrt(4 / 5) too short.
    tail = statistics.NormalDist().cdf(-2.7764451 / math.sqrt(4 / 5))
    exact = every[int(len(every) * tail)], every[int(len(every) * (1 - tail))]
    estimate = bootstrap_mean(samples, seed=1)
    assert (estimate.low, estimate.high) == pytest.approx(exact, abs=0.81)  # four steps of the lattice


def test_the_bootstrap_of_many_observations_is_near_the_t_interval():
    samples = [(i * 37 % 101) / 10 for i in range(400)]
    t, bootstrap = mean_of(summarise(samples)), bootstrap_mean(samples, seed=3)
    assert bootstrap.value == t.value
    assert (bootstrap.low, bootstrap.high) == pytest.approx((t.low, t.high), abs=0.05)


@settings(max_examples=25, deadline=None)
@given(st.lists(minutes, min_size=2, max_size=12), st.lists(minutes, min_size=2, max_size=12))
def test_bootstrap_limits_stay_within_what_was_observed(a, b):
    mean, difference = bootstrap_mean(a, seed=5), bootstrap_difference(a, b, seed=5)
    assert min(a) - 1e-9 <= mean.low <= mean.high <= max(a) + 1e-9
    assert min(a) - max(b) - 1e-9 <= difference.low <= difference.high <= max(a) - min(b) + 1e-9


def test_observations_that_are_all_alike_bootstrap_to_their_value_exactly():
    assert bootstrap_mean([0.1] * 30, seed=2) == Estimate(0.1, 0.1, 0.1, 30)
    assert bootstrap_difference([4.1] * 9, [0.1] * 7, seed=2) == Estimate(4.0, 4.0, 4.0, 7)


def test_a_single_observation_bootstraps_to_no_interval():
    assert bootstrap_mean([3.0], seed=2) == Estimate(3.0, None, None, 1)
    assert bootstrap_difference([3.0], [1.0, 2.0], seed=2) == Estimate(1.5, None, None, 1)


# Refusals


@pytest.mark.parametrize(
    "nonsense",
    [
        lambda: proportion(0, 0),
        lambda: proportion(3, 2),
        lambda: proportion(-1, 2),
        lambda: proportion(1.5, 2),
        lambda: proportion(True, 2),
        lambda: proportion(1, 10**400),
        lambda: proportion(1, 2, level=1.0),
        lambda: proportion(1, 2, level=math.nan),
        lambda: difference_of_proportions(1, 2, 3, 2),
        lambda: Summary(0, 1.0, 1.0),
        lambda: Summary(2, math.nan, 1.0),
        lambda: Summary(2, math.inf, 1.0),
        lambda: Summary(2, 1e300, 1.0),
        lambda: Summary(2, 1.0, -0.1),
        lambda: Summary(2, 1.0, math.nan),
        lambda: Summary(1, 1.0, math.inf),
        lambda: mean_of(Summary(2, 1.0, 1.0), level=0.0),
        lambda: difference_of_means(Summary(2, 1.0, 0.0), Summary(2, 1.0, 0.0), level=1.5),
        lambda: summarise([]),
        lambda: summarise([1.0, math.nan]),
        lambda: pool([]),
        lambda: bootstrap_mean([], seed=1),
        lambda: bootstrap_mean([1.0, math.inf], seed=1),
        lambda: bootstrap_mean([1.0, 2.0], seed=-1),
        lambda: bootstrap_mean([1.0, 2.0], seed=2**32),
        lambda: bootstrap_mean([1.0, 2.0], seed=1, level=2.0),
        lambda: bootstrap_difference([1.0], [], seed=1),
    ],
)
def test_nonsense_is_refused(nonsense):
    with pytest.raises(ValueError, match=r"must|there is no"):
        nonsense()


def test_importing_the_room_does_not_import_scipy_or_numpy():
    code = "import sys, workflows.statistics as s; sys.exit(bool({'scipy', 'numpy'} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
