"""A pilot's KPIs as its page shows them: each with its verdict, its measurements, and what may be done to it now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import select

from stages.dossier import BASELINE_TYPES, EFFECT_TYPES, QUALITY_TYPES
from workflows import effects, idea_rows, measuring
from workflows.evaluations import in_its_stages, measuring_orgs, not_now
from workflows.kpis import first_freeze
from workflows.queries.idea_pilots import Measured, measured
from workflows.queries.looks import Eyes
from workflows.statistics import Estimate
from workflows.tables.ideas import Idea
from workflows.tables.pilots import Kpi, Pilot
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
    estimate: Estimate | None
    """It alone, with its interval."""


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
    """Every KPI, abandoned ones too, in the order defined. Four statements, whatever the number of measurements."""
    rows = [k for k in idea_rows.kpis_of(eyes.session, idea) if k.pilot_id == pilot.id]
    if not rows:
        return []
    found = measured(measuring.kpis_of(eyes.session, pilot, idea))
    measurements = _measurements(eyes, idea, partners)
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


def _measurements(eyes: Eyes, idea: Idea, partners: frozenset[str]) -> dict[int, list[MeasurementView]]:
    """By KPI, in the order recorded, voided ones too. Who measured may void until a review has frozen it."""
    mine = measuring_orgs(eyes.actor, partners)
    reviews = eyes.session.exec(select(Review.measurements_frozen).where(Review.idea_id == idea.id))
    frozen = {ref for refs in reviews for ref in refs}
    found: dict[int, list[MeasurementView]] = defaultdict(list)
    types = {k.id: k.type for k in idea_rows.kpis_of(eyes.session, idea)}
    for m, org in idea_rows.measurements_of(eyes.session, idea):
        may_void = m.void_because is None and org.slug in mine and m.ref not in frozen
        found[m.kpi_id].append(
            MeasurementView(
                m.ref, m.arm, m.period_from, m.period_to, m.method, m.n, m.successes, m.mean, m.sd, org.name,
                m.void_because, may_void, effects.of_one(types[m.kpi_id], m),
            )
        )  # fmt: skip
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
