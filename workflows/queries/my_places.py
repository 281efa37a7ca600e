"""The reader's own account: the organizations they belong to, with roles, since when. One statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from workflows.queries.looks import Eyes
from workflows.runtime.refusal import unknown
from workflows.tables.people import Membership, Organization


@dataclass(frozen=True, slots=True)
class Place:
    slug: str
    name: str
    kind: str
    roles: Sequence[str]
    since: datetime


def signed_in_only(eyes: Eyes) -> None:
    """Refused `unknown` for the public: the page is about whoever reads it."""
    if eyes.speaker.user_id is None:
        raise unknown("このページ")


def members_only(eyes: Eyes) -> None:
    """Refused `unknown` for who belongs to no organization: what the page lists belongs to organizations."""
    if not eyes.seer.memberships:
        raise unknown("このページ")


def my_places(eyes: Eyes) -> list[Place]:
    columns: list[Any] = [
        Organization.slug, Organization.name, Organization.kind, Membership.roles, Membership.started_at,
    ]  # fmt: skip
    rows = eyes.session.exec(
        select(*columns)
        .join(Membership, col(Membership.org_id) == Organization.id)
        .where(Membership.user_id == eyes.speaker.user_id, col(Membership.ended_at).is_(None))
        .order_by(Organization.name)
    )
    return [Place(*row) for row in rows]
