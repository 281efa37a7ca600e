"""What can be searched: ideas, products, the library and decisions, each in the words that its page shows.

The parts follow POLICY §7: `title` is seen by whoever may know that the thing is there, `brief` of an idea by signed-in vendors too, `rest` by who
sees everything of it. Nothing else of a thing belongs here: contacts and names of people least of all.
"""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select

from workflows.runtime.searchable import Document, searchable
from workflows.tables.assets import Asset, AssetVersion
from workflows.tables.ideas import Idea
from workflows.tables.products import Product
from workflows.tables.reviews import GateDecision, Review

IDEA = "title number field challenge as_is to_be users expected_effect"


@searchable("idea", Idea, {Idea: ("id", IDEA)})
def ideas(session: Session, ids: Any) -> Iterable[Document]:
    columns: list[Any] = [
        Idea.id, Idea.drafted_at, Idea.title, Idea.number, Idea.field, Idea.challenge, Idea.as_is, Idea.to_be, Idea.users,
        Idea.expected_effect,
    ]  # fmt: skip
    for row_id, at, title, number, field, challenge, *rest in session.exec(
        select(*columns).where(col(Idea.id).in_(ids))
    ):
        yield Document(row_id, at, f"{title}\n{number}\n{field}", challenge, "\n".join(rest))


@searchable("product", Product, {Product: ("id", "name slug summary_md requirements_md")})
def products(session: Session, ids: Any) -> Iterable[Document]:
    columns: list[Any] = [
        Product.id, Product.described_at, Product.name, Product.slug, Product.summary_md, Product.requirements_md,
    ]  # fmt: skip
    for row_id, at, name, slug, summary, requirements in session.exec(
        select(*columns).where(col(Product.id).in_(ids))
    ):
        yield Document(row_id, at, f"{name}\n{slug}", f"{summary}\n{requirements}")


@searchable(
    "asset",
    Asset,
    {Asset: ("id", "current_version retired_at"), AssetVersion: ("asset_id", "title body_md")},
)
def assets(session: Session, ids: Any) -> Iterable[Document]:
    """In its current version; what is retired is not found."""
    columns: list[Any] = [
        Asset.id, Asset.published_at, AssetVersion.title, Asset.ref, AssetVersion.model, AssetVersion.body_md,
    ]  # fmt: skip
    rows = session.exec(
        select(*columns)
        .join(AssetVersion, col(AssetVersion.asset_id) == Asset.id)
        .where(
            AssetVersion.number == Asset.current_version,
            col(Asset.retired_at).is_(None),
            col(Asset.id).in_(ids),
        )
    )
    for row_id, at, title, ref, model, body in rows:
        yield Document(row_id, at, f"{title}\n{ref}", f"{model or ''}\n{body}")


@searchable("decision", GateDecision, {GateDecision: ("id", "rationale")})
def decisions(session: Session, ids: Any) -> Iterable[Document]:
    """By the review's reference and the reason that was given; whether the reader may see it is the query's to ask."""
    columns: list[Any] = [GateDecision.id, GateDecision.decided_at, Review.ref, GateDecision.rationale]
    rows = session.exec(
        select(*columns)
        .join(Review, col(Review.id) == GateDecision.review_id)
        .where(col(GateDecision.id).in_(ids))
    )
    for row_id, at, ref, rationale in rows:
        yield Document(row_id, at, ref, rationale)
