"""Messages written in the transaction that caused them, and sent after it by the clock."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, delete, insert, select

from workflows.runtime.mail_kinds import willing, within
from workflows.tables.machinery import Message
from workflows.tables.people import Membership, Organization, User


@cache  # nearly every act tells somebody
def _members() -> Any:
    return (
        select(User.email, Organization.mail_domains)
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
    slugs = sorted(set(orgs))
    if not slugs:
        return []
    found = session.exec(_members(), params={"slugs": slugs})
    return list(dict.fromkeys(email for email, domains in found if within(email, domains)))


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
    wanting = willing(session, told, kind)
    rows = [
        {"recipient": r, "kind": kind, "about": about, "subject": subject, "body": body, "created_at": at}
        for r, (about, body) in told.items()
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
