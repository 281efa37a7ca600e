"""What became of flags: when products were offered to the nation, suspended and restored, and what was released since.

Dates and causes are those of the ledger. Who wrote or decided is not told, and no sentence that was written for adopters alone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from workflows.queries.looks import Eyes
from workflows.tables.ideas import Idea
from workflows.tables.ledger import LedgerEntry
from workflows.tables.products import Product, Release

FLAG_ACTIONS = ("product.flagged", "product.suspended", "product.restored")
MOST_NEWS = 50


@dataclass(frozen=True, slots=True)
class FlagMove:
    """One change of a product's flag: flagged, suspended or restored; suspended: for which causes, in sentences."""

    at: datetime
    what: str
    causes: Sequence[str]
    mark: str
    """The hash of its ledger entry: a name that is the same for ever."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened to a public product."""

    slug: str
    name: str
    at: datetime
    what: str
    """flagged, suspended, restored or released"""
    words: Sequence[str]
    """The causes of a suspension; the version released."""
    mark: str


def flag_moves(eyes: Eyes, number: str) -> list[FlagMove]:
    """How the flag of an idea's product changed, first to last. One statement."""
    return [_move(*row) for _, *row in eyes.session.exec(_moves([number]).order_by(LedgerEntry.seq))]


def news(eyes: Eyes) -> list[News]:
    """The latest of all public products, the last first. Three statements.

    The latest moves of flags are all of products whose flag moved last: of no more products than moves are shown need the
    chains be read.
    """
    public = select(Product.id, Product.slug, Product.name, Idea.number).join(
        Idea, col(Idea.id) == Product.idea_id
    )
    latest = public.where(Product.flag != "none").order_by(
        col(Product.flag_since).desc(), col(Product.id).desc()
    )
    products = {number: (slug, name) for _, slug, name, number in eyes.session.exec(latest.limit(MOST_NEWS))}
    found = []
    for chain, *row in eyes.session.exec(_moves(products)):
        move, (slug, name) = _move(*row), products[chain]
        found.append(News(slug, name, move.at, move.what, move.causes, move.mark))
    columns: list[Any] = [Product.slug, Product.name, Release.version, Release.recorded_at]
    released = (
        select(*columns)
        .join(Product, col(Product.id) == Release.product_id)
        .where(Product.flag != "none")
        .order_by(col(Release.id).desc())
    )
    for slug, name, version, at in eyes.session.exec(released.limit(MOST_NEWS)):
        found.append(News(slug, name, at, "released", [version], f"{slug} {version}"))
    return sorted(found, key=lambda n: (n.at, n.mark), reverse=True)[:MOST_NEWS]


def _moves(numbers: Any) -> Any:
    e = LedgerEntry
    columns: list[Any] = [e.chain, e.at, e.action, e.facts, e.hash]
    return select(*columns).where(col(e.chain).in_(list(numbers)), col(e.action).in_(FLAG_ACTIONS))


def _move(at: datetime, action: str, facts: str, mark: str) -> FlagMove:
    causes = json.loads(facts).get("causes") or {}
    return FlagMove(at, action.partition(".")[2], list(causes.values()), mark)
