"""The team of an idea: who joined, who asked or was asked, and what the reader may say to that. Three statements at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from stages.lifecycle import timely
from stages.permissions import Sight
from workflows import idea_rows
from workflows.queries.looks import Eyes
from workflows.queries.offers import organizations
from workflows.runtime.work import Around
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Organization
from workflows.teams import makers_of


@dataclass(frozen=True, slots=True)
class MemberView:
    """An organization that joined the idea, asked to, or was asked to. `asked_by`: owner (invited) or partner (it asked)."""

    slug: str
    name: str
    status: str  # asked, joined
    asked_by: str
    message: str
    since: datetime
    may_answer: bool
    may_leave: bool
    own: bool
    """The reader speaks for it."""


@dataclass(frozen=True, slots=True)
class TeamView:
    members: Sequence[MemberView]
    """Those that wait for an answer first."""
    may_join: bool
    """Whether the organization that the reader acts for could ask to join."""
    may_invite: bool

    @property
    def waits_for_me(self) -> bool:
        return any(m.may_answer for m in self.members)


def team_of(eyes: Eyes, idea: Idea, orgs: Around, sight: Sight) -> TeamView:
    """The team as far as the reader sees it: all of it with the idea, else only what concerns their own organizations."""
    mine = {held.org for held in makers_of(eyes.actor)}
    if sight in (Sight.NONE, Sight.PUBLISHED):
        return TeamView((), False, False)
    columns: list[Any] = [TeamMember, Organization.slug, Organization.name]
    rows = eyes.session.exec(
        select(*columns)
        .join(Organization, col(Organization.id) == TeamMember.org_id)
        .where(TeamMember.idea_id == idea.id, col(TeamMember.status).in_(["asked", "joined"]))
        .order_by(TeamMember.status, col(TeamMember.id))
    ).all()
    pilots = idea_rows.pilots_of(eyes.session, idea)
    busy = {p.vendor_id for p in pilots if p.status in ("planned", "running")}
    open_now = timely("team.ask", idea.status, idea.stage) is None

    def view(row: TeamMember, slug: str, name: str) -> MemberView:
        sides = {side for side, s in (("owner", orgs.owner), ("partner", slug)) if s in mine}
        return MemberView(
            slug=slug,
            name=name,
            status=row.status,
            asked_by=row.asked_side,
            message=row.message,
            since=row.answered_at or row.asked_at,
            may_answer=open_now and row.status == "asked" and bool(sides - {row.asked_side}),
            may_leave=open_now and row.status == "joined" and bool(sides) and row.org_id not in busy,
            own=slug in mine,
        )

    members = [view(*row) for row in rows]
    shown = [m for m in members if sight == Sight.FULL or m.own]
    free = mine - {m.slug for m in members} - {orgs.owner} if open_now else set()
    return TeamView(shown, bool(organizations(eyes, free)), open_now and orgs.owner in mine)
