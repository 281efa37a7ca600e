"""What runs when: for every verb about an idea, the statuses and stages in which it may be said (POLICY §1)."""

from __future__ import annotations

from dataclasses import dataclass

from stages.kernel import Denied

STATUS_NAMES = {
    "draft": "下書き",
    "active": "進行中",
    "in_review": "審査中",
    "on_hold": "保留",
    "killed": "中止",
    "withdrawn": "取下げ",
    "merged": "合流",
    "completed": "完了",
}
OFF_THE_ROAD = frozenset({"killed", "withdrawn", "merged", "completed"})
STAGE_KEYS = ("ideathon", "pilot", "evaluation", "productization", "rollout")

ALL = frozenset(STATUS_NAMES)
SUBMITTED = ALL - {"draft"}
UNDER_WAY = frozenset({"active", "in_review", "on_hold"})
ALIVE = UNDER_WAY | {"completed"}
ACTIVE = frozenset({"active"})
CAREFUL = frozenset({"active", "on_hold"})
IN_REVIEW = frozenset({"in_review"})
PLANNING = frozenset({"ideathon", "pilot", "productization"})
TRYING = frozenset({"pilot", "productization"})
MEASURING = frozenset({"ideathon", "pilot", "evaluation", "productization"})
MAKING = frozenset({"productization", "rollout"})
ROLLOUT = frozenset({"rollout"})
GATED = frozenset({"ideathon", "pilot", "evaluation", "productization"})


@dataclass(frozen=True, slots=True)
class When:
    """The statuses and stages in which a verb runs; None for the stages means any."""

    statuses: frozenset[str]
    stages: frozenset[str] | None = None


WHEN: dict[str, When] = {
    "idea.revise": When(frozenset({"draft", "active"})),
    "idea.submit": When(frozenset({"draft"})),
    "idea.withdraw": When(frozenset({"draft", "active"})),
    "idea.compare": When(ACTIVE),
    "idea.merge": When(ACTIVE),
    "idea.clone": When(SUBMITTED),
    "idea.complete": When(ACTIVE, ROLLOUT),
    "idea.demand": When(ALIVE),
    "idea.assign_owner": When(UNDER_WAY),
    "idea.resume": When(frozenset({"on_hold"})),
    "idea.follow": When(ALL),
    "idea.unfollow": When(ALL),
    "comment.post": When(ALL),
    "team.ask": When(ACTIVE),
    "team.accept": When(ACTIVE),
    "team.decline": When(ACTIVE),
    "team.leave": When(ACTIVE),
    "evidence.attach": When(UNDER_WAY),
    "evidence.withdraw": When(UNDER_WAY),
    "repo.link": When(ACTIVE),
    "repo.unlink": When(ACTIVE),
    "risk.profile": When(CAREFUL),
    "risk.assess": When(CAREFUL),
    "risk.decide": When(CAREFUL),
    "risk.report_to_board": When(CAREFUL),
    "checklist.answer": When(ACTIVE),
    "incident.file": When(ALIVE | {"killed"}),
    "incident.report": When(ALIVE | {"killed"}),
    "incident.close": When(ALIVE | {"killed"}),
    "pilot.plan": When(ACTIVE, PLANNING),
    "pilot.revise": When(ACTIVE, PLANNING),
    "pilot.replan": When(ACTIVE, PLANNING),
    "pilot.start": When(ACTIVE, TRYING),
    "pilot.report": When(UNDER_WAY),
    "pilot.finish": When(ACTIVE, TRYING),
    "pilot.cancel": When(ACTIVE, PLANNING),
    "kpi.define": When(ACTIVE, PLANNING),
    "kpi.revise": When(ACTIVE, PLANNING),
    "kpi.freeze": When(ACTIVE, PLANNING),
    "kpi.abandon": When(ACTIVE, MEASURING),
    "kpi.measure": When(ACTIVE, MEASURING),
    "kpi.void": When(ACTIVE, MEASURING),
    "review.request": When(ACTIVE, GATED),
    "review.assign": When(IN_REVIEW),
    "review.rate": When(IN_REVIEW),
    "review.return": When(IN_REVIEW),
    "review.recuse": When(IN_REVIEW),
    "review.decide": When(IN_REVIEW),
    "review.challenge": When(frozenset({"active", "in_review", "on_hold", "killed", "completed"})),
    "review.answer_challenge": When(frozenset({"active", "in_review", "on_hold", "killed", "completed"})),
    "action.close": When(ALIVE),
    "action.verify": When(ALIVE),
    "product.describe": When(ACTIVE, MAKING),
    "product.revise": When(ACTIVE, MAKING),
    "product.release": When(ACTIVE, MAKING),
    "product.suspend": When(frozenset({"active", "completed"}), ROLLOUT),
    "product.restore": When(frozenset({"active", "completed"}), ROLLOUT),
    "wave.open": When(ACTIVE, ROLLOUT),
    "wave.remind": When(ACTIVE, ROLLOUT),
    "adoption.report": When(ALIVE),
    "adoption.reconfirm": When(ALIVE),
    "asset.publish": When(SUBMITTED),
    "asset.revise": When(SUBMITTED),
    "asset.retire": When(SUBMITTED),
    "asset.use": When(SUBMITTED),
    "asset.fork": When(SUBMITTED),
    "asset.record_run": When(SUBMITTED),
}


def timely(
    verb: str, status: str, stage: str, pilot_started: bool = False, own_status: Denied | None = None
) -> Denied | None:
    """Whether `verb` may be said now: Denied `wrong_status` first, then `wrong_stage`.

    `own_status` is the refusal by the status of the thing itself (a pilot, a review), looked at between the two.
    `pilot_started` says whether any pilot of the idea has started: from then on it ends by a review, so it can be
    neither withdrawn nor merged away (promise 2).
    """
    when = WHEN[verb]
    if status not in when.statuses:
        allowed = "・".join(STATUS_NAMES[s] for s in STATUS_NAMES if s in when.statuses)
        return Denied(
            "wrong_status",
            f"「{STATUS_NAMES[status]}」のアイデアではできません（できるのは {allowed} のとき）。",
        )
    if own_status is not None:
        return own_status
    if when.stages is not None and stage not in when.stages:
        return Denied(
            "wrong_stage", "この段階ではできません。アイデアの段階と、次にすることを確かめてください。"
        )
    if verb in ("idea.withdraw", "idea.merge") and pilot_started:
        return Denied(
            "wrong_stage", "実証が始まったアイデアは、審査によって終わります。ゲート審査を申請してください。"
        )
    return None
