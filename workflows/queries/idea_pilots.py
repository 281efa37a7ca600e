"""The pilots of an idea, each with what was measured, and against which target."""

from collections.abc import Sequence
from dataclasses import dataclass

from stages import evaluation
from stages.dossier import Dossier, Kpi
from workflows import idea_rows
from workflows.queries.looks import Eyes
from workflows.tables.ideas import Idea
from workflows.tables.pilots import Pilot


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
    health: str | None
    """As it was reported last."""


def measured(kpis: Sequence[Kpi]) -> list[Measured]:
    """KPIs with their verdicts against their own frozen targets."""
    verdicts = [evaluation.verdict(k, k.frozen_target) for k in kpis]
    return [Measured(k, v.value if v else None) for k, v in zip(kpis, verdicts, strict=True)]


def pilots_of(eyes: Eyes, idea: Idea, facts: Dossier) -> list[PilotView]:
    """Every pilot, cancelled ones too, in the order planned. They are the rows that the facts were made of."""
    orgs = idea_rows.organizations_near(eyes.session, idea).by_id
    health = {pilot_id: said for pilot_id, _, said, _ in idea_rows.updates_of(eyes.session, idea)}
    kpis = {p.ref: p.kpis for p in facts.pilots}
    return [
        PilotView(
            row=p,
            site=orgs[p.site_id].name,
            vendor=orgs[p.vendor_id].name,
            kpis=measured(kpis.get(p.ref, ())),
            health=health.get(p.id),
        )
        for p in idea_rows.pilots_of(eyes.session, idea)
    ]
