"""What an effect amounts to, as people ask: how many more cases, do two baselines agree, a year, the nation."""

from typing import Any

import pytest

from workflows.effects import (
    More,
    Town,
    contradict,
    cost_saved,
    hours_a_year,
    more_for_target,
    national,
    of_arm,
    over_sites,
    site_of,
    total,
)
from workflows.measuring import Arm
from workflows.statistics import Estimate
from workflows.tables.pilots import Measurement


def means(mean: float, sd: float, n: int, **more: Any) -> Measurement:
    return Measurement(n=n, mean=mean, sd=sd, **more)


def counts(successes: int, n: int, **more: Any) -> Measurement:
    return Measurement(n=n, successes=successes, **more)


NOTHING = Arm([])


@pytest.mark.parametrize(
    ("type_", "target", "before", "during", "more"),
    [
        ("accuracy", 0.95, NOTHING, Arm([counts(117, 120)]), More(172)),
        ("accuracy", 0.90, NOTHING, Arm([counts(470, 480)]), None),  # settled
        (
            "accuracy",
            0.95,
            NOTHING,
            Arm([counts(95, 100)]),
            None,
        ),  # on the target: more of the same settles nothing
        ("satisfaction", 4.0, NOTHING, Arm([means(4.2, 0.8, 20)]), More(44)),
        ("satisfaction", 4.0, NOTHING, Arm([means(4.2, 0.8, 1)]), More(63)),
        ("time_saved", 5.0, NOTHING, Arm([means(5.5, 3.0, 30)]), None),  # no baseline
        ("incident_count", 3.0, NOTHING, Arm([counts(2, 30)]), None),
    ],
)
def test_how_many_cases_more_settle_it(
    type_: str, target: float, before: Arm, during: Arm, more: More | None
) -> None:
    assert more_for_target(type_, target, before, during) == more


def test_a_baseline_that_is_too_small_itself_is_said() -> None:
    during = Arm([means(5.5, 3.0, 30)])
    alone = more_for_target("time_saved", 5.8, Arm([means(12.0, 4.0, 200)]), during)
    both = more_for_target("time_saved", 6.0, Arm([means(12.0, 4.0, 10)]), during)
    assert alone is not None
    assert not alone.both
    assert both is not None
    assert both.both


def test_two_baselines_contradict_where_their_intervals_lie_apart() -> None:
    high, low, near = means(30, 4, 50, ref="M1"), means(12, 3, 120, ref="M2"), means(12.5, 3, 60, ref="M3")
    assert contradict("time_saved", [high, near, low]) == (low, high)
    assert contradict("time_saved", [low, near]) is None
    assert contradict("time_saved", [low, means(99, 0, 1)]) is None, "a single case contradicts nobody"
    assert contradict("accuracy", [counts(90, 100), counts(60, 100)]) is not None
    assert contradict("incident_count", [counts(0, 100), counts(60, 100)]) is None


def test_a_site_without_variance_is_not_pooled() -> None:
    varied, certain = Arm([counts(90, 100)]), Arm([counts(100, 100)])
    assert site_of("accuracy", NOTHING, certain) is None
    assert (
        over_sites("accuracy", [site_of("accuracy", NOTHING, a) for a in (varied, varied, certain)]) is None
    )
    pooled = over_sites("accuracy", [site_of("accuracy", NOTHING, a) for a in (varied, varied)])
    assert pooled is not None
    assert pooled.estimate.high <= 1
    assert site_of("time_saved", Arm([means(12, 0, 9)]), Arm([means(5, 0, 9)])) is None
    assert site_of("time_saved", Arm([means(12, 1, 1)]), Arm([means(5, 1, 9)])) is None
    site = site_of("time_saved", Arm([means(12, 3, 9)]), Arm([means(5, 4, 16)]))
    assert site is not None
    assert (site.value, site.error) == (7.0, pytest.approx(2**0.5))


def test_hours_and_yen_of_a_year_keep_their_interval() -> None:
    assert hours_a_year(Estimate(6.0, 5.0, 7.0, 100), 1_200) == Estimate(120.0, 100.0, 140.0, 100)
    saved = cost_saved(Arm([means(500, 40, 50)]), Arm([means(420, 30, 50)]))
    assert saved is not None
    assert saved.low < saved.value == 80.0 < saved.high
    assert cost_saved(NOTHING, Arm([means(420, 30, 50)])) is None
    assert of_arm("incident_count", Arm([counts(3, 90)])) == Estimate(3.0, None, None, 90)


def test_the_nation_is_estimated_by_class_and_says_what_is_left_out() -> None:
    """Stratified: 700 cities of 200 h and 180 villages of 10 h; nobody measured in the towns."""
    towns = [
        Town("甲市", "city", Estimate(200, 180, 220, 400)),
        Town("乙村", "village", Estimate(10, 4, 16, 40)),
        Town("丙村", "village", Estimate(10, 4, 16, 40)),
        Town("丁町", "town", Estimate(50, None, None, 1)),
    ]
    found = national(towns, {"city": 700, "town": 740, "village": 180})
    assert found is not None
    assert found.saved.value == pytest.approx(700 * 200 + 180 * 10)
    assert found.saved.value - found.saved.low >= 700 * 20
    assert [c.size_class for c in found.left_out] == ["town"], "a claim without an interval is not summed"
    assert [c.size_class for c in found.rests_on_one] == ["city"]
    assert national([towns[3]], {"town": 740}) is None
    assert total([Estimate(1, -2, 4, 1), Estimate(1, -3, 5, 1)]) == Estimate(2, -3, 7, 2)
