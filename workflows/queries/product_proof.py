"""What pilots proved of many products at once: the figures on which the last gate let each of them through.

They are read as that review froze them, never measured again: a list, a file for machines and a filter by size all say what was
decided on, and a measurement that is voided later changes no verdict that was given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlmodel import col, select

from stages.dossier import EFFECT_TYPES, Kpi, Pilot
from stages.kernel import Rating
from workflows.queries.idea_pilots import Measured, measured
from workflows.queries.looks import Eyes
from workflows.tables.products import Product
from workflows.tables.reviews import GateDecision, Review

LET_THROUGH = ("go", "conditional_go")
KPI_FIELDS = frozenset(f.name for f in fields(Kpi))


@dataclass(frozen=True, slots=True)
class Proof:
    """What one finished pilot showed."""

    site: str
    size_class: str | None
    kpis: Sequence[Measured]

    @property
    def reached(self) -> bool:
        """Every target that it froze was reached: the whole interval lies on the good side of it."""
        return bool(self.kpis) and all(m.verdict == Rating.GREEN for m in self.kpis)

    @property
    def first(self) -> Measured | None:
        """The measured KPI that says most to a clerk: an effect before a quality."""
        found = [m for m in self.kpis if m.kpi.estimate is not None]
        return min(found, key=lambda m: m.kpi.type not in EFFECT_TYPES, default=None)


def proofs_of_facts(pilots: Iterable[Pilot]) -> list[Proof]:
    """Of the pilots of a dossier: the finished ones, first to last."""
    return [Proof(p.site.name, p.site.size_class, measured(p.kpis)) for p in pilots if p.status == "finished"]


def proofs_of(eyes: Eyes, ideas: Any) -> Mapping[int, Sequence[Proof]]:
    """Idea -> its proofs, as the last G4 that let its product through froze them. `ideas`: ids, or a selection of them. One
    statement, which reads of each frozen dossier its pilots alone."""
    columns: list[Any] = [Review.idea_id, col(Review.dossier)["pilots"]]
    frozen = (
        select(*columns)
        .join(GateDecision, col(GateDecision.review_id) == Review.id)
        .where(
            Review.gate == "G4", col(GateDecision.decision).in_(LET_THROUGH), col(Review.idea_id).in_(ideas)
        )
        .order_by(col(Review.id))
    )
    return {
        idea: [_proof(p) for p in pilots or () if p["status"] == "finished"]
        for idea, pilots in eyes.session.exec(frozen)
    }


def proven_sizes(proofs: Iterable[Proof]) -> frozenset[str]:
    """The size classes of local government in which a finished pilot reached its targets."""
    return frozenset(p.size_class for p in proofs if p.reached and p.size_class)


def proven_in(eyes: Eyes, size_class: str) -> list[int]:
    """The ideas of flagged products with such a pilot in a local government of this size class. One statement."""
    flagged = select(Product.idea_id).where(Product.flag != "none")
    return [idea for idea, proofs in proofs_of(eyes, flagged).items() if size_class in proven_sizes(proofs)]


def _proof(pilot: Mapping[str, Any]) -> Proof:
    site = pilot["site"]
    kpis = [Kpi(**{name: told for name, told in k.items() if name in KPI_FIELDS}) for k in pilot["kpis"]]
    return Proof(site.get("name") or site["slug"], site.get("size_class"), measured(kpis))
