"""Figures of the road: the funnel, ages by stage, where ideas stop and of which criterion, times against the service levels."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from statistics import median, quantiles
from typing import Any

from sqlmodel import Session, col, func, select

from stages.days import fiscal_year
from stages.kernel import DECIDED_WITHIN_WORKING_DAYS, QUORUM, RATED_WITHIN_WORKING_DAYS
from stages.lifecycle import OFF_THE_ROAD, STAGE_KEYS
from workflows.calendar import is_working_day, tokyo_day
from workflows.insights.lives import GATES, ROLLOUT, Asked, Life
from workflows.tables.reviews import GateDecision, RatingSheet

OLDEST = 3
STOPS = ("recycle", "hold", "kill")


def funnel(lives: Iterable[Life]) -> dict[str, list[list[int]]]:
    """By fiscal year of submission and for "all": of each stage the ideas that entered it, passed on, stopped there, are there."""
    found: dict[str, list[list[int]]] = defaultdict(lambda: [[0, 0, 0, 0] for _ in STAGE_KEYS])
    for life in lives:
        last = max(life.entered())
        stopped = life.status in OFF_THE_ROAD and not (last == ROLLOUT and life.status == "completed")
        for year in ("all", str(fiscal_year(date.fromordinal(life.submitted)))):
            for stage in range(last + 1):
                counts = found[year][stage]
                counts[0] += 1
                # What was completed has passed the last stage.
                onward = stage < last or life.status == "completed"
                counts[1 if onward else 2 if stopped else 3] += 1
    return dict(sorted(found.items()))


def ages(lives: Iterable[Life], today: int) -> dict[str, dict[str, Any]]:
    """Of each stage with a gate: how many ideas are in it, quartiles of the days since they came, and the oldest (ids)."""
    there: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for life in lives:
        if life.is_open:
            there[life.stage].append((today - life.stage_since, life.id))
    found = {}
    for stage, of in sorted(there.items()):
        of.sort(key=lambda pair: (-pair[0], pair[1]))
        found[STAGE_KEYS[stage]] = {
            "n": len(of),
            **_quartiles([days for days, _ in of]),
            "oldest": [list(pair) for pair in of[:OLDEST]],
        }
    return found


def _quartiles(days: Sequence[int]) -> dict[str, float]:
    if len(days) == 1:
        return dict.fromkeys(("q1", "median", "q3"), float(days[0]))
    low, middle, high = quantiles(days, n=4, method="inclusive")
    return {"q1": low, "median": middle, "q3": high}


def decided(lives: Iterable[Life], published: bool) -> dict[int, Asked]:
    """The reviews that a gate decided; of those published without what a decision withholds."""
    return {
        review.id: review
        for life in lives
        for _, _, reviews in life.visits
        for review in reviews
        if review.end is not None and review.end != "returned" and not (published and review.withheld)
    }


def stops(session: Session, reviews: Mapping[int, Asked]) -> dict[str, Any]:
    """Decisions by gate; and of those by which ideas did not go on, the criteria that were red. One statement."""
    by_gate: dict[str, Counter[str]] = {gate: Counter() for gate in GATES}
    for review in reviews.values():
        by_gate[review.gate][review.end or ""] += 1
    red: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    stopped: Any = select(GateDecision.review_id, GateDecision.decision, GateDecision.colours)
    for review_id, decision, colours in session.exec(stopped.where(col(GateDecision.decision).in_(STOPS))):
        if review_id in reviews:
            for key, colour in colours.items():
                if colour == "red":
                    red[reviews[review_id].gate, key][decision] += 1
    rows: list[list[Any]] = [[gate, key, *(of[s] for s in STOPS)] for (gate, key), of in red.items()]
    rows.sort(key=lambda row: (-sum(row[2:]), row[0], row[1]))
    return {"decisions": {gate: dict(of) for gate, of in by_gate.items() if of}, "criteria": rows}


def service(session: Session, reviews: Mapping[int, Asked]) -> dict[str, dict[str, Any]]:
    """By gate and for "all": working days from a request to the rating that made the quorum and to the decision, as medians, and
    how many kept the service level. One statement."""
    rated: dict[int, list[int]] = defaultdict(list)
    first: Any = select(RatingSheet.review_id, func.min(RatingSheet.rated_at)).group_by(
        col(RatingSheet.review_id), col(RatingSheet.reviewer_id)
    )
    for review_id, at in session.exec(first.execution_options(yield_per=5_000)):
        if review_id in reviews:
            rated[review_id].append(tokyo_day(at).toordinal())
    took: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    between = _working_days()
    for review_id, review in reviews.items():
        sheets = sorted(rated[review_id])
        for gate in ("all", review.gate):
            if len(sheets) >= QUORUM:
                took[gate][0].append(between(review.on, sheets[QUORUM - 1]))
            took[gate][1].append(between(review.on, review.closed or review.on))
    return {
        gate: {
            "n": len(to_decision),
            "rated": median(to_rating) if to_rating else None,
            "rated_in_time": sum(d <= RATED_WITHIN_WORKING_DAYS for d in to_rating),
            "rated_n": len(to_rating),
            "decided": median(to_decision),
            "decided_in_time": sum(d <= DECIDED_WITHIN_WORKING_DAYS for d in to_decision),
        }
        for gate, (to_rating, to_decision) in sorted(took.items())
    }


def _working_days() -> Callable[[int, int], int]:
    """`working_days_between` over many pairs of days: each working day is looked up once."""

    @cache
    def until(day: int) -> int:
        return sum(is_working_day(date.fromordinal(day) - timedelta(days=n)) for n in range(day % 64))

    @cache
    def of_block(block: int) -> int:
        return sum(is_working_day(date.fromordinal(block * 64 + n)) for n in range(1, 65))

    def between(since: int, to: int) -> int:
        whole = sum(of_block(block) for block in range(since // 64, to // 64))
        return whole + until(to) - until(since)

    return between
