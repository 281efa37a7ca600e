"""Conditions of a decision (是正事項): closed by their owner, verified by a reviewer of that review."""

from stages.kernel import Denied
from workflows.reviews import assigned_to
from workflows.runtime.commands import Command, Ref, Text
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.refusal import Refused, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Evidence
from workflows.tables.people import Organization
from workflows.tables.reviews import ActionItem, Review


class CloseAction(Command):
    action: Ref
    note: Text
    evidence: Ref | None = None


class VerifyAction(Command):
    action: Ref


@verb("action.close", CloseAction)
def close_action(work: Work, command: CloseAction) -> ActionItem:
    """是正事項を終えたと報告する。審査者の確認で完了する。"""
    action, idea = work.part(ActionItem, command.action, "是正事項")
    if command.evidence and work.find(Evidence, idea_id=idea.id, ref=command.evidence) is None:
        raise unknown(f"根拠資料 {command.evidence}")
    owner = work.session.get_one(Organization, action.owner_id)
    work.require(
        "action.close",
        idea,
        own={owner.slug},
        owned_by_agency=owner.kind == "agency",
        own_status=None
        if action.status == "open"
        else Denied("wrong_status", "この是正事項はすでに報告されています。"),
    )
    action.status, action.note, action.closed_at, action.closed_by_id = (
        "closed",
        command.note,
        work.now,
        work.user_id,
    )
    work.add(action)
    work.record("action.closed", idea, action=action.ref, note=command.note, evidence=command.evidence)
    work.tell(
        agency_slugs(work.session),
        "action.closed",
        idea.number,
        f"是正事項の報告: {action.ref}",
        command.note,
    )
    return action


@verb("action.verify", VerifyAction)
def verify_action(work: Work, command: VerifyAction) -> ActionItem:
    """是正事項が済んだことを、その審査の審査者が確かめる。報告した人は確かめられない。"""
    action, idea = work.part(ActionItem, command.action, "是正事項")
    review = work.session.get_one(Review, action.review_id)
    denied = (
        None
        if action.status == "closed"
        else Denied("wrong_status", "報告された是正事項だけを確認できます。")
    )
    work.require("action.verify", idea, assigned=assigned_to(work, review), own_status=denied)
    if action.closed_by_id == work.user_id:
        raise Refused(
            "same_person", "報告した人は、自分で確認できません。この審査の別の審査者が確認してください。"
        )
    action.status, action.verified_at, action.verified_by_id = "verified", work.now, work.user_id
    work.add(action)
    work.record("action.verified", idea, action=action.ref)
    work.tell(
        [work.slug_of(action.owner_id)],
        "action.verified",
        idea.number,
        f"是正事項が確認されました: {action.ref}",
        action.text,
    )
    return action
