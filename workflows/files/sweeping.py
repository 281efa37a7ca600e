"""What was handed in and never named by a verb, and contents of which no row tells, are let go after a day; and how much of what
the rows tell of is not there."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, delete, select

from workflows.files.receiving import turn_of, unnamed
from workflows.files.stores import Store
from workflows.runtime.transaction import reading, take_turns, writing
from workflows.tables.files import Upload

KEPT = timedelta(days=1)
"""From when a file was handed in: whoever was refused has so long to send the form again."""


def sweep(engine: sa.Engine, store: Store, now: datetime) -> int:
    """Deletes uploads that nothing names, then contents without a row; returns how many of both. Withdrawn evidence keeps
    its file. A crash in between leaves contents, and the next run finds them."""
    before = now - KEPT
    with writing(engine) as session:
        stale = (Upload.uploaded_at < before, *unnamed())
        gone: int = session.connection().execute(delete(Upload).where(*stale)).rowcount  # type: ignore[arg-type]
    with reading(engine) as session:
        known = set(session.exec(select(Upload.sha256)))
    for digest in store.digests(before):
        if digest not in known:
            gone += _forget(engine, store, digest)
    return gone


def missing(engine: sa.Engine, store: Store, now: datetime) -> tuple[int, int]:
    """How many contents verbs have named, and how many of them the store does not have: all of them, after a database was
    restored without its files. One statement and one listing of the store; raises NotNow."""
    with reading(engine) as session:
        named = set(session.exec(select(Upload.sha256).where(sa.not_(sa.and_(*unnamed())))))  # type: ignore[arg-type]
    return len(named), len(named.difference(store.digests(now + KEPT))) if named else 0


def _forget(engine: sa.Engine, store: Store, digest: str) -> int:
    """Deletes a content, unless somebody has handed it in again meanwhile."""
    with writing(engine) as session:
        # The first write of the transaction: on SQLite too nobody stores while it is decided.
        take_turns(session, turn_of(digest))
        if session.exec(select(col(Upload.id)).where(Upload.sha256 == digest)).first() is not None:
            return 0
        store.delete(digest)
        return 1
