"""What flagging costs: targets of 1, 100 and 1,000 products for every local government, beside bare rows in bulk.

Peak memory is that of a process of its own, since a process never gives its peak back.
"""

import json
import resource
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from time import perf_counter

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from app.db import create_engine
from tests.country import Country
from tests.shelves import Plot
from workflows.runtime.clock import Setting
from workflows.runtime.jobs import make_targets

HERE = Path(__file__).parents[2]


@pytest.mark.parametrize("products", [1, 100, 1_000])
def test_targets_beside_a_bare_bulk_insert(plot: Plot, products: int) -> None:
    country = Country(plot)
    country.a_flagged_product()
    with country.engine.begin() as connection:
        for n in range(1, products):
            another_product(connection, n)
    url = country.engine.url.render_as_string(hide_password=False)
    made = in_a_process("the_clock", url, country.now)
    again = in_a_process("the_clock", url, country.now)
    floor = in_a_process("bare_rows", url, country.now)
    assert made["done"] == floor["done"] > 1_788 * products
    assert again["done"] == again["changed"] == 0
    print(
        f"\n{products:5} products, {made['done']:9,} targets ({country.engine.dialect.name}): {made['seconds']:.2f} s, "
        f"peak {made['mb']:.0f} MB; bare rows {floor['seconds']:.2f} s, ratio {made['seconds'] / floor['seconds']:.1f}; "
        f"a second run {again['seconds']:.2f} s, {again['changed']} rows changed"
    )


def another_product(connection: sa.Connection, n: int) -> None:
    """A flagged product like the first, of an idea like its idea, with its finished pilot and an adopter."""
    ids = {}
    for name, other in (
        ("idea", {"number": f"R7-{n:04d}"}),
        ("product", {"slug": f"product-{n}"}),
        ("pilot", {"ref": f"R7-{n:04d}-P1"}),
    ):
        table = SQLModel.metadata.tables[name]
        row = (
            dict(connection.execute(sa.select(table).order_by(table.c.id).limit(1)).mappings().one()) | other
        )
        del row["id"]
        if name != "idea":
            row["idea_id"] = ids["idea"]
        ids[name] = connection.execute(sa.insert(table).values(row).returning(table.c.id)).scalar_one()


def in_a_process(act: str, url: str, now: datetime) -> dict[str, float]:
    """What `act` of this file says of itself."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_targets", act, url, now.isoformat()],
        cwd=HERE, check=True, capture_output=True, text=True,
    )  # fmt: skip
    said: dict[str, float] = json.loads(ran.stdout)
    return said


def the_clock(engine: sa.Engine, now: datetime) -> dict[str, int]:
    """The clock's job; `changed`: the rows of targets that it wrote."""
    changed = 0

    @sa.event.listens_for(engine, "after_cursor_execute")
    def count(connection: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
        nonlocal changed
        if statement.startswith(("INSERT INTO rollout_target", "UPDATE rollout_target")):
            changed += len(parameters) if isinstance(parameters, list) else 1

    return {"done": make_targets(engine, now, Setting()), "changed": changed}


def bare_rows(engine: sa.Engine, now: datetime) -> dict[str, int]:
    """As many rows into a table of the same columns and keys, a transaction a product, and nothing else."""
    target = SQLModel.metadata.tables["rollout_target"]
    like = sa.Table(
        "bare_target", sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True), sa.Column("product_id", sa.Integer), sa.Column("org_id", sa.Integer),
        sa.Column("offered", sa.Boolean), sa.Column("total", sa.Integer, index=True), sa.Column("points", sa.JSON),
        sa.Column("created_at", target.c.created_at.type), sa.UniqueConstraint("product_id", "org_id"),
    )  # fmt: skip
    like.create(engine)
    with engine.connect() as connection:
        products = connection.scalars(sa.select(target.c.product_id).distinct()).all()
        towns = connection.scalars(sa.select(target.c.org_id).distinct()).all()
    for product in products:
        with engine.begin() as connection:
            connection.execute(
                sa.insert(like),
                [{"product_id": product, "org_id": town, "offered": True, "total": 1, "points": {"has_ai_rules": 1}, "created_at": now}
                 for town in towns],
            )  # fmt: skip
    return {"done": len(products) * len(towns), "changed": 0}


if __name__ == "__main__":
    asked = {"the_clock": the_clock, "bare_rows": bare_rows}[sys.argv[1]]
    with_engine = create_engine(sys.argv[2])
    begun = perf_counter()
    said = asked(with_engine, datetime.fromisoformat(sys.argv[3]))
    taken = perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**said, "seconds": taken, "mb": peak}))
