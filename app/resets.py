"""A forgotten password: a link by mail, for an hour, used once. Neither the database nor the outbox holds anything that opens it."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, update
from sqlmodel import col, select

from app import identity
from app.db import reading, writing
from app.notices import tell
from app.passwords import insist_on_a_good_password, known_about
from app.sealing import digest, keyed
from workflows.runtime.mailer import RESET
from workflows.runtime.outbox import enqueue
from workflows.runtime.refusal import Refused
from workflows.tables.keys import PasswordReset
from workflows.tables.people import Membership, User

LASTS = timedelta(hours=1)
MOST_AN_HOUR = 3
"""Links to one person; whoever asks for more gets the same answer, and they no further mail."""


def link(secret: str, about: str) -> str | None:
    """The path of the link that a mail about a reset carries: made of KYOSO_SECRET when the mail is sent, and kept nowhere."""
    return f"/sign-in/reset/{_token(secret, about)}" if about.startswith(RESET) else None


def _token(secret: str, about: str) -> str:
    return keyed(secret, "reset", about.removeprefix(RESET))


def ask(engine: Engine, secret: str, email: str, now: datetime) -> None:
    """Writes the mail with the link, if the address is that of somebody who belongs to an organization. The caller learns
    nothing of it, neither by an answer nor by the time taken: a row is written in any case."""
    mark = secrets.token_urlsafe(24)
    token = _token(secret, RESET + mark)
    with writing(engine) as session:
        belongs = select(Membership.id).where(
            col(Membership.user_id) == User.id, col(Membership.ended_at).is_(None)
        )
        person = session.exec(
            select(User).where(User.email == email.strip().lower(), belongs.exists())
        ).first()
        lately = session.exec(
            select(func.count()).where(
                PasswordReset.user_id == (person.id if person else 0), PasswordReset.asked_at > now - LASTS
            )
        ).one()
        if person is not None and lately >= MOST_AN_HOUR:
            person = None
        session.add(
            PasswordReset(
                user_id=person.id if person else None,
                digest=digest(token),
                asked_at=now,
                expires_at=now + LASTS,
            )
        )
        if person is not None:
            body = (
                "パスワードを決めるためのリンクです。下のリンクを開いて、新しいパスワードを入れてください。\n"
                "リンクは 1 時間のあいだ、一度だけ使えます。\n\n"
                "頼んだ覚えがなければ、このメールは捨ててください。パスワードは変わりません。"
            )
            enqueue(
                session, [person.email], "password.reset", RESET + mark, "パスワードを決めるリンク", body, now
            )


def stands(engine: Engine, token: str, now: datetime) -> bool:
    """Whether a link can still be used."""
    with reading(engine) as session:
        return session.exec(select(PasswordReset.id).where(*_standing(token, now))).first() is not None


def use(engine: Engine, token: str, password: str, now: datetime) -> None:
    """Sets the password by a link: ends every sign-in of the person, this link and every older one, and tells them.

    Refused `unknown` (used, older than an hour, voided, never made), `invalid` (app/passwords.py); the link then stands on.
    """
    with reading(engine) as session:
        person = session.exec(
            select(User)
            .join(PasswordReset, col(PasswordReset.user_id) == User.id)
            .where(*_standing(token, now))
        ).first()
        about = known_about(session, person) if person is not None else []
    if person is None:
        raise _gone()
    insist_on_a_good_password(password, about)
    hashed = identity.hash_of(password)
    with writing(engine) as session:
        spent = session.connection().execute(
            update(PasswordReset).where(*_standing(token, now)).values(ended_at=now)
        )
        if spent.rowcount != 1:  # two at once: one of them has it
            raise _gone()
        identity.keep_password(session, person.id, hashed, now)
        tell(session, person.id, "reset", now)


def _standing(token: str, now: datetime) -> tuple[Any, ...]:
    return (
        PasswordReset.digest == digest(token),
        col(PasswordReset.user_id).is_not(None),
        col(PasswordReset.ended_at).is_(None),
        PasswordReset.expires_at > now,
    )


def _gone() -> Refused:
    return Refused("unknown", "このリンクは使えません。期限が切れたか、すでに使われています。")
