"""Who is at the other end: passwords, and sign-ins kept as rows."""

import functools
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, Update, bindparam, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from app.db import reading, writing
from app.passwords import LONGEST_PASSWORD, insist_on_a_good_password, known_about, normalized
from app.sealing import digest
from workflows.queries.sign_ins import HALF, IDLE
from workflows.runtime.actors import Hat
from workflows.runtime.refusal import Refused
from workflows.tables.keys import PasswordReset
from workflows.tables.people import Membership, Organization, SignIn, User

LONGEST = timedelta(days=7)
TOUCHED_EVERY = timedelta(minutes=5)
"""How exact "last seen" is: a write for every page read would be dearer than this."""
HALF_LASTS = timedelta(minutes=10)
"""From the password to the second factor."""
STRONG = frozenset({"passkey", "code", "recovery"})
"""How a sign-in began that showed two factors: a passkey (the thing, and its owner's finger or PIN), or a password and a code."""

log = logging.getLogger("kyoso.identity")
_hasher = PasswordHasher()


class WrongCredentials(Exception):
    """No such account, no password set, or a wrong one: the same for all three, in words and in work."""


@dataclass(frozen=True)
class Place:
    """An organization that a signed-in person belongs to."""

    org_id: int
    slug: str
    name: str


@dataclass(frozen=True)
class SignedIn:
    """The person of a sign-in that stands. `csrf` is the secret that their forms carry."""

    sign_in_id: int
    user_id: int
    email: str
    name: str
    csrf: str
    how: str
    started_at: datetime
    places: Sequence[Place] = ()
    """The organizations for which they may act in this sign-in, by name."""
    acting: Place | None = None
    """The one for which they act now; None where they have left it, and several are left to choose from."""
    kinds: frozenset[str] | None = None

    @property
    def hat(self) -> Hat:
        return Hat(self.acting.slug if self.acting else None, self.kinds)


def set_password(engine: Engine, email: str, password: str, now: datetime | None = None) -> None:
    """Gives a person a password and ends every sign-in of theirs. Refused `unknown`, `invalid` (app/passwords.py)."""
    with reading(engine) as session:
        person = session.exec(select(User).where(User.email == email.strip().lower())).first()
        about = known_about(session, person) if person is not None else []
    insist_on_a_good_password(password, about)
    if person is None:
        raise Refused(
            "unknown", f"{email} という利用者は登録されていません。先に kyoso user add で招いてください。"
        )
    hashed = hash_of(password)
    with writing(engine) as session:
        keep_password(session, person.id, hashed, now or datetime.now(UTC))


def hash_of(password: str) -> str:
    return _hasher.hash(normalized(password))


def keep_password(session: Session, user_id: int, hashed: str, now: datetime, but: int | None = None) -> None:
    """Stores it, ends the person's sign-ins (all `but` one), and voids every link by which they could set another."""
    session.execute(update(User).where(col(User.id) == user_id).values(password_hash=hashed))
    end_all(session, user_id, now, but)
    open_links = update(PasswordReset).where(
        col(PasswordReset.user_id) == user_id, col(PasswordReset.ended_at).is_(None)
    )
    session.execute(open_links.values(ended_at=now))


def end_all(session: Session, user_id: int, now: datetime, but: int | None = None) -> None:
    """Ends every sign-in of a person, half ones too; all `but` one, if its id is given."""
    others = _ending(now).where(col(SignIn.user_id) == user_id)
    session.execute(others if but is None else others.where(col(SignIn.id) != but))


def check_password(engine: Engine, email: str, password: str) -> int:
    """The person's id. Raises WrongCredentials, after the same work whether the account exists or not."""
    with reading(engine) as session:
        found = session.exec(
            select(User.id, User.password_hash).where(User.email == email.strip().lower())
        ).first()
    user_id, stored = found or (None, None)
    try:  # bounded; longer than any that is stored, so that none opens that only begins like it
        _hasher.verify(stored or _nobodys_hash(), normalized(password[: 4 * LONGEST_PASSWORD]))
    except (VerificationError, InvalidHashError):
        raise WrongCredentials from None
    if user_id is None or stored is None:
        raise WrongCredentials
    return user_id


@functools.cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))


def _ending(now: datetime) -> Update:
    return update(SignIn).where(col(SignIn.ended_at).is_(None)).values(ended_at=now)


def start(
    engine: Engine,
    user_id: int,
    now: datetime,
    instead_of: str | None = None,
    *,
    how: str = "password",
    browser: str = "",
    kinds: Sequence[str] | None = None,
) -> tuple[str, str]:
    """Begins a sign-in with a new secret, ending the one it replaces; returns the cookie's secret and the forms' token.

    One that began as HALF signs nobody in: it only remembers whose password was right, until a second factor begins a whole one.
    `kinds` are those of organization it may enter (None: all). The person acts for the organization they acted for last, else
    for the first by name.
    """
    secret, csrf = secrets.token_urlsafe(32), secrets.token_hex(20)
    with writing(engine) as session:
        if instead_of is not None:
            session.execute(_ending(now).where(col(SignIn.digest) == digest(instead_of)))
        session.add(
            SignIn(
                digest=digest(secret),
                user_id=user_id,
                csrf=csrf,
                how=how,
                browser=browser,
                kinds=None if kinds is None else list(kinds),
                acting_org_id=_first_acting(session, user_id, kinds),
                started_at=now,
                last_seen_at=now,
                expires_at=now + LONGEST,
            )
        )
    return secret, csrf


def end(engine: Engine, secret: str, now: datetime) -> None:
    """Signs out: the row stays, ended."""
    with writing(engine) as session:
        session.execute(_ending(now).where(col(SignIn.digest) == digest(secret)))


@functools.cache
def _of_a_secret() -> Any:
    """The statement of every request of everybody: built once, and read by columns."""
    columns: list[Any] = [
        SignIn.id, SignIn.user_id, User.email, User.name, SignIn.csrf, SignIn.how, SignIn.started_at, SignIn.last_seen_at,
        SignIn.kinds, SignIn.acting_org_id, Organization.id, Organization.slug, Organization.name, Organization.kind,
    ]  # fmt: skip
    return (
        select(*columns)
        .join(User, col(User.id) == SignIn.user_id)
        .outerjoin(Membership, (col(Membership.user_id) == User.id) & col(Membership.ended_at).is_(None))
        .outerjoin(Organization, col(Organization.id) == Membership.org_id)
        .where(
            SignIn.digest == bindparam("digest"),
            col(SignIn.ended_at).is_(None),
            SignIn.how != HALF,
            SignIn.expires_at > bindparam("now"),
            SignIn.last_seen_at > bindparam("idle_since"),
        )
        .order_by(Organization.name)
    )


def signed_in(engine: Engine, secret: str, now: datetime) -> SignedIn | None:
    """The person behind a cookie's secret, with the organizations they belong to now; None once it was ended, has lain idle for
    12 hours, or is 7 days old. One statement."""
    with reading(engine) as session:
        given = {"digest": digest(secret), "now": now, "idle_since": now - IDLE}
        found = session.exec(_of_a_secret(), params=given).all()
    if not found:
        return None
    id_, user_id, email, name, csrf, how, started_at, last_seen_at, entered, acting_org_id, *_ = found[0]
    kinds = None if entered is None else frozenset(entered)
    places = [
        Place(org_id, slug, org_name)
        for *_, org_id, slug, org_name, kind in found
        if org_id is not None and (kinds is None or kind in kinds)
    ]
    acting = next((place for place in places if place.org_id == acting_org_id), None)
    if acting is None and len(places) == 1:
        acting = places[0]
    if now - last_seen_at >= TOUCHED_EVERY:
        _touch(engine, id_, now)
    return SignedIn(id_, user_id, email, name, csrf, how, started_at, places, acting, kinds)


def _first_acting(session: Session, user_id: int, kinds: Sequence[str] | None) -> int | None:
    """The organization for which somebody acts when they come in: that of their last sign-in, else the first by name."""
    belongs = (
        select(Organization.id)
        .join(Membership, col(Membership.org_id) == Organization.id)
        .where(Membership.user_id == user_id, col(Membership.ended_at).is_(None))
        .order_by(Organization.name)
    )
    if kinds is not None:
        belongs = belongs.where(col(Organization.kind).in_(kinds))
    places = session.exec(belongs).all()
    if len(places) < 2:
        return places[0] if places else None
    last = session.exec(
        select(SignIn.acting_org_id)
        .where(SignIn.user_id == user_id, col(SignIn.acting_org_id).in_(places))
        .order_by(col(SignIn.id).desc())
    ).first()
    return last or places[0]


def act_for(engine: Engine, who: SignedIn, slug: str) -> bool:
    """From here on the person acts for this organization of theirs; False where it is none of theirs, and nothing is changed.

    The forms' token is another one from now: a form that was opened while they acted for the organization before is not done
    for this one, but shown again.
    """
    place = next((place for place in who.places if place.slug == slug), None)
    if place is None:
        return False
    with writing(engine) as session:
        session.execute(
            update(SignIn)
            .where(col(SignIn.id) == who.sign_in_id)
            .values(acting_org_id=place.org_id, csrf=secrets.token_hex(20))
        )
    return True


def half_signed_in(engine: Engine, secret: str, now: datetime) -> tuple[int, Sequence[str] | None] | None:
    """The id of the person whose second factor is due, and the kinds of organization they may enter; None after ten minutes."""
    with reading(engine) as session:
        row = session.exec(
            select(SignIn).where(
                SignIn.digest == digest(secret),
                col(SignIn.ended_at).is_(None),
                SignIn.how == HALF,
                SignIn.started_at > now - HALF_LASTS,
            )
        ).first()
    return (row.user_id, row.kinds) if row is not None else None


def _touch(engine: Engine, sign_in_id: int, now: datetime) -> None:
    """Moves the idle clock. A database that cannot be written to just now is no reason to refuse a page that only reads."""
    try:
        with writing(engine) as session:
            session.execute(update(SignIn).where(col(SignIn.id) == sign_in_id).values(last_seen_at=now))
    except DBAPIError as error:
        log.warning(
            "last_seen_at of sign-in %s could not be written: %s", sign_in_id, type(error.orig).__name__
        )
