"""Linked repositories and the facts seen of them."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from workflows.tables.columns import check, json, key, link, one_of, time, unique_where


class Repository(SQLModel, table=True):
    __tablename__ = "repository"
    __table_args__ = (check("name_lowercase", "key = lower(key)"),)
    id: int = key()
    key: str = Field(unique=True)
    """owner/name in lower case: GitHub compares names without case."""
    full_name: str
    sync_asked_at: datetime | None = time(None)


class RepositoryLink(SQLModel, table=True):
    __tablename__ = "repository_link"
    __table_args__ = (
        unique_where("uq_repository_link_live", "unlinked_at IS NULL", "idea_id", "repository_id"),
    )
    id: int = key()
    idea_id: int = link("idea")
    repository_id: int = link("repository")
    linked_by_id: int = link("person")
    linked_at: datetime = time()
    unlinked_at: datetime | None = time(None)


class Snapshot(SQLModel, table=True):
    """What was seen of a repository at one time. `facts` holds only what was seen; `verdict` our reading of its publiccode.yml."""

    __tablename__ = "snapshot"
    __table_args__ = (one_of("source", ("import", "sync", "webhook")),)
    id: int = key()
    ref: str = Field(unique=True)
    repository_id: int = link("repository")
    taken_at: datetime = time(index=True)
    source: str
    facts: dict[str, Any] = json()
    verdict: dict[str, Any] | None = json(None)
    recorded_at: datetime = time()
