"""Who sees what of an idea (POLICY §7), as conditions of a query: they say of many ideas what `stages.permissions.sight` says of one."""

from functools import lru_cache

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, exists, false, or_, select, true

from workflows.queries.looks import Eyes
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Organization


def takes_part(eyes: Eyes) -> ColumnElement[bool]:
    """The condition under which an organization of the reader owns an idea or joined it. `Idea` must be joined to its owner."""
    return _takes_part(frozenset(eyes.seer.orgs))


@lru_cache(maxsize=1_000)  # each list and page of a reader asks it several times
def _takes_part(orgs: frozenset[str]) -> ColumnElement[bool]:
    if not orgs:
        return false()
    joined = (
        exists()
        .where(col(TeamMember.idea_id) == Idea.id, col(TeamMember.status) == "joined")
        .where(col(TeamMember.org_id).in_(select(Organization.id).where(col(Organization.slug).in_(orgs))))
    )
    return or_(col(Organization.slug).in_(orgs), joined)


def full_sight(eyes: Eyes) -> ColumnElement[bool]:
    """The condition under which the reader sees everything of an idea (POLICY §7). `Idea` must be joined to its owner."""
    actor = eyes.seer
    if actor.system:
        return true()
    own = takes_part(eyes)
    if actor.belongs_to("agency") or actor.belongs_to("municipality"):
        return or_(own, col(Idea.submitted_at).is_not(None))
    return own


def visible(eyes: Eyes) -> ColumnElement[bool]:
    """The condition under which the reader sees that an idea exists."""
    submitted = col(Idea.submitted_at).is_not(None)
    if eyes.seer.memberships or eyes.seer.system:
        return or_(full_sight(eyes), submitted)
    return and_(submitted, col(Idea.gate_decided))


def placed(eyes: Eyes) -> ColumnElement[bool]:
    """The condition under which the reader sees whose an idea is and which stage it is in."""
    if not (eyes.seer.memberships or eyes.seer.system):
        return visible(eyes)
    return or_(full_sight(eyes), and_(col(Idea.submitted_at).is_not(None), col(Idea.gate_decided)))
