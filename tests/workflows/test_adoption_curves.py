"""How soon: the curve against a published example, the tenth and the hundredth, and from when on a statement counts."""

from datetime import date, timedelta

import pytest

from workflows.calendar import start_of_day
from workflows.queries.adoption_curves import Unit, curve, nths
from workflows.rollout.statements import counts_since, lapsed

BEGAN = ((6, 3), (7, 1), (10, 1), (13, 1), (16, 1), (22, 1), (23, 1))
NOT_YET = ((6, 1), (9, 1), (10, 1), (11, 1), (17, 1), (19, 1), (20, 1), (25, 1), (32, 2), (34, 1), (35, 1))
PUBLISHED = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
"""Remission under 6-MP (Freireich 1963), the survival at each step as printed in Kleinbaum & Klein, Survival Analysis, table 2.1."""


def units(*groups: tuple[bool, tuple[tuple[int, int], ...]]) -> list[Unit]:
    return [Unit("town", None, days, began, n) for began, rows in groups for days, n in rows]


def test_the_curve_is_that_of_the_published_example() -> None:
    found = curve("town", units((True, BEGAN), (False, NOT_YET)))
    assert {s.day: round(1 - s.share, 3) for s in found.steps} == pytest.approx(PUBLISHED, abs=0.0011)
    first = found.steps[0]
    assert (first.low, first.high) == pytest.approx((1 - 0.952, 1 - 0.620), abs=0.001)  # R, survfit, log-log
    assert (found.of, found.began, found.half_on, found.seen_for) == (21, 9, 23, 35)
    day_9, day_0 = found.at(9), found.at(0)
    assert day_9 is not None
    assert day_9.day == 7
    assert day_0 is not None
    assert day_0.share == 0
    assert found.at(36) is None, "a day that has not come"


def test_nobody_and_everybody_draw_a_curve_too() -> None:
    assert curve(None, units((False, ((40, 5),)))).steps == []
    everybody = curve(None, units((True, ((0, 5),))))
    assert [(s.share, s.low) for s in everybody.steps] == [(1.0, None)]


def test_the_tenth_and_the_hundredth() -> None:
    assert [
        n.day for n in nths(units((True, ((9, 5), (3, 4), (12, 90), (80, 1))), (False, ((1, 500),))))
    ] == [12, 80]
    assert [n.day for n in nths(units((True, ((3, 9),))))] == [None, None]


def test_the_database_and_python_stop_counting_on_the_same_day() -> None:
    for n in range(1_500):
        today = date(2027, 1, 1) + timedelta(days=n)
        since = counts_since(today)
        assert not lapsed(since, today), today
        assert lapsed(since - timedelta(seconds=1), today), today
    assert counts_since(date(2028, 2, 28)) == start_of_day(date(2027, 3, 1)), (
        "of a 29 February it is the 28th"
    )
