"""Forecasts from the lives of ideas, and how often such forecasts came true when made from the history held back.

A forecast of a past day is made from what was known before that day alone, and held against what came after.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from stages.days import add_months
from workflows.forecasting import (
    DRAWS,
    LEVELS,
    UNTIL,
    Open,
    Place,
    Waits,
    arrivals_at_rollout,
    days_to_decision,
    generator_of,
    judged,
    until,
)
from workflows.insights.lives import ROLLOUT, Life, opens_at, waits_at

LOOKS_BACK_MONTHS = 24
QUARTERS_AHEAD, QUARTERS_BACK = 4, 8
AT_ONCE = 300
"""Ideas of which a past day's forecasts are judged; of more a sample is drawn."""
TOLD = 2_000
"""Open ideas whose dates are kept, the soonest first."""
WATCHED = 10_000
LEAST_JUDGED = 20
"""Forecasts without which no share of them is told."""
INFINITE = float("inf")


def watched(lives: Sequence[Life]) -> Sequence[Life]:
    """The lives from which waits are learnt: all, or of very many every so-manieth, which says as much."""
    return lives[:: max(1, len(lives) // WATCHED)]


def decisions(lives: Sequence[Life], today: int, first: int) -> dict[str, Any]:
    """Of each open idea the days from `today` by which its next decision has come with 50 and with 85 percent (None where no day
    can be told), the soonest first: [idea, 50, 85]. `untold`: of how many no day can be told at all."""
    opens = opens_at(lives, today + 1, first, today + 1)
    waits = Waits(waits_at(watched(lives), today + 1, first))
    # Ideas that have waited as long at the same place have the same dates.
    told: dict[tuple[Place, int], list[int | None]] = {(o.place, o.age): [None] * len(UNTIL) for o in opens}
    alike = sorted(one for one in told if waits.at(one[0]))
    for start in range(0, len(alike), AT_ONCE):
        some = alike[start : start + AT_ONCE]
        generator = generator_of(today + start)
        drawn = days_to_decision(waits, [p for p, _ in some], [age for _, age in some], generator, DRAWS)
        for one, row in zip(some, drawn, strict=True):
            days = [until(row, percent) for percent in UNTIL]
            # A forecast begins with tomorrow, what is known ends with today.
            told[one] = [None if d == INFINITE else int(d) + 1 for d in days]
    rows: list[list[Any]] = [[o.idea, *told[o.place, o.age]] for o in opens]
    untold = sum(row[1] is None for row in rows)
    rows.sort(key=lambda r: (r[1] is None, r[1] or 0, r[2] is None, r[2] or 0, r[0]))
    return {"open": len(rows), "untold": untold, "ideas": rows[:TOLD]}


def calibration(lives: Sequence[Life], today: int, first: int) -> dict[str, Any]:
    """How many of the forecasts made at the beginning of each past month came true: name -> [true, judged]."""
    counts: Counter[tuple[str, bool]] = Counter()
    months = 0
    lives = watched(lives)
    for back in range(1, LOOKS_BACK_MONTHS + 1):
        as_of = add_months(date.fromordinal(today).replace(day=1), -back + 1).toordinal()
        opens = opens_at(lives, as_of, first, today + 1)
        waits = Waits(waits_at(watched(lives), as_of, first))
        if not opens or not any(waits.at(o.place) for o in opens):
            continue
        months += 1
        generator = generator_of(as_of)
        if len(opens) > AT_ONCE:
            chosen = generator.choice(len(opens), AT_ONCE, replace=False)
            opens = [opens[int(n)] for n in sorted(chosen)]
        counts.update(judged(waits, opens, generator))
    names = [*(str(level) for level in LEVELS), *(f"by {percent}" for percent in UNTIL)]
    said = {name: [counts[name, True], counts[name, True] + counts[name, False]] for name in names}
    return {"months": months, "said": said}


def quarter_after(day: int) -> int:
    """The first day of the quarter after the one a day lies in (quarters begin in April, July, October, January)."""
    on = date.fromordinal(day)
    return add_months(on.replace(month=(on.month - 1) // 3 * 3 + 1, day=1), 3).toordinal()


def capacity(lives: Sequence[Life], today: int, first: int) -> dict[str, Any]:
    """Ideas that reach rollout in the rest of this quarter and in those after it: [from, before, low, middle, high], the middle 80
    percent of the runs; and of past quarters what was foretold at their beginning and what came: hits by level."""
    reached = [entered[ROLLOUT] for life in lives if ROLLOUT in (entered := life.entered())]
    ends = [quarter_after(today)]
    for _ in range(QUARTERS_AHEAD):
        ends.append(quarter_after(ends[-1]))
    counts = _foretold(lives, today + 1, first, ends)
    periods = []
    if counts is not None:
        for number, end in enumerate(ends):
            column = sorted(int(n) for n in counts[:, number])
            begin = today + 1 if number == 0 else ends[number - 1]
            periods.append([begin, end, *_middle(column, 80), column[(len(column) - 1) // 2]])
    past: dict[str, list[int]] = {str(level): [0, 0] for level in LEVELS}
    this_quarter = add_months(date.fromordinal(ends[0]), -3)
    for back in range(1, QUARTERS_BACK + 1):
        begin = add_months(this_quarter, -3 * back).toordinal()
        end = quarter_after(begin)
        counts = _foretold(lives, begin, first, [end])
        if counts is None:
            break
        came = sum(begin <= day < end for day in reached)
        column = sorted(int(n) for n in counts[:, 0])
        for level in LEVELS:
            low, high = _middle(column, level)
            past[str(level)][0] += low <= came <= high
            past[str(level)][1] += 1
    return {"reached": len(reached), "periods": periods, "past": past}


def _middle(column: list[int], level: int) -> tuple[int, int]:
    tail = len(column) * (100 - level) // 200
    return column[tail], column[len(column) - 1 - tail]


def _foretold(lives: Sequence[Life], as_of: int, first: int, ends: list[int]) -> Any:
    waits = Waits(waits_at(watched(lives), as_of, first))
    opens: list[Open] = opens_at(lives, as_of, first, as_of)
    came = sum(as_of - 365 <= day < as_of for life in lives if (day := life.entered().get(first)) is not None)
    return arrivals_at_rollout(waits, opens, came / 365, [end - as_of for end in ends], as_of, first, ROLLOUT)
