"""How many local governments use any product today, by size class and by prefecture; and how far each product is.

Four statements, grouped by the database; statements that lapsed, products without a flag and local governments that closed are
left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import case, col, exists, func, select

from stages.local_government import SIZE_CLASSES
from workflows.queries.adoption_curves import Curves, curves_of_all
from workflows.queries.looks import Eyes
from workflows.queries.spread import LARGE_CITIES, TOWNS_AND_VILLAGES, Group, Share, together
from workflows.rollout.statements import counts_since, standing_statements
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product

MOST_PRODUCTS = 50


@dataclass(frozen=True, slots=True)
class ProductSpread:
    slug: str
    name: str
    flag: str
    users: int
    large_cities: Share
    towns_and_villages: Share


@dataclass(frozen=True, slots=True)
class Nation:
    by_size: Mapping[str, Group]
    by_prefecture: Mapping[str, Group]
    """In the order of their codes."""
    large_cities: Share
    towns_and_villages: Share
    whole: Share
    curves: Curves
    products: Sequence[ProductSpread]
    """Those with the most users first, so many of them."""
    more_products: bool


def nation(eyes: Eyes) -> Nation:
    """Every local government that is not closed, whatever product it uses."""
    by_size = {size: Group() for size in SIZE_CLASSES}
    by_prefecture: dict[str, Group] = {}
    for size, prefecture, _, number, using in _counted(eyes):
        for group in (by_size.get(size), by_prefecture.setdefault(prefecture or "", Group())):
            if group is not None:
                group.of += number
                group.stated["adopted"] = group.stated.get("adopted", 0) + using
    groups = by_prefecture.values()
    products = _products(eyes, by_size)
    return Nation(
        by_size=by_size,
        by_prefecture=by_prefecture,
        large_cities=together(by_size, LARGE_CITIES),
        towns_and_villages=together(by_size, TOWNS_AND_VILLAGES),
        whole=Share(sum(g.said("adopted") for g in groups), sum(g.of for g in groups)),
        curves=curves_of_all(eyes),
        products=products[:MOST_PRODUCTS],
        more_products=len(products) > MOST_PRODUCTS,
    )


def _counted(eyes: Eyes) -> list[tuple[str, str | None, str, int, int]]:
    o = Organization
    uses = exists().where(
        col(Adoption.org_id) == o.id,
        col(Adoption.replaced_at).is_(None),
        col(Adoption.status) == "adopted",
        col(Adoption.confirmed_at) >= counts_since(eyes.today),
        col(Product.id) == Adoption.product_id,
        col(Product.flag) != "none",
    )
    columns: list[Any] = [o.size_class, o.prefecture, func.min(o.lgcode), func.count(), func.sum(case((uses, 1), else_=0))]  # fmt: skip
    rows = eyes.session.exec(
        select(*columns)
        .where(o.kind == "municipality", col(o.closed_on).is_(None))
        .group_by(o.size_class, o.prefecture)
    ).all()
    first: dict[str | None, str] = {}
    for _, prefecture, code, *_ in rows:
        first[prefecture] = min(first.get(prefecture, "~"), code or "~")
    return sorted(rows, key=lambda row: first[row[1]])


def _products(eyes: Eyes, by_size: Mapping[str, Group]) -> list[ProductSpread]:
    """One product more than is shown, where there are more."""
    big, little = (_of_class(c) for c in (LARGE_CITIES, TOWNS_AND_VILLAGES))
    of_big, of_little = (
        sum(by_size[size].of for size in classes) for classes in (LARGE_CITIES, TOWNS_AND_VILLAGES)
    )
    keys: list[Any] = [
        Adoption.product_id, func.count().label("users"), big.label("big"), little.label("little"),
    ]  # fmt: skip
    counted = (
        standing_statements(*keys)
        .where(
            Adoption.status == "adopted",
            col(Adoption.confirmed_at) >= counts_since(eyes.today),
            col(Organization.closed_on).is_(None),
        )
        .group_by(col(Adoption.product_id))
        .subquery()
    )
    c = counted.c
    columns: list[Any] = [Product.slug, Product.name, Product.flag, c.users, c.big, c.little]
    rows = eyes.session.exec(
        select(*columns)
        .outerjoin(counted, c.product_id == Product.id)
        .where(Product.flag != "none")
        .order_by(func.coalesce(c.users, 0).desc(), Product.slug)
        .limit(MOST_PRODUCTS + 1)
    )
    return [
        ProductSpread(slug, name, flag, n or 0, Share(b or 0, of_big), Share(t or 0, of_little))
        for slug, name, flag, n, b, t in rows
    ]


def _of_class(classes: frozenset[str]) -> Any:
    return func.sum(case((col(Organization.size_class).in_(sorted(classes)), 1), else_=0))
