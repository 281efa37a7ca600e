"""Forecasts from waits: a curve worked by hand, the bound that holds whatever the waits look like, and roads walked again."""

import math

import numpy as np
import pytest

from workflows.forecasting import (
    ASKED,
    HOLD,
    LEFT,
    RETURNED,
    REVIEW,
    WORK,
    Curve,
    Open,
    Wait,
    Waits,
    arrivals_at_rollout,
    between,
    days_to_decision,
    generator_of,
    judged,
    until,
)

W, R = (WORK, 0), (REVIEW, 0)


def ended(place: tuple[str, int], end: str, *days: int) -> list[Wait]:
    return [Wait(place, d, end) for d in days]


def test_a_curve_is_that_of_kaplan_and_meier_with_one_more_at_risk() -> None:
    """Freireich's 6-MP arm (1963), of which Kaplan-Meier's estimate is published: 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448."""
    left = (6, 6, 6, 7, 10, 13, 16, 22, 23)
    going = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
    waits = ended(W, ASKED, *left) + [Wait(W, d) for d in going]
    plain = Curve(waits, one_more=False, leaving=True)
    survived = [round(1 - share, 3) for share in plain.reached[2:]]
    assert survived == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    bound = Curve(ended(W, ASKED, 5, 1, 3), one_more=True, leaving=True)
    assert bound.reached == pytest.approx([1 / 4, 2 / 4, 3 / 4])
    drawn_anew = Curve(waits, one_more=False, leaving=True, weights=np.zeros(len(waits)))
    assert not drawn_anew.reached.any()


def test_what_has_waited_goes_on_from_there_and_nothing_is_said_beyond_what_was_seen() -> None:
    curve = Curve(ended(R, "go", 10, 20, 30), one_more=False, leaving=True)
    days, ends = curve.draw(np.full(200, 15.0), generator_of(1))
    assert set(days) == {5.0, 15.0}
    assert set(ends) == {"go"}
    days, _ = curve.draw(np.full(5, 31.0), generator_of(1))
    assert all(math.isinf(d) for d in days)


def test_a_decision_comes_through_work_and_review_and_never_where_too_little_is_known() -> None:
    waits = Waits(ended(W, ASKED, *[10] * 99) + ended(R, "go", *[7] * 99))
    (row, unknown, at_gate) = days_to_decision(waits, [W, (WORK, 1), R], [4, 0, 5], generator_of(3), 200)
    assert until(row, 85) == 13.0
    assert between(row, 50) == (13.0, 13.0)
    assert math.isinf(until(unknown, 50))
    assert until(at_gate, 85) == 2.0
    returned = Waits(ended(W, ASKED, *[1] * 9) + ended(R, RETURNED, *[1] * 9))
    assert math.isinf(until(days_to_decision(returned, [R], [0], generator_of(3), 50)[0], 50))
    left = Waits([*ended(W, ASKED, *[10] * 99), *ended(W, LEFT, *[1] * 99), *ended(R, "go", *[7] * 99)])
    assert until(days_to_decision(left, [W], [4], generator_of(3), 200)[0], 85) == 13.0, "taken that it stays"


def test_the_same_seed_gives_the_same_dates_in_whatever_order_the_waits_come() -> None:
    waits = ended(W, ASKED, *range(3, 40)) + ended(R, "go", *range(2, 30))
    rows = [days_to_decision(Waits(of), [W, R], [2, 3], generator_of(9), 100) for of in (waits, waits[::-1])]
    assert (rows[0] == rows[1]).all()


def test_what_was_said_is_held_against_what_came() -> None:
    waits = Waits(ended(R, "go", *range(1, 100)))
    soon, late = Open(1, R, 0, 1, 500), Open(2, R, 0, 50, 500)
    pending, overdue = Open(3, R, 0, 1, 5), Open(4, R, 0, None, 500)
    found = [dict(judged(waits, [o], generator_of(1), 500)) for o in (soon, late, pending, overdue)]
    assert found[0] == {"50": False, "80": False, "90": False, "by 50": True, "by 85": True}
    assert found[1]["50"]
    assert found[1]["by 85"]
    assert found[2] == {}, "judged when its dates have passed, not when it came early"
    assert set(found[3].values()) == {False}


def test_most_forecasts_of_few_waits_hold_as_often_as_they_say() -> None:
    """The k-th shortest of n waits bounds the next with probability k / (n + 1): of 19, the 17th with 85 percent."""
    generator, hits, runs = generator_of(5), 0, 300
    for _ in range(runs):
        *seen, come = (int(d) for d in generator.lognormal(4, 1, 20))
        row = days_to_decision(Waits(ended(R, "go", *seen)), [R], [0], generator, 400)[0]
        hits += come <= until(row, 85)
    assert 0.79 < hits / runs < 0.93


def test_products_reach_rollout_by_the_roads_that_were_walked() -> None:
    waits = []
    for stage in range(4):
        waits += ended((WORK, stage), ASKED, *[10] * 9) + ended((REVIEW, stage), "go", *[5] * 9)
    opens = [Open(1, (REVIEW, 3), 1), Open(2, (WORK, 3), 0), Open(3, (HOLD, 2), 0)]
    counts = arrivals_at_rollout(Waits(waits), opens, 0.0, [10, 20, 90], 1, 0, 4)
    assert {tuple(row) for row in counts} == {(1, 1, 0)}, "the one on hold goes nowhere that was seen"
    steady = arrivals_at_rollout(Waits(waits), [], 0.2, [60, 160], 1, 0, 4)
    assert steady[:, 0].max() == 0
    assert steady[:, 1].mean() == pytest.approx(20, rel=0.05)
    assert arrivals_at_rollout(Waits(waits[:-9]), opens, 0.0, [90], 1, 0, 5) is None
    killed = [w for w in waits if w.place != (REVIEW, 3)] + ended((REVIEW, 3), "kill", *[5] * 9)
    assert arrivals_at_rollout(Waits(killed), opens, 0.0, [90], 1, 0, 4).max() == 0
