"""A client of Kyoso's own that asks one of the counterparts."""

from datetime import UTC, datetime
from typing import Protocol

import sqlalchemy as sa

from workflows.github.client import Client
from workflows.github.credentials import Token
from workflows.github.limits import SharedLimits


class Forge(Protocol):
    url: str


def asking(forge: Forge, engine: sa.Engine, now: datetime | None = None) -> Client:
    """A client whose limits are kept in this database. `now` is the time by which it waits for a limit."""
    token = Token(getattr(forge, "token", "a-token"))
    limits = SharedLimits(engine, forge.url)
    return Client(forge.url, token, limits, now=lambda: now or datetime.now(UTC), sleep=lambda seconds: None)
