"""What was found, as it is shown: its title and the part of its text in which the words stand. Four statements, one a kind.

Each kind asks once more what the reader sees of it, so that no text is shown because it was found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import and_, col, select

from workflows.queries.found import assets_seen, decisions_seen, products_seen
from workflows.queries.idea_sight import full_sight, placed, visible
from workflows.queries.looks import Eyes
from workflows.search_words import Extract, Word, extract, marked
from workflows.tables.assets import Asset, AssetVersion
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Product
from workflows.tables.reviews import GateDecision, Review

Found = tuple[int, "Hit"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found. `ref` is what its address names it by; `state` its status, flag, kind of asset or decision. What the reader may
    not know of it (whose it is, in which stage) is None."""

    kind: str
    ref: str
    title: Extract
    extract: Extract
    state: str
    field: str | None = None
    owner: str | None = None
    stage: str | None = None
    about: str | None = None
    """Of a decision: the title of the idea."""


def hits_of(eyes: Eyes, things: Sequence[tuple[str, int]], words: Sequence[Word]) -> list[Hit]:
    """The things of these kinds and ids, in their order; what the reader does not see is left out."""
    kinds = {"idea": _ideas, "product": _products, "asset": _assets, "decision": _decisions}
    found = {
        (kind, row_id): hit
        for kind, read in kinds.items()
        for row_id, hit in read(eyes, [row_id for its, row_id in things if its == kind], words)
    }
    return [found[thing] for thing in things if thing in found]


def _ideas(eyes: Eyes, ids: Sequence[int], words: Sequence[Word]) -> Iterator[Found]:
    columns: list[Any] = [
        Idea.id, Idea.number, Idea.title, Idea.field, Idea.status, Idea.stage, Organization.name, placed(eyes), full_sight(eyes),
        Idea.challenge, Idea.as_is, Idea.to_be, Idea.users, Idea.expected_effect,
    ]  # fmt: skip
    rows = (
        select(*columns)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(col(Idea.id).in_(ids), visible(eyes))
    )
    for (
        row_id,
        number,
        title,
        of,
        status,
        stage,
        owner,
        is_placed,
        full,
        challenge,
        *rest,
    ) in eyes.session.exec(rows):
        texts = [challenge, *(rest if full else [])] if full or eyes.seer.memberships else []
        yield row_id, Hit(
            kind="idea", ref=number, title=marked(title, words), extract=_first(texts, words), state=status, field=of,
            owner=owner if is_placed else None, stage=stage if is_placed else None,
        )  # fmt: skip


def _first(texts: Sequence[str], words: Sequence[Word]) -> Extract:
    return next((found for text in texts if (found := extract(text, words))), [])


def _products(eyes: Eyes, ids: Sequence[int], words: Sequence[Word]) -> Iterator[Found]:
    columns: list[Any] = [
        Product.id, Product.slug, Product.name, Product.flag, Product.summary_md, Product.requirements_md, Idea.field,
    ]  # fmt: skip
    rows = (
        select(*columns)
        .join(Idea, col(Idea.id) == Product.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(col(Product.id).in_(ids), products_seen(eyes))
    )
    for row_id, slug, name, flag, summary, requirements, of in eyes.session.exec(rows):
        texts = (summary, requirements)
        yield row_id, Hit("product", slug, marked(name, words), _first(texts, words), flag, of)


def _assets(eyes: Eyes, ids: Sequence[int], words: Sequence[Word]) -> Iterator[Found]:
    columns: list[Any] = [
        Asset.id, Asset.ref, AssetVersion.title, Asset.kind, AssetVersion.body_md, Organization.name,
    ]  # fmt: skip
    rows = (
        select(*columns)
        .join(
            AssetVersion,
            and_(AssetVersion.asset_id == Asset.id, AssetVersion.number == Asset.current_version),
        )
        .join(Organization, col(Organization.id) == Asset.org_id)
        .where(col(Asset.id).in_(ids), assets_seen(eyes))
    )
    for row_id, ref, title, kind, body, publisher in eyes.session.exec(rows):
        yield row_id, Hit("asset", ref, marked(title, words), extract(body, words), kind, owner=publisher)


def _decisions(eyes: Eyes, ids: Sequence[int], words: Sequence[Word]) -> Iterator[Found]:
    columns: list[Any] = [
        GateDecision.id, Review.ref, Review.gate, GateDecision.decision, GateDecision.rationale, Idea.title, Idea.field,
        Organization.name,
    ]  # fmt: skip
    rows = (
        select(*columns)
        .join(Review, col(Review.id) == GateDecision.review_id)
        .join(Idea, col(Idea.id) == Review.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(col(GateDecision.id).in_(ids), decisions_seen(eyes))
    )
    for row_id, ref, gate, decision, rationale, title, of, owner in eyes.session.exec(rows):
        yield row_id, Hit(
            kind="decision", ref=ref, title=[(gate, False)], extract=extract(rationale, words), state=decision, field=of,
            owner=owner, about=title,
        )  # fmt: skip
