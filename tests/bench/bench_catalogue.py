"""The catalogue at 1,000 public products, on both databases: `make bench PYTEST_ARGS="tests/bench/bench_catalogue.py"`."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import sqlalchemy as sa

from app.catalogue import atom, catalog_json, catalog_jsonld
from app.db import reading
from stages.permissions import PUBLIC
from tests.country import Country
from workflows.queries.catalogue import entries
from workflows.queries.looks import Eyes
from workflows.queries.product_history import news
from workflows.queries.products_list import SORTS, Filters, products_list
from workflows.runtime.actors import Speaker
from workflows.tables.columns import SQLModel
from workflows.tables.products import Product

PRODUCTS = 1_000
TRIES = 5
URLS = {"base_url": "https://a.example.jp", "forge_url": "https://github.com"}


def products_like(country: Country, count: int) -> None:
    """So many more public products, each with its idea, its last review with its decision, a release and its repository."""
    tables = SQLModel.metadata.tables
    with country.engine.begin() as connection:

        def like(name: str, where: str = "1 = 1") -> dict[str, Any]:
            table = tables[name]
            row = connection.execute(
                sa.select(table).where(sa.text(where)).order_by(table.c.id.desc()).limit(1)
            )
            return dict(row.mappings().one())

        models = {name: like(name) for name in ("idea", "product", "release", "repository_link")}
        models["review"] = like("review", "gate = 'G4'")
        models["gate_decision"] = like("gate_decision", f"review_id = {models['review']['id']}")
        for name, of in (
            ("idea", {"number": "R7-{:05}"}), ("product", {"idea_id": "idea", "slug": "p-{:05}"}),
            ("release", {"product_id": "product"}), ("repository_link", {"idea_id": "idea"}),
            ("review", {"idea_id": "idea", "ref": "R7-{:05}-V4"}), ("gate_decision", {"review_id": "review"}),
        ):  # fmt: skip
            rows = []
            for n in range(1, count + 1):
                changes = {c: models[v]["id"] + n if v in models else v.format(n) for c, v in of.items()}
                rows.append(models[name] | {"id": models[name]["id"] + n} | changes)
            connection.execute(sa.insert(tables[name]), rows)


def test_the_catalogue_of_a_thousand_products(country: Country) -> None:
    country.a_flagged_product()
    products_like(country, PRODUCTS - 1)
    with reading(country.engine) as session:
        eyes = Eyes(session, Speaker(PUBLIC), country.now)
        floor = seconds(lambda: session.execute(sa.text("SELECT * FROM product")).all())
        print(
            f"\n{country.engine.dialect.name}, {PRODUCTS:,} products; a bare select of them: {floor * 1e3:.1f} ms"
        )

        def public() -> Any:
            return entries(eyes, Product.flag != "none", **URLS)

        for name, make in {
            "catalog.json": lambda: catalog_json(public(), URLS["base_url"]),
            "catalog.jsonld": lambda: catalog_jsonld(public(), URLS["base_url"]),
            "feed.atom": lambda: atom(news(eyes), URLS["base_url"]),
            **{
                f"list by {sort}": lambda sort=sort: products_list(eyes, Filters(), sort=sort)
                for sort in SORTS
            },
            "list proven in cities": lambda: products_list(eyes, Filters(size="city")),
        }.items():
            took = seconds(make)
            size = f", {len(made) / 1e6:.1f} MB" if isinstance(made := make(), str | bytes) else ""
            print(f"  {name}: {took * 1e3:.0f} ms ({took / floor:.0f} times){size}")
        assert len(public()) == PRODUCTS


def seconds(make: Callable[[], Any]) -> float:
    took = []
    for _ in range(TRIES):
        began = time.perf_counter()
        make()
        took.append(time.perf_counter() - began)
    return median(took)
