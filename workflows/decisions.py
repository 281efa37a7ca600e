"""Gate decisions: taken by a third person under the rule, with the move and the conditions that follow."""

from typing import Any, Literal

import stages
from stages.days import add_months
from stages.kernel import (
    ACTION_WITHIN_MONTHS,
    DECISION_NAMES,
    Decision,
    Denied,
    Rating,
    judge,
)
from workflows import ideas
from workflows.ideas import OfIdeaBecause
from workflows.reviews import closed_already, has_rated, questions_of, refuse_ties, sheets_of
from workflows.runtime.commands import Command, Count, Day, Key, Ref, Text
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.refusal import Refused, insist, invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Around, Work
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Product
from workflows.tables.reviews import ActionItem, GateDecision, Review


class NewAction(Command):
    """A condition: which criterion, what, whose, until when (at most 3 months ahead)."""

    criterion: Key
    text: Text
    owner: Ref
    due_on: Day


class Resolution(Command):
    """The approver's colour where reviewers differ, and why."""

    rating: Literal["green", "amber", "red"]
    because: Text


class DecideReview(Command):
    review: Ref
    seen_version: Count
    decision: Literal["go", "conditional_go", "recycle", "hold", "kill"]
    rationale: Text
    actions: list[NewAction] = []
    resolutions: dict[str, Resolution] = {}
    hold_until: Day | None = None
    withhold_because: Text | None = None


@verb("review.decide", DecideReview)
def decide(work: Work, command: DecideReview) -> Review:
    """ゲートの決定をする。判定の揃わない決定、必須基準が赤のままの継続はできない。"""
    review, idea = work.part(Review, command.review, "審査")
    owners = [work.org(a.owner) for a in command.actions]
    orgs = work.require("review.decide", idea, own_status=closed_already(review))
    _refuse_nonsense(work, command, review, owners, orgs)
    work.match(command.seen_version, review.version, "この審査")
    refuse_ties(work.ties, orgs, "あなた")
    sheets = sheets_of(work, review)
    if has_rated(work, review):
        raise Refused("same_person", "判定した人は決定できません。別の決裁者が決定してください。")
    judgement = judge(
        questions_of(review),
        {str(who): {k: Rating(r["rating"]) for k, r in s.ratings.items()} for who, s in sheets.items()},
        Decision(command.decision),
        {k: Rating(r.rating) for k, r in command.resolutions.items()},
        frozenset(a.criterion for a in command.actions),
    )
    if isinstance(judgement, Denied):
        insist(judgement)
    assert not isinstance(judgement, Denied)
    decision = work.add(
        GateDecision(
            review_id=review.id,
            decision=command.decision,
            rationale=command.rationale,
            colours={k: c.value for k, c in judgement.colours.items()},
            resolutions={k: r.model_dump() for k, r in command.resolutions.items()},
            hold_until=command.hold_until,
            withhold_because=command.withhold_because,
            decided_by_id=work.user_id,
            decided_at=work.now,
        )
    )
    work.change(review, status="decided", closed_at=work.now)
    refs = [
        _set_action(work, review, idea, a, owner).ref
        for a, owner in zip(command.actions, owners, strict=True)
    ]
    work.record(
        "review.decided",
        idea,
        review=review.ref,
        gate=review.gate,
        decision=decision.decision,
        rationale=decision.rationale,
        colours=decision.colours,
        resolutions=decision.resolutions,
        actions=refs,
        policy_version=review.policy_version,
        decided_by=f"u{work.user_id}",
    )
    _move(work, idea, decision)
    name = DECISION_NAMES[Decision(decision.decision)]
    work.tell(
        orgs.everyone | set(agency_slugs(work.session)),
        "review.decided",
        idea.number,
        f"ゲート審査の結果「{name}」: {idea.number} {idea.title}",
        f"{review.gate} の決定は「{name}」です。理由: {decision.rationale}",
    )
    return review


def _refuse_nonsense(
    work: Work, command: DecideReview, review: Review, owners: list[Organization], orgs: Around
) -> None:
    """What only the stored rows and the day can show to be wrong: `invalid`."""
    if command.decision == "hold" and (command.hold_until is None or command.hold_until <= work.today):
        raise invalid("hold_until", "保留には、もう一度検討する日（明日以降）を入れてください。")
    if command.decision != "hold" and command.hold_until is not None:
        raise invalid("hold_until", "期日は、保留のときだけ入れてください。")
    if command.decision == "kill" and command.actions:
        raise invalid("actions", "中止には是正事項を付けられません。学びは理由に書いてください。")
    keys = {q["key"] for q in review.questions}
    latest = add_months(work.today, ACTION_WITHIN_MONTHS)
    for i, (a, owner) in enumerate(zip(command.actions, owners, strict=True)):
        if a.criterion not in keys:
            raise invalid(f"actions.{i}.criterion", f"{a.criterion} はこのゲートの基準ではありません。")
        if not work.today <= a.due_on <= latest:
            raise invalid(
                f"actions.{i}.due_on", f"期限は今日から 3 か月以内（{latest} まで）にしてください。"
            )
        # The agency and every municipality see the idea and can close an action (POLICY §7); another vendor cannot.
        if owner.slug not in orgs.everyone and owner.kind not in ("agency", "municipality"):
            raise invalid(f"actions.{i}.owner", f"{owner.name} はこのアイデアに関わっていません。")
    colours: dict[str, set[str]] = {}
    for sheet in sheets_of(work, review).values():
        for key, r in sheet.ratings.items():
            colours.setdefault(key, set()).add(r["rating"])
    # Resolving above an automatic red is refused `mandatory_red` by judge(): there reviewers never differ (VERBS §1).
    lifted = {q.key for q in questions_of(review) if q.stands_red}
    settled = [k for k in command.resolutions if k not in lifted and len(colours.get(k, ())) < 2]
    if settled:
        raise invalid(f"resolutions.{settled[0]}", "審査者の判定が分かれていない基準は、裁定できません。")


def _set_action(work: Work, review: Review, idea: Idea, action: NewAction, owner: Organization) -> ActionItem:
    return work.add(
        ActionItem(
            ref=work.next_ref(idea, "A"),
            review_id=review.id,
            idea_id=idea.id,
            criterion=action.criterion,
            text=action.text,
            owner_id=owner.id,
            due_on=action.due_on,
        )
    )


def _move(work: Work, idea: Idea, decision: GateDecision) -> None:
    """Moves the idea as decided: on, again, on hold, or off the road. Passing G4 sets the nationwide flag."""
    moved: dict[str, Any] = {"status_since": work.now, "gate_decided": True}
    match Decision(decision.decision):
        case Decision.GO | Decision.CONDITIONAL_GO:
            stage = stages.next_stage(idea.stage)
            visit = ideas.enter(work, idea, stage)
            moved |= {"stage": stage, "status": "active", "visit": visit.number, "stage_since": work.now}
        case Decision.RECYCLE:
            visit = ideas.enter(work, idea, idea.stage)
            moved |= {"status": "active", "visit": visit.number, "stage_since": work.now}
        case Decision.HOLD:
            moved |= {"status": "on_hold", "hold_until": decision.hold_until}
        case Decision.KILL:
            moved |= {"status": "killed"}
    work.change(idea, **moved)
    product = work.find(Product, idea_id=idea.id)
    if idea.stage == "rollout" and product is not None:
        work.change(product, flag="nationwide", flagged_at=work.now, flag_since=work.now)
        work.record("product.flagged", idea, product=product.slug, flag="nationwide")


@verb("idea.resume", OfIdeaBecause)
def resume_idea(work: Work, command: OfIdeaBecause) -> Idea:
    """保留を解いて、同じ段階で進行中に戻す。"""
    idea = work.idea(command.idea)
    orgs = work.require("idea.resume", idea)
    work.change(idea, status="active", status_since=work.now, hold_until=None)
    work.record("idea.resumed", idea, because=command.because)
    work.tell(
        [orgs.owner],
        "idea.resumed",
        idea.number,
        f"保留が解かれました: {idea.number} {idea.title}",
        command.because,
    )
    return idea
