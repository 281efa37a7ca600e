"""Coming in by an invitation: a mailed link, a password of one's own, once.

The link carries the invitation's id and a code that only this site's secret makes of it: no table holds it, a changed secret
voids every one. Its address is KYOSO_BASE_URL's, never that of a request (docs/decisions/0019-who-comes-in.md).
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, exists, update
from sqlmodel import col, select

from app.db import reading, writing
from app.identity import hash_of
from app.passwords import insist_on_a_good_password, known_about
from workflows.runtime.mailer import INVITATION
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


def link(secret: str, about: str) -> str | None:
    """The path of the link that a mail about an invitation carries; None for any other."""
    if not about.startswith(INVITATION):
        return None
    invitation_id = int(about.removeprefix(INVITATION))
    return f"/invitations/{invitation_id}.{_code(secret, invitation_id)}"


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
    with reading(engine) as session:
        about = known_about(session, session.exec(select(User).where(User.id == invited.user_id)).one())
    insist_on_a_good_password(password, about)
    hashed = hash_of(password)
    with writing(engine) as session:
        if not use(session, invited.user_id, now, invited.invitation_id):
            raise NotOpen
        person = session.exec(select(User).where(User.id == invited.user_id).with_for_update()).one()
        if person.password_hash is not None:
            raise NotOpen
        person.password_hash = hashed
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
