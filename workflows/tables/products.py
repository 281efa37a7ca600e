"""Products, releases, the local governments they are offered to, and what adopters state."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field, SQLModel

from stages.rollout import FLAG_NAMES, STATEMENTS
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


class Product(SQLModel, table=True):
    __tablename__ = "product"
    __table_args__ = (
        one_of("flag", FLAG_NAMES),
        check("flagged_has_time", "(flag = 'none') = (flagged_at IS NULL)"),
        check("suspended_has_cause", "(flag = 'suspended') = (suspended_because IS NOT NULL)"),
    )
    id: int = key()
    idea_id: int = Field(foreign_key="idea.id", unique=True)
    slug: str = Field(unique=True)
    version: int = 1
    name: str
    summary_md: str = long_text()
    summary_html: str = long_text()
    requirements_md: str = long_text("")
    requirements_html: str = long_text("")
    networks: list[str] = json()
    support_contact: str
    support_hours: str
    support_until: date
    price_url: str | None = None
    dmp_url: str | None = None
    described_by_id: int = link("person")
    described_at: datetime = time()
    flag: str = Field(default="none", index=True)
    flagged_at: datetime | None = time(None)
    flag_since: datetime | None = time(None)
    suspended_because: dict[str, Any] | None = json(None)
    """cause -> sentence; the cause `decided` is an approver's own"""


class Release(SQLModel, table=True):
    __tablename__ = "release"
    __table_args__ = (unique_index("uq_release_version", "product_id", "version"),)
    id: int = key()
    product_id: int = link("product")
    version: str
    tag: str
    released_on: date
    recorded_at: datetime = time()


class RolloutTarget(SQLModel, table=True):
    """One local government a flagged product is for, with how well it fits and why."""

    __tablename__ = "rollout_target"
    __table_args__ = (unique_index("uq_rollout_target_once", "product_id", "org_id"),)
    id: int = key()
    product_id: int = link("product")
    org_id: int = link("organization")
    offered: bool
    total: int = Field(index=True)
    points: dict[str, Any] = json()
    created_at: datetime = time()


class Wave(SQLModel, table=True):
    """A round of contacts: which local governments, from when."""

    __tablename__ = "wave"
    id: int = key()
    ref: str = Field(unique=True)
    product_id: int = link("product")
    name: str
    where: dict[str, Any] = json()
    starts_on: date
    size: int
    opened_by_id: int = link("person")
    opened_at: datetime = time()
    told_at: datetime | None = time(None)
    """When its local governments were written to."""
    reminded_at: datetime | None = time(None)
    """When a coordinator last asked that those who have not answered be written to again."""


class WaveMember(SQLModel, table=True):
    """A local government that a wave reaches."""

    __tablename__ = "wave_member"
    wave_id: int = Field(foreign_key="wave.id", primary_key=True)
    target_id: int = Field(foreign_key="rollout_target.id", primary_key=True)
    due: bool = False
    """The next digest tells it of the wave, for the first time or again."""
    told_at: datetime | None = time(None)
    """When it was last written to; empty for who came in the place of another and has not been."""


class Survey(SQLModel, table=True):
    """A survey whose answers were imported: what it is called, and the day its answers are of. Same name, same survey."""

    __tablename__ = "survey"
    id: int = key()
    name: str = Field(unique=True)
    answered_on: date
    imported_by_id: int | None = link("person", optional=True)
    """Who imported it first; nobody where the system did."""
    imported_at: datetime = time()


class Adoption(SQLModel, table=True):
    """What an adopter stated about a product; the current statement counts until it expires, earlier ones stay.

    Said by a person of the local government, or answered in a survey that was imported.
    """

    __tablename__ = "adoption"
    __table_args__ = (
        one_of("status", STATEMENTS),
        check("said_by_somebody", "(stated_by_id IS NULL) = (survey_id IS NOT NULL)"),
        unique_where("uq_adoption_current", "replaced_at IS NULL", "product_id", "org_id"),
        unique_where("uq_adoption_surveyed", "survey_id IS NOT NULL", "survey_id", "product_id", "org_id"),
    )
    id: int = key()
    product_id: int = link("product")
    org_id: int = link("organization")
    status: str
    since: date | None = None
    note: str = long_text("")
    stated_by_id: int | None = link("person", optional=True)
    survey_id: int | None = link("survey", optional=True)
    surveyed_lgcode: str | None = None
    """The code in the survey's row: of a local government that has merged since, where it is not the present one's."""
    by_link: bool = False
    """Confirmed by the link of a mail, without signing in."""
    stated_at: datetime = time()
    confirmed_at: datetime = time()
    lapse_told_at: datetime | None = time(None)
    """When the local government was told that the statement had lapsed."""
    replaced_at: datetime | None = time(None)
