"""Messages written in the transaction that caused them, and sent after it by the clock."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam
from sqlmodel import Session, col, delete, insert, select

from workflows.runtime.mail_kinds import willing, within
from workflows.tables.machinery import Message
from workflows.tables.people import Membership, Organization, User

AT_ONCE = 500
"""Organizations whose members are looked up together: some ten thousand people, of whom a statement can name so many."""


class Letter(NamedTuple):
    """What an organization is told, about what."""

    about: str
    subject: str
    body: str


@cache  # nearly every act tells somebody
def _members() -> Any:
    return (
        select(Organization.slug, User.email, Organization.mail_domains)
        .join(Membership, col(Membership.user_id) == User.id)
        .join(Organization, col(Membership.org_id) == Organization.id)
        .where(
            col(Organization.slug).in_(bindparam("slugs", expanding=True)), col(Membership.ended_at).is_(None)
        )
        .order_by(User.email)
    )


def members_of(session: Session, orgs: Iterable[str]) -> list[str]:
    """The mail addresses of everyone who now belongs to the organizations, each once; without those outside the domains that
    the organization has registered: nothing is sent there."""
    return list(dict.fromkeys(email for _, email in _belonging(session, set(orgs))))


def _belonging(session: Session, orgs: Collection[str]) -> list[tuple[str, str]]:
    """Organization and address of each member to whom its mail goes."""
    if not orgs:
        return []
    found = session.exec(_members(), params={"slugs": sorted(orgs)})
    return [(slug, email) for slug, email, domains in found if within(email, domains)]


def agency_slugs(session: Session) -> list[str]:
    return list(session.exec(select(Organization.slug).where(Organization.kind == "agency")))


def enqueue(
    session: Session, recipients: Iterable[str], kind: str, about: str, subject: str, body: str, at: datetime
) -> int:
    """One message for each recipient who has not declined the kind; returns how many."""
    return enqueue_each(session, dict.fromkeys(recipients, (about, body)), kind, subject, at)


def enqueue_each(
    session: Session, told: Mapping[str, tuple[str, str]], kind: str, subject: str, at: datetime
) -> int:
    """One message to each recipient who has not declined the kind, about something and with a body of their own; returns how
    many. At most two statements."""
    return _write(session, [(r, Letter(about, subject, body)) for r, (about, body) in told.items()], kind, at)


def enqueue_to_orgs(
    session: Session, told: Mapping[str, Letter], kind: str, at: datetime, but: str | None = None
) -> int:
    """To each member of each of these organizations what that one is told, `but` one address; returns how many. At most three
    statements for every AT_ONCE organizations, of which a wave or a survey has two thousand."""
    slugs, wrote = list(told), 0
    for start in range(0, len(slugs), AT_ONCE):
        members = _belonging(session, slugs[start : start + AT_ONCE])
        wrote += _write(session, [(r, told[slug]) for slug, r in members if r != but], kind, at)
    return wrote


def _write(session: Session, letters: Sequence[tuple[str, Letter]], kind: str, at: datetime) -> int:
    wanting = willing(session, (r for r, _ in letters), kind)
    rows = [
        {"recipient": r, "kind": kind, "created_at": at, **letter._asdict()}
        for r, letter in letters
        if r in wanting
    ]
    if rows:
        session.execute(insert(Message), rows)
    return len(rows)


def forget(session: Session, recipient: str) -> None:
    """Takes back what still waits for somebody who has left: no mail goes out to whom nothing may be told any more."""
    session.execute(
        delete(Message).where(col(Message.recipient) == recipient, col(Message.sent_at).is_(None))
    )
