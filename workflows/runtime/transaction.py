"""A transaction that writes, and one that reads. The engine's own events (app/db.py) turn the option into BEGIN IMMEDIATE or a deferred one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, text
from sqlmodel import Session

READS = "kyoso_reads"
"""The execution option by which a transaction says that it only reads."""


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction that may write: committed at the end, rolled back on an exception. On SQLite it holds the write
    lock from its first statement, so what it reads cannot change before it writes."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def take_turns(session: Session, key: int) -> None:
    """Waits for every other transaction that takes turns by this key, and holds the turn until the end of this one: for
    work on rows that are not there yet, and so cannot be locked. On SQLite writers take turns by themselves."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One transaction that sees a single moment of the database and cannot write; it never waits for a writer."""
    if engine.dialect.name == "sqlite":
        options: dict[str, Any] = {READS: True}
    else:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with Session(engine.execution_options(**options), expire_on_commit=False) as session, session.begin():
        yield session
