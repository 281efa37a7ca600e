"""What waits in the agency: reviews to assign, rate or decide, conditions to verify, holds and suspensions to look at again."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, func, select

from stages.kernel import QUORUM
from workflows.queries.looks import Eyes
from workflows.queries.piles import Pile, Waiting, ids_of, on, pile
from workflows.queries.waiting_towns import risks_undecided
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Membership, Organization
from workflows.tables.pilots import Pilot
from workflows.tables.products import Product
from workflows.tables.reviews import (
    ActionItem,
    Assignment,
    DecisionChallenge,
    GateDecision,
    RatingSheet,
    Review,
)
from workflows.tables.risks import Incident, IncidentReport


def _live(kind: Any, gone: Any, *more: Any) -> Any:
    """How many assignments or sheets of a review stand."""
    counted = select(func.count()).select_from(kind).where(kind.review_id == Review.id, gone.is_(None), *more)
    return counted.correlate(Review).scalar_subquery()


def assigned(*more: Any) -> Any:
    """How many reviewers stand assigned to the review of the row, under these conditions."""
    return _live(Assignment, col(Assignment.recused_at), *more)


def rated(*more: Any) -> Any:
    """How many reviewers' ratings of it count."""
    return _live(RatingSheet, col(RatingSheet.replaced_at), *more)


def _reviews(eyes: Eyes, task: str, due: Any, *conditions: Any) -> Pile | None:
    columns: list[Any] = [Review.ref, Review.gate, Review.requested_at, due, Idea.number, Idea.title]
    statement = (
        select(*columns)
        .join(Idea, col(Idea.id) == Review.idea_id)
        .where(Review.status == "open", *conditions)
    )

    def thing(ref: str, gate: str, asked: datetime, due_on: date, number: str, title: str) -> Waiting:
        return Waiting("review", ref, title, number, gate, on(asked), due_on)

    return pile(eyes, task, statement, [col(Review.requested_at), col(Review.id)], thing)


def reviews_to_rate(eyes: Eyes) -> Pile | None:
    """Open reviews on which this person is a reviewer and has not rated."""
    me = eyes.speaker.user_id
    return _reviews(
        eyes,
        "rate",
        Review.rate_by,
        col(Review.id).in_(
            select(Assignment.review_id).where(
                Assignment.reviewer_id == me, col(Assignment.recused_at).is_(None)
            )
        ),
        rated(RatingSheet.reviewer_id == me) == 0,
    )


def reviews_to_assign(eyes: Eyes) -> Pile | None:
    return _reviews(eyes, "assign", Review.rate_by, assigned() < QUORUM)


def _may_judge(eyes: Eyes) -> list[Any]:
    """That this person has no tie to the idea of the row (POLICY §2) and never rated in its review: what the verbs refuse is
    no work of theirs. One statement, once."""
    tied = ids_of(eyes.ties)
    joined = select(TeamMember.id).where(
        TeamMember.idea_id == Idea.id, TeamMember.status == "joined", col(TeamMember.org_id).in_(tied)
    )
    sites = select(Pilot.id).where(
        Pilot.idea_id == Idea.id, Pilot.status != "cancelled", col(Pilot.site_id).in_(tied)
    )
    own = select(RatingSheet.id).where(
        RatingSheet.review_id == Review.id, RatingSheet.reviewer_id == eyes.user_id
    )
    return [
        col(Idea.owner_id).not_in(tied),
        ~joined.correlate(Idea).exists(),
        ~sites.correlate(Idea).exists(),
        ~own.correlate(Review).exists(),
    ]


def reviews_to_decide(eyes: Eyes) -> Pile | None:
    """Open reviews with a quorum of ratings that this approver may decide."""
    return _reviews(eyes, "decide", Review.decide_by, rated() >= QUORUM, *_may_judge(eyes))


def challenges_to_answer(eyes: Eyes) -> Pile | None:
    """Unanswered challenges to decisions that this approver did not make or rate."""
    columns: list[Any] = [Review.ref, Review.gate, DecisionChallenge.challenged_at, Idea.number, Idea.title]
    statement = (
        select(*columns)
        .join(DecisionChallenge, col(DecisionChallenge.review_id) == Review.id)
        .join(GateDecision, col(GateDecision.review_id) == Review.id)
        .join(Idea, col(Idea.id) == Review.idea_id)
        .where(
            col(DecisionChallenge.answered_at).is_(None),
            GateDecision.decided_by_id != eyes.user_id,
            *_may_judge(eyes),
        )
    )

    def thing(ref: str, gate: str, at: datetime, number: str, title: str) -> Waiting:
        return Waiting("review", ref, title, number, gate, on(at))

    order = [col(DecisionChallenge.challenged_at), col(DecisionChallenge.id)]
    return pile(eyes, "answer_challenge", statement, order, thing)


def actions_to_verify(eyes: Eyes) -> Pile | None:
    """Conditions that another reported as done, of reviews on which this person is a reviewer."""
    columns: list[Any] = [ActionItem.ref, ActionItem.text, ActionItem.closed_at, Idea.number]
    statement = (
        select(*columns)
        .join(Idea, col(Idea.id) == ActionItem.idea_id)
        .join(Assignment, col(Assignment.review_id) == ActionItem.review_id)
        .where(
            ActionItem.status == "closed",
            ActionItem.closed_by_id != eyes.speaker.user_id,
            Assignment.reviewer_id == eyes.speaker.user_id,
            col(Assignment.recused_at).is_(None),
        )
    )

    def thing(ref: str, text: str, at: datetime, number: str) -> Waiting:
        return Waiting("action", ref, text, number, since=on(at))

    return pile(eyes, "verify", statement, [col(ActionItem.closed_at), col(ActionItem.id)], thing)


def holds_reached(eyes: Eyes) -> Pile | None:
    columns: list[Any] = [Idea.number, Idea.title, Idea.hold_until]
    statement = select(*columns).where(Idea.status == "on_hold", col(Idea.hold_until) <= eyes.today)

    def thing(number: str, title: str, until: date) -> Waiting:
        return Waiting("idea", number, title, number, since=until)

    return pile(eyes, "resume", statement, [col(Idea.hold_until), Idea.number], thing)


def products_suspended(eyes: Eyes) -> Pile | None:
    columns: list[Any] = [Product.slug, Product.name, Product.flag_since]
    statement = select(*columns).where(Product.flag == "suspended")

    def thing(slug: str, name: str, since: datetime) -> Waiting:
        return Waiting("product", slug, name, since=on(since))

    return pile(eyes, "restore", statement, [col(Product.flag_since), Product.slug], thing)


def imported_without_owner(eyes: Eyes) -> Pile | None:
    """Imported ideas that the agency keeps until it is known whose they are."""
    agencies = select(Organization.id).where(Organization.kind == "agency")
    columns: list[Any] = [Idea.number, Idea.title, Idea.imported_at]
    statement = select(*columns).where(
        col(Idea.imported_at).is_not(None),
        col(Idea.owner_id).in_(agencies),
        col(Idea.status).in_(("active", "in_review", "on_hold")),
    )

    def thing(number: str, title: str, at: datetime) -> Waiting:
        return Waiting("idea", number, title, number, since=on(at))

    return pile(eyes, "assign_owner", statement, [col(Idea.imported_at), Idea.number], thing)


def risks_without_caio(eyes: Eyes) -> Pile | None:
    """Assessments of owners that have no AI統括責任者: an approver of the agency decides them."""
    caio = (
        select(Membership.id)
        .where(
            Membership.org_id == Idea.owner_id,
            col(Membership.ended_at).is_(None),
            sa.cast(col(Membership.roles), sa.Text).contains('"caio"'),
        )
        .correlate(Idea)
        .exists()
    )
    return risks_undecided(eyes, ~caio)


def incidents_to_close(eyes: Eyes) -> Pile | None:
    """Open incidents whose final report is in."""
    final = (
        select(func.min(IncidentReport.filed_at))
        .where(IncidentReport.incident_id == Incident.id, IncidentReport.kind == "final")
        .correlate(Incident)
        .scalar_subquery()
    )
    columns: list[Any] = [Incident.ref, Incident.title, Idea.number, final]
    statement = (
        select(*columns)
        .join(Idea, col(Idea.id) == Incident.idea_id)
        .where(col(Incident.closed_at).is_(None), final.is_not(None))
    )

    def thing(ref: str, title: str, number: str, at: datetime) -> Waiting:
        return Waiting("incident", ref, title, number, since=on(at))

    return pile(eyes, "close_incident", statement, [final, col(Incident.id)], thing)
