"""What an effect amounts to: sites side by side, the cases still to be measured, hours and yen a year, an estimate for the nation.

Pure. Nothing is ever summed without its interval (POLICY §8): independent intervals add by their squares, each side for itself.
No hourly cost is known to Kyoso, so hours stay hours; yen come only from measured costs a case.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from stages.figures import SHARES
from workflows import sample_sizes
from workflows.measuring import Arm
from workflows.random_effects import Pooled, Site, random_effects
from workflows.statistics import (
    Estimate,
    difference_of_means,
    mean_of,
    normal_quantile,
    proportion,
    standard_error,
)
from workflows.tables.pilots import Measurement

MINUTES_AN_HOUR = 60


@dataclass(frozen=True)
class More:
    """About so many cases more until the interval is beyond the target, if what follows is like what was seen. `both`: in the
    baseline too, which is too small itself."""

    n: int
    both: bool = False


def of_arm(type_: str, arm: Arm) -> Estimate | None:
    """One arm by itself with its 95 % interval, in the unit of what was measured; a count of incidents has none."""
    if not arm.measurements:
        return None
    if type_ == "incident_count":
        return Estimate(float(arm.successes), None, None, arm.n)
    return proportion(arm.successes, arm.n) if type_ in SHARES else mean_of(arm.group)


def of_one(type_: str, measurement: Measurement) -> Estimate | None:
    return of_arm(type_, Arm([measurement]))


def contradict(type_: str, measurements: Sequence[Measurement]) -> tuple[Measurement, Measurement] | None:
    """Two of them whose intervals lie apart, those farthest from each other; None where all may be the same quantity."""
    known = [
        (m, e) for m in measurements if (e := of_one(type_, m)) and e.low is not None and e.high is not None
    ]
    if len(known) < 2:
        return None
    low, high = min(known, key=lambda one: one[1].high or 0), max(known, key=lambda one: one[1].low or 0)
    return (low[0], high[0]) if (low[1].high or 0) < (high[1].low or 0) else None


def more_for_target(type_: str, target: float, baseline: Arm, pilot: Arm) -> More | None:
    """The cases still to be measured in the pilot arm until the target is reached, or missed, beyond doubt; None where more
    cases settle nothing, or nobody knows how many."""
    if not pilot.measurements or type_ == "incident_count":
        return None
    if type_ in SHARES:
        return _further(sample_sizes.share_beyond(pilot.successes / pilot.n, target), pilot.n)
    if type_ != "time_saved":
        return _further(sample_sizes.mean_beyond(pilot.group, target), pilot.n)
    if not baseline.measurements:
        return None
    before, after = baseline.group, pilot.group
    alone = _further(sample_sizes.difference_beyond(before, after, target), after.n)
    if alone is not None:
        return alone
    both = sample_sizes.difference_beyond(before, after, target, both=True)
    found = _further(both, min(before.n, after.n))
    return More(found.n, both=True) if found else None


def _further(all_in_all: int | None, so_far: int) -> More | None:
    return More(all_in_all - so_far) if all_in_all is not None and all_in_all > so_far else None


def site_of(type_: str, baseline: Arm, pilot: Arm) -> Site | None:
    """A site's effect for pooling over sites; None where its error is not known, or is 0: it cannot be pooled."""
    if not pilot.measurements or type_ == "incident_count":
        return None
    if type_ in SHARES:
        p = pilot.successes / pilot.n
        return Site(p, math.sqrt(p * (1 - p) / pilot.n)) if 0 < p < 1 else None
    groups = (
        [pilot.group, baseline.group] if type_ == "time_saved" and baseline.measurements else [pilot.group]
    )
    if (type_ == "time_saved" and len(groups) < 2) or not all(g.has_spread for g in groups):
        return None
    error = math.hypot(*(standard_error(g) for g in groups))
    value = groups[1].mean - groups[0].mean if len(groups) == 2 else groups[0].mean
    return Site(value, error) if error**2 > 0 else None


def over_sites(type_: str, sites: Iterable[Site | None]) -> Pooled | None:
    """The effect over the sites by random effects; None with fewer than two, or where one cannot be pooled: leaving it out
    would leave out what it says. A share's interval is cut at 0 and 1."""
    found = list(sites)
    known = [s for s in found if s is not None]
    if len(known) < 2 or len(known) < len(found):
        return None
    pooled = random_effects(known)
    return replace(pooled, estimate=_within_shares(pooled.estimate)) if type_ in SHARES else pooled


def _within_shares(e: Estimate) -> Estimate:
    assert e.low is not None
    assert e.high is not None
    return Estimate(e.value, max(0.0, e.low), min(1.0, e.high), e.n)


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """So many times an estimate, its interval with it. `factor` is not negative."""
    low = None if estimate.low is None else estimate.low * factor
    high = None if estimate.high is None else estimate.high * factor
    return Estimate(estimate.value * factor, low, high, estimate.n)


def hours_a_year(minutes_saved: Estimate, cases_a_year: int) -> Estimate:
    """Minutes a case, times the cases of a year, in hours."""
    return scaled(minutes_saved, cases_a_year / MINUTES_AN_HOUR)


def cost_saved(baseline: Arm, pilot: Arm) -> Estimate | None:
    """Yen a case before less yen a case in the pilot (Welch); None without both arms."""
    if not (baseline.measurements and pilot.measurements):
        return None
    return difference_of_means(baseline.group, pilot.group)


@dataclass(frozen=True)
class Town:
    """A measured town: its name, its size class, and what it saves in a year."""

    name: str
    size_class: str
    saved: Estimate


@dataclass(frozen=True)
class ClassEstimate:
    """A size class: its local governments, those of them measured, and what all of them would save; None: not estimated."""

    size_class: str
    of: int
    measured: Sequence[str]
    saved: Estimate | None


@dataclass(frozen=True)
class National:
    """`saved` is that of the estimated classes together; the others are no part of it."""

    classes: Sequence[ClassEstimate]
    saved: Estimate

    @property
    def left_out(self) -> list[ClassEstimate]:
        return [c for c in self.classes if c.saved is None]

    @property
    def rests_on_one(self) -> list[ClassEstimate]:
        """Classes with a single measured town: how far towns differ is not in their interval."""
        return [c for c in self.classes if c.saved is not None and len(c.measured) == 1]


def national(towns: Sequence[Town], governments: Mapping[str, int]) -> National | None:
    """Each measured class weighted by how many local governments it has; a class that nobody measured is not estimated.

    Stratified expansion (Cochran, Sampling Techniques, 3rd ed. 1977, 5.3): the number of a class times the mean of its measured
    towns, over towns by random effects. The towns are those that tried it, not drawn by lot: a page says so. None where no town
    has an interval.
    """
    classes = []
    for size, number in governments.items():
        own = [
            t for t in towns if t.size_class == size and t.saved.low is not None and t.saved.high is not None
        ]
        mean = _over_towns(own)
        saved = scaled(mean, number) if mean is not None and number else None
        classes.append(ClassEstimate(size, number, [t.name for t in own], saved))
    known = [c.saved for c in classes if c.saved is not None]
    return National(classes, total(known)) if known else None


def _over_towns(towns: Sequence[Town]) -> Estimate | None:
    if len(towns) < 2:
        return towns[0].saved if towns else None
    sites = []
    for t in towns:
        assert t.saved.low is not None
        assert t.saved.high is not None
        error = (t.saved.high - t.saved.low) / 2 / normal_quantile(0.95)
        if not error**2 > 0:
            return None
        sites.append(Site(t.saved.value, error))
    return random_effects(sites).estimate


def total(estimates: Sequence[Estimate]) -> Estimate:
    """The sum of independent estimates that all have intervals; `n` is how many there are."""
    value = math.fsum(e.value for e in estimates)
    below = math.hypot(*(e.value - (e.low if e.low is not None else e.value) for e in estimates))
    above = math.hypot(*((e.high if e.high is not None else e.value) - e.value for e in estimates))
    return Estimate(value, value - below, value + above, len(estimates))
