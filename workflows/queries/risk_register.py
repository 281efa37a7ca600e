"""The register of risks: of each idea its data, its risk level and who decided it, its checklists, and its open incidents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, exists, func, select

from stages.lifecycle import STATUS_NAMES
from stages.risk import checklists, current
from workflows.queries.finding import is_named
from workflows.queries.ideas_list import full_sight, takes_part
from workflows.queries.incidents import IncidentRow, late, open_in
from workflows.queries.looks import Eyes
from workflows.queries.paging import an_id, behind, key_of, page_of
from workflows.runtime.refusal import unknown
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.risks import ChecklistAnswers, DataProfile, Incident, RiskAssessment

ROWS_A_PAGE = 30
LEVELS = ("high", "low", "undecided", "unassessed")
INCIDENTS = ("open", "overdue")
KINDS = ("contract", "procurement")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the register is narrowed by; None is any. `org` are words that name the owner."""

    level: str | None = None
    status: str | None = None
    org: str | None = None
    incidents: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a checklist is answered, of the items that apply at the risk level."""

    kind: str
    version: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class RiskRow:
    number: str
    title: str
    owner: str
    stage: str
    status: str
    profile: DataProfile | None
    assessment: RiskAssessment | None
    lists: Sequence[Progress]
    incidents: Sequence[IncidentRow]
    """The open ones, filed last first."""

    @property
    def next_due(self) -> date | None:
        """The day by which the next report on an incident is due."""
        return min((i.due_on for i in self.incidents if i.due_on), default=None)

    def is_late(self, today: date) -> bool:
        return any(i.is_late(today) for i in self.incidents)


@dataclass(frozen=True, slots=True)
class RiskRegister:
    rows: Sequence[RiskRow]
    after: str | None
    today: date


def risks_readable(eyes: Eyes) -> None:
    """The agency sees every submitted idea's, an organization those it takes part in. Refused `unknown` to everyone else."""
    if not (eyes.actor.memberships or eyes.actor.system):
        raise unknown("リスクの一覧")


def risk_register(
    eyes: Eyes, filters: Filters, after: str | None = None, limit: int = ROWS_A_PAGE
) -> RiskRegister:
    """One page of the register, the newest idea first. Five statements, whatever the number of rows.

    Refused `invalid` for a key that no page gave.
    """
    sees_all = eyes.actor.system or eyes.actor.belongs_to("agency")
    conditions: list[Any] = [full_sight(eyes) if sees_all else takes_part(eyes), *_conditions(eyes, filters)]
    if after is not None:
        conditions.append(col(Idea.id) < behind(after, an_id))
    columns: tuple[Any, ...] = (Idea.id, Idea.number, Idea.title, Organization.name, Idea.stage, Idea.status)
    of_owner = col(Organization.id) == Idea.owner_id
    listed = select(*columns).join(Organization, of_owner).where(*conditions).order_by(col(Idea.id).desc())
    found = eyes.session.exec(listed.limit(limit + 1)).all()
    shown, goes_on = page_of(found, limit, lambda row: key_of(row[0]))
    ids = [row[0] for row in shown]
    profiles = _latest(eyes, DataProfile, ids)
    assessments = _latest(eyes, RiskAssessment, ids)
    answers = _answers(eyes, ids)
    incidents: dict[str | None, list[IncidentRow]] = {}
    for incident in open_in(eyes, ids):
        incidents.setdefault(incident.number, []).append(incident)
    rows = []
    for idea_id, number, title, owner, stage, status in shown:
        assessment = assessments.get(idea_id)
        level = assessment.level if assessment else None
        lists = [p for kind in KINDS if (p := _progress(kind, answers.get(idea_id, {}), level, eyes.today))]
        rows.append(
            RiskRow(
                number, title, owner, stage, status, profiles.get(idea_id), assessment, lists, incidents.get(number, ())
            )
        )  # fmt: skip
    return RiskRegister(rows, goes_on, eyes.today)


def _conditions(eyes: Eyes, filters: Filters) -> list[Any]:
    found: list[Any] = is_named(filters.org)
    if filters.status in STATUS_NAMES:
        found.append(Idea.status == filters.status)
    if filters.level == "unassessed":
        found.append(~exists().where(col(RiskAssessment.idea_id) == Idea.id))
    elif filters.level in LEVELS:
        # From the assessments of the level, by its index: a level that few ideas have is not sought idea by idea.
        level, later = None if filters.level == "undecided" else filters.level, aliased(RiskAssessment)
        superseded = exists().where(
            col(later.idea_id) == RiskAssessment.idea_id, col(later.id) > RiskAssessment.id
        )
        of_level = select(RiskAssessment.idea_id).where(col(RiskAssessment.level) == level, ~superseded)
        found.append(col(Idea.id).in_(of_level))
    if filters.incidents in INCIDENTS:
        which = late(eyes.today) if filters.incidents == "overdue" else col(Incident.closed_at).is_(None)
        found.append(col(Idea.id).in_(select(Incident.idea_id).where(which)))
    return found


def _latest(eyes: Eyes, table: Any, ids: Any) -> Mapping[int, Any]:
    """Idea -> its last row in a table of which the last counts. One statement."""
    last = select(func.max(table.id)).where(col(table.idea_id).in_(ids)).group_by(table.idea_id)
    return {row.idea_id: row for row in eyes.session.exec(select(table).where(col(table.id).in_(last)))}


def _answers(eyes: Eyes, ids: Any) -> Mapping[int, Mapping[str, Mapping[str, str]]]:
    """Idea -> checklist -> item -> answer. One statement."""
    columns: tuple[Any, ...] = (
        ChecklistAnswers.idea_id,
        ChecklistAnswers.checklist,
        ChecklistAnswers.answers,
    )
    found: dict[int, dict[str, Mapping[str, str]]] = {}
    for idea_id, name, given in eyes.session.exec(
        select(*columns).where(col(ChecklistAnswers.idea_id).in_(ids))
    ):
        found.setdefault(idea_id, {})[name] = given
    return found


def _progress(
    kind: str, given: Mapping[str, Mapping[str, str]], level: str | None, today: date
) -> Progress | None:
    """By the version in force, or where only an earlier one was answered by that."""
    in_force = current(kind, today)
    answered = [sheet for sheet in checklists().values() if sheet.kind == kind and sheet.name in given]
    sheet = max(answered, key=lambda s: (s.published_on, s.version), default=in_force)
    if in_force is not None and in_force.name in given:
        sheet = in_force
    if sheet is None:
        return None
    items = sheet.applying(level)
    done = sum(1 for item in items if item.key in given.get(sheet.name, {}))
    return Progress(kind, sheet.version, done, len(items))
