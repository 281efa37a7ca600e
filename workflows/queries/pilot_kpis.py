"""A pilot's KPIs as its page shows them: each with its verdict, its measurements, and what may be done to it now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import col, select

from stages.dossier import BASELINE_TYPES, EFFECT_TYPES, QUALITY_TYPES
from workflows import measuring
from workflows.evaluations import in_its_stages, measuring_orgs, not_now
from workflows.kpis import first_freeze
from workflows.queries.idea_pilots import Measured, measured
from workflows.queries.looks import Eyes
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.pilots import Kpi, Measurement, Pilot
from workflows.tables.reviews import Review


@dataclass(frozen=True, slots=True)
class MeasurementView:
    """One measuring. `successes` of n, or mean and sd of n."""

    ref: str
    arm: str
    period_from: date
    period_to: date
    method: str
    n: int
    successes: int | None
    mean: float | None
    sd: float | None
    by: str
    void_because: str | None
    may_void: bool


@dataclass(frozen=True, slots=True)
class KpiView:
    """A KPI of the pilot. `arms` are those that can be measured now; `needs_baseline`: one is asked for and missing."""

    row: Kpi
    measured: Measured
    measurements: Sequence[MeasurementView]
    arms: Sequence[str]
    needs_baseline: bool

    @property
    def is_short(self) -> bool:
        """Whether something is still to be measured before the gate can be asked."""
        found = self.measured.kpi
        return not found.abandoned and (found.n < found.min_n or self.needs_baseline)


def kpis_shown(eyes: Eyes, pilot: Pilot, idea: Idea, partners: frozenset[str]) -> list[KpiView]:
    """Every KPI, abandoned ones too, in the order defined. Six statements, whatever the number of measurements."""
    rows = eyes.session.exec(select(Kpi).where(Kpi.pilot_id == pilot.id).order_by(col(Kpi.id))).all()
    if not rows:
        return []
    found = measured(measuring.kpis_of(eyes.session, pilot, idea))
    measurements = _measurements(eyes, pilot, idea, partners)
    open_to = in_its_stages(pilot, idea)
    return [
        KpiView(
            row=row,
            measured=m,
            measurements=measurements[row.id],
            arms=[a for a in ("baseline", "pilot") if open_to and not_now(row, pilot, a) is None],
            needs_baseline=row.type in BASELINE_TYPES and m.kpi.baseline_n < 1,
        )
        for row, m in zip(rows, found, strict=True)
    ]


def _measurements(
    eyes: Eyes, pilot: Pilot, idea: Idea, partners: frozenset[str]
) -> dict[int, list[MeasurementView]]:
    """By KPI, in the order recorded, voided ones too. Who measured may void until a review has frozen it."""
    mine = measuring_orgs(eyes.actor, partners)
    reviews = eyes.session.exec(select(Review.measurements_frozen).where(Review.idea_id == idea.id))
    frozen = {ref for refs in reviews for ref in refs}
    columns: list[Any] = [
        Measurement.kpi_id, Measurement.ref, Measurement.arm, Measurement.period_from, Measurement.period_to,
        Measurement.method, Measurement.n, Measurement.successes, Measurement.mean, Measurement.sd,
        Organization.name, Measurement.void_because, Organization.slug,
    ]  # fmt: skip
    rows = eyes.session.exec(
        select(*columns)
        .join(Kpi, col(Kpi.id) == Measurement.kpi_id)
        .join(Organization, col(Organization.id) == Measurement.org_id)
        .where(Kpi.pilot_id == pilot.id)
        .order_by(col(Measurement.id))
    )
    found: dict[int, list[MeasurementView]] = defaultdict(list)
    for kpi_id, *shown, slug in rows:
        ref, because = shown[0], shown[-1]
        shown.append(because is None and slug in mine and ref not in frozen)
        found[kpi_id].append(MeasurementView(*shown))
    return found


def to_repeat(eyes: Eyes, pilot: Pilot, defined: Iterable[Kpi]) -> tuple[bool, list[Kpi]]:
    """Whether an earlier pilot of the idea has frozen its targets, and those of its KPIs that this one still lacks. One statement."""
    first = first_freeze(eyes, pilot)
    keys = {k.key for k in defined}
    return bool(first), [k for k in first if k.key not in keys]


def lacking(kpis: Sequence[Kpi]) -> list[str]:
    """What G1 will ask of the frozen KPIs and these do not have: `two`, `effect`, `quality`."""
    types = {k.type for k in kpis if k.abandoned_at is None}
    asked = {
        "two": len(kpis) >= 2,
        "effect": bool(types & EFFECT_TYPES),
        "quality": bool(types & QUALITY_TYPES),
    }
    return [what for what, is_there in asked.items() if not is_there]


def measures_as(eyes: Eyes, partners: frozenset[str]) -> list[tuple[str, str]]:
    """Slug and name of the organizations for which the reader measures, by name. One statement."""
    slugs = measuring_orgs(eyes.actor, partners)
    rows = select(Organization.slug, Organization.name).where(col(Organization.slug).in_(slugs))
    return [(slug, name) for slug, name in eyes.session.exec(rows.order_by(Organization.name))]
