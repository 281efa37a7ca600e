"""Kinship of ideas: saying how one differs from a look-alike, and joining two into one."""

from typing import Literal

from sqlmodel import col, select

from stages.kernel import Denied
from stages.lifecycle import STATUS_NAMES
from workflows.ideas import towns_of
from workflows.runtime.commands import Command, Ref, Text
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Comparison, Idea, MergeProposal


class CompareIdea(Command):
    """The owner's answer to a look-alike."""

    idea: Ref
    other: Ref
    verdict: Literal["different", "builds_on", "merge"]
    because: Text


class MergeIdea(Command):
    """`idea` ends and lives on in `into`."""

    idea: Ref
    into: Ref


TAKES_IN_NOTHING = ("withdrawn", "merged", "killed")
"""An idea that has ended so is nothing that another can go on in."""


def _both(work: Work, number: str, other: str, field: str) -> tuple[Idea, Idea]:
    """Two different ideas, locked in the order of their ids. Refused `invalid` or `unknown`."""
    if number == other:
        raise invalid(field, "同じアイデアです。もう一方の番号を確かめてください。")
    rows = select(Idea.number).where(col(Idea.number).in_([number, other])).order_by(col(Idea.id))
    for found in work.session.exec(rows).all():
        work.idea(found)
    return work.idea(number), work.idea(other)


@verb("idea.compare", CompareIdea)
def compare_idea(work: Work, command: CompareIdea) -> Idea:
    """似たアイデアとの違いを述べる。もう一度述べると置き換わる。"""
    idea, other = _both(work, command.idea, command.other, "other")
    work.require("idea.compare", idea)
    answer = work.find(Comparison, idea_id=idea.id, other_id=other.id)
    if answer is None:
        answer = Comparison(
            idea_id=idea.id or 0,
            other_id=other.id or 0,
            verdict=command.verdict,
            because=command.because,
            compared_at=work.now,
        )
    answer.verdict, answer.because, answer.compared_at = command.verdict, command.because, work.now
    work.add(answer)
    work.record("idea.compared", idea, other=other.number, verdict=command.verdict, because=command.because)
    return idea


def _cannot_take_in(into: Idea) -> Denied | None:
    if into.submitted_at is not None and into.status not in TAKES_IN_NOTHING:
        return None
    status = STATUS_NAMES[into.status]
    return Denied(
        "wrong_status", f"合流先 {into.number} は「{status}」です。終わっていないアイデアを選んでください。"
    )


@verb("idea.merge", MergeIdea)
def merge_idea(work: Work, command: MergeIdea) -> Idea:
    """アイデアを別のアイデアに合流させる。一方の団体が提案し、他方が同じ操作をすると合流する。"""
    idea, into = _both(work, command.idea, command.into, "into")
    owners = {work.slug_of(idea.owner_id): idea.owner_id, work.slug_of(into.owner_id): into.owner_id}
    work.require("idea.merge", idea, own=owners, own_status=_cannot_take_in(into))
    mine = [owners[slug] for slug in owners if slug in {held.org for held in towns_of(work.actor)}]
    proposal = work.find(MergeProposal, idea_id=idea.id, into_id=into.id)
    if proposal is not None and proposal.org_id not in owners.values():
        work.session.delete(proposal)  # made by an organization that owns neither of them any more
        work.session.flush()
        proposal = None
    if len(owners) == 1 or (proposal and any(org_id != proposal.org_id for org_id in mine)):
        return _merge(work, idea, into)
    if proposal is not None:
        raise Refused("duplicate", "すでに提案しています。相手の団体の同意を待ってください。")
    work.add(MergeProposal(idea_id=idea.id or 0, into_id=into.id or 0, org_id=mine[0], proposed_at=work.now))
    by = work.slug_of(mine[0])
    for about in (idea, into):
        work.record("idea.merge_proposed", about, idea=idea.number, into=into.number, by=by)
    subject = f"合流の提案: {idea.number} を {into.number} へ"
    body = f"「{idea.title}」を「{into.title}」に合流させる提案です。同意するときは同じ操作をしてください。"
    work.tell(owners.keys() - {by}, "idea.merge_proposed", idea.number, subject, body)
    return idea


def _merge(work: Work, idea: Idea, into: Idea) -> Idea:
    work.change(idea, status="merged", status_since=work.now, merged_into_id=into.id)
    for about in (idea, into):
        work.record("idea.merged", about, idea=idea.number, into=into.number)
    owners = {work.slug_of(idea.owner_id), work.slug_of(into.owner_id)}
    subject = f"合流しました: {idea.number} は {into.number} へ"
    work.tell(
        owners, "idea.merged", idea.number, subject, f"「{idea.title}」は「{into.title}」に合流しました。"
    )
    return idea
