"""What a local government has to do, each with the place where it is done. Four statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from sqlmodel import and_, col, or_, select

from workflows.queries.looks import Eyes
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, RolloutTarget
from workflows.tables.reviews import ActionItem

AT_MOST = 10
"""Of each kind; the page of each thing shows the rest."""
EXPIRES_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Task:
    """`kind`: draft, idea, team, action, expiring or offer; `ref` is the idea's number or the product's slug."""

    kind: str
    ref: str
    title: str
    due_on: date | None = None


class Statement(Protocol):
    """What it states of a product, as far as a task is in it."""

    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def expires_on(self) -> date: ...
    @property
    def may_say(self) -> bool: ...


def tasks(eyes: Eyes, org: Organization, stated: Sequence[Statement]) -> list[Task]:
    """What waits for it: answers that lapse, conditions, requests to join, ideas of its own, offers without an answer."""
    soon = eyes.today + EXPIRES_WITHIN
    lapsing = [
        Task("expiring", s.slug, s.name, s.expires_on)
        for s in stated
        if s.expires_on <= soon and s.status in ("adopted", "piloting", "planned", "considering", "expired")
    ]
    return [
        *sorted(lapsing, key=lambda task: (task.due_on or soon, task.ref))[:AT_MOST],
        *_actions(eyes, org),
        *_requests(eyes, org),
        *_ideas(eyes, org),
        *_offers(eyes, org),
    ]


def _actions(eyes: Eyes, org: Organization) -> list[Task]:
    columns: list[Any] = [Idea.number, ActionItem.text, ActionItem.due_on]
    rows = eyes.session.exec(
        select(*columns)
        .join(ActionItem, col(ActionItem.idea_id) == Idea.id)
        .where(ActionItem.owner_id == org.id, ActionItem.status == "open")
        .order_by(col(ActionItem.due_on), col(ActionItem.id))
        .limit(AT_MOST)
    )
    return [Task("action", number, text, due) for number, text, due in rows]


def _requests(eyes: Eyes, org: Organization) -> list[Task]:
    """Others asked to join an idea of its own, or an owner asked it to join theirs."""
    asked_us = and_(TeamMember.asked_side == "owner", TeamMember.org_id == org.id)
    asked_of_us = and_(TeamMember.asked_side == "partner", Idea.owner_id == org.id)
    rows = eyes.session.exec(
        select(Idea.number, Idea.title)
        .join(TeamMember, col(TeamMember.idea_id) == Idea.id)
        .where(TeamMember.status == "asked", Idea.status == "active", or_(asked_us, asked_of_us))
        .order_by(col(TeamMember.id))
        .limit(AT_MOST)
    )
    return [Task("team", number, title) for number, title in dict(rows.all()).items()]


def _ideas(eyes: Eyes, org: Organization) -> list[Task]:
    """Its own ideas whose next step is its own, the one that stood longest first. A draft is for its own people alone."""
    drafts = [Idea.status == "draft"] if org.slug in eyes.actor.orgs else []
    under_way = and_(col(Idea.status) == "active", col(Idea.stage) != "rollout")
    rows = eyes.session.exec(
        select(Idea.number, Idea.title, Idea.status)
        .where(Idea.owner_id == org.id, or_(under_way, *drafts))
        .order_by(col(Idea.status_since), col(Idea.id))
        .limit(AT_MOST)
    )
    return [Task("draft" if status == "draft" else "idea", number, title) for number, title, status in rows]


def _offers(eyes: Eyes, org: Organization) -> list[Task]:
    """Products offered to it that it has not answered, the best fit first."""
    answered = (
        select(Adoption.id)
        .where(
            Adoption.product_id == RolloutTarget.product_id,
            Adoption.org_id == RolloutTarget.org_id,
            col(Adoption.replaced_at).is_(None),
        )
        .correlate(RolloutTarget)
        .exists()
    )
    columns: list[Any] = [Product.slug, Product.name]
    rows = eyes.session.exec(
        select(*columns)
        .join(RolloutTarget, col(RolloutTarget.product_id) == Product.id)
        .where(
            RolloutTarget.org_id == org.id,
            col(RolloutTarget.offered),
            Product.flag == "nationwide",
            ~answered,
        )
        .order_by(col(RolloutTarget.total).desc(), Product.slug)
        .limit(AT_MOST)
    )
    return [Task("offer", slug, name) for slug, name in rows]
