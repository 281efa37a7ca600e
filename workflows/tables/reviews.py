"""Gate reviews: who rated what, who decided, what must still be done, and challenges to a decision."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from stages.kernel import DECISION_NAMES
from workflows.tables.columns import check, json, key, link, long_text, one_of, time, together, unique_where


class Review(SQLModel, table=True):
    """An open, returned or decided gate. Dossier, questions and policy version are frozen at the request."""

    __tablename__ = "review"
    __table_args__ = (
        one_of("status", ("open", "returned", "decided")),
        one_of("gate", ("G1", "G2", "G3", "G4")),
        check("open_is_not_closed", "(status = 'open') = (closed_at IS NULL)"),
        check("returned_has_reason", "(status = 'returned') = (return_because IS NOT NULL)"),
        unique_where("uq_review_one_open", "status = 'open'", "idea_id"),
        Index("ix_review_by_status", "status", "requested_at"),
    )
    id: int = key()
    ref: str = Field(unique=True)
    version: int = 1
    idea_id: int = link("idea")
    visit_id: int = link("visit")
    gate: str
    status: str = "open"
    policy_version: str
    policy_fingerprint: str
    dossier: dict[str, Any] = json()
    questions: list[dict[str, Any]] = json()
    evidence_frozen: list[str] = json(default_factory=list)
    measurements_frozen: list[str] = json(default_factory=list)
    requested_by_id: int = link("person")
    requested_at: datetime = time()
    rate_by: date
    decide_by: date
    closed_at: datetime | None = time(None)
    returned_by_id: int | None = link("person", optional=True)
    return_because: str | None = long_text(None)


class Assignment(SQLModel, table=True):
    __tablename__ = "assignment"
    __table_args__ = (
        unique_where("uq_assignment_live", "recused_at IS NULL", "review_id", "reviewer_id"),
        together("recused_whole", "recused_at", "recuse_because"),
    )
    id: int = key()
    review_id: int = link("review")
    reviewer_id: int = link("person")
    assigned_by_id: int = link("person")
    assigned_at: datetime = time()
    recused_at: datetime | None = time(None)
    recuse_because: str | None = long_text(None)


class RatingSheet(SQLModel, table=True):
    """A reviewer's ratings of every criterion of one review; rating again replaces it and keeps the old one."""

    __tablename__ = "rating_sheet"
    __table_args__ = (
        unique_where("uq_rating_sheet_live", "replaced_at IS NULL", "review_id", "reviewer_id"),
    )
    id: int = key()
    review_id: int = link("review")
    reviewer_id: int = link("person")
    ratings: dict[str, Any] = json()
    """criterion -> {rating, finding, action, proposed: taken from the automatic proposal}"""
    comment: str = long_text("")
    rated_at: datetime = time()
    replaced_at: datetime | None = time(None)
    voided_because: str | None = long_text(None)
    """Set where it was not replaced by another one, but its reviewer lost the right to rate before the decision."""


class GateDecision(SQLModel, table=True):
    """The decision on a review: one for each, by a named person, in words."""

    __tablename__ = "gate_decision"
    __table_args__ = (
        one_of("decision", DECISION_NAMES),
        check("hold_has_date", "(decision = 'hold') = (hold_until IS NOT NULL)"),
        check("has_rationale", "rationale <> ''"),
    )
    id: int = key()
    review_id: int = Field(foreign_key="review.id", unique=True)
    decision: str
    rationale: str = long_text()
    colours: dict[str, Any] = json()
    resolutions: dict[str, Any] = json(default_factory=dict)
    hold_until: date | None = None
    withhold_because: str | None = long_text(None)
    decided_by_id: int = link("person")
    decided_at: datetime = time()


class ActionItem(SQLModel, table=True):
    """A condition set by a decision (是正事項): open until its owner closed it and a reviewer verified it."""

    __tablename__ = "action_item"
    __table_args__ = (
        one_of("status", ("open", "closed", "verified")),
        check("closed_has_closer", "(status = 'open') = (closed_at IS NULL)"),
        check("verified_has_verifier", "(status = 'verified') = (verified_at IS NOT NULL)"),
        together("closed_whole", "closed_at", "closed_by_id", "note"),
        together("verified_whole", "verified_at", "verified_by_id"),
    )
    id: int = key()
    ref: str = Field(unique=True)
    review_id: int = link("review")
    idea_id: int = link("idea")
    criterion: str
    text: str = long_text()
    owner_id: int = link("organization")
    due_on: date
    status: str = "open"
    closed_at: datetime | None = time(None)
    closed_by_id: int | None = link("person", optional=True)
    note: str | None = long_text(None)
    verified_at: datetime | None = time(None)
    verified_by_id: int | None = link("person", optional=True)


class DecisionChallenge(SQLModel, table=True):
    """The owner's challenge to a decision (不服申出), answered by another approver."""

    __tablename__ = "decision_challenge"
    __table_args__ = (together("answered_whole", "answered_at", "answered_by_id", "answer", "upheld"),)
    id: int = key()
    ref: str = Field(unique=True)
    review_id: int = Field(foreign_key="review.id", unique=True)
    because: str = long_text()
    challenged_by_id: int = link("person")
    challenged_at: datetime = time()
    answer: str | None = long_text(None)
    upheld: bool | None = None
    answered_by_id: int | None = link("person", optional=True)
    answered_at: datetime | None = time(None)
