"""Data profile, risk assessment, checklists and incidents."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field, SQLModel

from stages.risk import LEGAL_BASES
from workflows.tables.columns import check, json, key, link, long_text, one_of, time, together, unique_index


class DataProfile(SQLModel, table=True):
    """Which data the idea touches; the latest counts."""

    __tablename__ = "data_profile"
    __table_args__ = (one_of("legal_basis", LEGAL_BASES),)
    id: int = key()
    idea_id: int = link("idea")
    personal: bool
    confidential: bool
    legal_basis: str
    recurring: bool
    vendor_trains_on_input: bool
    region: str
    profiled_by_id: int = link("person")
    profiled_at: datetime = time()


class RiskAssessment(SQLModel, table=True):
    """A high-risk triage and, once made, the decision on it. Assessing again makes the earlier decision void."""

    __tablename__ = "risk_assessment"
    __table_args__ = (
        one_of("suggested", ("low", "high")),
        check("level_known", "level IS NULL OR level IN ('low', 'high')"),
        check("decided_as_known", "decided_as IS NULL OR decided_as IN ('caio', 'agency')"),
        together("decided_whole", "level", "decided_as", "decided_by_id", "decided_at", "reason"),
    )
    id: int = key()
    idea_id: int = link("idea")
    checklist_version: str
    answers: dict[str, Any] = json()
    suggested: str
    assessed_by_id: int = link("person")
    assessed_at: datetime = time()
    level: str | None = Field(default=None, index=True)
    decided_as: str | None = None
    reason: str | None = long_text(None)
    decided_by_id: int | None = link("person", optional=True)
    decided_at: datetime | None = time(None)


class BoardReport(SQLModel, table=True):
    """A report to the advisory board (有識者会議)."""

    __tablename__ = "board_report"
    id: int = key()
    idea_id: int = link("idea")
    reported_on: date
    summary_md: str = long_text()
    summary_html: str = long_text()
    filed_by_id: int = link("person")
    filed_at: datetime = time()


class ChecklistAnswers(SQLModel, table=True):
    """An idea's answers to one published checklist; later answers merge in."""

    __tablename__ = "checklist_answers"
    __table_args__ = (unique_index("uq_checklist_answers_once", "idea_id", "checklist"),)
    id: int = key()
    idea_id: int = link("idea")
    checklist: str
    answers: dict[str, Any] = json()
    notes: dict[str, Any] = json(default_factory=dict)
    evidence_id: int | None = link("evidence", optional=True)
    """What supports the answers as a whole, where it was named."""
    answered_by_id: int = link("person")
    answered_at: datetime = time()


class Incident(SQLModel, table=True):
    """A risk case (リスクケース) on a pilot or a product, with its reporting clocks."""

    __tablename__ = "incident"
    __table_args__ = (
        one_of("severity", ("low", "medium", "high")),
        check("people_counted", "people_affected >= 0"),
        check("known_after_it_happened", "known_at >= occurred_at"),
        check("one_subject", "(pilot_id IS NULL) <> (product_id IS NULL)"),
        together("closed_whole", "closed_at", "closed_by_id", "lesson_md"),
    )
    id: int = key()
    ref: str = Field(unique=True)
    idea_id: int = link("idea")
    pilot_id: int | None = link("pilot", optional=True)
    product_id: int | None = link("product", optional=True)
    title: str
    severity: str
    stated_severity: str | None = None
    people_affected: int
    sensitive: bool
    malicious: bool
    occurred_at: datetime = time()
    known_at: datetime = time()
    body_md: str = long_text()
    body_html: str = long_text()
    preliminary_due_on: date
    final_due_on: date
    reminded_on: date | None = None
    """Up to which day the clock has reminded of what is due."""
    filed_by_id: int = link("person")
    filed_org_id: int = link("organization")
    filed_at: datetime = time()
    closed_at: datetime | None = time(None)
    closed_by_id: int | None = link("person", optional=True)
    lesson_md: str | None = long_text(None)
    lesson_html: str | None = long_text(None)


class IncidentReport(SQLModel, table=True):
    __tablename__ = "incident_report"
    __table_args__ = (one_of("kind", ("preliminary", "final")),)
    id: int = key()
    incident_id: int = link("incident")
    kind: str
    filed_at: datetime = time()
    body_md: str = long_text()
    body_html: str = long_text()
    filed_by_id: int = link("person")
    recorded_at: datetime = time()
