"""Small pictures drawn by the templates as SVG: where each mark goes, computed here."""

from collections.abc import Sequence
from dataclasses import dataclass

from stages.dossier import Kpi
from stages.figures import SHARES
from workflows.statistics import Estimate

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


@dataclass(frozen=True)
class Span:
    """Where an estimate and its interval stand on a line WIDTH units wide."""

    estimate: float
    low: float
    high: float


def spans(estimates: Sequence[Estimate | None]) -> list[Span | None]:
    """Several estimates of the same unit on one scale; None where there is none."""
    known = [e for e in estimates if e is not None]
    marks = [x for e in known for x in (e.value, e.low, e.high) if x is not None]
    if not marks:
        return [None] * len(estimates)
    least, most = min(marks), max(marks)
    room = (most - least) * 0.1 or abs(most) * 0.1 or 1.0
    least, most = least - room, most + room

    def x(value: float) -> float:
        return round(MARGIN + (value - least) / (most - least) * (WIDTH - 2 * MARGIN), 1)

    def drawn(e: Estimate) -> Span:
        return Span(
            x(e.value), x(e.value if e.low is None else e.low), x(e.value if e.high is None else e.high)
        )

    return [None if e is None else drawn(e) for e in estimates]
