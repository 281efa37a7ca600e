"""Linked repositories and the facts seen of them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
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
    """Somebody, or a webhook, asked for a look; None once one has begun after that."""


class ForgeState(SQLModel, table=True):
    """How the looks at a repository have gone: what GitHub calls it, when it last answered, why it does not, and what comes next."""

    __tablename__ = "forge_state"
    __table_args__ = (
        check("failures_counted", "failures >= 0"),
        unique_where("uq_forge_state_forge_id", "forge_id IS NOT NULL", "forge_id"),
        one_of(
            "outcome",
            ("fresh", "unchanged", "gone", "blocked", "forbidden", "limited", "unavailable", "malformed"),
        ),
    )
    repository_id: int = Field(foreign_key="repository.id", primary_key=True)
    forge_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    """GitHub's own number: it outlives renames and transfers."""
    looked_at: datetime | None = time(None)
    seen_at: datetime | None = time(None)
    """When GitHub last answered; what is shown was so at that moment, whenever its snapshot was first taken."""
    outcome: str | None = None
    outcome_since: datetime | None = time(None)
    outcome_because: str = ""
    look_after: datetime | None = time(None, index=True)
    """Not looked at again before this, unless asked."""
    failures: int = 0
    """Looks in a row that saw nothing: each doubles the wait."""
    heard: dict[str, Any] | None = json(None)
    """By fact, and `full_name`: the latest moment [ISO time] of which webhooks have told, whether it changed anything or not."""


class FormerName(SQLModel, table=True):
    """A name that a repository had before it was renamed or transferred: old links and webhooks still find it."""

    __tablename__ = "former_name"
    key: str = Field(primary_key=True)
    repository_id: int = link("repository")
    until: datetime = time()


class ForgePage(SQLModel, table=True):
    """One answer of GitHub, kept for the next conditional request: its ETag and the part of it that facts are made of."""

    __tablename__ = "forge_page"
    repository_id: int = Field(foreign_key="repository.id", primary_key=True)
    path: str = Field(primary_key=True)
    etag: str | None = None
    piece: dict[str, Any] = json()
    seen_at: datetime = time()


class ForgeLimit(SQLModel, table=True):
    """What GitHub allows one token, as its headers last said; shared by all processes that ask with it."""

    __tablename__ = "forge_limit"
    key: str = Field(primary_key=True)
    """A digest of the server's address and of who asks, never the token."""
    remaining: int | None = None
    resets_at: datetime | None = time(None)
    blocked_until: datetime | None = time(None)
    seen_at: datetime = time()


class HookDelivery(SQLModel, table=True):
    """A webhook about a linked repository: kept once by its delivery id, worked through afterwards. One that is about
    several (an installation) has a row for each."""

    __tablename__ = "hook_delivery"
    delivery: str = Field(primary_key=True)
    repository_id: int = Field(foreign_key="repository.id", primary_key=True, index=True)
    event: str
    received_at: datetime = time(index=True)
    body: dict[str, Any] = json()
    """What is needed of the payload, not all of it."""
    handled_at: datetime | None = time(None, index=True)


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
    seen: dict[str, Any] | None = json(None)
    """By fact: when and how it was seen, [ISO time, path]; None where all of it was seen at `taken_at` by `source`."""
    recorded_at: datetime = time()
