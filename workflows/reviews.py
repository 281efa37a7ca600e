"""Gate reviews: requested with a frozen dossier, and given to reviewers without an interest in it."""

from dataclasses import asdict
from typing import Any

from sqlmodel import col, func, select

import stages
from stages.kernel import (
    DECIDED_WITHIN_WORKING_DAYS,
    MAX_OPEN_REVIEWS,
    RATED_WITHIN_WORKING_DAYS,
    Denied,
    Finding,
    Question,
    Rating,
)
from workflows import ideas
from workflows.calendar import add_working_days
from workflows.dossiers import dossier
from workflows.runtime.actors import ties
from workflows.runtime.commands import Command, Ref
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Around, Work
from workflows.tables.ideas import Idea
from workflows.tables.people import Membership, Organization, User
from workflows.tables.pilots import Kpi, Measurement, Pilot
from workflows.tables.reviews import Assignment, RatingSheet, Review


class RequestReview(Command):
    idea: Ref


class AssignReviewer(Command):
    """`reviewer` is a mail address."""

    review: Ref
    reviewer: Ref


def questions_of(review: Review) -> list[Question]:
    """The criteria as this review froze them."""
    return [
        Question(
            q["key"],
            q["mandatory"],
            Finding(Rating(p["rating"]), p["text"], p["action"]) if (p := q["proposal"]) else None,
            q["question"],
        )
        for q in review.questions
    ]


def sheets_of(work: Work, review: Review) -> dict[int, RatingSheet]:
    """The rating sheets that count, by reviewer."""
    live = select(RatingSheet).where(
        RatingSheet.review_id == review.id, col(RatingSheet.replaced_at).is_(None)
    )
    return {s.reviewer_id: s for s in work.session.exec(live.order_by(col(RatingSheet.id)))}


def has_rated(work: Work, review: Review) -> bool:
    """Whether the actor ever rated in a review: a rating taken back by recusal still makes them no third person."""
    return work.find(RatingSheet, review_id=review.id, reviewer_id=work.user_id) is not None


def assigned_to(work: Work, review: Review) -> list[str]:
    """The mail addresses of the reviewers on a review who have not recused themselves."""
    live = select(User.email).join(Assignment, col(Assignment.reviewer_id) == User.id)
    return list(
        work.session.exec(live.where(Assignment.review_id == review.id, col(Assignment.recused_at).is_(None)))
    )


def closed_already(review: Review) -> Denied | None:
    """The refusal by the review's own status: it must be open."""
    return (
        None
        if review.status == "open"
        else Denied(
            "wrong_status", "この審査は終わっています。アイデアのページで今の審査を確かめてください。"
        )
    )


def measured_here(work: Work, user_id: int, idea: Idea) -> bool:
    """Whether a person measured a KPI of one of the idea's pilots (POLICY §2: they do not rate its gates)."""
    by_them = (
        select(Measurement.id)
        .join(Kpi, col(Kpi.id) == Measurement.kpi_id)
        .join(Pilot, col(Pilot.id) == Kpi.pilot_id)
    )
    return (
        work.session.exec(
            by_them.where(Pilot.idea_id == idea.id, Measurement.measured_by_id == user_id)
        ).first()
        is not None
    )


def refuse_ties(held: set[str], orgs: Around, who: str) -> None:
    """Refused `conflict_of_interest` where a person's organizations are among those around the idea."""
    shared = sorted(held & orgs.everyone)
    if shared:
        raise Refused(
            "conflict_of_interest",
            f"{who}は {'、'.join(shared)} に属している（いた）ため、このアイデアを審査できません。",
        )


@verb("review.request", RequestReview)
def request_review(work: Work, command: RequestReview) -> Review:
    """ゲート審査を申請する。その時点の記録と基準を凍結する。"""
    idea = work.idea(command.idea)
    work.require("review.request", idea)
    empty = [name for name, value in (("現状", idea.as_is), ("あるべき姿", idea.to_be)) if not value.strip()]
    if empty:
        raise Refused("incomplete", f"{'と'.join(empty)}が空です。書いてから申請してください。", about=empty)
    gate = stages.STAGES[idea.stage].gate
    assert gate is not None  # lifecycle lets no review be asked for in rollout
    facts = dossier(work.session, idea, work.today)
    proposals = gate.propose(facts)
    visit = ideas.visits(work, idea, idea.stage)[-1]
    review = work.add(
        Review(
            ref=work.next_ref(idea, "V"),
            idea_id=idea.id,
            visit_id=visit.id,
            gate=gate.key,
            policy_version=stages.version(),
            policy_fingerprint=stages.fingerprint(),
            dossier=facts.as_facts(),
            questions=[
                {
                    "key": c.key,
                    "question": c.question,
                    "mandatory": c.mandatory,
                    "wants": c.wants,
                    "proposal": _plain(proposals[c.key]),
                }
                | ({"facts": c.facts(facts)} if c.facts else {})
                for c in gate.criteria
            ],
            evidence_frozen=[e.ref for e in facts.evidence],
            measurements_frozen=_measurements(work, idea),
            requested_by_id=work.user_id,
            requested_at=work.now,
            rate_by=add_working_days(work.today, RATED_WITHIN_WORKING_DAYS),
            decide_by=add_working_days(work.today, DECIDED_WITHIN_WORKING_DAYS),
        )
    )
    work.change(idea, status="in_review", status_since=work.now)
    work.record(
        "review.requested", idea, review=review.ref, gate=gate.key, policy_version=review.policy_version
    )
    work.tell(
        agency_slugs(work.session),
        "review.requested",
        idea.number,
        f"ゲート審査の申請がありました: {idea.number} {idea.title}",
        f"{gate.key}（{gate.name}）の審査が申請されました。判定の期限は {review.rate_by} です。",
    )
    return review


def _plain(finding: Finding | None) -> dict[str, Any] | None:
    return {**asdict(finding), "rating": finding.rating.value} if finding else None


def _measurements(work: Work, idea: Idea) -> list[str]:
    of_idea = (
        select(Measurement.ref)
        .join(Kpi, col(Kpi.id) == Measurement.kpi_id)
        .join(Pilot, col(Pilot.id) == Kpi.pilot_id)
    )
    counted = of_idea.where(Pilot.idea_id == idea.id, col(Measurement.voided_at).is_(None)).order_by(
        col(Measurement.id)
    )
    return list(work.session.exec(counted))


def is_reviewer(work: Work, person: User) -> bool:
    """Whether somebody reviews for the agency now."""
    held = work.session.exec(
        select(Membership.roles)
        .join(Organization, col(Organization.id) == Membership.org_id)
        .where(
            Membership.user_id == person.id,
            Organization.kind == "agency",
            col(Membership.ended_at).is_(None),
        )
    )
    return any("reviewer" in roles for roles in held)


@verb("review.assign", AssignReviewer)
def assign_reviewer(work: Work, command: AssignReviewer) -> Review:
    """審査者を割り当てる。利害のある人は conflict_of_interest、五件を持つ人は too_many。"""
    review, idea = work.part(Review, command.review, "審査")
    reviewer = work.person(command.reviewer)
    orgs = work.require("review.assign", idea, own_status=closed_already(review))
    if not is_reviewer(work, reviewer):
        raise invalid("reviewer", "審査者の役割を持つ人を選んでください。")
    refuse_ties(ties(work.session, reviewer.id or 0, work.now), orgs, "この審査者")
    if measured_here(work, reviewer.id or 0, idea):
        raise Refused(
            "conflict_of_interest",
            "この審査者は実証の KPI を測っているため、判定できません。別の審査者を選んでください。",
        )
    if reviewer.email in assigned_to(work, review):
        raise Refused("duplicate", "この審査者はすでに割り当てられています。")
    work.lock(User, reviewer.id)  # two assignments at once must not both see the fifth place free
    open_ones = (
        select(func.count()).select_from(Assignment).join(Review, col(Review.id) == Assignment.review_id)
    )
    held_now = work.session.exec(
        open_ones.where(
            Assignment.reviewer_id == reviewer.id,
            col(Assignment.recused_at).is_(None),
            Review.status == "open",
        )
    ).one()
    if held_now >= MAX_OPEN_REVIEWS:
        raise Refused(
            "too_many",
            f"この審査者は {held_now} 件の審査を担当しています（{MAX_OPEN_REVIEWS} 件まで）。別の審査者を選んでください。",
        )
    work.add(
        Assignment(
            review_id=review.id, reviewer_id=reviewer.id, assigned_by_id=work.user_id, assigned_at=work.now
        )
    )
    work.change(review)
    work.record("review.assigned", idea, review=review.ref, reviewer=f"u{reviewer.id}")
    work.tell(
        [],
        "review.assigned",
        idea.number,
        f"審査の担当になりました: {idea.number} {idea.title}",
        f"{review.rate_by} までに判定してください。",
        people=[reviewer.email],
    )
    return review
