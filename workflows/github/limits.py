"""The limits that GitHub sets, kept in the database: what one process is told, all of them obey."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

import sqlalchemy as sa
from sqlmodel import select

from workflows.runtime.transaction import reading, take_turns, writing
from workflows.tables.repositories import ForgeLimit

FEW = 100
"""Requests left, from where on each answer is noted at once."""
NOTED_EVERY = timedelta(seconds=20)
TURN = 0x6B796F736F02
"""The key by which processes take turns to note a limit that no row is there for yet."""


class Limits(Protocol):
    """What GitHub allows whoever asks. `who` is one that it counts by itself: a token, or an installation of an App."""

    def blocked_until(self, now: datetime, who: str = "") -> datetime | None:
        """When it may be asked again; None: now."""

    def note(
        self,
        now: datetime,
        who: str = "",
        *,
        remaining: int | None = None,
        resets_at: datetime | None = None,
        blocked_until: datetime | None = None,
    ) -> None:
        """What an answer said."""


class SharedLimits:
    """Limits over the table forge_limit, in short transactions of its own; the server's address tells its rows apart."""

    def __init__(self, engine: sa.Engine, base_url: str) -> None:
        self._engine = engine
        self._base_url = base_url
        self._noted: dict[str, datetime] = {}

    def key(self, who: str = "") -> str:
        """Under which a row is kept. A digest, so that no part of a token can stand in a database."""
        return sha256(f"{self._base_url}\n{who}".encode()).hexdigest()

    def blocked_until(self, now: datetime, who: str = "") -> datetime | None:
        with reading(self._engine) as session:
            asked = select(ForgeLimit.blocked_until).where(ForgeLimit.key == self.key(who))
            until = session.exec(asked).first()
        return until if until is not None and until > now else None

    def note(
        self,
        now: datetime,
        who: str = "",
        *,
        remaining: int | None = None,
        resets_at: datetime | None = None,
        blocked_until: datetime | None = None,
    ) -> None:
        if remaining == 0 and blocked_until is None:
            blocked_until = resets_at
        if blocked_until is None:
            if remaining is None:
                return
            last = self._noted.get(who)
            # One row is written by all processes: while plenty is left it needs not be exact.
            if remaining > FEW and last is not None and timedelta() <= now - last < NOTED_EVERY:
                return
        with writing(self._engine) as session:
            take_turns(session, TURN)
            row = session.exec(
                select(ForgeLimit).where(ForgeLimit.key == self.key(who)).with_for_update()
            ).first() or ForgeLimit(key=self.key(who), seen_at=now)
            if remaining is not None:
                row.remaining, row.resets_at = remaining, resets_at
            if blocked_until is not None:
                # Another process may have been told to wait longer.
                row.blocked_until = max(blocked_until, row.blocked_until or blocked_until)
            row.seen_at = now
            session.add(row)
        self._noted[who] = now
