"""Organizations, the people in them, and their signed-in sessions."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field, SQLModel

from stages.local_government import NETWORK_MODELS, SIZE_CLASSES
from stages.permissions import KIND_NAMES
from workflows.tables.columns import (
    check,
    json,
    key,
    link,
    one_of,
    time,
    together,
    unique_index,
    unique_where,
)


class Organization(SQLModel, table=True):
    """A municipality (any local government), vendor, agency or association. Listed local governments exist from the start."""

    __tablename__ = "organization"
    __table_args__ = (
        one_of("kind", KIND_NAMES),
        check("size_class_known", f"size_class IS NULL OR size_class IN {tuple(SIZE_CLASSES)}"),
        check("network_known", f"network_model IS NULL OR network_model IN {tuple(NETWORK_MODELS)}"),
        check("lgcode_six", "lgcode IS NULL OR length(lgcode) = 6"),
        check("municipality_has_size", "kind <> 'municipality' OR size_class IS NOT NULL"),
        check("population_counted", "population IS NULL OR population >= 0"),
    )
    id: int = key()
    slug: str = Field(unique=True)
    kind: str
    name: str
    kana: str | None = None
    lgcode: str | None = Field(default=None, unique=True)
    prefecture: str | None = None
    size_class: str | None = None
    network_model: str | None = None
    population: int | None = None
    has_ai_rules: bool | None = None
    mail_domains: list[str] = json(default_factory=list)
    listed: bool = False
    claimed_at: datetime | None = time(None)
    registered: dict[str, Any] | None = json(None)
    """The register command that made or claimed this row, to recognise an identical one."""
    closed_on: date | None = None
    successor_id: int | None = link("organization", optional=True)
    version: int = 1


class User(SQLModel, table=True):
    """A person: a name and a mail address, nothing more."""

    __tablename__ = "person"
    __table_args__ = (check("email_lowercase", "email = lower(email)"),)
    id: int = key()
    email: str = Field(unique=True)
    name: str
    password_hash: str | None = None
    invited_at: datetime = time()


class Membership(SQLModel, table=True):
    """A person's place in an organization. Ended ones stay: they count as ties for 12 months."""

    __tablename__ = "membership"
    __table_args__ = (
        unique_where("uq_membership_current", "ended_at IS NULL", "user_id", "org_id"),
        check("ends_after_start", "ended_at IS NULL OR ended_at >= started_at"),
    )
    id: int = key()
    user_id: int = link("person")
    org_id: int = link("organization")
    roles: list[str] = json()
    started_at: datetime = time()
    ended_at: datetime | None = time(None)


class SignIn(SQLModel, table=True):
    """A signed-in session: the digest of its secret, never the secret itself. `how` it began: password, code,
    recovery, passkey, invitation, one_click, oidc: and the provider's key; or `half` where only the first factor was shown and a
    second is due, and such a row signs nobody in."""

    __tablename__ = "sign_in"
    id: int = key()
    digest: str = Field(unique=True)
    user_id: int = link("person")
    csrf: str
    how: str = Field(default="password", sa_column_kwargs={"server_default": "password"})
    browser: str = Field(default="", sa_column_kwargs={"server_default": ""})
    started_at: datetime = time()
    last_seen_at: datetime = time()
    expires_at: datetime = time()
    ended_at: datetime | None = time(None)
    kinds: list[str] | None = json(None)
    """The kinds of organization that this way of signing in may enter; None: every one."""
    acting_org_id: int | None = Field(default=None, index=True)  # organizations are never deleted
    """For which organization the person acts; empty once they have left it, or belong to none."""


class Invitation(SQLModel, table=True):
    """A mailed link with which somebody who has no way in yet makes one. The link is made of this row and the site's secret
    (app/invitations.py): nothing here opens anything."""

    __tablename__ = "invitation"
    __table_args__ = (
        unique_where("uq_invitation_open", "used_at IS NULL AND voided_at IS NULL", "user_id", "org_id"),
        check("used_or_voided", "used_at IS NULL OR voided_at IS NULL"),
        check("expires_later", "expires_at > sent_at"),
    )
    id: int = key()
    user_id: int = link("person")
    org_id: int = link("organization")
    sent_at: datetime = time()
    expires_at: datetime = time()
    used_at: datetime | None = time(None)
    voided_at: datetime | None = time(None)
    """Sent again, or withdrawn."""


class OutsideIdentity(SQLModel, table=True):
    """A person as an OpenID Connect provider knows them. Bound at first use: a mail address given to somebody else later is
    another subject, and opens nothing."""

    __tablename__ = "outside_identity"
    __table_args__ = (
        unique_index("uq_outside_identity_subject", "issuer", "subject"),
        unique_index("uq_outside_identity_one_each", "user_id", "issuer"),
    )
    id: int = key()
    issuer: str
    subject: str
    user_id: int = link("person")
    bound_at: datetime = time()


class MailChoice(SQLModel, table=True):
    """Whether a person wants a kind of mail (workflows/runtime/mail_kinds.py names those that can be declined), and since when; all
    are wanted until something else is said."""

    __tablename__ = "mail_choice"
    user_id: int = Field(foreign_key="person.id", primary_key=True)
    kind: str = Field(primary_key=True)
    wanted: bool
    chosen_at: datetime = time()


class SignInFailure(SQLModel, table=True):
    """Failed sign-ins by account and by address, so that guessing is slowed across processes."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (together("counted", "count", "last_at"),)
    key: str = Field(primary_key=True)
    count: int
    last_at: datetime = time()
