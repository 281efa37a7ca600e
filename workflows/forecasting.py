"""Forecasts from waits that were observed: when the next decision comes, how many products reach rollout a quarter; and how
often such forecasts came true.

Pure: everything is a number of days, a day is `date.toordinal()`, and the same seed gives the same figures (numpy's frozen
generator). An idea waits in one place after another: at work on a stage, before a gate, on hold. How long is drawn from the
waits that were observed there, those still going on as censored (Kaplan and Meier, JASA 53 (1958) 457-481): an ended wait
weighs its step of the curve, and what became of it is drawn with it, so that competing ends need no model.

A wait to be foretold is one more beside the n that were observed, as likely to fall into any gap between them as into another
(Hill, JASA 63 (1968) 677-691), the gap behind the longest too: so one is added to those at risk, and where a wanted
probability lies in that last gap there is no date. Without censoring the k-th shortest wait then is a bound that holds with
probability k / (n + 1), whatever the waits look like. For counts, where such a gap would lose products, curves are plain, and
what few waits leave open is shown by drawing the waits anew (bootstrap, Efron, JASA 76 (1981) 312-319).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

WORK, REVIEW, HOLD = "work", "review", "hold"
ASKED, RETURNED, LEFT = "asked", "returned", "left"
"""Ends of a wait beside the five decisions: a review is asked for, returned undecided; the idea leaves by its owner."""
PASSED = ("go", "conditional_go")
LEAST = 5
"""Ended waits without which nothing is said of a place."""
DRAWS = 1_000
ROUNDS, RUNS = 20, 20
"""Of a forecast of counts: how often the waits are drawn anew, and how often the road is walked with each."""
MOST_DRAWS = 1_500_000
MOST_STEPS = 60
LEVELS = (50, 80, 90)
UNTIL = (50, 85)
"""Percent: of the intervals that are judged, and of the dates that are told."""

Place = tuple[str, int]
"""Kind and stage (0: ideathon); what is on hold is taken together whatever its stage, and so is a gate with few decisions."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Days at a place; `end` is what became of it, None while it goes on."""

    place: Place
    days: int
    end: str | None = None


class Curve:
    """How long one waits at a place, and for what: the ended waits by length, and the share of all that ended by each."""

    def __init__(self, waits: Sequence[Wait], one_more: bool, leaving: bool, weights: Any = None) -> None:
        import numpy as np

        ends = [w.end if leaving or w.end != LEFT else None for w in waits]
        # Of waits alike the ended come first: what was censored that day was still at risk on it.
        order = sorted(range(len(waits)), key=lambda i: (waits[i].days, ends[i] is None, ends[i] or ""))
        weight = np.ones(len(waits)) if weights is None else weights[order]
        at_risk = weight[::-1].cumsum()[::-1] + float(one_more)
        ended = np.array([ends[i] is not None for i in order], dtype=bool)
        left_over = np.cumprod(1 - np.where(ended & (weight > 0), weight / np.maximum(at_risk, 1e-12), 0.0))
        self.days = np.array([waits[i].days for i in order], dtype=float)[ended]
        self.ends = np.array([ends[i] or "" for i in order], dtype=object)[ended]
        self.reached = 1 - left_over[ended]
        self.count = int(ended.sum())

    def draw(self, ages: Any, generator: "numpy.random.RandomState") -> tuple[Any, Any]:
        """Of each one that has waited `ages` days: the days still to come (infinite beyond what was observed), and the end."""
        import numpy as np

        begin = np.searchsorted(self.days, ages, side="left")
        gone = np.concatenate(([0.0], self.reached))[begin]
        drawn = gone + generator.random_sample(len(ages)) * (1 - gone)
        # Never an end from before: where all have ended by then, the last share is already reached.
        at = np.maximum(np.searchsorted(self.reached, drawn, side="left"), begin)
        beyond = at >= len(self.days)
        at = np.where(beyond, 0, at)
        days = (
            np.where(beyond, np.inf, self.days[at] - ages) if len(self.days) else np.full(len(ages), np.inf)
        )
        return days, (self.ends[at] if len(self.ends) else np.full(len(ages), "", dtype=object))


class Waits:
    """What was observed, by place."""

    def __init__(self, waits: Iterable[Wait]) -> None:
        self.by_place: dict[Place, list[Wait]] = {}
        self.ended: Counter[Place] = Counter()
        for wait in waits:
            for place in {wait.place, (wait.place[0], -1)} if wait.place[0] != WORK else {wait.place}:
                self.by_place.setdefault(place, []).append(wait)
                self.ended[place] += wait.end is not None

    def at(self, place: Place) -> Sequence[Wait] | None:
        """The waits that speak for a place; None where too few have ended."""
        for of in (place, (place[0], -1)):
            if self.ended[of] >= LEAST:
                return self.by_place[of]
        return None


def generator_of(seed: int) -> "numpy.random.RandomState":
    import numpy

    return numpy.random.RandomState(seed)


def days_to_decision(
    waits: Waits,
    places: Sequence[Place],
    ages: Sequence[int],
    generator: "numpy.random.RandomState",
    draws: int,
) -> Any:
    """Draws of the days to the next decision of ideas that wait at these places, one row each, in order of size; of an idea of
    which too little is known the row is infinite. Taken that its owner does not withdraw it."""
    import numpy as np

    found = np.full((len(places), draws), np.inf)
    curves: dict[Place, Curve | None] = {}

    def curve(place: Place) -> Curve | None:
        if place not in curves:
            of = waits.at(place)
            curves[place] = Curve(of, one_more=True, leaving=False) if of else None
        return curves[place]

    for place in sorted(set(places)):
        rows = np.array([i for i, p in enumerate(places) if p == place])
        age = np.repeat(np.array([ages[i] for i in rows], dtype=float), draws)
        days = _to_decision(curve, place, age, generator)
        found[rows] = np.sort(days.reshape(len(rows), draws), axis=1)
    return found


def _to_decision(curve: Any, place: Place, age: Any, generator: "numpy.random.RandomState") -> Any:
    """From place to place until a gate decides; three times returned is never."""
    import numpy as np

    days = np.zeros(len(age))
    going = np.arange(len(age))
    kind, stage = place
    for _ in range(6):
        here = curve((kind, stage))
        if here is None or not len(going):
            break
        more, ends = here.draw(age, generator)
        days[going] += more
        going = going[np.isfinite(more) & ((ends == RETURNED) | (kind != REVIEW))]
        kind = WORK if kind == REVIEW else REVIEW
        age = np.zeros(len(going))
    days[going] = np.inf
    return days


def until(draws: Any, percent: float) -> float:
    """The day by which so many percent of the draws (in order) have come; infinite where no day can be told."""
    count = len(draws)
    return float(draws[max(0, -int(-count * percent // 100) - 1)])


def between(draws: Any, percent: float) -> tuple[float, float]:
    """The middle so many percent of the draws."""
    tail = (100 - percent) / 2
    return float(draws[int(len(draws) * tail // 100)]), until(draws, 100 - tail)


@dataclass(frozen=True, slots=True)
class Open:
    """An idea that waits, on the day of a forecast: where, for how long; and, where it is known, the days to its decision."""

    idea: int
    place: Place
    age: int
    came_after: int | None = None
    watched: int = 0
    """Days since the forecast in which a decision would have been seen."""


def judged(
    waits: Waits, opens: Sequence[Open], generator: "numpy.random.RandomState", draws: int = 300
) -> list[tuple[str, bool]]:
    """What came true of forecasts made on a day from what was known by then: pairs of what was said ("50", "80", "90": between
    two dates; "by 85": until a date) and whether it was so. Judged is what was told dates of which the last has passed, whether
    the decision came or not: to count those that came before would count the early ones twice as much."""
    rows = days_to_decision(waits, [o.place for o in opens], [o.age for o in opens], generator, draws)
    found = []
    for o, row in zip(opens, rows, strict=True):
        said = {str(level): between(row, level) for level in LEVELS}
        said |= {f"by {percent}": (0.0, until(row, percent)) for percent in UNTIL}
        for name, (low, high) in said.items():
            if o.watched > high:
                found.append((name, o.came_after is not None and low <= o.came_after <= high))
    return found


def arrivals_at_rollout(
    waits: Waits,
    opens: Sequence[Open],
    new_a_day: float,
    ends_of_periods: Sequence[int],
    seed: int,
    first: int,
    stages: int,
) -> Any:
    """How many ideas reach the stage `stages`, which is rollout, in each period (ends in days from now): one row a run. None
    where, of some place on the road from stage `first` on, too little is known. New ideas come to `first` at a steady rate
    (Poisson)."""
    needed = [(kind, s) for s in range(first, stages) for kind in (WORK, REVIEW)]
    known = {place: waits.at(place) for place in [*needed, (HOLD, -1)]}
    if any(known[place] is None for place in needed):
        return None
    import numpy as np

    generator = generator_of(seed)
    horizon = ends_of_periods[-1]
    size = max(1, int((len(opens) + new_a_day * horizon) * RUNS))
    runs = max(3, min(RUNS, MOST_DRAWS // max(1, size // RUNS) // ROUNDS))
    counts = []
    for _ in range(ROUNDS):
        curves = {p: _anew(of, generator) for p, of in known.items() if of is not None}
        arrivals = _walked(curves, opens, new_a_day, horizon, runs, generator, first, stages)
        for run in range(runs):
            days = arrivals[1][arrivals[0] == run]
            counts.append(np.histogram(days, bins=[0, *ends_of_periods])[0])
    return np.array(counts)


def _anew(waits: Sequence[Wait], generator: "numpy.random.RandomState") -> Curve:
    weights = generator.multinomial(len(waits), [1 / len(waits)] * len(waits)).astype(float)
    return Curve(waits, one_more=False, leaving=True, weights=weights)


def _walked(
    curves: Mapping[Place, Curve],
    opens: Sequence[Open],
    new_a_day: float,
    horizon: int,
    runs: int,
    generator: "numpy.random.RandomState",
    first: int,
    stages: int,
) -> tuple[Any, Any]:
    """Run and day of each arrival at rollout, of the open ideas and the new ones walked on `runs` times."""
    import numpy as np

    kinds = (WORK, REVIEW, HOLD)
    new = int(generator.poisson(new_a_day * horizon * runs))
    run = np.concatenate((np.repeat(np.arange(runs), len(opens)), generator.randint(0, runs, new)))
    kind = np.concatenate((np.tile([kinds.index(o.place[0]) for o in opens], runs), np.zeros(new))).astype(
        int
    )
    stage = np.concatenate((np.tile([o.place[1] for o in opens], runs), np.full(new, first))).astype(int)
    age = np.concatenate((np.tile([float(o.age) for o in opens], runs), np.zeros(new)))
    day = np.concatenate((np.zeros(len(opens) * runs), generator.random_sample(new) * horizon))
    for _ in range(MOST_STEPS):
        going = (day <= horizon) & (stage < stages)
        if not going.any():
            break
        where = np.where(going, stage * len(kinds) + kind, -1)
        for code in np.flatnonzero(np.bincount(where[going])):
            s, k = divmod(int(code), len(kinds))
            rows = np.flatnonzero(where == code)
            place = (HOLD, -1) if kinds[k] == HOLD else (kinds[k], s)
            if place not in curves:
                day[rows] = np.inf
                continue
            more, ends = curves[place].draw(age[rows], generator)
            day[rows] += more
            age[rows] = 0
            gone = np.isin(ends, ("kill", LEFT))
            day[rows[gone]] = np.inf
            passed = np.isin(ends, PASSED)
            stage[rows[passed]] += 1
            kind[rows] = np.where(ends == ASKED, 1, np.where(ends == "hold", 2, 0))
    there = (stage >= stages) & (day <= horizon)
    return run[there], day[there]
