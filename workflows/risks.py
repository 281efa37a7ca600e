"""Risks: which data an idea touches, the high-risk triage, the decision on it, and the report to the advisory board."""

from typing import Literal

from stages.risk import ChecklistFile, suggest
from workflows import markdown
from workflows.checklists import insist_on_items, published
from workflows.dossiers import latest_assessment
from workflows.runtime.commands import Command, Day, Line, Markdown, Ref, Text
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.risks import BoardReport, DataProfile, RiskAssessment


class ProfileData(Command):
    """Which data the idea touches, on what legal basis, kept in which region."""

    idea: Ref
    personal: bool
    confidential: bool
    legal_basis: Literal["not_personal", "consent", "law", "61-purpose-set", "69-1", "69-2", "statistics"]
    recurring: bool
    vendor_trains_on_input: bool
    region: Line


class AssessRisk(Command):
    """The triage: a choice for every viewpoint of a published high-risk checklist."""

    idea: Ref
    checklist_version: Ref
    answers: dict[str, str]


class DecideRisk(Command):
    """The risk level, and why; it may differ from the suggestion."""

    idea: Ref
    level: Literal["low", "high"]
    reason: Text


class ReportToBoard(Command):
    """A report to the advisory board, with its day."""

    idea: Ref
    reported_on: Day
    summary: Markdown


@verb("risk.profile", ProfileData)
def profile_data(work: Work, command: ProfileData) -> Idea:
    """扱うデータと法的根拠を記録する。もう一度行うと入れ替わる（前の記録も残る）。"""
    idea = work.idea(command.idea)
    work.require("risk.profile", idea)
    facts = command.model_dump(exclude={"idea"})
    work.add(DataProfile(idea_id=idea.id, profiled_by_id=work.user_id, profiled_at=work.now, **facts))
    work.record("risk.profiled", idea, **facts)
    return idea


def _wrong_answers(sheet: ChecklistFile, answers: dict[str, str]) -> dict[str, str]:
    """What is wrong with the answers to a sheet whose every item has choices, by field."""
    errors = {
        f"answers.{key}": f"{sheet.name} にない項目です。" for key in answers if sheet.item(key) is None
    }
    for item in sheet.items:
        choices = item.choices or {}
        if item.key not in answers:
            errors[f"answers.{item.key}"] = f"「{item.text}」に答えてください。"
        elif answers[item.key] not in choices:
            errors[f"answers.{item.key}"] = f"「{item.text}」で選べるのは {'、'.join(choices)} です。"
    return errors


@verb("risk.assess", AssessRisk)
def assess_risk(work: Work, command: AssessRisk) -> Idea:
    """高リスク判定を行い、水準の案を得る。判定し直すと、前の判定についての決定は効かなくなる。"""
    sheet = published("checklist_version", command.checklist_version, "high_risk")
    insist_on_items(_wrong_answers(sheet, command.answers))
    idea = work.idea(command.idea)
    work.require("risk.assess", idea)
    suggested = suggest(command.answers)
    work.add(
        RiskAssessment(
            idea_id=idea.id,
            checklist_version=sheet.name,
            answers=command.answers,
            suggested=suggested,
            assessed_by_id=work.user_id,
            assessed_at=work.now,
        )
    )
    work.record(
        "risk.assessed", idea, checklist_version=sheet.name, answers=command.answers, suggested=suggested
    )
    return idea


@verb("risk.decide", DecideRisk)
def decide_risk(work: Work, command: DecideRisk) -> Idea:
    """リスクの水準を決める。高リスク判定がなければ incomplete。決め直すと入れ替わる（前の決定も残る）。"""
    idea = work.idea(command.idea)
    orgs = work.require("risk.decide", idea)
    assessment = latest_assessment(work.session, idea)
    if assessment is None:
        raise Refused(
            "incomplete",
            "高リスク判定がまだありません。チェックリストに沿って判定してから決めてください。",
            about=["risk.assess"],
        )
    if assessment.level is not None:
        kept = assessment.model_dump(
            include={"idea_id", "checklist_version", "answers", "suggested", "assessed_by_id", "assessed_at"}
        )
        assessment = RiskAssessment(**kept)
    is_caio = any(m.org == orgs.owner for m in work.actor.holds("municipality", "caio"))
    assessment.level, assessment.reason = command.level, command.reason
    assessment.decided_as = "caio" if is_caio else "agency"
    assessment.decided_by_id, assessment.decided_at = work.user_id, work.now
    work.add(assessment)
    work.record(
        "risk.decided",
        idea,
        level=command.level,
        suggested=assessment.suggested,
        decided_as=assessment.decided_as,
        reason=command.reason,
    )
    return idea


@verb("risk.report_to_board", ReportToBoard)
def report_to_board(work: Work, command: ReportToBoard) -> Idea:
    """有識者会議への報告を、その日付とともに記録する。"""
    idea = work.idea(command.idea)
    work.require("risk.report_to_board", idea)
    if command.reported_on > work.today:
        raise invalid("reported_on", "報告した日が未来の日付です。報告してから記録してください。")
    work.add(
        BoardReport(
            idea_id=idea.id,
            reported_on=command.reported_on,
            summary_md=command.summary,
            summary_html=markdown.render(command.summary),
            filed_by_id=work.user_id,
            filed_at=work.now,
        )
    )
    work.record(
        "risk.reported_to_board", idea, reported_on=command.reported_on.isoformat(), summary=command.summary
    )
    return idea
