"""Ideathons and hackathons, and the challenges posted to them."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from workflows.tables.columns import check, key, link, long_text, one_of, time


class Event(SQLModel, table=True):
    __tablename__ = "event"
    __table_args__ = (
        one_of("kind", ("ideathon", "hackathon")),
        check("ends_after_start", "ends_at >= starts_at"),
    )
    id: int = key()
    slug: str = Field(unique=True)
    name: str
    kind: str
    theme: str
    host_id: int = link("organization")
    starts_at: datetime = time()
    ends_at: datetime = time()
    submissions_close_at: datetime = time()
    description_md: str = long_text("")
    description_html: str = long_text("")
    closed_at: datetime | None = time(None)
    version: int = 1


class Challenge(SQLModel, table=True):
    """A problem a municipality posts to an event for others to work on."""

    __tablename__ = "challenge"
    id: int = key()
    ref: str = Field(unique=True)
    event_id: int = link("event")
    org_id: int = link("organization")
    title: str
    field: str
    body_md: str = long_text()
    body_html: str = long_text()
    posted_by_id: int = link("person")
    posted_at: datetime = time()
