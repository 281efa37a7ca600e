"""Coming in by an invitation: a mailed link, a password of one's own, once.

The link carries the invitation's id and a code that only this site's secret makes of it: no table holds it, a changed secret
voids every one. Its address is KYOSO_BASE_URL's, never that of a request (docs/decisions/0019-who-comes-in.md).
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, exists, update
from sqlmodel import col, select

from app.db import reading, writing
from app.identity import hashed
from app.identity import insist_on_length as check_password  # the one line that says what a password must be
from workflows.invitations import ABOUT
from workflows.tables.people import Invitation, Organization, OutsideIdentity, User


class NotOpen(Exception):
    """The invitation was used, withdrawn or outlived at the very moment of its use."""


@dataclass(frozen=True)
class Invited:
    """An invitation as its link shows it. `state`: open, used (they can sign in already), void, expired."""

    invitation_id: int
    user_id: int
    email: str
    name: str
    org: str
    state: str


def _code(secret: str, invitation_id: int) -> str:
    made = hmac.digest(secret.encode(), f"invitation/{invitation_id}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def link_of(secret: str) -> Callable[[str], str | None]:
    """For a message about an invitation the address of its link on this site; None for any other message."""

    def of(about: str) -> str | None:
        if not about.startswith(ABOUT):
            return None
        invitation_id = int(about.removeprefix(ABOUT))
        return f"/invitations/{invitation_id}.{_code(secret, invitation_id)}"

    return of


def find(engine: Engine, secret: str, token: str, now: datetime) -> Invited | None:
    """The invitation of a link; None where nobody was ever sent it."""
    number, _, code = token.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    if not hmac.compare_digest(code.encode(), _code(secret, int(number)).encode()):
        return None
    known = exists().where(col(OutsideIdentity.user_id) == User.id)
    columns: list[Any] = [Invitation, User, Organization.name, known]
    with reading(engine) as session:
        found = session.exec(
            select(*columns)
            .join(User, col(User.id) == Invitation.user_id)
            .join(Organization, col(Organization.id) == Invitation.org_id)
            .where(Invitation.id == int(number))
        ).first()
    if found is None:
        return None
    invitation, person, org, is_known = found
    state = "open"
    if invitation.used_at or person.password_hash or is_known:
        state = "used"
    elif invitation.voided_at:
        state = "void"
    elif invitation.expires_at <= now:
        state = "expired"
    return Invited(invitation.id, person.id, person.email, person.name, org, state)


def accept(engine: Engine, invited: Invited, password: str, now: datetime) -> None:
    """Gives the invited person the password they chose, once. Refused `invalid`; raises NotOpen when another was quicker."""
    check_password(password)
    digest = hashed(password)
    with writing(engine) as session:
        if not use(session, invited.user_id, now, invited.invitation_id):
            raise NotOpen
        person = session.exec(select(User).where(User.id == invited.user_id).with_for_update()).one()
        if person.password_hash is not None:
            raise NotOpen
        person.password_hash = digest
        session.add(person)


def use(session: Any, user_id: int, now: datetime, invitation_id: int | None = None) -> bool:
    """Marks a person's open invitation, or any of them, as used; False where none is open now."""
    open_now = (
        update(Invitation)
        .where(
            col(Invitation.user_id) == user_id,
            col(Invitation.used_at).is_(None),
            col(Invitation.voided_at).is_(None),
            col(Invitation.expires_at) > now,
        )
        .values(used_at=now)
    )
    if invitation_id is not None:
        open_now = open_now.where(col(Invitation.id) == invitation_id)
    return bool(session.execute(open_now).rowcount)
