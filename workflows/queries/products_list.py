"""The list of products: what can be used today, and, for who sees them, those in preparation or suspended. Two statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast
from sqlmodel import col, select

from workflows.queries.found import holding
from workflows.queries.idea_sight import full_sight
from workflows.queries.looks import Eyes
from workflows.queries.paging import an_id, behind, key_of, page_of
from workflows.rollout.statements import adopted_by
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product

ROWS_A_PAGE = 24
COLUMNS: Sequence[Any] = (
    Product.id, Product.slug, Product.name, Product.summary_html, Product.flag, Product.networks,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """`flag` is the product's; `q` words in its name, summary or requirements; `network` a model it runs on. None is any, but for the flag."""

    flag: str = "nationwide"
    q: str | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class ProductRow:
    slug: str
    name: str
    summary_html: str
    flag: str
    networks: Sequence[str]
    adopted: int
    """Local governments whose own statement that they use it stands."""


@dataclass(frozen=True, slots=True)
class ProductsPage:
    rows: Sequence[ProductRow]
    after: str | None


def products_list(eyes: Eyes, filters: Filters, after: str | None = None) -> ProductsPage:
    """One page of the products, the latest described first. Refused `invalid` for a key that no page gave."""
    conditions = [Product.flag == filters.flag, *_conditions(eyes, filters)]
    if filters.flag == "none":
        conditions.append(full_sight(eyes))
    if after is not None:
        conditions.append(col(Product.id) < behind(after, an_id))
    found = eyes.session.exec(
        select(*COLUMNS)
        .join(Idea, col(Idea.id) == Product.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(*conditions)
        .order_by(col(Product.id).desc())
        .limit(ROWS_A_PAGE + 1)
    ).all()
    rows, goes_on = page_of(found, ROWS_A_PAGE, lambda row: key_of(row[0]))
    return ProductsPage(_rows(eyes, rows), goes_on)


def usable_products(eyes: Eyes, limit: int) -> list[ProductRow]:
    """The products offered to the nation, the one flagged last first. Two statements."""
    flagged = select(*COLUMNS).where(Product.flag == "nationwide").order_by(col(Product.flag_since).desc())
    return _rows(eyes, eyes.session.exec(flagged.limit(limit)).all())


def _rows(eyes: Eyes, found: Sequence[Any]) -> list[ProductRow]:
    adopted = _adopted_by(eyes, [row[0] for row in found])
    return [ProductRow(*[*shown, adopted.get(product, 0)]) for product, *shown in found]


def _adopted_by(eyes: Eyes, products: Sequence[int]) -> Mapping[int, int]:
    """Product -> how many local governments state, within the year, that they use it."""
    of, is_open = col(Adoption.product_id), col(Organization.closed_on).is_(None)
    return adopted_by(eyes.session, of, eyes.today, of.in_(products), is_open)


def _conditions(eyes: Eyes, filters: Filters) -> list[Any]:
    found: list[Any] = []
    if filters.network:
        # A JSON list of short words, none of which is a part of another one in quotes.
        found.append(cast(col(Product.networks), String).contains(f'"{filters.network}"', autoescape=True))
    return [*found, *holding(eyes, "product", Product.id, filters.q)]
