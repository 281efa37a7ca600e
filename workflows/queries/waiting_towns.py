"""What waits in a local government beside its own ideas: products to answer, answers that lapse, a risk to decide."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from stages.days import add_months
from stages.rollout import ADOPTION_LASTS_MONTHS, adoption_expires_on
from workflows.calendar import start_of_day, tokyo_day
from workflows.queries.looks import Eyes
from workflows.queries.piles import Pile, Waiting, ids_of, on, pile
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, RolloutTarget
from workflows.tables.risks import RiskAssessment

EXPIRES_WITHIN = timedelta(days=30)
UNDER_WAY = ("active", "on_hold")


def offers_unanswered(eyes: Eyes, towns: Iterable[str]) -> Pile | None:
    """Products offered to these local governments that have never been answered, the best fit first."""
    answered = (
        select(Adoption.id)
        .where(
            Adoption.product_id == RolloutTarget.product_id,
            Adoption.org_id == RolloutTarget.org_id,
            col(Adoption.replaced_at).is_(None),
        )
        .correlate(RolloutTarget)
        .exists()
    )
    columns: list[Any] = [Product.slug, Product.name, RolloutTarget.created_at]
    statement = (
        select(*columns)
        .join(RolloutTarget, col(RolloutTarget.product_id) == Product.id)
        .join(Organization, col(Organization.id) == RolloutTarget.org_id)
        .where(
            col(Organization.slug).in_(set(towns)),
            col(Organization.closed_on).is_(None),
            col(RolloutTarget.offered),
            Product.flag == "nationwide",
            ~answered,
        )
    )
    order = [col(RolloutTarget.created_at), col(RolloutTarget.total).desc(), Product.slug]
    return pile(
        eyes, "answer", statement, order, lambda slug, name, at: Waiting("product", slug, name, since=on(at))
    )


def adoptions_expiring(eyes: Eyes, towns: Iterable[str]) -> Pile | None:
    """Answers of these local governments that lapse within 30 days, or have lapsed."""
    last = add_months(eyes.today + EXPIRES_WITHIN, -ADOPTION_LASTS_MONTHS)
    columns: list[Any] = [Product.slug, Product.name, Adoption.status, Adoption.confirmed_at]
    statement = (
        select(*columns)
        .join(Adoption, col(Adoption.product_id) == Product.id)
        .join(Organization, col(Organization.id) == Adoption.org_id)
        .where(
            col(Organization.slug).in_(set(towns)),
            col(Organization.closed_on).is_(None),
            Product.flag != "none",
            col(Adoption.replaced_at).is_(None),
            col(Adoption.confirmed_at) < start_of_day(last + timedelta(days=1)),
        )
    )

    def thing(slug: str, name: str, status: str, confirmed: Any) -> Waiting:
        return Waiting("product", slug, name, note=status, due_on=adoption_expires_on(tokyo_day(confirmed)))

    return pile(eyes, "reconfirm", statement, [col(Adoption.confirmed_at), Product.slug], thing)


def risks_undecided(eyes: Eyes, *owners: Any) -> Pile | None:
    """Assessments that nobody has decided on yet, of ideas whose owners fulfil these conditions."""
    later = RiskAssessment.__table__.alias("later")  # type: ignore[attr-defined]
    renewed = select(later.c.id).where(later.c.idea_id == Idea.id, later.c.id > RiskAssessment.id)
    columns: list[Any] = [Idea.number, Idea.title, RiskAssessment.suggested, RiskAssessment.assessed_at]
    statement = (
        select(*columns)
        .join(RiskAssessment, col(RiskAssessment.idea_id) == Idea.id)
        .where(
            col(Idea.status).in_(UNDER_WAY),
            col(RiskAssessment.level).is_(None),
            ~renewed.correlate(Idea, RiskAssessment).exists(),
            *owners,
        )
    )

    def thing(number: str, title: str, suggested: str, at: Any) -> Waiting:
        return Waiting("idea", number, title, number, suggested, since=on(at))

    return pile(eyes, "decide_risk", statement, [col(RiskAssessment.assessed_at), Idea.number], thing)


def risks_of(eyes: Eyes, orgs: Iterable[str]) -> Pile | None:
    """Those that the AI統括責任者 of these local governments decides."""
    return risks_undecided(eyes, col(Idea.owner_id).in_(ids_of(orgs)))
