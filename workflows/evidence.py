"""Evidence (根拠資料): attaching it to an idea, and withdrawing it."""

from typing import Annotated, Literal

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from sqlmodel import select

from stages import GATES
from stages.kernel import Denied
from workflows.ideas import visits
from workflows.markdown import render
from workflows.runtime.commands import AnyMarkdown, Command, Key, Line, Ref, Text, Url
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Evidence
from workflows.tables.reviews import Review


def _asked_somewhere(key: str) -> str:
    if not any(gate.criterion(key) for gate in GATES.values()):
        raise PydanticCustomError(
            "criterion", "この名前の審査基準はありません。基準の一覧から選んでください。"
        )
    return key


CriterionKey = Annotated[Key, AfterValidator(_asked_somewhere)]


class AttachEvidence(Command):
    """Something that supports a criterion of any gate, or the idea as a whole."""

    idea: Ref
    criterion: CriterionKey | None = None
    kind: Literal["link", "file", "note", "repository"]
    title: Line
    url: Url | None = None
    body_md: AnyMarkdown | None = None
    file: Ref | None = None


class WithdrawEvidence(Command):
    evidence: Ref
    because: Text


def _check_content(command: AttachEvidence) -> None:
    """Refused `invalid` where the kind's own content is missing."""
    if command.kind == "file" or command.file is not None:
        raise invalid("file", "ファイルの添付はまだできません。置き場所のリンクを付けてください。")
    if command.kind in ("link", "repository") and command.url is None:
        raise invalid("url", "リンクを入れてください。")
    if command.kind == "note" and not command.body_md:
        raise invalid("body_md", "本文を入れてください。")


@verb("evidence.attach", AttachEvidence)
def attach_evidence(work: Work, command: AttachEvidence) -> Evidence:
    """根拠資料を付ける。基準のキーを付けると、その基準の根拠になる。"""
    _check_content(command)
    idea = work.idea(command.idea)
    work.require("evidence.attach", idea)
    body = command.body_md or ""
    row = work.add(
        Evidence(
            ref=work.next_ref(idea, "E"),
            idea_id=idea.id or 0,
            visit_id=visits(work, idea, idea.stage)[-1].id or 0,
            criterion=command.criterion,
            kind=command.kind,
            title=command.title,
            url=command.url,
            body_md=body,
            body_html=render(body),
            attached_by_id=work.user_id,
            attached_at=work.now,
        )
    )
    facts = {"evidence": row.ref, "criterion": row.criterion, "kind": row.kind, "title": row.title}
    work.record("evidence.attached", idea, **facts)
    return row


@verb("evidence.withdraw", WithdrawEvidence)
def withdraw_evidence(work: Work, command: WithdrawEvidence) -> Evidence:
    """根拠資料を取り下げる。表示は残り、数えなくなる。審査に使われたものは frozen。"""
    row, idea = work.part(Evidence, command.evidence, "根拠資料")
    withdrawn = None
    if row.withdrawn_at is not None:
        withdrawn = Denied("wrong_status", f"{row.ref} はすでに取り下げられています。")
    work.require("evidence.withdraw", idea, own_status=withdrawn)
    frozen = work.session.exec(select(Review.ref, Review.evidence_frozen).where(Review.idea_id == idea.id))
    if used := [ref for ref, refs in frozen if row.ref in refs]:
        message = f"{row.ref} は審査 {used[0]} の根拠として残されています。足りない点は新しい資料として付けてください。"
        raise Refused("frozen", message, about=used)
    row.withdrawn_at, row.withdrawn_because = work.now, command.because
    work.add(row)
    work.record("evidence.withdrawn", idea, evidence=row.ref, because=command.because)
    return row
