"""What the runtime keeps for itself: outgoing messages, the clock's slots, the flags that stand."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field, SQLModel

from workflows.tables.columns import (
    check,
    json,
    key,
    link,
    long_text,
    one_of,
    time,
    unique_index,
    unique_where,
)


class Message(SQLModel, table=True):
    """A mail written in the transaction that caused it, sent afterwards."""

    __tablename__ = "message"
    __table_args__ = (check("attempts_counted", "attempts >= 0"),)
    id: int = key()
    kind: str
    about: str
    recipient: str = Field(index=True)
    subject: str
    body: str = long_text()
    created_at: datetime = time()
    sent_at: datetime | None = time(None, index=True)
    attempts: int = 0
    try_after: datetime | None = time(None)
    last_error: str | None = long_text(None)


class JobRun(SQLModel, table=True):
    """A clock job's slot: claimed once, by one clock."""

    __tablename__ = "job_run"
    __table_args__ = (unique_index("uq_job_run_slot", "job", "slot"),)
    id: int = key()
    job: str = Field(index=True)
    slot: datetime = time()
    ran_at: datetime = time()
    done: int = 0


class SaidOnce(SQLModel, table=True):
    """What came of a form or request that must not be done twice: a second sending is given the first one's outcome."""

    __tablename__ = "said_once"
    digest: str = Field(primary_key=True)
    kind: str
    ref: str
    version: int | None = None
    said_at: datetime = time()


class KeptForm(SQLModel, table=True):
    """What somebody typed before an outside sign-in, for an hour; sealed by a secret that only their browser has."""

    __tablename__ = "kept_form"
    digest: str = Field(primary_key=True)
    sealed: str = long_text()
    kept_at: datetime = time(index=True)


class RateCount(SQLModel, table=True):
    """How often somebody did something of a kind since a time, by a digest: counted together by all processes."""

    __tablename__ = "rate_count"
    __table_args__ = (check("counted", "count > 0"),)
    digest: str = Field(primary_key=True)
    began_at: datetime = time(index=True)
    count: int


class FlagRaised(SQLModel, table=True):
    """A flag that rose and was mailed; it stands until its cause is gone, and may rise again."""

    __tablename__ = "flag_raised"
    __table_args__ = (
        unique_where("uq_flag_raised_standing", "cleared_at IS NULL", "idea_id", "key", "about"),
    )
    id: int = key()
    idea_id: int = link("idea")
    key: str
    about: str
    reason: str = long_text()
    since: date | None = None
    raised_at: datetime = time()
    cleared_at: datetime | None = time(None)


class Insight(SQLModel, table=True):
    """A figure of the road of all ideas as the clock made it, for one audience; each day's replaces the one before."""

    __tablename__ = "insight"
    __table_args__ = (one_of("scope", ("published", "whole")),)
    scope: str = Field(primary_key=True)
    figure: str = Field(primary_key=True)
    facts: dict[str, Any] = json()
    made_at: datetime = time()
