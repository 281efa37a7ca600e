"""The data and the risk of an idea: what is settled, what is not, and what the reader may do about it.

A constant number of statements: the dossier's own, and four.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from stages import GATES, PIPELINE
from stages.dossier import Dossier
from stages.kernel import Finding
from stages.permissions import Sight
from stages.risk import ChecklistFile, Item, current
from workflows import idea_rows
from workflows.dossiers import dossier, latest_assessment
from workflows.queries.idea_page import SeenIdea, seen_idea
from workflows.queries.looks import Eyes
from workflows.queries.offers import offered
from workflows.runtime.refusal import unknown
from workflows.tables.ideas import Evidence, Idea
from workflows.tables.risks import BoardReport, ChecklistAnswers, RiskAssessment

VERBS = ("risk.profile", "risk.assess", "risk.decide", "risk.report_to_board", "checklist.answer")
LISTS = (("contract", "G1", "rights_clear"), ("procurement", "G3", "safe"))
"""Kind of a checklist, the gate that asks for it, and that gate's criterion."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A line of a checklist with what was answered."""

    item: Item
    answer: str | None
    note: str

    @property
    def wants_note(self) -> bool:
        return self.answer == "no" and not self.note.strip()


@dataclass(frozen=True, slots=True)
class ChecklistView:
    """A checklist in force, the items that apply at the risk level, and what the gate says of the answers."""

    sheet: ChecklistFile
    kind: str
    gate: str
    items: Sequence[Answered]
    needless: int
    """Items that are asked only at high risk, where the level is low."""
    finding: Finding

    @property
    def left(self) -> int:
        return sum(1 for i in self.items if i.answer is None)

    @property
    def kept(self) -> int:
        """How many are answered."""
        return len(self.items) - self.left

    @property
    def groups(self) -> list[tuple[str, list[Answered]]]:
        """The items by the group of their file, in its order; one nameless group where it has none."""
        found: dict[str, list[Answered]] = {}
        for answered in self.items:
            found.setdefault(answered.item.group, []).append(answered)
        return list(found.items())


@dataclass(frozen=True, slots=True)
class RiskPage:
    idea: Idea
    facts: Dossier
    profile: Finding
    risk: Finding
    assessment: RiskAssessment | None
    sheet: ChecklistFile | None
    """The triage in force."""
    reports: Sequence[BoardReport]
    checklists: Sequence[ChecklistView]
    evidence: Sequence[tuple[str, str]]
    """Reference and title of what the idea's checklists may name."""
    named: Mapping[str, str]
    """Checklist -> the reference of the evidence that it names."""
    owner_has_caio: bool
    can: frozenset[str]

    @property
    def assessed_now(self) -> bool:
        """Assessed under the checklist in force."""
        return bool(self.assessment and self.sheet and self.assessment.checklist_version == self.sheet.name)

    def asked_by_now(self, sheet: ChecklistView) -> bool:
        """Whether the gate that asks for the checklist is the next one, or was passed."""
        at = [stage.key for stage in PIPELINE].index(self.idea.stage)
        return any(stage.gate and stage.gate.key == sheet.gate for stage in PIPELINE[: at + 1])


def whole_idea(eyes: Eyes, number: str) -> SeenIdea:
    """The idea of a number, to those who see everything of it. Refused `unknown`."""
    seen = seen_idea(eyes, number)
    if seen.sight != Sight.FULL:
        raise unknown(f"アイデア {number}")
    return seen


def risk_page(eyes: Eyes, seen: SeenIdea) -> RiskPage:
    """Everything on the data and the risk of an idea."""
    idea = seen.idea
    facts = dossier(eyes.session, idea, eyes.today, look_alikes=False)
    has_caio = eyes.has_caio(idea.owner_id)
    named = select(ChecklistAnswers.checklist, Evidence.ref).join(
        Evidence, col(Evidence.id) == ChecklistAnswers.evidence_id
    )
    reports: Any = select(BoardReport).where(BoardReport.idea_id == idea.id)
    return RiskPage(
        idea=idea,
        facts=facts,
        profile=_finding("G1", "data_profiled", facts),
        risk=_finding("G1", "risk_decided", facts),
        assessment=latest_assessment(eyes.session, idea),
        sheet=current("high_risk", eyes.today),
        reports=eyes.session.exec(reports.order_by(col(BoardReport.id).desc())).all(),
        checklists=checklists_of(facts),
        evidence=[
            (row.evidence.ref, row.evidence.title)
            for row in idea_rows.evidence_of(eyes.session, idea)
            if row.evidence.withdrawn_at is None
        ],
        named=dict(eyes.session.exec(named.where(ChecklistAnswers.idea_id == idea.id)).all()),
        owner_has_caio=has_caio,
        can=offered(eyes, idea, seen.orgs, VERBS, owner_has_caio=has_caio),
    )


def checklists_of(facts: Dossier) -> list[ChecklistView]:
    """The checklists in force that this idea's gates ask for, with its answers."""
    level = facts.risk.level if facts.risk else None
    views = []
    for kind, gate, criterion in LISTS:
        sheet = current(kind, facts.on)
        if sheet is None:
            continue
        given = facts.checklist(sheet.name)
        items = [
            Answered(
                i, given.answers.get(i.key) if given else None, given.notes.get(i.key, "") if given else ""
            )
            for i in sheet.applying(level)
        ]
        finding = _finding(gate, criterion, facts)
        views.append(ChecklistView(sheet, kind, gate, items, len(sheet.items) - len(items), finding))
    return views


def _finding(gate: str, key: str, facts: Dossier) -> Finding:
    criterion = GATES[gate].criterion(key)
    assert criterion is not None
    assert criterion.check is not None
    found = criterion.check(facts)
    assert found is not None
    return found
