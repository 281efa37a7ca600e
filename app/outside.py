"""Whom a provider's person is here: bound by issuer and subject at first use, by an invitation or by who is signed in.

Nobody is made an account by coming from a provider; and a mail address alone opens none that has a way in already, since
addresses are given to other people later.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext
from sqlalchemy import Engine, exists
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app import invitations
from app.db import writing
from app.oidc import BROKEN_OFF, Known, NotSignedIn
from app.oidc_providers import Provider
from workflows.tables.machinery import SaidOnce
from workflows.tables.people import Invitation, Membership, Organization, OutsideIdentity, User

NOT_INVITED = lazy_gettext(
    "この人は、まだどの団体からも招かれていません。所属する団体の管理者に、招いてもらってください。"
)
HAS_ANOTHER_WAY = lazy_gettext(
    "このメールアドレスの利用者には、別の入り方があります。"
    "いままでの方法でサインインし、「わたし」の画面で結び付けてください。"
)
INVITATION_OVER = lazy_gettext(
    "招待の期限が過ぎているか、取り消されています。所属する団体の管理者に、もう一度招いてもらってください。"
)
BOUND_ALREADY = lazy_gettext(
    "この入り方は、すでにほかの利用者に結び付いているか、あなたには別のものが結び付いています。"
)


def use_up(engine: Engine, state: str, provider: Provider, now: datetime) -> None:
    """A state is used once, whatever copy of its cookie there is. Raises NotSignedIn the second time."""
    digest = hashlib.sha256(f"oidc {state}".encode()).hexdigest()
    try:
        with writing(engine) as session:
            session.add(SaidOnce(digest=digest, kind="oidc", ref=provider.key, said_at=now))
    except IntegrityError:
        raise NotSignedIn(BROKEN_OFF, "a state was sent again") from None


def user_of(engine: Engine, provider: Provider, known: Known, now: datetime) -> int:
    """The person's id, bound now where an invitation or a registration without any way in waits for them. Raises NotSignedIn."""
    with writing(engine) as session:
        bound = session.exec(
            select(OutsideIdentity.user_id).where(
                OutsideIdentity.issuer == known.issuer, OutsideIdentity.subject == known.subject
            )
        ).first()
        user_id = bound or session.exec(select(User.id).where(User.email == known.email)).first()
        if user_id is None or not _belongs(session, user_id, provider.kinds):
            raise NotSignedIn(NOT_INVITED)
        if bound is None:
            _bind_the_invited(session, user_id, known, now)
    return user_id


def _belongs(session: Session, user_id: int, kinds: Sequence[str]) -> bool:
    """Whether somebody belongs now to an organization of these kinds."""
    places = (
        select(Membership.id)
        .join(Organization, col(Organization.id) == Membership.org_id)
        .where(
            Membership.user_id == user_id,
            col(Membership.ended_at).is_(None),
            col(Organization.kind).in_(kinds),
        )
    )
    return session.exec(places).first() is not None


def _bind_the_invited(session: Session, user_id: int, known: Known, now: datetime) -> None:
    person = session.exec(select(User).where(User.id == user_id).with_for_update()).one()
    has_identity = session.exec(select(OutsideIdentity.id).where(OutsideIdentity.user_id == user_id)).first()
    if person.password_hash is not None or has_identity is not None:
        raise NotSignedIn(HAS_ANOTHER_WAY)
    was_invited = session.exec(select(exists().where(col(Invitation.user_id) == user_id))).one()
    if not invitations.use(session, user_id, now) and was_invited:
        raise NotSignedIn(INVITATION_OVER)
    session.add(OutsideIdentity(issuer=known.issuer, subject=known.subject, user_id=user_id, bound_at=now))


def link(engine: Engine, user_id: int, known: Known, now: datetime) -> None:
    """Binds what a provider has just shown to who is signed in. Raises NotSignedIn where either is bound otherwise."""
    try:
        with writing(engine) as session:
            session.add(
                OutsideIdentity(issuer=known.issuer, subject=known.subject, user_id=user_id, bound_at=now)
            )
    except IntegrityError:
        raise NotSignedIn(BOUND_ALREADY) from None


def linked(session: Session, user_id: int) -> set[str]:
    """The issuers at which a person is bound."""
    return set(session.exec(select(OutsideIdentity.issuer).where(OutsideIdentity.user_id == user_id)))


def unlink(engine: Engine, user_id: int, issuer: str) -> bool:
    """Ends the binding at an issuer; False, and nothing is changed, where it is the only way in."""
    with writing(engine) as session:
        person = session.exec(select(User).where(User.id == user_id).with_for_update()).one()
        rows = session.exec(select(OutsideIdentity).where(OutsideIdentity.user_id == user_id)).all()
        if person.password_hash is None and len(rows) < 2:
            return False
        for row in rows:
            if row.issuer == issuer:
                session.delete(row)
    return True
