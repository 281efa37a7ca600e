"""Challenges to a decision (不服の申出): the owner's, within ten working days, answered by somebody new."""

import stages
from stages.kernel import CHALLENGE_WITHIN_WORKING_DAYS, Denied
from workflows import ideas
from workflows.calendar import add_working_days, tokyo_day
from workflows.reviews import has_rated, refuse_ties
from workflows.runtime.commands import Command, Ref, Text
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.refusal import Refused
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.reviews import DecisionChallenge, GateDecision, Review


class ChallengeDecision(Command):
    review: Ref
    because: Text


class AnswerChallenge(Command):
    review: Ref
    answer: Text
    upheld: bool = False


@verb("review.challenge", ChallengeDecision)
def challenge(work: Work, command: ChallengeDecision) -> DecisionChallenge:
    """決定に不服を申し出る。決定から10開庁日まで。"""
    review, idea = work.part(Review, command.review, "審査")
    undecided = (
        None if review.status == "decided" else Denied("wrong_status", "まだ決定されていない審査です。")
    )
    work.require("review.challenge", idea, own_status=undecided)
    if work.find(DecisionChallenge, review_id=review.id):
        raise Refused("duplicate", "この決定への申出はすでにあります。回答をお待ちください。")
    decision = work.find(GateDecision, review_id=review.id)
    assert decision is not None
    last = add_working_days(tokyo_day(decision.decided_at), CHALLENGE_WITHIN_WORKING_DAYS)
    if work.today > last:
        raise Refused("too_late", f"申出の期限（{last}）を過ぎています。")
    row = work.add(
        DecisionChallenge(
            ref=work.next_ref(idea, "O"),
            review_id=review.id,
            because=command.because,
            challenged_by_id=work.user_id,
            challenged_at=work.now,
        )
    )
    work.record("review.challenged", idea, review=review.ref, because=command.because)
    work.tell(
        agency_slugs(work.session),
        "review.challenged",
        idea.number,
        f"決定への申出: {idea.number} {idea.title}",
        command.because,
    )
    return row


@verb("review.answer_challenge", AnswerChallenge)
def answer_challenge(work: Work, command: AnswerChallenge) -> DecisionChallenge:
    """不服の申出に、判定も決定もしていない決裁者が答える。認めれば同じ段階で進行中に戻る。"""
    review, idea = work.part(Review, command.review, "審査")
    row = work.find(DecisionChallenge, review_id=review.id)
    waiting = row is not None and row.answered_at is None
    orgs = work.require(
        "review.answer_challenge",
        idea,
        own_status=None if waiting else Denied("wrong_status", "回答を待つ申出はありません。"),
    )
    assert row is not None
    refuse_ties(work.ties, orgs, "あなた")
    decision = work.find(GateDecision, review_id=review.id)
    assert decision is not None
    if work.user_id == decision.decided_by_id or has_rated(work, review):
        raise Refused("same_person", "判定か決定をした人は答えられません。別の決裁者が答えてください。")
    row.answer, row.upheld, row.answered_by_id, row.answered_at = (
        command.answer,
        command.upheld,
        work.user_id,
        work.now,
    )
    work.add(row)
    work.record(
        "review.challenge_answered", idea, review=review.ref, upheld=command.upheld, answer=command.answer
    )
    stage = next(s.key for s in stages.PIPELINE if s.gate and s.gate.key == review.gate)
    stands = idea.stage == stage and idea.status in ("active", "on_hold", "killed")
    if command.upheld and decision.decision in ("recycle", "hold", "kill") and stands:
        visit = ideas.enter(work, idea, stage)
        work.change(
            idea,
            status="active",
            status_since=work.now,
            stage_since=work.now,
            hold_until=None,
            visit=visit.number,
        )
        work.record("idea.reopened", idea, review=review.ref, visit=visit.number)
    outcome = "認められました" if command.upheld else "認められませんでした"
    work.tell(
        [orgs.owner],
        "review.challenge_answered",
        idea.number,
        f"申出が{outcome}: {idea.number} {idea.title}",
        command.answer,
    )
    return row
