"""Checklists: an idea's answers to a published checklist (contract, procurement), and how answers are held against one."""

from collections.abc import Mapping
from typing import Literal

from sqlmodel import select

from stages.risk import ChecklistFile, checklists
from workflows.runtime.commands import AnyText, Command, Ref
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Evidence, Idea
from workflows.tables.risks import ChecklistAnswers


class AnswerChecklist(Command):
    """Answers by item, a note where one is needed (an empty one takes back what was noted), and evidence of the same idea
    that supports them; at least one of the three."""

    idea: Ref
    checklist: Ref
    answers: dict[str, Literal["yes", "no", "not_applicable"]] = {}
    notes: dict[str, AnyText] | None = None
    evidence: Ref | None = None


def published(field: str, name: str, *kinds: str) -> ChecklistFile:
    """The published checklist of a name. Refused `invalid` for another name, or one of another kind."""
    sheet = checklists().get(name)
    if sheet is None or sheet.kind not in kinds:
        choices = "、".join(s.name for s in checklists().values() if s.kind in kinds)
        message = f"{name} というチェックリストは、ここでは使えません。選べるのは {choices} です。"
        raise Refused("invalid", message, {field: message})
    return sheet


def insist_on_items(errors: Mapping[str, str]) -> None:
    """Raises `invalid` with a sentence for each item that is wrong, if any is."""
    if errors:
        first = "、".join(f"{item}: {text}" for item, text in list(errors.items())[:5])
        raise Refused("invalid", f"入力を確かめてください: {first}", errors)


def _unknown_items(sheet: ChecklistFile, command: AnswerChecklist) -> dict[str, str]:
    given = {f"answers.{key}": key for key in command.answers} | {
        f"notes.{key}": key for key in command.notes or {}
    }
    return {
        place: f"{sheet.name} にない項目です。" for place, key in given.items() if sheet.item(key) is None
    }


@verb("checklist.answer", AnswerChecklist)
def answer_checklist(work: Work, command: AnswerChecklist) -> Idea:
    """契約・調達のチェックリストに答える。前に答えた項目は残り、答え直した項目だけが入れ替わり、台帳に残る。"""
    sheet = published("checklist", command.checklist, "contract", "procurement")
    insist_on_items(_unknown_items(sheet, command))
    if not (command.answers or command.notes or command.evidence):
        raise invalid("answers", "一つ以上の項目に答えてください。")
    idea = work.idea(command.idea)
    evidence = work.find(Evidence, idea_id=idea.id, ref=command.evidence) if command.evidence else None
    if command.evidence and evidence is None:
        raise unknown(f"根拠資料 {command.evidence}")
    work.require("checklist.answer", idea)
    sought = select(ChecklistAnswers).where(
        ChecklistAnswers.idea_id == idea.id, ChecklistAnswers.checklist == sheet.name
    )
    row = work.session.exec(sought).first() or ChecklistAnswers(
        idea_id=idea.id, checklist=sheet.name, answers={}, notes={}
    )
    answers = {item: given for item, given in command.answers.items() if row.answers.get(item) != given}
    notes = {
        item: text.strip() and text
        for item, text in (command.notes or {}).items()
        if (text if text.strip() else "") != row.notes.get(item, "")
    }
    named = evidence is not None and evidence.id != row.evidence_id
    if not (answers or notes or named):
        return idea  # a form that saves itself says again what stands already
    row.answers = row.answers | answers
    row.notes = {item: text for item, text in (row.notes | notes).items() if text}
    row.evidence_id = evidence.id if evidence else row.evidence_id
    row.answered_by_id, row.answered_at = work.user_id, work.now
    work.add(row)
    facts = {"notes": notes, "evidence": command.evidence if named else None}
    given = {name: value for name, value in facts.items() if value}
    work.record("checklist.answered", idea, checklist=sheet.name, answers=answers, **given)
    return idea
