"""What was typed into a form before its sign-in ended, kept over the way to an outside provider and back.

A row is sealed by a secret that only the cookie of the browser has which sent it: nobody else can read it, neither here nor in a
backup. It is read once, within an hour, and at most MOST_WAITING wait: whoever fills them up costs others their text, no more.
"""

import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import col, delete, func, select

from app.db import writing
from app.sealing import Unreadable, digest, opened, seal
from workflows.tables.machinery import KeptForm

MOST_CHARACTERS = 100_000
"""Of all names and values together: more is not carried along."""
MOST_WAITING = 1_000
HOLDS = timedelta(hours=1)
PURPOSE = "kept form"

Pairs = Sequence[tuple[str, str]]


def fits(pairs: Pairs) -> bool:
    return sum(len(name) + len(value) for name, value in pairs) <= MOST_CHARACTERS


def keep(engine: Engine, pairs: Pairs, now: datetime) -> str | None:
    """The secret by which `take` gives it back; None where it is too much, or too many wait."""
    if not pairs or not fits(pairs):
        return None
    secret = secrets.token_urlsafe(32)
    sealed = seal(secret, PURPOSE, json.dumps(pairs), int(now.timestamp()))
    with writing(engine) as session:
        session.exec(delete(KeptForm).where(col(KeptForm.kept_at) < now - HOLDS))
        if session.exec(select(func.count()).select_from(KeptForm)).one() >= MOST_WAITING:
            return None
        session.add(KeptForm(digest=digest(secret), sealed=sealed, kept_at=now))
    return secret


def take(engine: Engine, secret: str | None, now: datetime) -> Pairs:
    """What was kept under this secret, and is no more; nothing where it was taken, or an hour has passed."""
    if not secret:
        return []
    with writing(engine) as session:
        row = session.get(KeptForm, digest(secret), with_for_update=True)
        if row is None:
            return []
        sealed = row.sealed
        session.delete(row)
    try:
        text = opened(secret, PURPOSE, sealed, int(now.timestamp()), int(HOLDS.total_seconds()))
    except Unreadable:
        return []
    return [(name, value) for name, value in json.loads(text)]
