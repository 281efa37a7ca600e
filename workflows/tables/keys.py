"""A person's keys beside the password: the app that makes codes, passkeys, recovery codes, and links to set a password anew."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from workflows.tables.columns import check, json, key, link, long_text, time


class CodeApp(SQLModel, table=True):
    """An authenticator app (TOTP, RFC 6238), one a person. Its secret is sealed; `last_step` is the last half minute that was
    accepted, so that no code works twice."""

    __tablename__ = "code_app"
    user_id: int = Field(primary_key=True, foreign_key="person.id")
    sealed_secret: str = long_text()
    last_step: int
    added_at: datetime = time()
    last_used_at: datetime | None = time(None)


class Passkey(SQLModel, table=True):
    """A passkey (WebAuthn): the public half, and the counter by which some of them show that they were copied."""

    __tablename__ = "passkey"
    __table_args__ = (check("signs_counted", "sign_count >= 0"),)
    id: int = key()
    user_id: int = link("person")
    name: str
    credential: str = Field(unique=True)
    public_key: str = long_text()
    sign_count: int
    transports: list[str] = json(default_factory=list)
    added_at: datetime = time()
    last_used_at: datetime | None = time(None)


class RecoveryCode(SQLModel, table=True):
    """A code for the day when phone and key are lost: its digest, used once."""

    __tablename__ = "recovery_code"
    id: int = key()
    user_id: int = link("person")
    digest: str = Field(unique=True)
    used_at: datetime | None = time(None)


class PasswordReset(SQLModel, table=True):
    """A link to set a password anew, asked for: the digest of its secret. `user_id` is empty where nobody has the address:
    such a row is written all the same, so that the answer takes as long."""

    __tablename__ = "password_reset"
    id: int = key()
    user_id: int | None = link("person", optional=True)
    digest: str = Field(unique=True)
    asked_at: datetime = time()
    expires_at: datetime = time()
    ended_at: datetime | None = time(None)
