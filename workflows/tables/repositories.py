"""Linked repositories and the facts seen of them."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from workflows.tables.columns import check, json, one_of, link, time, unique_where


class Repository(SQLModel, table=True):
    __tablename__ = "repository"
    __table_args__ = (check("name_lowercase", "key = lower(key)"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    """owner/name in lower case: GitHub compares names without case."""
    full_name: str
    sync_asked_at: datetime | None = time(None)


class RepositoryLink(SQLModel, table=True):
    __tablename__ = "repository_link"
    __table_args__ = (unique_where("uq_repository_link_live", "unlinked_at IS NULL", "idea_id", "repository_id"),)
    id: int | None = Field(default=None, primary_key=True)
    idea_id: int = link("idea")
    repository_id: int = link("repository")
    linked_by_id: int = link("person")
    linked_at: datetime = time()
    unlinked_at: datetime | None = time(None)


class Snapshot(SQLModel, table=True):
    """What was seen of a repository at one time. `facts` holds only what was seen; `verdict` our reading of its publiccode.yml."""

    __tablename__ = "snapshot"
    __table_args__ = (one_of("source", ("import", "sync", "webhook")),)
    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(unique=True)
    repository_id: int = link("repository")
    taken_at: datetime = time(index=True)
    source: str
    facts: dict = json()
    verdict: dict | None = json(None)
    recorded_at: datetime = time()
