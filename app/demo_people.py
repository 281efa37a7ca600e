"""Whom a visitor of the demo may be with one click, and only where everybody in the database is invented."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from app.db import reading
from workflows.tables.people import Membership, Organization, User

EXAMPLE_DOMAINS = ("example.jp", "example.com", "example.net", "example.org", "example", "test", "invalid")
"""Domains that belong to nobody (RFC 2606, JPRS): only a database whose people all live there is a demo's."""


@dataclass(frozen=True)
class DemoPerson:
    """A person to sign in as with one click, in one organization."""

    user_id: int
    name: str
    org: str
    kind: str
    roles: Sequence[str]


def is_demo_database(engine: Engine) -> bool:
    """Whether everybody in it has a mail address that belongs to nobody: the only kind in which one click may sign in."""
    with reading(engine) as session:
        domains = {email.rpartition("@")[2] for email in session.exec(select(User.email))}
    return all(any(d == e or d.endswith(f".{e}") for e in EXAMPLE_DOMAINS) for d in domains)


def everybody(engine: Engine) -> list[DemoPerson]:
    """Everybody with a role, by organization in the order registered. Empty unless this is a demo database."""
    if not is_demo_database(engine):
        return []
    with reading(engine) as session:
        columns: list[Any] = [User.id, User.name, Organization.name, Organization.kind, Membership.roles]
        rows = session.exec(
            select(*columns)
            .join(Membership, col(Membership.user_id) == User.id)
            .join(Organization, col(Organization.id) == Membership.org_id)
            .where(col(Membership.ended_at).is_(None))
            .order_by(col(Organization.claimed_at), col(Organization.id), col(User.id))
        ).all()
    return [DemoPerson(user_id, name, org, kind, roles) for user_id, name, org, kind, roles in rows]


MAIN_ROLES = (
    ("municipality", "submitter"), ("municipality", "approver"), ("vendor", "member"), ("agency", "coordinator"),
    ("agency", "reviewer"), ("agency", "reviewer"), ("agency", "approver"), ("municipality", "submitter"),
    ("agency", "auditor"), ("agency", "administrator"),
)  # fmt: skip
"""Whom a visitor of the demo meets first; a kind and role named twice are two people, of different towns where it is towns."""


def the_first_ten(people: Sequence[DemoPerson]) -> list[DemoPerson]:
    """The first ten: one for each of MAIN_ROLES, as far as there are such people."""
    chosen: list[DemoPerson] = []
    for kind, role in MAIN_ROLES:
        taken_towns = {p.org for p in chosen if role in p.roles} if kind == "municipality" else set()
        fitting = (
            p
            for p in people
            if p.kind == kind and role in p.roles and p not in chosen and p.org not in taken_towns
        )
        found = next(fitting, None)
        if found is not None:
            chosen.append(found)
    return chosen
