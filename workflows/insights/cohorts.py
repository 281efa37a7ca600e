"""Of the ideas that set out in a fiscal year, the share that reached each stage by months since (Kaplan and Meier, by scipy).

An idea that was stopped never gets there: it stays among those watched for as long as it would have been, so that the curve is the
share of all and not of the survivors. One that is on its way is watched until today, and censored then.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from stages.days import fiscal_year
from stages.lifecycle import STAGE_KEYS
from workflows.insights.lives import Life

MONTHS = 24
MONTH = 365.25 / 12
LEAST = 5
YEARS = 4
"""The latest fiscal years that are shown."""


def cohorts(lives: Iterable[Life], today: int, origin: int) -> dict[str, Any]:
    """By fiscal year of entering the stage `origin` (0: of submission): how many, and by each further stage the share that had
    reached it after 0, 1, … months, as far as somebody was watched so long. None of a year with fewer than LEAST ideas."""
    by_year: dict[int, list[dict[int, int]]] = defaultdict(list)
    for life in lives:
        entered = life.entered()
        if origin in entered:
            by_year[fiscal_year(date.fromordinal(entered[origin]))].append(entered)
    found = {}
    for year in sorted(by_year)[-YEARS:]:
        of = by_year[year]
        stages = {
            STAGE_KEYS[stage]: _curve(of, today, origin, stage)
            for stage in range(origin + 1, len(STAGE_KEYS))
        }
        found[str(year)] = {"n": len(of), "stages": stages if len(of) >= LEAST else None}
    return {"origin": STAGE_KEYS[origin], "years": found}


def _curve(of: list[dict[int, int]], today: int, origin: int, stage: int) -> list[float]:
    reached = [e[stage] - e[origin] for e in of if stage in e]
    going = [today - e[origin] for e in of if stage not in e]
    longest = max(today - e[origin] for e in of)
    months = range(min(MONTHS, int(longest / MONTH)) + 1)
    if not reached:
        return [0.0] * len(months)
    from scipy import stats

    curve = stats.ecdf(stats.CensoredData(uncensored=reached, right=going)).cdf
    return [round(float(curve.evaluate(month * MONTH)), 4) for month in months]
