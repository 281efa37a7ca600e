"""A local government's own ideas by what is next on each: to finish, to put to 決裁, to freeze, to take to its gate."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlmodel import and_, col, func, or_, select

from workflows.calendar import tokyo_day
from workflows.queries.looks import Eyes
from workflows.queries.piles import SHOWN, Pile, Waiting
from workflows.tables.ideas import Evidence, Idea
from workflows.tables.people import Organization
from workflows.tables.pilots import Kpi, Pilot
from workflows.tables.products import Product, Release
from workflows.tables.repositories import RepositoryLink
from workflows.tables.risks import ChecklistAnswers, DataProfile, RiskAssessment

LOOKED_AT = 100
"""So many own ideas are looked at, those that stood longest first."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the step of an idea is told from: whether each thing that a gate asks for is there."""

    status: str
    stage: str
    sized: bool
    shown_to_work: bool
    profiled: bool
    assessed: bool
    risk_decided: bool
    pilot: str | None
    """The status of the latest pilot that is not cancelled."""
    frozen: bool
    kpis: int
    contract_answered: bool
    described: bool
    released: bool
    pilot_ref: str | None = None


def step_of(f: Facts) -> str | None:
    """The key of what is next, in the order in which the gates ask; None while there is nothing for the owner to do.

    A shorter reading of `standing.next_step`, which asks the whole dossier: enough to sort by, and never later on the road.
    """
    if f.status == "draft":
        return "draft"
    if f.pilot == "planned" and not f.frozen and f.stage in ("pilot", "productization"):
        return "define" if f.kpis < 2 else "freeze"  # a later pilot, of which no gate asks before it starts
    if f.pilot == "running" or (f.pilot == "planned" and f.stage == "pilot"):
        return None  # the pilot has a pile of its own
    match f.stage:
        case "ideathon":
            asked = (
                ("size", f.sized), ("show", f.shown_to_work), ("profile", f.profiled), ("assess", f.assessed),
                ("decide_risk", f.risk_decided), ("plan", f.pilot is not None), ("define", f.kpis >= 2 or f.frozen),
                ("freeze", f.frozen), ("contract", f.contract_answered),
            )  # fmt: skip
            return next((step for step, done in asked if not done), "request")
        case "pilot":
            return "request" if f.pilot == "finished" else "plan"
        case "evaluation":
            return "request"
        case "productization":
            return "describe" if not f.described else "release" if not f.released else "request"
    return None


def own_ideas(eyes: Eyes, approved: Collection[str], written: Collection[str]) -> list[Pile]:
    """The piles of the ideas of the local governments for which the reader approves, and for which they write. One statement.

    Who approves is given what only an approver may do; the rest goes to who writes. Somebody may be the one here, the other there.
    """
    piles: dict[str, list[Waiting]] = {}
    for number, title, since, owner, facts in _facts(eyes, {*approved, *written}):
        step = step_of(facts)
        task = _task(step, owner in approved, owner in written)
        if task is not None and step is not None:
            # What is frozen is a pilot's, and frozen on its page.
            kind, ref = ("pilot", facts.pilot_ref) if task == "freeze" else ("idea", number)
            piles.setdefault(task, []).append(
                Waiting(kind, ref or number, title, number, step, since=tokyo_day(since))
            )
    order = ("submit", "freeze", "request", "draft", "step")
    return [Pile(task, piles[task][:SHOWN], len(piles[task])) for task in order if task in piles]


def _task(step: str | None, approves: bool, writes: bool) -> str | None:
    if step is None:
        return None
    if approves and step in ("draft", "freeze", "request"):
        return {"draft": "submit"}.get(step, step)
    if not writes:
        return None
    return "draft" if step == "draft" else "step"


def _facts(eyes: Eyes, orgs: Collection[str]) -> list[tuple[str, str, Any, str, Facts]]:
    """Number, title, since when, owner (slug), and the facts of each idea that is on the road and its owner's to move."""

    def there(kind: Any, *more: Any) -> Any:
        return select(kind.id).where(kind.idea_id == Idea.id, *more).correlate(Idea).exists()

    latest = (
        select(func.max(Pilot.id))
        .where(Pilot.idea_id == Idea.id, Pilot.status != "cancelled")
        .correlate(Idea)
        .scalar_subquery()
    )
    kpis = (
        select(func.count()).select_from(Kpi).where(Kpi.pilot_id == Pilot.id, col(Kpi.abandoned_at).is_(None))
    )
    assessed = (
        select(func.max(RiskAssessment.id)).where(RiskAssessment.idea_id == Idea.id).correlate(Idea)
    ).scalar_subquery()
    columns: list[Any] = [
        Idea.number, Idea.title, Idea.status_since, Organization.slug, Idea.status, Idea.stage,
        and_(col(Idea.cases_per_year).is_not(None), col(Idea.minutes_each).is_not(None)),
        or_(
            there(Evidence, Evidence.criterion == "feasible", col(Evidence.withdrawn_at).is_(None)),
            there(RepositoryLink, col(RepositoryLink.unlinked_at).is_(None)),
        ),
        there(DataProfile), col(RiskAssessment.id).is_not(None), col(RiskAssessment.level).is_not(None),
        Pilot.status, col(Pilot.frozen_at).is_not(None), kpis.correlate(Pilot).scalar_subquery(),
        there(ChecklistAnswers, col(ChecklistAnswers.checklist).startswith("contract-")),
        there(Product),
        select(Release.id)
        .join(Product, col(Product.id) == Release.product_id)
        .where(Product.idea_id == Idea.id).correlate(Idea).exists(),
        Pilot.ref,
    ]  # fmt: skip
    rows = eyes.session.exec(
        select(*columns)
        .select_from(Idea)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .outerjoin(Pilot, col(Pilot.id) == latest)
        .outerjoin(RiskAssessment, col(RiskAssessment.id) == assessed)
        .where(
            col(Organization.slug).in_(set(orgs)),
            or_(Idea.status == "draft", and_(Idea.status == "active", Idea.stage != "rollout")),
        )
        .order_by(col(Idea.status_since), col(Idea.id))
        .limit(LOOKED_AT)
    )
    return [(number, title, since, owner, Facts(*facts)) for number, title, since, owner, *facts in rows]
