"""The front page: what is moving through the pipeline, what can be used today, and what waits for the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import col, func, or_, select

from stages.kernel import QUORUM
from stages.rollout import adoption_expires_on
from workflows.calendar import tokyo_day
from workflows.queries.ideas_list import IdeaRow, latest, visible
from workflows.queries.looks import Eyes
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, RolloutTarget
from workflows.tables.reviews import ActionItem, Assignment, RatingSheet, Review

MOVES, PRODUCTS, WAITING = 6, 6, 5


@dataclass(frozen=True, slots=True)
class ProductCard:
    slug: str
    name: str
    summary_html: str
    adopted: int
    """Local governments whose own statement that they use it stands."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for the reader: what to do, about what, until when. `kind`: idea, review, action or product."""

    kind: str
    text: str
    ref: str
    title: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Home:
    stages: Mapping[str, Mapping[str, int]]
    """stage -> status -> number of submitted ideas."""
    moves: Sequence[IdeaRow]
    products: Sequence[ProductCard]
    waiting: Sequence[Waiting]


def home(eyes: Eyes) -> Home:
    """The front page as its reader sees it. Four statements for the public; for a signed-in person four more at most."""
    counts: dict[str, dict[str, int]] = {}
    submitted = select(Idea.stage, Idea.status, func.count()).where(col(Idea.submitted_at).is_not(None))
    for stage, status, number in eyes.session.exec(submitted.group_by(Idea.stage, Idea.status)):
        counts.setdefault(stage, {})[status] = number
    return Home(
        stages=counts,
        moves=[row for _, row in latest(eyes, [visible(eyes), col(Idea.status) != "draft"], MOVES)],
        products=usable_products(eyes, PRODUCTS),
        waiting=waiting_for(eyes) if eyes.actor.memberships else [],
    )


def usable_products(eyes: Eyes, limit: int | None = None) -> list[ProductCard]:
    """The products offered to the nation, the one flagged last first. Two statements."""
    flagged = select(Product.id, Product.slug, Product.name, Product.summary_html).where(
        Product.flag == "nationwide"
    )
    rows = eyes.session.exec(flagged.order_by(col(Product.flag_since).desc()).limit(limit)).all()
    adopted: dict[int, int] = {}
    stated = (
        select(Adoption.product_id, Adoption.confirmed_at)
        .join(Organization, col(Organization.id) == Adoption.org_id)
        .where(
            col(Adoption.product_id).in_([row[0] for row in rows]),
            col(Adoption.replaced_at).is_(None),
            Adoption.status == "adopted",
            col(Organization.closed_on).is_(None),
        )
    )
    for product_id, confirmed in eyes.session.exec(stated):
        if adoption_expires_on(tokyo_day(confirmed)) > eyes.today:
            adopted[product_id] = adopted.get(product_id, 0) + 1
    return [ProductCard(slug, name, html, adopted.get(row_id, 0)) for row_id, slug, name, html in rows]


def waiting_for(eyes: Eyes) -> list[Waiting]:
    """What waits for the person: reviews to assign, rate or decide, conditions, ideas of their own, products to answer."""
    actor = eyes.actor
    found = []
    if any(True for _ in actor.holds("agency", "reviewer", "approver", "coordinator")):
        found += _reviews(eyes)
    found += _actions(eyes)
    if any(True for _ in actor.holds("municipality", "submitter", "approver")):
        found += _ideas(eyes) + _offers(eyes)
    return found


def _reviews(eyes: Eyes) -> list[Waiting]:
    """Open reviews in which this person is the one who must move."""
    actor, me = eyes.actor, eyes.speaker.user_id

    def number_of(kind: Any, gone: Any, *more: Any) -> Any:
        counted = (
            select(func.count()).select_from(kind).where(kind.review_id == Review.id, gone.is_(None), *more)
        )
        return counted.correlate(Review).scalar_subquery()

    assigned = number_of(Assignment, col(Assignment.recused_at))
    rated = number_of(RatingSheet, col(RatingSheet.replaced_at))
    mine = number_of(Assignment, col(Assignment.recused_at), Assignment.reviewer_id == me)
    done = number_of(RatingSheet, col(RatingSheet.replaced_at), RatingSheet.reviewer_id == me)
    columns: list[Any] = [
        Review.gate, Review.rate_by, Review.decide_by, Idea.number, Idea.title, assigned, rated, mine, done,
    ]  # fmt: skip
    rows = eyes.session.exec(
        select(*columns)
        .join(Idea, col(Idea.id) == Review.idea_id)
        .where(Review.status == "open")
        .order_by(col(Review.requested_at), col(Review.id))
    )
    roles = {role for held in actor.memberships if held.kind == "agency" for role in held.roles}
    found = []
    for gate, rate_by, decide_by, number, title, on_it, sheets, is_mine, is_done in rows:
        if is_mine and not is_done:
            found.append(Waiting("review", f"{gate} の判定をしてください。", number, title, rate_by))
        elif "coordinator" in roles and on_it < QUORUM:
            found.append(Waiting("review", f"{gate} の審査者を割り当ててください。", number, title, rate_by))
        elif "approver" in roles and sheets >= QUORUM:
            found.append(Waiting("review", f"{gate} の決定をしてください。", number, title, decide_by))
    return found[:WAITING]


def _actions(eyes: Eyes) -> list[Waiting]:
    """Open conditions of the person's organizations, the first due first."""
    columns: list[Any] = [ActionItem.text, ActionItem.due_on, Idea.number, Idea.title]
    rows = eyes.session.exec(
        select(*columns)
        .join(Idea, col(Idea.id) == ActionItem.idea_id)
        .join(Organization, col(Organization.id) == ActionItem.owner_id)
        .where(col(Organization.slug).in_(eyes.actor.orgs), ActionItem.status == "open")
        .order_by(col(ActionItem.due_on), col(ActionItem.id))
        .limit(WAITING)
    )
    return [Waiting("action", f"是正事項: {text}", number, title, due) for text, due, number, title in rows]


def _ideas(eyes: Eyes) -> list[Waiting]:
    """Own ideas whose next step is their owner's, the one that stood longest first."""
    rows = eyes.session.exec(
        select(Idea.number, Idea.title, Idea.status)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(
            col(Organization.slug).in_(eyes.actor.orgs),
            or_(Idea.status == "draft", (col(Idea.status) == "active") & (col(Idea.stage) != "rollout")),
        )
        .order_by(col(Idea.status_since), col(Idea.id))
        .limit(WAITING)
    )
    says = {"draft": "下書きを仕上げ、決裁を受けて提出してください。", "active": "次の一歩を進めてください。"}
    return [Waiting("idea", says[status], number, title) for number, title, status in rows]


def _offers(eyes: Eyes) -> list[Waiting]:
    """Products offered to the person's local governments that have not been answered, or not within the year."""
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
    rows = eyes.session.exec(
        select(Product.slug, Product.name)
        .join(RolloutTarget, col(RolloutTarget.product_id) == Product.id)
        .join(Organization, col(Organization.id) == RolloutTarget.org_id)
        .where(
            col(Organization.slug).in_(eyes.actor.orgs),
            col(Organization.closed_on).is_(None),
            col(RolloutTarget.offered),
            Product.flag == "nationwide",
            ~answered,
        )
        .order_by(col(RolloutTarget.total).desc(), Product.slug)
        .limit(WAITING)
    )
    return [Waiting("product", "導入状況を答えてください。", slug, name) for slug, name in rows]
