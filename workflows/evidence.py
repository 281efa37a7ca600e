"""Evidence (根拠資料): attaching it to an idea, showing it again for another question, and withdrawing it."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from sqlmodel import col, or_, select

from stages import GATES
from stages.dossier import EVIDENCE_SPEAKS_MONTHS, evidence_speaks_until
from stages.kernel import Denied
from workflows.files.named import ledger_facts, uploaded
from workflows.idea_rows import told_on
from workflows.ideas import visits
from workflows.markdown import render
from workflows.runtime.commands import AnyMarkdown, Command, Day, Key, Line, Ref, Text, Url
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Evidence, Idea
from workflows.tables.reviews import Review


def _asked_somewhere(key: str) -> str:
    if not any(gate.criterion(key) for gate in GATES.values()):
        raise PydanticCustomError(
            "criterion", "この名前の審査基準はありません。基準の一覧から選んでください。"
        )
    return key


CriterionKey = Annotated[Key, AfterValidator(_asked_somewhere)]


class AttachEvidence(Command):
    """Something that supports a criterion of any gate, or the idea as a whole.

    `file` is what the same person handed in before. `reuses` shows what is attached to the idea already for another
    criterion: kind, title and content are then the same and not said again.
    """

    idea: Ref
    criterion: CriterionKey | None = None
    kind: Literal["link", "file", "note", "repository"] | None = None
    title: Line | None = None
    url: Url | None = None
    body_md: AnyMarkdown | None = None
    file: Ref | None = None
    dated_on: Day | None = None
    reuses: Ref | None = None


class WithdrawEvidence(Command):
    evidence: Ref
    because: Text


def _check_content(command: AttachEvidence, today: date) -> None:
    """Refused `invalid` where the kind's own content is missing, or something is said that it cannot have."""
    if command.dated_on is not None and command.dated_on > today:
        raise invalid("dated_on", "先の日付です。資料に書かれている日付を入れてください。")
    if command.reuses is not None:
        said = command.model_dump(include={"kind", "title", "url", "body_md", "file", "dated_on"})
        if again := next((name for name, value in said.items() if value is not None), None):
            raise invalid(
                again,
                "もう一度使う資料の中身は変えられません。変えるときは、新しい資料として付けてください。",
            )
        if command.criterion is None:
            raise invalid("criterion", "どの基準の根拠として使うかを選んでください。")
        return
    if command.kind is None:
        raise invalid("kind", "種類を選んでください。")
    if command.title is None:
        raise invalid("title", "必ず入れてください。")
    if command.kind == "file" and command.file is None:
        raise invalid("file", "ファイルを選んでください。")
    if command.kind != "file" and command.file is not None:
        raise invalid("kind", "ファイルを付けるときは、種類を「ファイル」にしてください。")
    if command.kind in ("link", "repository") and command.url is None:
        raise invalid("url", "リンクを入れてください。")
    if command.kind == "note" and not command.body_md:
        raise invalid("body_md", "本文を入れてください。")


def _to_use_again(work: Work, idea: Idea, command: AttachEvidence) -> Evidence:
    """The evidence of the same idea that is to be used again. Refused `unknown`, `wrong_status` where it was withdrawn,
    `duplicate` where it stands under that criterion, `too_late` where it is no longer fresh."""
    found = work.find(Evidence, idea_id=idea.id, ref=command.reuses)
    if found is None:
        raise unknown(f"根拠資料 {command.reuses}")
    first = work.find(Evidence, id=found.reuses_id) if found.reuses_id else found
    assert first is not None
    if found.withdrawn_at is not None or first.withdrawn_at is not None:
        raise Refused("wrong_status", f"{found.ref} は取り下げられています。ほかの資料を選んでください。")
    standing = select(Evidence).where(
        Evidence.idea_id == idea.id,
        Evidence.criterion == command.criterion,
        col(Evidence.withdrawn_at).is_(None),
        or_(Evidence.id == first.id, Evidence.reuses_id == first.id),
    )
    if work.session.exec(standing).first() is not None:
        raise Refused("duplicate", f"{first.ref} は、すでにこの基準の根拠になっています。")
    until = evidence_speaks_until(told_on(first))
    if work.today > until:
        raise Refused(
            "too_late",
            f"{first.ref} を使えるのは {until:%Y-%m-%d} まででした（資料の日付から {EVIDENCE_SPEAKS_MONTHS} か月）。新しい資料を付けてください。",
        )
    return first


@verb("evidence.attach", AttachEvidence)
def attach_evidence(work: Work, command: AttachEvidence) -> Evidence:
    """根拠資料を付ける。基準のキーを付けると、その基準の根拠になる。前に付けた資料を、別の基準にもう一度使える。"""
    _check_content(command, work.today)
    idea = work.idea(command.idea)
    work.require("evidence.attach", idea)
    upload = uploaded(work, command.file)
    again = _to_use_again(work, idea, command) if command.reuses else None
    content: dict[str, Any] = {
        "kind": command.kind,
        "title": command.title,
        "url": command.url,
        "body_md": command.body_md or "",
        "body_html": render(command.body_md or ""),
        "upload_id": upload.id if upload else None,
        "dated_on": command.dated_on,
    }
    if again:
        content = {name: getattr(again, name) for name in content}
        content["dated_on"] = told_on(again)
    row = work.add(
        Evidence(
            ref=work.next_ref(idea, "E"),
            idea_id=idea.id or 0,
            visit_id=visits(work, idea, idea.stage)[-1].id or 0,
            criterion=command.criterion,
            reuses_id=again.id if again else None,
            attached_by_id=work.user_id,
            attached_at=work.now,
            **content,
        )
    )
    facts = {"evidence": row.ref, "criterion": row.criterion, "kind": row.kind, "title": row.title}
    facts |= ledger_facts(upload)
    if again:
        facts |= {"reuses": again.ref}
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
