"""What was measured, side by side: sites and measurers, what they say together, and what it saves in a year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, func, select

from stages.local_government import SIZE_CLASSES
from workflows import effects, idea_rows, measuring
from workflows.effects import More, National, Town
from workflows.queries.looks import Eyes
from workflows.random_effects import Pooled
from workflows.statistics import Estimate
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.pilots import Kpi, Pilot

SAVES = ("time_saved", "cost_per_case")


@dataclass(frozen=True, slots=True)
class SiteView:
    """What one site found for a KPI: what its gate uses, and each arm by itself."""

    pilot: str
    site: str
    estimate: Estimate | None
    baseline: Estimate | None
    tried: Estimate | None


@dataclass(frozen=True, slots=True)
class EffectView:
    """A KPI of a pilot beside the same KPI of the idea's other pilots."""

    baseline: Estimate | None
    tried: Estimate | None
    more: More | None
    apart: tuple[str, str] | None
    """Two baseline measurements whose intervals do not meet, by reference."""
    sites: Sequence[SiteView]
    """Every site that has measured it, this one too."""
    pooled: Pooled | None


@dataclass(frozen=True, slots=True)
class Saved:
    """A year's saving at a pilot's site: in hours, or in yen. `cases` a year are the owner's figure."""

    pilot: str
    site: str
    size_class: str | None
    unit: str
    cases: int | None
    saved: Estimate | None
    """None where the cases a year of that site are not known, or it has no interval."""


def effects_of(eyes: Eyes, pilot: Pilot, idea: Idea) -> Mapping[int, EffectView]:
    """By KPI of the pilot. No statement of its own beside those of `measuring.kpis_of`."""
    pilots = {p.id: p for p in idea_rows.pilots_of(eyes.session, idea)}
    orgs = idea_rows.organizations_near(eyes.session, idea).by_id
    arms = measuring.arms_of(eyes.session, idea)
    kpis = idea_rows.kpis_of(eyes.session, idea)

    def view(kpi: Kpi) -> EffectView:
        baseline, tried = arms[kpi.id]
        alike = [
            k
            for k in kpis
            if (k.key, k.type) == (kpi.key, kpi.type) and pilots[k.pilot_id].status != "cancelled"
        ]
        sites = [
            SiteView(
                pilots[k.pilot_id].ref,
                orgs[pilots[k.pilot_id].site_id].name,
                measuring.estimate(k.type, *arms[k.id], seed=measuring.seed_of(k)),
                effects.of_arm(k.type, arms[k.id][0]),
                effects.of_arm(k.type, arms[k.id][1]),
            )
            for k in alike
            if arms[k.id][1].measurements
        ]
        apart = effects.contradict(kpi.type, baseline.measurements)
        return EffectView(
            baseline=effects.of_arm(kpi.type, baseline),
            tried=effects.of_arm(kpi.type, tried),
            more=effects.more_for_target(kpi.type, kpi.target, baseline, tried),
            apart=(apart[0].ref, apart[1].ref) if apart else None,
            sites=sites,
            pooled=effects.over_sites(
                kpi.type, (effects.site_of(k.type, *arms[k.id]) for k in alike if arms[k.id][1].measurements)
            ),
        )

    return {k.id: view(k) for k in kpis if k.pilot_id == pilot.id}


def savings_of(eyes: Eyes, idea: Idea, only_finished: bool = False) -> list[Saved]:
    """A year's savings at each site that measured time or cost, not given up. No statement of its own. What is public is only
    of finished pilots."""
    pilots = {p.id: p for p in idea_rows.pilots_of(eyes.session, idea)}
    orgs = idea_rows.organizations_near(eyes.session, idea).by_id
    arms = measuring.arms_of(eyes.session, idea)
    found = []
    for kpi in idea_rows.kpis_of(eyes.session, idea):
        pilot = pilots[kpi.pilot_id]
        if kpi.type not in SAVES or kpi.abandoned_at or pilot.status == "cancelled":
            continue
        if only_finished and pilot.status != "finished":
            continue
        baseline, tried = arms[kpi.id]
        hours = kpi.type == "time_saved"
        one = (
            measuring.estimate(kpi.type, baseline, tried, seed=measuring.seed_of(kpi))
            if hours
            else effects.cost_saved(baseline, tried)
        )
        if one is None:
            continue
        # The cases a year that are known are the owner's.
        cases = idea.cases_per_year if pilot.site_id == idea.owner_id else None
        yearly = None
        if cases and one.low is not None:
            yearly = effects.hours_a_year(one, cases) if hours else effects.scaled(one, cases)
        site = orgs[pilot.site_id]
        found.append(Saved(pilot.ref, site.name, site.size_class, "hours" if hours else "yen", cases, yearly))
    return found


def nation_of(eyes: Eyes, savings: Sequence[Saved]) -> National | None:
    """What the measured size classes would save in hours a year, all local governments using it. One statement."""
    towns = [
        Town(s.site, s.size_class, s.saved) for s in savings if s.saved and s.size_class and s.unit == "hours"
    ]
    if not towns:
        return None
    counted = (
        select(Organization.size_class, func.count())
        .where(Organization.kind == "municipality", col(Organization.closed_on).is_(None))
        .group_by(col(Organization.size_class))
    )
    counts = {size: n for size, n in eyes.session.exec(counted) if size}
    return effects.national(towns, {size: counts.get(size, 0) for size in SIZE_CLASSES})
