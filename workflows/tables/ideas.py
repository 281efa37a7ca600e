"""Ideas, their visits to stages, the people and texts around them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from stages.lifecycle import STAGE_KEYS, STATUS_NAMES
from workflows.tables.columns import (
    check,
    index_where,
    json,
    key,
    link,
    long_text,
    one_of,
    time,
    together,
    unique_index,
    unique_where,
)


class Counter(SQLModel, table=True):
    """Serial numbers that must not have gaps: one row a series, locked while it is read."""

    __tablename__ = "counter"
    name: str = Field(primary_key=True)
    value: int = 0


class Idea(SQLModel, table=True):
    __tablename__ = "idea"
    __table_args__ = (
        one_of("stage", STAGE_KEYS),
        one_of("status", STATUS_NAMES),
        check("hold_has_date", "(status = 'on_hold') = (hold_until IS NOT NULL)"),
        check("submitted_has_time", "submitted_at IS NOT NULL OR status IN ('draft', 'withdrawn')"),
        check("draft_at_the_start", "status <> 'draft' OR (stage = 'ideathon' AND visit = 1)"),
        check("merged_has_target", "(status = 'merged') = (merged_into_id IS NOT NULL)"),
        check(
            "sizes_counted",
            "(cases_per_year IS NULL OR cases_per_year >= 0) AND (minutes_each IS NULL OR minutes_each >= 0)",
        ),
        check("not_its_own_parent", "derived_from_id IS NULL OR derived_from_id <> id"),
        # What the list is narrowed by, in its order; what the front page counts; what the public sees.
        Index("ix_idea_by_stage", "stage", "status_since"),
        Index("ix_idea_by_status", "status", "status_since"),
        Index("ix_idea_by_field", "field", "status_since"),
        index_where("ix_idea_submitted", "submitted_at IS NOT NULL", "stage", "status", "gate_decided"),
        index_where("ix_idea_published", "gate_decided = true", "status_since"),
    )
    id: int = key()
    number: str = Field(unique=True)
    version: int = 1
    owner_id: int = link("organization")
    title: str
    field: str
    challenge: str = long_text()
    as_is: str = long_text("")
    to_be: str = long_text("")
    users: str = long_text("")
    expected_effect: str = long_text("")
    data_classes: list[str] = json(default_factory=list)
    cases_per_year: int | None = None
    minutes_each: float | None = None
    event_id: int | None = link("event", optional=True)
    challenge_id: int | None = link("challenge", optional=True)
    stage: str = "ideathon"
    status: str = "draft"
    visit: int = 1
    stage_since: datetime = time()
    status_since: datetime = time(index=True)
    hold_until: date | None = None
    drafted_at: datetime = time()
    submitted_at: datetime | None = time(None)
    touched_at: datetime = time()
    owner_acted_at: datetime | None = time(None)
    derived_from_id: int | None = link("idea", optional=True)
    derived_because: str = long_text("")
    merged_into_id: int | None = link("idea", optional=True)
    gate_decided: bool = False
    """A gate decision was published: from then on the public sees title, owner, stage and decisions."""
    source: str | None = Field(default=None, index=True)
    imported_at: datetime | None = time(None)
    reported_as: str | None = None
    """The stage somebody reported for an imported idea: shown, never taken for a gate."""
    reported: dict[str, Any] | None = json(None)
    """The whole record as imported."""


class TitleToken(SQLModel, table=True):
    """A two-character token of an idea's title, so that look-alikes are found by index; `title_size` is how many the title has."""

    __tablename__ = "title_token"
    __table_args__ = (check("title_counts", "title_size >= 1"),)
    token: str = Field(primary_key=True)
    idea_id: int = Field(primary_key=True, foreign_key="idea.id", index=True)
    title_size: int


class Visit(SQLModel, table=True):
    """One entry into a stage; recycle starts the next. `number` counts the entries into that stage."""

    __tablename__ = "visit"
    __table_args__ = (
        one_of("stage", STAGE_KEYS),
        check("number_counts", "number >= 1"),
        unique_index("uq_visit_once", "idea_id", "stage", "number"),
    )
    id: int = key()
    idea_id: int = link("idea")
    stage: str
    number: int
    entered_at: datetime = time()


class TeamMember(SQLModel, table=True):
    """An organization that asked, was asked, joined, or left an idea's team."""

    __tablename__ = "team_member"
    __table_args__ = (
        one_of("status", ("asked", "joined", "declined", "left")),
        one_of("asked_side", ("owner", "partner")),
        unique_where("uq_team_member_live", "status IN ('asked', 'joined')", "idea_id", "org_id"),
    )
    id: int = key()
    idea_id: int = link("idea")
    org_id: int = link("organization")
    asked_side: str
    message: str = long_text("")
    status: str = "asked"
    asked_at: datetime = time()
    answered_at: datetime | None = time(None)
    left_at: datetime | None = time(None)


class Comparison(SQLModel, table=True):
    """The owner's answer to a look-alike."""

    __tablename__ = "comparison"
    __table_args__ = (
        one_of("verdict", ("different", "builds_on", "merge")),
        unique_index("uq_comparison_once", "idea_id", "other_id"),
    )
    id: int = key()
    idea_id: int = link("idea")
    other_id: int = link("idea")
    verdict: str
    because: str = long_text()
    compared_at: datetime = time()


class MergeProposal(SQLModel, table=True):
    """One owner's wish to join `idea` into `into`; the other owner's identical call merges."""

    __tablename__ = "merge_proposal"
    __table_args__ = (unique_index("uq_merge_proposal_once", "idea_id", "into_id"),)
    id: int = key()
    idea_id: int = link("idea")
    into_id: int = link("idea")
    org_id: int = link("organization")
    proposed_at: datetime = time()


class Demand(SQLModel, table=True):
    """「うちも使いたい」: stated by an organization for an idea (and the product it becomes). The latest counts."""

    __tablename__ = "demand"
    __table_args__ = (unique_where("uq_demand_current", "replaced_at IS NULL", "idea_id", "org_id"),)
    id: int = key()
    ref: str = Field(unique=True)
    idea_id: int = link("idea")
    org_id: int = link("organization")
    need: str = long_text()
    budget_year: int | None = None
    constraints: str = long_text("")
    stated_by_id: int = link("person")
    stated_at: datetime = time()
    replaced_at: datetime | None = time(None)


class Comment(SQLModel, table=True):
    __tablename__ = "comment"
    id: int = key()
    ref: str = Field(unique=True)
    idea_id: int = link("idea")
    user_id: int = link("person")
    reply_to_id: int | None = link("comment", optional=True)
    body_md: str = long_text()
    body_html: str = long_text()
    posted_at: datetime = time()


class Follow(SQLModel, table=True):
    __tablename__ = "follow"
    idea_id: int = Field(foreign_key="idea.id", primary_key=True)
    user_id: int = Field(foreign_key="person.id", primary_key=True)
    since: datetime = time()


class Evidence(SQLModel, table=True):
    """Something that supports a criterion. Withdrawn evidence stays shown and no longer counts."""

    __tablename__ = "evidence"
    __table_args__ = (
        one_of("kind", ("link", "file", "note", "repository")),
        check("link_has_url", "kind NOT IN ('link', 'repository') OR url IS NOT NULL"),
        check("note_has_body", "kind <> 'note' OR body_md <> ''"),
        check("file_has_upload", "(kind = 'file') = (upload_id IS NOT NULL)"),
        together("withdrawn_whole", "withdrawn_at", "withdrawn_because"),
    )
    id: int = key()
    ref: str = Field(unique=True)
    idea_id: int = link("idea")
    visit_id: int = link("visit")
    criterion: str | None = None
    kind: str
    title: str
    url: str | None = None
    body_md: str = long_text("")
    body_html: str = long_text("")
    upload_id: int | None = link("upload", optional=True)
    dated_on: date | None = None
    """The day of which it tells; None where that is the day on which it was attached."""
    reuses_id: int | None = link("evidence", optional=True)
    """What it shows again, for another question of the same idea."""
    attached_by_id: int = link("person")
    attached_at: datetime = time()
    withdrawn_at: datetime | None = time(None)
    withdrawn_because: str | None = long_text(None)
