"""Measuring, read: which measurements of a pilot count, and what they say about each KPI."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from sqlmodel import Session, col, select

from stages import evaluation
from stages.dossier import Kpi as Measured
from stages.figures import SHARES
from workflows import idea_rows
from workflows.runtime.transaction import read_once
from workflows.statistics import (
    Estimate,
    Summary,
    bootstrap_difference,
    bootstrap_mean,
    difference_of_means,
    mean_of,
    pool,
    proportion,
)
from workflows.tables.ideas import Idea
from workflows.tables.pilots import Kpi, Measurement, Pilot, PilotUpdate

PROPORTIONS = SHARES | {"incident_count"}
"""KPI types measured as `successes` among `n`; the others are measured as means."""


@dataclass(frozen=True, slots=True)
class Arm:
    """The measurements of one arm that count."""

    measurements: Sequence[Measurement]

    @property
    def n(self) -> int:
        return sum(m.n for m in self.measurements)

    @property
    def successes(self) -> int:
        return sum(m.successes or 0 for m in self.measurements)

    @property
    def group(self) -> Summary:
        return pool(Summary(m.n, m.mean, m.sd) for m in self.measurements if m.mean is not None)

    @property
    def samples(self) -> list[float] | None:
        """Every single observation, or None where one measurement gives only its summary."""
        parts = [m.samples for m in self.measurements]
        return None if any(p is None for p in parts) else [x for p in parts if p for x in p]


def latest_tries(measurements: Iterable[Measurement], retries: Sequence[int]) -> list[Measurement]:
    """The measurements of the latest try that has any. All of them are of one KPI and one arm, and not voided.

    `retries` are the ids, in order, of the visits that began a stage again: each starts a new try. So the first pass over
    pilot and evaluation pools, and what is measured again after a recycle replaces what was measured before it (POLICY §3).
    """
    tries: dict[int, list[Measurement]] = {}
    for m in measurements:
        tries.setdefault(bisect_right(retries, m.visit_id), []).append(m)
    return tries[max(tries)] if tries else []


def estimate(type_: str, baseline: Arm, pilot: Arm, seed: int) -> Estimate | None:
    """What the measurements say about a KPI, with its 95 % interval; None where nothing can be said (POLICY §8).

    time_saved is the baseline's mean less the pilot's, and needs both; every other type is the pilot arm alone.
    A count of incidents has no interval.
    """
    if not pilot.measurements:
        return None
    if type_ in SHARES:
        return proportion(pilot.successes, pilot.n)
    if type_ == "incident_count":
        return Estimate(float(pilot.successes), None, None, pilot.n)
    tried = pilot.samples
    if type_ == "time_saved":
        if not baseline.measurements:
            return None
        before = baseline.samples
        if before is not None and tried is not None:
            return bootstrap_difference(before, tried, seed)
        return difference_of_means(baseline.group, pilot.group)
    return mean_of(pilot.group) if tried is None else bootstrap_mean(tried, seed)


def seed_of(kpi: Kpi) -> int:
    """The seed follows the reference, so that a verdict can be replayed."""
    return crc32(kpi.ref.encode())


def baseline_value(type_: str, baseline: Arm) -> float | None:
    """The baseline arm by itself, in the KPI's unit, to be shown beside the estimate."""
    if not baseline.measurements:
        return None
    if type_ == "incident_count":
        return float(baseline.successes)
    return baseline.successes / baseline.n if type_ in SHARES else baseline.group.mean


@read_once
def arms_of(session: Session, idea: Idea) -> dict[int, tuple[Arm, Arm]]:
    """By KPI of all the idea's pilots: the measurements of its baseline and of its pilot arm that count."""
    rows = [m for m, _ in idea_rows.measurements_of(session, idea) if m.voided_at is None]
    retries = idea_rows.retries_of(session, idea) if rows else ()

    def arm(kpi: Kpi, name: str) -> Arm:
        return Arm(latest_tries((m for m in rows if m.kpi_id == kpi.id and m.arm == name), retries))

    return {k.id: (arm(k, "baseline"), arm(k, "pilot")) for k in idea_rows.kpis_of(session, idea)}


@read_once
def kpis_of(session: Session, pilot: Pilot, idea: Idea) -> tuple[Measured, ...]:
    """A pilot's KPIs in the order defined, each with what the measurements that count say about it. Four statements for all
    pilots of the idea."""
    kpis = [k for k in idea_rows.kpis_of(session, idea) if k.pilot_id == pilot.id]
    ids = {k.id for k in kpis}
    rows = [
        (m, org.kind)
        for m, org in idea_rows.measurements_of(session, idea)
        if m.kpi_id in ids and m.voided_at is None
    ]
    arms = arms_of(session, idea)
    # Any vendor that measured was a partner then; one that has left the team since is no independent voice either.
    involved = {pilot.vendor_id, pilot.site_id, idea.owner_id} | {
        m.org_id for m, kind in rows if kind == "vendor"
    }

    def read(kpi: Kpi) -> Measured:
        baseline, tried = arms[kpi.id]
        found = estimate(kpi.type, baseline, tried, seed=seed_of(kpi))
        return Measured(
            key=kpi.key,
            type=kpi.type,
            name=kpi.name,
            unit=kpi.unit,
            direction=kpi.direction,
            target=kpi.target,
            min_n=kpi.min_n,
            abandoned=kpi.abandoned_at is not None,
            estimate=found.value if found else None,
            low=found.low if found else None,
            high=found.high if found else None,
            n=tried.n,
            baseline_n=baseline.n,
            baseline_estimate=baseline_value(kpi.type, baseline),
            independent_n=sum(m.n for m in tried.measurements if m.org_id not in involved),
        )

    return tuple(read(k) for k in kpis)


def _shown(kpi: Measured) -> dict[str, Any]:
    verdict = evaluation.verdict(kpi, kpi.frozen_target)
    bounded = kpi.low is not None and kpi.high is not None
    return {
        "estimate": kpi.estimate,
        "interval": [kpi.low, kpi.high] if bounded else None,
        "n": kpi.n,
        "target": kpi.target,
        "verdict": verdict.value if verdict else "unmeasured",
    }


def pilot_view(session: Session, pilot: Pilot) -> dict[str, Any]:
    """A pilot as it stands: status, health of the latest update (None before the first), and each KPI against its target."""
    idea = session.exec(select(Idea).where(Idea.id == pilot.idea_id)).one()
    latest = (
        select(PilotUpdate.health)
        .where(PilotUpdate.pilot_id == pilot.id)
        .order_by(col(PilotUpdate.id).desc())
        .limit(1)
    )
    return {
        "status": pilot.status,
        "health": session.exec(latest).first(),
        "kpis": {k.key: _shown(k) for k in kpis_of(session, pilot, idea)},
    }
