"""Small pictures drawn by the templates as SVG: where each mark goes, computed here."""

from dataclasses import dataclass

from stages.dossier import Kpi
from stages.figures import SHARES

WIDTH = 320
MARGIN = 12


@dataclass(frozen=True)
class Interval:
    """Where the marks of a KPI stand on a line WIDTH units wide; `good_from` and `good_to` bound the side that meets the target."""

    estimate: float
    low: float
    high: float
    target: float
    baseline: float | None
    good_from: float
    good_to: float


def interval(kpi: Kpi) -> Interval | None:
    """The estimate with its 95 % interval against the target (and the baseline, where it is the same quantity); None while
    nothing is measured."""
    if kpi.estimate is None:
        return None
    low = kpi.low if kpi.low is not None else kpi.estimate
    high = kpi.high if kpi.high is not None else kpi.estimate
    # time_saved is a difference: the baseline's own minutes do not belong on its scale.
    baseline = None if kpi.type == "time_saved" else kpi.baseline_estimate
    marks = [kpi.estimate, low, high, kpi.target, *([baseline] if baseline is not None else [])]
    least, most = min(marks), max(marks)
    room = (most - least) * 0.15 or abs(most) * 0.1 or 1.0
    least, most = least - room, most + room
    if kpi.type in SHARES:
        least, most = max(least, 0.0), min(most, 1.0)

    def x(value: float) -> float:
        return round(MARGIN + (value - least) / (most - least) * (WIDTH - 2 * MARGIN), 1)

    up = kpi.direction == "up"
    return Interval(
        estimate=x(kpi.estimate),
        low=x(low),
        high=x(high),
        target=x(kpi.target),
        baseline=x(baseline) if baseline is not None else None,
        good_from=x(kpi.target) if up else 0,
        good_to=WIDTH if up else x(kpi.target),
    )
