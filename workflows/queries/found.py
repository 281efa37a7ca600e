"""What words find, for this reader: the conditions that every list and the search share. POLICY §7, "Who sees what", is theirs to keep.

A word that stands only where the reader may not look finds nothing: what is found tells what is written.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, false, or_

from workflows import search_index
from workflows.queries.idea_sight import full_sight, visible
from workflows.queries.looks import Eyes
from workflows.search_words import asked
from workflows.tables.assets import Asset
from workflows.tables.ideas import Idea
from workflows.tables.products import Product
from workflows.tables.reviews import GateDecision, Review


def sees_all(eyes: Eyes) -> bool:
    """Whether the reader sees everything of every idea that is to be seen at all: municipalities, the agency, the system."""
    return eyes.seer.system or eyes.seer.belongs_to("agency") or eyes.seer.belongs_to("municipality")


def ideas_with(eyes: Eyes, holds: Callable[[search_index.Parts], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Ideas that hold the words where the reader may read: everything of what is seen whole, title and challenge for a signed-in
    vendor, the title for the public. `holds` says of some parts that they do; `Idea` must be joined to its owner."""
    if sees_all(eyes):
        return and_(visible(eyes), holds("rest"))
    if eyes.seer.memberships:
        # The index finds what holds them anywhere; whether that is where the reader may look is asked of these alone.
        return and_(visible(eyes), holds("rest"), or_(holds("brief"), full_sight(eyes)))
    return and_(visible(eyes), holds("title"))


def products_seen(eyes: Eyes) -> ColumnElement[bool]:
    """A product that was flagged is public; before that it is as visible as its idea. `Idea` must be joined, and its owner."""
    return or_(Product.flag != "none", full_sight(eyes))


def decisions_seen(eyes: Eyes) -> ColumnElement[bool]:
    """Decisions whose reasons the reader sees: of every idea seen whole, and those published without reserve
    (docs/decisions/0016). `Review` and `Idea` must be joined, and the idea's owner."""
    published = and_(
        col(Idea.submitted_at).is_not(None),
        col(Idea.gate_decided),
        Review.status == "decided",
        col(GateDecision.withhold_because).is_(None),
    )
    return or_(full_sight(eyes), published)


def assets_seen(eyes: Eyes) -> ColumnElement[bool]:
    """What is published and not retired is public."""
    return col(Asset.retired_at).is_(None)


def holding(eyes: Eyes, kind: str, ids: Any, text: str | None) -> list[ColumnElement[bool]]:
    """The condition under which a product, an asset or a decision holds the words of a text: none where nothing was
    typed, and what is never true where that is no word."""
    words = asked(text).words
    if not words:
        return [false()] if (text or "").strip() else []
    return [col(ids).in_(search_index.ids(eyes.session, kind, words))]


def ideas_holding(eyes: Eyes, text: str | None) -> list[ColumnElement[bool]]:
    """The same for ideas, as far as the reader sees them."""
    words = asked(text).words
    if not words:
        return [false()] if (text or "").strip() else []
    return [
        ideas_with(eyes, lambda parts: col(Idea.id).in_(search_index.ids(eyes.session, "idea", words, parts)))
    ]
