"""The list of products: what can be used today, and, for who sees them, those in preparation or suspended. Three statements, and
one more where a size class is asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, cast
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_, select

from workflows.publiccode.writing import first_sentence
from workflows.queries.found import holding, products_seen
from workflows.queries.idea_sight import full_sight
from workflows.queries.looks import Eyes
from workflows.queries.paging import a_day, a_moment, a_number, an_id, behind_both, key_of, page_of
from workflows.queries.product_proof import Proof, proofs_of, proven_in, proven_sizes
from workflows.rollout.statements import adopted_by, counts_since
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product

ROWS_A_PAGE = 24
MOST_COMPARED = 3
COLUMNS: Sequence[Any] = (
    Product.id, Product.slug, Product.name, Product.summary_html, Product.flag, Product.networks,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """`flag` is the product's; `q` words in its name, summary or requirements; `network` a model it runs on; `size` a size class in
    which a pilot reached its targets; `price` (`known`): a price or a place to buy it is named; `field` its idea's. None is any, but
    for the flag."""

    flag: str = "nationwide"
    q: str | None = None
    network: str | None = None
    size: str | None = None
    price: str | None = None
    field: str | None = None


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
class CatalogueRow:
    """A product as a clerk chooses among many: what it does, whom it fits, what it costs, who uses it, until when it is kept up."""

    slug: str
    name: str
    does: str
    """The first sentence of its summary."""
    flag: str
    flag_since: datetime | None
    suspended_because: Mapping[str, str] | None
    networks: Sequence[str]
    price_url: str | None
    dmp_url: str | None
    support_until: date
    support_hours: str
    field: str
    owner: str
    adopted: int
    proofs: Sequence[Proof]

    @property
    def proven(self) -> frozenset[str]:
        return proven_sizes(self.proofs)


@dataclass(frozen=True, slots=True)
class ProductsPage:
    rows: Sequence[CatalogueRow]
    after: str | None
    fields: Sequence[str]
    """Those of the products of this flag that the reader sees."""


def _adopted(today: date) -> Any:
    """How many local governments state that they use a product, as a column to show and to sort by."""
    town = aliased(Organization)
    return (
        select(func.count(col(Adoption.id)))
        .join(town, col(town.id) == Adoption.org_id)
        .where(
            Adoption.product_id == Product.id,
            Adoption.status == "adopted",
            col(Adoption.replaced_at).is_(None),
            col(Adoption.confirmed_at) >= counts_since(today),
            col(town.closed_on).is_(None),
        )
        .correlate(Product)
        .scalar_subquery()
    )


_PUBLIC_SINCE: Any = func.coalesce(col(Product.flagged_at), col(Product.described_at))
SORTS: Mapping[str, tuple[Callable[[date], Any], Callable[[str], Any]]] = {
    "adopted": (_adopted, a_number),
    "new": (lambda today: _PUBLIC_SINCE, a_moment),
    "support": (lambda today: col(Product.support_until), a_day),
}
"""Sort -> the column that it goes by, the greatest first, then the product described last; and how a key of it is read."""


def products_list(
    eyes: Eyes, filters: Filters, after: str | None = None, sort: str = "adopted"
) -> ProductsPage:
    """One page of the products. Refused `invalid` for a key that no page of this sort gave."""
    column, read = SORTS[sort]
    by, ident = column(eyes.today), col(Product.id)
    seen = _of_flag(eyes, filters.flag)
    conditions = [*seen, *_conditions(eyes, filters)]
    if after is not None:
        value, last = behind_both(after, read, an_id)
        conditions.append(or_(by < value, and_(by == value, ident < last)))
    statement = _catalogue(eyes, by).where(*conditions).order_by(by.desc(), ident.desc())
    found = eyes.session.exec(statement.limit(ROWS_A_PAGE + 1)).all()
    rows, goes_on = page_of(found, ROWS_A_PAGE, lambda row: key_of(row[0], row[1]))
    return ProductsPage(_catalogue_rows(eyes, rows), goes_on, _fields(eyes, seen))


def compared(eyes: Eyes, slugs: Sequence[str]) -> list[CatalogueRow]:
    """At most three of these products, in this order; what the reader may not see is left out. Two statements."""
    wanted = list(dict.fromkeys(slugs))[:MOST_COMPARED]
    statement = _catalogue(eyes, Product.id).where(col(Product.slug).in_(wanted), products_seen(eyes))
    rows = _catalogue_rows(eyes, eyes.session.exec(statement).all())
    return sorted(rows, key=lambda row: wanted.index(row.slug))


def usable_products(eyes: Eyes, limit: int) -> list[ProductRow]:
    """The products offered to the nation, the one flagged last first. Two statements."""
    flagged = select(*COLUMNS).where(Product.flag == "nationwide").order_by(col(Product.flag_since).desc())
    found = eyes.session.exec(flagged.limit(limit)).all()
    of, is_open = col(Adoption.product_id), col(Organization.closed_on).is_(None)
    adopted = adopted_by(eyes.session, of, eyes.today, of.in_([row[0] for row in found]), is_open)
    return [ProductRow(*[*shown, adopted.get(product, 0)]) for product, *shown in found]


def _catalogue(eyes: Eyes, by: Any) -> Any:
    p = Product
    columns: list[Any] = [
        by, p.id, p.idea_id, p.slug, p.name, p.summary_html, p.flag, p.flag_since, p.suspended_because, p.networks,
        p.price_url, p.dmp_url, p.support_until, p.support_hours, Idea.field, Organization.name, _adopted(eyes.today),
    ]  # fmt: skip
    return (
        select(*columns)
        .select_from(Product)
        .join(Idea, col(Idea.id) == Product.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
    )


def _catalogue_rows(eyes: Eyes, found: Sequence[Any]) -> list[CatalogueRow]:
    proofs = proofs_of(eyes, [row[2] for row in found])
    return [
        CatalogueRow(*[slug, name, first_sentence(summary), *shown, proofs.get(idea, ())])
        for _, _, idea, slug, name, summary, *shown in found
    ]


def _of_flag(eyes: Eyes, flag: str) -> list[Any]:
    return [Product.flag == flag, *([full_sight(eyes)] if flag == "none" else [])]


def _fields(eyes: Eyes, seen: Sequence[Any]) -> list[str]:
    fields = (
        select(Idea.field)
        .join(Product, col(Product.idea_id) == Idea.id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(*seen)
    )
    return sorted(eyes.session.exec(fields.distinct()))


def _conditions(eyes: Eyes, filters: Filters) -> list[Any]:
    found: list[Any] = []
    if filters.network:
        # A JSON list of short words, none of which is a part of another one in quotes.
        found.append(cast(col(Product.networks), String).contains(f'"{filters.network}"', autoescape=True))
    if filters.size:
        found.append(col(Product.idea_id).in_(proven_in(eyes, filters.size)))
    if filters.price:
        found.append(or_(col(Product.price_url).is_not(None), col(Product.dmp_url).is_not(None)))
    if filters.field:
        found.append(Idea.field == filters.field)
    return [*found, *holding(eyes, "product", Product.id, filters.q)]
