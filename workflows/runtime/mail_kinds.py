"""The kinds of mail: which a person may decline, which leave together once a day, and which may go to any address.

See docs/decisions/0032-mail-that-is-wanted.md.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, delete, select

from workflows.calendar import TOKYO
from workflows.tables.machinery import Message
from workflows.tables.people import MailChoice, Membership, Organization, User

WAVES, ANSWERS, FLAGS, COMMENTS, DEMAND = "waves", "answers", "flags", "comments", "demand"
DECLINABLE: dict[str, tuple[str, ...]] = {
    WAVES: ("wave.opened", "wave.reminded"),
    ANSWERS: ("adoption_expiring_30", "adoption.expired", "target_unanswered_60"),
    FLAGS: (
        "draft_idle_60", "owner_idle_30", "silent_14", "silent_30", "red_health", "past_end", "sample_behind",
        "no_release_90", "repository_silent_60", "unrated_10", "action_due_soon", "hold_date_reached",
        "budget_window_open", "budget_window_closing",
    ),
    COMMENTS: ("comment.posted",),
    DEMAND: ("idea.demanded",),
}  # fmt: skip
"""What a person may decline, by the name under which it is declined. Everything else always comes: decisions, incidents, what is
overdue, people and keys. A test asks that a flag is either here or overdue."""
TOGETHER = (*DECLINABLE[WAVES], *DECLINABLE[ANSWERS], "adoption.imported")
"""All that the rollout of products writes: one mail a day to a person, however many products and reasons there are."""
LEAVES_FROM = timedelta(hours=6)
"""From six in the morning in Tokyo, when the clock has done what it does once a day."""
OWN = ("password.reset", "key.changed", "user.signed_out")
"""About a person's own keys, not about any organization: these go wherever the person is."""
AUDITS = ("ledger.anchor",)
"""To the addresses that whoever operates the site has named (KYOSO_AUDITORS)."""
_NAMED = {kind: name for name, kinds in DECLINABLE.items() for kind in kinds}


def name_of(kind: str) -> str | None:
    """Under which name a kind of message may be declined; None where it always comes."""
    return _NAMED.get(kind)


def within(address: str, domains: Collection[str]) -> bool:
    """Whether an address is in one of an organization's domains, or below one. An organization that has registered none says
    nothing about where its people's mail goes: then those it invited are written to."""
    host = address.rpartition("@")[2].lower()
    known = [domain.lower().strip(".") for domain in domains]
    return not known or any(host == domain or host.endswith(f".{domain}") for domain in known)


@cache
def _belonging() -> Any:
    return (
        select(User.email, Organization.mail_domains)
        .join(Membership, col(Membership.user_id) == User.id)
        .join(Organization, col(Membership.org_id) == Organization.id)
        .where(col(User.email).in_(bindparam("emails", expanding=True)), col(Membership.ended_at).is_(None))
    )


def outside(session: Session, addresses: Iterable[str]) -> set[str]:
    """Those of these addresses that are outside the domains of every organization that their person belongs to. One statement.

    Who belongs nowhere (an auditor that a setting names) is none of them.
    """
    emails = sorted(set(addresses))
    if not emails:
        return set()
    held: dict[str, bool] = {}
    for email, domains in session.exec(_belonging(), params={"emails": emails}):
        held[email] = held.get(email, True) and not within(email, domains)
    return {email for email, is_held in held.items() if is_held}


def day_began(now: datetime) -> datetime:
    """Midnight in Tokyo."""
    return now.astimezone(TOKYO).replace(hour=0, minute=0, second=0, microsecond=0)


def declined_by(session: Session, user_id: int) -> set[str]:
    """The names that a person has declined. One statement."""
    chosen = select(MailChoice.kind).where(MailChoice.user_id == user_id)
    return set(session.exec(chosen.where(col(MailChoice.wanted).is_(False))))


@cache
def _unwilling() -> Any:
    return (
        select(User.email)
        .join(MailChoice, col(MailChoice.user_id) == User.id)
        .where(
            col(User.email).in_(bindparam("emails", expanding=True)),
            MailChoice.kind == bindparam("name"),
            col(MailChoice.wanted).is_(False),
        )
    )


def willing(session: Session, recipients: Iterable[str], kind: str) -> set[str]:
    """The addresses without those whose person declined this kind; one statement where it can be declined."""
    addresses, name = set(recipients), name_of(kind)
    if name is None or not addresses:
        return addresses
    return addresses - set(session.exec(_unwilling(), params={"emails": sorted(addresses), "name": name}))


def choose(session: Session, user_id: int, declined: Iterable[str], now: datetime) -> None:
    """Declines just these names of DECLINABLE and takes back what of them still waits; only what changes is written anew."""
    _choose(session, _person(session, User.id == user_id), set(declined) & DECLINABLE.keys(), now)


def decline(session: Session, email: str, names: Iterable[str], sent_at: datetime, now: datetime) -> bool:
    """Declines these names for a person, by a mail that was sent at a time. False where they have chosen to have one of them
    since, or are known no more: then nothing is changed."""
    person = _person(session, User.email == email)
    if person is None:
        return False
    names = set(names) & DECLINABLE.keys()
    since = select(MailChoice.kind).where(
        MailChoice.user_id == person.id,
        col(MailChoice.kind).in_(names),
        col(MailChoice.wanted).is_(True),
        col(MailChoice.chosen_at) >= sent_at,
    )
    if session.exec(since).first() is not None:
        return False
    _choose(session, person, declined_by(session, person.id) | names, now)
    return True


def _person(session: Session, which: Any) -> User | None:
    """A person, locked: what they choose is chosen one after another."""
    return session.exec(select(User).where(which).with_for_update()).first()


def _choose(session: Session, person: User | None, after: set[str], now: datetime) -> None:
    if person is None:
        return
    before = declined_by(session, person.id)
    for name in sorted(before ^ after):
        session.merge(MailChoice(user_id=person.id, kind=name, wanted=name not in after, chosen_at=now))
    kinds = [kind for name in after - before for kind in DECLINABLE[name]]
    if kinds:
        waiting = [col(Message.recipient) == person.email, col(Message.sent_at).is_(None)]
        session.execute(delete(Message).where(*waiting, col(Message.kind).in_(kinds)))
