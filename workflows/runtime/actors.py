"""Who speaks: a person with every current membership, read afresh for each act."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from stages.days import add_months
from stages.kernel import TIES_LAST_MONTHS
from stages.permissions import SYSTEM, Actor
from stages.permissions import Membership as Held
from workflows.calendar import start_of_day, tokyo_day
from workflows.runtime.refusal import Refused
from workflows.tables.people import Membership, Organization, User


@dataclass(frozen=True, slots=True)
class Hat:
    """For whom somebody who signed in acts: one organization (its slug; None: they have chosen none), of those of the kinds
    that their way of signing in may enter (None: every kind). `by_link`: nobody signed in; a mailed link speaks for them."""

    org: str | None
    kinds: frozenset[str] | None = None
    by_link: bool = False


@dataclass(frozen=True, slots=True)
class Speaker:
    """An actor as the policy knows it, with its row's id (None for the system).

    On the pages a person acts for one of their organizations at a time: `actor` then holds that membership alone, and
    `seer` every one, since what one may see does not hang on the hat. Elsewhere the two are the same.
    """

    actor: Actor
    user_id: int | None = None
    whole: Actor | None = None
    by_link: bool = False

    @property
    def seer(self) -> Actor:
        return self.whole or self.actor

    def wearing(self, hat: Hat) -> "Speaker":
        """The same person, acting for one organization."""
        places = tuple(m for m in self.seer.memberships if hat.kinds is None or m.kind in hat.kinds)
        acting = tuple(m for m in places if m.org == hat.org)
        return Speaker(
            replace(self.actor, memberships=acting),
            self.user_id,
            replace(self.seer, memberships=places),
            hat.by_link,
        )

    @property
    def label(self) -> str:
        """How the ledger names them: organizations and number, never name or mail address."""
        return f"{'+'.join(sorted(self.actor.orgs)) or '-'}/u{self.user_id}" if self.user_id else "system"


def speaker(session: Session, email: str, hat: Hat | None = None) -> Speaker:
    """The person of a mail address, or the system; with a hat for one of their organizations alone. Refused `unknown`."""
    if email == "system":
        return Speaker(SYSTEM)
    found = speakers(session, [email.strip().lower()])
    if not found:
        raise Refused(
            "unknown", f"{email} という利用者は登録されていません。団体の管理者に招待を頼んでください。"
        )
    return found[0].wearing(hat) if hat else found[0]


@cache  # the statement of every verb
def _speakers() -> Any:
    columns: list[Any] = [
        User.id, User.email, User.name, Organization.slug, Organization.kind, Membership.roles,
    ]  # fmt: skip
    return (
        select(*columns)
        .outerjoin(Membership, (col(Membership.user_id) == User.id) & col(Membership.ended_at).is_(None))
        .outerjoin(Organization, col(Organization.id) == Membership.org_id)
        .where(col(User.email).in_(bindparam("addresses", expanding=True)))
        .order_by(Organization.slug)
    )


def speakers(session: Session, addresses: Collection[str]) -> list[Speaker]:
    """The people of these mail addresses that are known. One statement."""
    rows = session.exec(_speakers(), params={"addresses": list(addresses)})
    held: dict[tuple[int, str, str], list[Held]] = {}
    for person_id, address, name, slug, kind, roles in rows:
        of_person = held.setdefault((person_id, address, name), [])
        if slug is not None:
            of_person.append(Held(slug, kind, frozenset(roles)))
    return [
        Speaker(Actor(address, name, tuple(places)), person_id)
        for (person_id, address, name), places in held.items()
    ]


def ties(session: Session, user_id: int, now: datetime) -> set[str]:
    """The organizations (slugs) a person belongs to or belonged to in the last 12 months (POLICY §2)."""
    return ties_of_each(session, [user_id], now)[user_id]


def ties_of_each(session: Session, user_ids: Collection[int], now: datetime) -> dict[int, set[str]]:
    """The ties of each of these people. One statement."""
    since = start_of_day(add_months(tokyo_day(now), -TIES_LAST_MONTHS))
    ended = col(Membership.ended_at)
    rows = session.exec(
        select(Membership.user_id, Organization.slug)
        .join(Organization, col(Membership.org_id) == Organization.id)
        .where(col(Membership.user_id).in_(user_ids), ended.is_(None) | (ended >= since))
    )
    found: dict[int, set[str]] = {user_id: set() for user_id in user_ids}
    for user_id, slug in rows:
        found[user_id].add(slug)
    return found
