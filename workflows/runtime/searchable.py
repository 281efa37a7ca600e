"""What the search looks through is kept up by the transaction that changes a thing, whichever verb it is that changes it.

A room says once what of its rows is searchable; the session notes which of them it writes and, before it commits, writes their words
anew. What is there before a release is written by `kyoso migrate`; who writes rows behind the session's back, in bulk, calls `write`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session, col, delete, insert, select

from workflows.search_words import kept
from workflows.tables.searching import SearchText

AT_ONCE = 500
"""So many things are read and written in one go when all are."""
NOTED = "kyoso_searchable"


@dataclass(frozen=True, slots=True)
class Document:
    """A thing in words: what everybody who sees that it is there sees of it, what most do, and the rest."""

    row_id: int
    at: datetime
    title: str
    brief: str = ""
    rest: str = ""


Reads = Callable[[Session, Any], Iterable[Document]]
"""Documents of the things that a condition on their id (a select of ids, or a list) names; what is not to be found is left out.
One statement."""


@dataclass(frozen=True, slots=True)
class _Kind:
    table: type[Any]
    reads: Reads


_kinds: dict[str, _Kind] = {}
_watched: dict[type[Any], list[tuple[str, str, frozenset[str]]]] = {}
"""Class of rows -> kind, the column with the id of the thing, the columns whose change changes its words."""


def searchable(
    kind: str, table: type[Any], watched: Mapping[type[Any], tuple[str, str]]
) -> Callable[[Reads], Reads]:
    """Declares a kind of SEARCHED: its own table and, for each class of rows it is made from, the column that holds the id of
    the thing and the names of the columns that matter."""

    def declare(reads: Reads) -> Reads:
        _kinds[kind] = _Kind(table, reads)
        for rows, (row_id, columns) in watched.items():
            _watched.setdefault(rows, []).append((kind, row_id, frozenset(columns.split())))
        return reads

    return declare


@event.listens_for(Session, "before_flush")
def _note(session: Session, _: UOWTransaction, __: Any) -> None:
    """Which things this flush writes, by the rows themselves: new ones have no id yet."""
    for row in [*session.new, *session.dirty, *session.deleted]:
        for kind, row_id, columns in _watched.get(type(row), ()):
            attributes = sa.inspect(row).attrs
            if row not in session.dirty or any(attributes[c].history.has_changes() for c in columns):
                session.info.setdefault(NOTED, []).append((kind, row, row_id))


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    """The words of what was noted, in the transaction that is about to end."""
    if session.new or session.dirty or session.deleted:
        session.flush()
    changed: dict[str, set[int]] = {}
    for kind, row, row_id in session.info.pop(NOTED, ()):
        found = getattr(row, row_id)
        if found is not None:
            changed.setdefault(kind, set()).add(found)
    for kind, ids in sorted(changed.items()):
        write(session, kind, sorted(ids))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _: Any) -> None:
    session.info.pop(NOTED, None)


def write(session: Session, kind: str, ids: Sequence[int]) -> int:
    """Writes the words of these things anew; how many are to be found now. Three statements."""
    rows = list(rows_of(kind, _kinds[kind].reads(session, ids)))
    session.execute(delete(SearchText).where(col(SearchText.kind) == kind, col(SearchText.row_id).in_(ids)))
    if rows:
        session.execute(insert(SearchText), rows)
    return len(rows)


def rows_of(kind: str, documents: Iterable[Document]) -> Iterator[dict[str, Any]]:
    for d in documents:
        yield {
            "kind": kind, "row_id": d.row_id, "at": d.at, "title": kept(d.title), "brief": kept(d.brief), "rest": kept(d.rest),
        }  # fmt: skip


def write_all(session: Session) -> dict[str, int]:
    """Every thing's words anew, in bounded memory; how many of each kind are to be found."""
    session.execute(delete(SearchText))
    counts = {}
    for kind, declared in _kinds.items():
        ids = select(declared.table.id).order_by(declared.table.id).limit(AT_ONCE)
        counts[kind], last = 0, 0
        while found := session.exec(ids.where(declared.table.id > last)).all():
            counts[kind] += write(session, kind, found)
            last = found[-1]
    return counts
