"""The second factor beside a password: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for the day it is lost."""

import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

import pyotp
import segno
from markupsafe import Markup
from sqlalchemy import Engine, delete, or_, update
from sqlmodel import Session, col, exists, func, select

from app import identity
from app.db import reading, writing
from app.notices import tell
from app.sealing import Unreadable, digest, opened, seal
from stages.permissions import Membership as Held
from workflows.runtime.refusal import Refused
from workflows.tables.keys import CodeApp, Passkey, RecoveryCode
from workflows.tables.people import Membership, Organization, User

STEP = 30
"""Seconds that a code stands. The one before and the one after are taken too: clocks differ, and typing takes time."""
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""For a code that is written down: no i, l, o, 0 or 1."""
GROUPS, GROUP = 6, 4
"""24 of 31 letters: 118 bits, so that a digest without salt is enough (OWASP ASVS 5.0, 6.5.2)."""
HELD_OPEN = timedelta(minutes=15)
"""How long the page with a new secret may stay open before its code is typed."""
SEALED_FOR = "code app"
GUARDED_ROLES = frozenset({"reviewer", "approver", "administrator", "auditor"})
"""Roles of the agency for which KYOSO_REQUIRE_SECOND_FACTOR=agency asks two factors: they decide, let in, or read everything."""


@dataclass(frozen=True, slots=True)
class Key:
    """A passkey, or the authenticator app (`id` 0)."""

    id: int
    name: str
    added_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    app: Key | None
    passkeys: Sequence[Key]
    codes_left: int

    @property
    def any(self) -> bool:
        return self.app is not None or bool(self.passkeys)


def factors_of(session: Session, user_id: int) -> Factors:
    """The second factors of a person. Three statements."""
    app = session.get(CodeApp, user_id)
    keys = session.exec(select(Passkey).where(Passkey.user_id == user_id).order_by(col(Passkey.id)))
    left = session.exec(select(func.count()).where(*_unused(user_id))).one()
    return Factors(
        Key(0, "", app.added_at, app.last_used_at) if app else None,
        [Key(k.id, k.name, k.added_at, k.last_used_at) for k in keys],
        left,
    )


def has_any(session: Session, user_id: int) -> bool:
    """Whether a password alone does not sign this person in."""
    app = exists().where(col(CodeApp.user_id) == user_id)
    return bool(session.exec(select(or_(app, exists().where(col(Passkey.user_id) == user_id)))).one())


def is_asked_of(rule: str, places: Sequence[Held]) -> bool:
    """Whether the rule (agency, all, none) wants two factors of somebody with these places."""
    if rule == "agency":
        return any(p.kind == "agency" and p.roles & GUARDED_ROLES for p in places)
    return rule == "all"


def lacks_one(engine: Engine, rule: str, who: identity.SignedIn) -> bool:
    """Whether the rule wants two factors of this person, and this sign-in has shown one. Read afresh: a role given today counts
    today. No statement for a sign-in with two."""
    if rule == "none" or who.how in identity.STRONG:
        return False
    with reading(engine) as session:
        rows = session.exec(
            select(Organization.slug, Organization.kind, Membership.roles)
            .join(Membership, col(Membership.org_id) == Organization.id)
            .where(Membership.user_id == who.user_id, col(Membership.ended_at).is_(None))
        ).all()
    return is_asked_of(rule, [Held(slug, kind, frozenset(roles)) for slug, kind, roles in rows])


def new_secret() -> str:
    return pyotp.random_base32()


def address_for_apps(secret: str, email: str) -> str:
    """The otpauth:// address that an app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Kyoso")


def picture(address: str) -> Markup:
    """The address as a QR code: SVG without a style of its own, sized by the style sheet."""
    return Markup(
        segno.make(address, error="m", micro=False).svg_inline(omitsize=True, svgclass="qr", light="#fff")
    )


def typed(code: str) -> str:
    """A code as a person types it: full-width digits, spaces, hyphens, capitals."""
    plain = unicodedata.normalize("NFKC", code)
    return "".join(letter for letter in plain.lower() if letter.isascii() and letter.isalnum())


def _step(secret: str, code: str, now: datetime) -> int | None:
    """The half minute a code is of; None if of none around now."""
    present = int(now.timestamp()) // STEP
    fitting = [
        step
        for step in (present - 1, present, present + 1)
        if compare_digest(pyotp.TOTP(secret).at(step * STEP).encode(), code.encode())
    ]
    return fitting[0] if fitting else None


def add_app(engine: Engine, key: str, user_id: int, secret: str, code: str, now: datetime) -> bool:
    """Takes an app whose code shows that it has the secret, in place of a former one; False for a wrong code. `key`: KYOSO_SECRET."""
    step = _step(secret, typed(code), now)
    if step is None:
        return False
    with writing(engine) as session:
        session.execute(delete(CodeApp).where(col(CodeApp.user_id) == user_id))
        sealed = seal(key, SEALED_FOR, secret, int(now.timestamp()))
        session.add(CodeApp(user_id=user_id, sealed_secret=sealed, last_step=step, added_at=now))
        tell(session, user_id, "code_app", now)
    return True


def remove_app(engine: Engine, user_id: int, now: datetime) -> None:
    with writing(engine) as session:
        gone = session.connection().execute(delete(CodeApp).where(col(CodeApp.user_id) == user_id))
        if gone.rowcount:
            tell(session, user_id, "no_code_app", now)
            forget_codes_of_nothing(session, user_id)


def forget_codes_of_nothing(session: Session, user_id: int) -> None:
    """Recovery codes stand in for a second factor; where none is left, there is nothing to recover."""
    session.flush()
    if not has_any(session, user_id):
        session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))


def forget_all(engine: Engine, email: str, now: datetime) -> None:
    """Takes away every second factor of a person who has lost them, and ends their sign-ins. Refused `unknown`."""
    with writing(engine) as session:
        user_id = session.exec(select(User.id).where(User.email == email.strip().lower())).first()
        if user_id is None:
            raise Refused("unknown", f"{email} という利用者は登録されていません。綴りを確かめてください。")
        for of in (CodeApp, Passkey, RecoveryCode):
            session.execute(delete(of).where(col(of.user_id) == user_id))
        identity.end_all(session, user_id, now)
        tell(session, user_id, "lost", now)


def check_code(engine: Engine, key: str, user_id: int, code: str, now: datetime) -> str | None:
    """How a second factor was shown: by a `code` of the app, or a `recovery` code; None for a wrong one, or one used before."""
    code = typed(code)
    if len(code) == 6 and code.isdigit():
        return "code" if _spend_app_code(engine, key, user_id, code, now) else None
    with writing(engine) as session:
        spent = session.connection().execute(
            update(RecoveryCode)
            .where(*_unused(user_id), col(RecoveryCode.digest) == digest(code))
            .values(used_at=now)
        )
        if spent.rowcount != 1:
            return None
        tell(session, user_id, "recovery", now)
    return "recovery"


def _spend_app_code(engine: Engine, key: str, user_id: int, code: str, now: datetime) -> bool:
    with reading(engine) as session:
        app = session.get(CodeApp, user_id)
    try:
        step = _step(opened(key, SEALED_FOR, app.sealed_secret, 0), code, now) if app else None
    except Unreadable:  # sealed under a former KYOSO_SECRET: recovery codes and passkeys go on working
        return False
    if step is None:
        return False
    with writing(engine) as session:  # of two with the same code, one moves the step
        moved = session.connection().execute(
            update(CodeApp)
            .where(col(CodeApp.user_id) == user_id, col(CodeApp.last_step) < step)
            .values(last_step=step, last_used_at=now)
        )
    return moved.rowcount == 1


def new_codes(engine: Engine, user_id: int, now: datetime, *, is_first: bool = False) -> list[str]:
    """Ten recovery codes in place of all former ones; they can be read now and never again."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(GROUPS * GROUP)) for _ in range(RECOVERY_CODES)]
    with writing(engine) as session:
        session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
        session.add_all(RecoveryCode(user_id=user_id, digest=digest(code)) for code in codes)
        if not is_first:
            tell(session, user_id, "codes", now)
    return ["-".join(code[i : i + GROUP] for i in range(0, len(code), GROUP)) for code in codes]


def _unused(user_id: int) -> tuple[Any, ...]:
    return (col(RecoveryCode.user_id) == user_id, col(RecoveryCode.used_at).is_(None))
