"""Which verbs a page may offer to the person who reads it: the permission matrix and the calendar of POLICY §1, asked once."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col, select

from stages.lifecycle import timely
from stages.permissions import Standing, may
from workflows import idea_rows
from workflows.ideas import towns_of
from workflows.queries.looks import Eyes
from workflows.runtime.work import Around
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization

FOR_ITSELF = frozenset(
    {
        "idea.follow", "idea.unfollow", "comment.post", "idea.demand", "idea.clone", "adoption.report",
        "adoption.reconfirm", "incident.file", "asset.publish", "team.ask", "challenge.post",
    }
)  # fmt: skip
"""Verbs in which everyone acts for their own organization, whoever owns the idea."""

ANY_TIME = frozenset({"repo.sync", "repo.snapshot"})
"""Verbs about a thing that outlives an idea's road: no status stops them (POLICY §1)."""


@dataclass(frozen=True, slots=True)
class Town:
    """An organization the reader speaks for, most often a local government."""

    id: int
    slug: str
    name: str


def offered(
    eyes: Eyes,
    idea: Idea,
    orgs: Around,
    verbs: Iterable[str],
    *,
    own: Iterable[str] = (),
    assigned: Iterable[str] = (),
    owner_has_caio: bool = True,
    owned_by_agency: bool = False,
) -> frozenset[str]:
    """Those of the verbs that the reader may say of this idea, or of a part of it, now. One statement at most.

    `own`: the organizations that count as the part's own, where it is not the idea's owner (a pilot's site too, an action's
    owner); `assigned`: the reviewers of its review. What the verb finds out by itself (a stale version, a missing text, the
    status of the part) is not looked at: the page asks the part's status, the verb refuses the rest when it is said.
    """
    if not eyes.actor.memberships:
        return frozenset()
    pilot_started = any(p.started_at is not None for p in idea_rows.pilots_of(eyes.session, idea))
    owners = frozenset(own) or frozenset({orgs.owner})
    standing = {
        itself: Standing(
            own=None if itself else owners,
            partners=orgs.partners,
            assigned=frozenset(assigned),
            owner_has_caio=owner_has_caio,
            owned_by_agency=owned_by_agency,
        )
        for itself in (True, False)
    }

    def may_be_said(verb: str) -> bool:
        return may(eyes.actor, verb, standing[verb in FOR_ITSELF]) is None and (
            verb in ANY_TIME or timely(verb, idea.status, idea.stage, pilot_started) is None
        )

    return frozenset(verb for verb in verbs if may_be_said(verb))


def allowed(eyes: Eyes, verbs: Iterable[str], *, own: Iterable[str] | None = None) -> frozenset[str]:
    """Those of the verbs, about no idea, that the reader may say of a thing of these organizations (None: for their own)."""
    standing = Standing(own=None if own is None else frozenset(own))
    return frozenset(verb for verb in verbs if may(eyes.actor, verb, standing) is None)


def towns_spoken_for(eyes: Eyes) -> list[Town]:
    """The local governments, not closed, for which the reader may state demand and adoption, by name. One statement."""
    return organizations(eyes, {held.org for held in towns_of(eyes.actor)})


def organizations(eyes: Eyes, slugs: Iterable[str]) -> list[Town]:
    """Those of these organizations that are not closed, by name. One statement."""
    wanted = set(slugs)
    if not wanted:
        return []
    rows = eyes.session.exec(
        select(Organization.id, Organization.slug, Organization.name)
        .where(col(Organization.slug).in_(wanted), col(Organization.closed_on).is_(None))
        .order_by(Organization.name)
    )
    return [Town(id_, slug, name) for id_, slug, name in rows]
