"""A transaction that writes, and one that reads. The engine's own events (app/db.py) turn the option into BEGIN IMMEDIATE or a deferred one."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, text
from sqlmodel import Session

READS = "kyoso_reads"
"""The execution option by which a transaction says that it only reads."""
KEPT = "kyoso_kept"
"""Where a session keeps what `read_once` has read."""
P = ParamSpec("P")
R = TypeVar("R")


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


@functools.lru_cache(
    maxsize=4
)  # a program has one; an engine with options finds its events anew for each one made
def _to_read(engine: Engine) -> Engine:
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{READS: True})
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One transaction that sees a single moment of the database and cannot write; it never waits for a writer."""
    with (
        Session(_to_read(engine), expire_on_commit=False) as session,
        session.begin(),
        unchanged(session),
    ):
        yield session


@contextmanager
def unchanged(session: Session) -> Iterator[None]:
    """A block in which nothing is written: what `read_once` reads in it is kept until its end, or that of a block around it."""
    if KEPT in session.info:
        yield
        return
    session.info[KEPT] = {}
    try:
        yield
    finally:
        del session.info[KEPT]


def read_once(
    read: Callable[Concatenate[Session, Any, P], R],
) -> Callable[Concatenate[Session, Any, P], R]:
    """A read about one row (the argument behind the session), for which the database is asked once while nothing changes:
    in a transaction that only reads, and in an `unchanged` block. Elsewhere each caller asks anew."""

    @functools.wraps(read)
    def asked(session: Session, about: Any, /, *more: P.args, **named: P.kwargs) -> R:
        kept = session.info.get(KEPT)
        if kept is None:
            return read(session, about, *more, **named)
        key = (read, about.id)
        if key not in kept:
            kept[key] = read(session, about, *more, **named)
        found: R = kept[key]
        return found

    return asked
