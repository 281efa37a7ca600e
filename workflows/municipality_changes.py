"""A newer list of local governments against the rows: what it would change, and changing it with history kept."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from stages.local_government import kind_of_size_class
from stages.permissions import SYSTEM
from workflows.municipalities import Changes, LocalGovernment, compare
from workflows.runtime.actors import Speaker
from workflows.runtime.transaction import take_turns
from workflows.runtime.work import Work
from workflows.tables.people import Organization

LIST_TURN = 7_318_261_420_552
"""The key of the PostgreSQL advisory lock by which lists are loaded one after the other (the clock's is one less)."""


def as_organization(row: LocalGovernment) -> dict[str, Any]:
    """A local government of a list as the columns of a row: listed, open, its prefecture, name, reading and size class."""
    return {
        "kind": "municipality",
        "name": row.name,
        "kana": row.kana or None,
        "lgcode": row.lgcode,
        "prefecture": row.prefecture,
        "size_class": row.size_class,
        "listed": True,
        "closed_on": None,
        "successor_id": None,
    }


def as_new_organization(row: LocalGovernment) -> dict[str, Any]:
    """The columns of a row that nobody has claimed yet: its code stands for a slug."""
    return {**as_organization(row), "slug": row.lgcode, "mail_domains": [], "version": 1}


def listed(session: Session) -> list[LocalGovernment]:
    """The local governments that stand in the database as listed and are not closed, in the order of their codes."""
    rows = session.exec(
        select(Organization)
        .where(
            Organization.kind == "municipality",
            col(Organization.listed),
            col(Organization.closed_on).is_(None),
        )
        .order_by(col(Organization.lgcode))
    )
    return [
        LocalGovernment(
            o.lgcode or "",
            kind_of_size_class(o.size_class or ""),
            o.size_class or "",
            o.prefecture or "",
            o.name,
            o.kana or "",
        )
        for o in rows
    ]


def changes(session: Session, newer: Sequence[LocalGovernment]) -> Changes:
    """What the newer list would change, to be shown before `apply`."""
    return compare(listed(session), newer)


def load(session: Session, newer: Sequence[LocalGovernment], on: date, now: datetime) -> Changes:
    """Compares with the newer list and applies what it changes, one list at a time; returns what was changed.

    A second list waits for the first one's commit and is compared with what that left.
    """
    take_turns(session, LIST_TURN)
    change = changes(session, newer)
    apply(session, change, on, now)
    return change


def apply(session: Session, change: Changes, on: date, now: datetime) -> None:
    """Changes the rows as shown, in the caller's transaction (see `load`): nothing is deleted, and each organization's ledger says what happened.

    A code that comes back (or was registered beside the list) keeps its row. `on` is the day written as the closing day.
    """
    work = Work(session, Speaker(SYSTEM), now)
    for row in change.added:
        known = work.find(Organization, lgcode=row.lgcode)
        if known is None:
            known = work.add(Organization(**as_new_organization(row)))
        else:
            work.change(work.lock(Organization, known.id), **as_organization(row))
        work.record("org.listed", known, name=row.name, lgcode=row.lgcode)
    altered = {c.after.lgcode: c for c in (*change.renamed, *change.reclassified)}
    for code, pair in altered.items():
        fields = {name: value for name, value in as_organization(pair.after).items() if name in _FROM_A_LIST}
        before = {
            name: value
            for name, value in as_organization(pair.before).items()
            if fields.get(name) != value and name in fields
        }
        organization = _of(work, code)
        work.change(organization, **fields)
        work.record(
            "org.relisted", organization, before=before, after={name: fields[name] for name in before}
        )
    successors = {m.closed.lgcode: m.successor.lgcode for m in change.merged_hint}
    for row in change.closed:
        organization = _of(work, row.lgcode)
        successor = _of(work, successors[row.lgcode]) if row.lgcode in successors else None
        work.change(organization, closed_on=on, successor_id=successor.id if successor else None)
        work.record(
            "org.closed", organization, on=on.isoformat(), successor=successor.slug if successor else None
        )


_FROM_A_LIST = ("name", "kana", "prefecture", "size_class")


def _of(work: Work, code: str) -> Organization:
    found = work.find(Organization, lgcode=code)
    assert found is not None, code
    return work.lock(Organization, found.id)
