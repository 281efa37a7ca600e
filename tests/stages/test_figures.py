"""Figures as a clerk reads them: with their unit, and never on the other side of the target."""

from dataclasses import replace

import pytest

from stages.evaluation import judge_target
from stages.figures import UNITS, figure, goal
from tests.stages.dossiers import ACCURACY, TIME
from workflows.kpis import UNITS as COUNTED_IN


@pytest.mark.parametrize(
    ("value", "type_", "target", "shown"),
    [
        (0.9469, "accuracy", 0.9, "94.7%"),
        (0.94, "accuracy", 0.94, "94.0%"),
        (0.8996, "accuracy", 0.9, "89.96%"),
        (0.89996, "accuracy", 0.9, "89.996%"),
        (0.9004, "accuracy", 0.9, "90.04%"),
        (0.3004, "escalation_rate", 0.3, "30.04%"),
        (0.8996, "accuracy", None, "90.0%"),
        (0.57, "accuracy", 0.57, "57.0%"),
        (0.0, "accuracy", 0.9, "0.0%"),
        (6.6, "time_saved", 4.0, "6.6 分"),
        (3.9996, "time_saved", 4.0, "3.9996 分"),
        (-0.001, "time_saved", 4.0, "0 分"),
        (1234.4, "cost_per_case", 2000, "1,234 円"),
        (1999.6, "cost_per_case", 2000, "1,999.6 円"),
        (2.0, "incident_count", 0, "2 件"),
    ],
)
def test_a_figure_has_its_unit_and_stays_on_its_side_of_the_target(
    value: float, type_: str, target: float | None, shown: str
) -> None:
    assert figure(value, type_, target) == shown


@pytest.mark.parametrize(
    ("target", "type_", "shown"),
    [
        (0.9, "accuracy", "90%"),
        (0.9475, "accuracy", "94.75%"),
        (0.07, "accuracy", "7%"),
        (4.0, "time_saved", "4 分"),
        (1_234_567, "cost_per_case", "1,234,567 円"),
        (0, "incident_count", "0 件"),
    ],
)
def test_a_target_is_shown_as_it_was_set(target: float, type_: str, shown: str) -> None:
    assert goal(target, type_) == shown


def test_every_measure_that_is_no_share_has_a_unit() -> None:
    assert UNITS.keys() == COUNTED_IN.keys()


def test_a_finding_reads_as_a_clerk_reads_it() -> None:
    met = judge_target(ACCURACY, ACCURACY.frozen_target)
    assert met.text == (
        "正答率: 96.2%（95% 区間 94.8%から97.2%、目標 94%以上、標本数 1,010 件）。目標に届きました。"
    )
    near = replace(ACCURACY, estimate=0.94001, low=0.92, high=0.96)
    assert judge_target(near, near.frozen_target).text.startswith("正答率: 94.001%（95% 区間 92.0%から")
    missed = judge_target(replace(TIME, estimate=3.999, low=3.5, high=4.4), TIME.frozen_target)
    assert missed.text == (
        "所要時間: 3.999 分（95% 区間 3.5 分から4.4 分、目標 4 分以上、標本数 400 件）。目標に届いていません。"
    )
