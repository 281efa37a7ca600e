"""A transaction that writes, and one that reads. The engine's own events (app/db.py) turn the option into BEGIN IMMEDIATE or READ ONLY."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlmodel import Session


@contextmanager
def writing(engine: sa.Engine) -> Iterator[Session]:
    """A session that holds the writer's place from its first statement; committed on success, rolled back on any error."""
    with Session(engine.execution_options(kyoso_writes=True), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: sa.Engine) -> Iterator[Session]:
    """A session that sees one state of the database and cannot change it."""
    with Session(engine.execution_options(kyoso_reads=True), expire_on_commit=False) as session, session.begin():
        yield session
