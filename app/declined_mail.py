"""The address by which somebody declines a kind of mail without signing in: a button on its page, or a mail program's own (RFC 8058).

It holds the mail address, the kinds and when the mail was sent, sealed, so that no log shows whose it was. All it can do is decline;
and nothing, once its person has chosen such mail since. No table holds it. See docs/decisions/0032-mail-that-is-wanted.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from app.db import writing
from app.sealing import Unreadable, opened, seal
from workflows.runtime import mail_kinds

PURPOSE = "declined mail"


@dataclass(frozen=True)
class Asked:
    """What a link names: whose mail of which kinds (mail_kinds.DECLINABLE), and when it was sent."""

    email: str
    names: Sequence[str]
    sent_at: datetime


def link(secret: str, address: str, names: Sequence[str], at: datetime) -> str:
    """The path. Made when the mail leaves, kept nowhere."""
    text = " ".join((f"{at.timestamp():.6f}", address, *names))
    sealed = seal(secret, PURPOSE, text, 0)
    return f"/mail/declined/{sealed.rstrip('=')}"  # mail programs leave these out where they make an address of a text


def read(secret: str, token: str) -> Asked | None:
    """What a link names; None where nobody was ever sent it."""
    try:
        text = opened(secret, PURPOSE, token + "=" * (-len(token) % 4), 0)
    except Unreadable:
        return None
    at, address, *names = text.split(" ")
    known = [name for name in names if name in mail_kinds.DECLINABLE]
    return Asked(address, known, datetime.fromtimestamp(float(at), UTC))


def decline(engine: Engine, asked: Asked, now: datetime) -> bool:
    """Declines what a link names; a second time changes nothing. False where its person has chosen otherwise since."""
    with writing(engine) as session:
        return mail_kinds.decline(session, asked.email, asked.names, asked.sent_at, now)
