"""The pilots of an idea, each with what was measured, and against which target. Three statements."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from stages import evaluation
from stages.dossier import Dossier, Kpi
from workflows.queries.looks import Eyes
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.pilots import Pilot, PilotUpdate


@dataclass(frozen=True, slots=True)
class Measured:
    """A KPI with its verdict: green, amber, red or None while unmeasured."""

    kpi: Kpi
    verdict: str | None


@dataclass(frozen=True, slots=True)
class PilotView:
    row: Pilot
    site: str
    vendor: str
    kpis: Sequence[Measured]
    updates: Sequence[PilotUpdate]
    """Latest first."""


def measured(kpis: Sequence[Kpi]) -> list[Measured]:
    """KPIs with their verdicts against their own frozen targets."""
    verdicts = [evaluation.verdict(k, k.frozen_target) for k in kpis]
    return [Measured(k, v.value if v else None) for k, v in zip(kpis, verdicts, strict=True)]


def pilots_of(eyes: Eyes, idea: Idea, facts: Dossier) -> list[PilotView]:
    """Every pilot, cancelled ones too, in the order planned."""
    rows = eyes.session.exec(select(Pilot).where(Pilot.idea_id == idea.id).order_by(col(Pilot.id))).all()
    if not rows:
        return []
    involved = {p.site_id for p in rows} | {p.vendor_id for p in rows}
    names = dict(
        eyes.session.exec(
            select(Organization.id, Organization.name).where(col(Organization.id).in_(involved))
        ).all()
    )
    said = select(PilotUpdate).where(col(PilotUpdate.pilot_id).in_([p.id for p in rows]))
    updates = eyes.session.exec(said.order_by(col(PilotUpdate.id).desc())).all()
    kpis = {p.ref: p.kpis for p in facts.pilots}
    return [
        PilotView(
            row=p,
            site=names[p.site_id],
            vendor=names[p.vendor_id],
            kpis=measured(kpis.get(p.ref, ())),
            updates=[u for u in updates if u.pilot_id == p.id],
        )
        for p in rows
    ]
