"""The schema: migrations agree with the tables, upgrade what earlier releases left, and refuse what does not fit."""

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel, col, select

import workflows.tables  # noqa: F401  (fills the metadata)
from app import schema
from app.db import UnfitDatabase, create_engine, reading, sqlite, writing
from app.migrations.__main__ import SCHEMAS, dump_schema
from tests.databases import Server
from workflows import search, search_index
from workflows.runtime import anchors, verification
from workflows.runtime.ledger import canonical, entry_hash
from workflows.search_words import asked
from workflows.tables.columns import UtcDateTime
from workflows.tables.ledger import Anchor, AnchorHead
from workflows.tables.searching import is_declared

TOMORROW = '''"""A table more, and a column in one that others point to."""
import sqlalchemy as sa
from alembic import op

revision = "tomorrow"
down_revision = "{head}"


def upgrade():
    op.create_table("almanac", sa.Column("day", sa.Date, primary_key=True))
    with op.batch_alter_table("organization", recreate="auto") as organization:
        organization.add_column(sa.Column("motto", sa.String))
        organization.alter_column("name", type_=sa.Text())
    {more}
'''


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """A database in which nothing has been made yet."""
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path}/empty.db", may_create=True)
    else:
        server: Server = request.getfixturevalue("postgresql")
        engine = create_engine(server.create_database("test_schema"))
    yield engine
    engine.dispose()
    if request.param == "postgresql":
        server.drop_database("test_schema")


@pytest.fixture
def the_next_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this program, from when it is called, one release newer; `more` is added to that release's migration."""

    def begins(more: str = "") -> None:
        newer = tmp_path / "newer"
        shutil.copytree(schema.MIGRATIONS, newer, ignore=shutil.ignore_patterns("__pycache__"))
        (newer / "versions" / "tomorrow.py").write_text(TOMORROW.format(head=head(), more=more))
        monkeypatch.setattr(schema, "MIGRATIONS", newer)

    return begins


def head() -> str:
    return sorted((schema.MIGRATIONS / "versions").glob("[0-9]*.py"))[-1].name[:4]


ORGANIZATIONS = 1788 + 1
"""The local governments and the agency."""


def count(engine: sa.Engine, table: str = "organization") -> int:
    with engine.connect() as connection:
        return connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()


def constraints(engine: sa.Engine) -> set[tuple[str, ...]]:
    """Every table, column, index and constraint as the database itself describes it."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            rows = connection.execute(
                sa.text("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            ).all()
        # The order in which constraints are written differs and means nothing; so do the quotes around a name that SQLite
        # writes when a migration has built a table anew.
        lines = [
            (table, re.sub(r"\s+", " ", part).replace(f'"{table}"', table).strip(" ,();"))
            for table, sql in rows
            # A column that a migration added stands on the line before it, after a comma outside all parentheses.
            for part in re.split(r"\n|, (?![^(]*\))", sql)
        ]
        return {line for line in lines if line[0] != "alembic_version"}
    queries = (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT table_name, column_name, data_type || is_nullable || coalesce(column_default, '') "
        "FROM information_schema.columns WHERE table_schema = 'public'",
    )
    with engine.connect() as connection:
        found = {tuple(row) for query in queries for row in connection.execute(sa.text(query))}
    return {row for row in found if row[0] != "alembic_version"}


def test_a_new_database_holds_every_local_government_unclaimed(empty: sa.Engine) -> None:
    assert schema.schema_state(empty) == "empty"
    schema.migrate(empty)
    assert schema.schema_state(empty) == "current"
    schema.require_current(empty)
    with empty.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT slug, lgcode, kind, size_class, listed, claimed_at FROM organization WHERE lgcode IS NOT NULL"
            )
        ).all()
    assert len(rows) == 1788
    assert all(
        r.slug == r.lgcode and r.kind == "municipality" and r.listed and r.claimed_at is None for r in rows
    )
    assert sum(r.size_class == "prefecture" for r in rows) == 47


def test_migrating_again_changes_nothing(empty: sa.Engine) -> None:
    schema.migrate(empty)
    with writing(empty) as session:
        session.connection().execute(
            sa.text("UPDATE organization SET closed_on = '2027-01-01' WHERE slug = '011002'")
        )
    schema.migrate(empty)
    assert count(empty) == ORGANIZATIONS
    with empty.connect() as connection:
        assert connection.execute(
            sa.text("SELECT closed_on FROM organization WHERE slug = '011002'")
        ).scalar_one()


def test_migrations_and_tables_agree(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_declared})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_postgresql_looks_up_by_every_unique_key_that_holds_for_all_rows(postgresql: Server) -> None:
    """A condition that every row meets makes a key useless to a question that does not name it: the ledger was read whole for
    one chain."""
    engine = create_engine(postgresql.create_database("test_keys"))
    schema.migrate(engine)
    unread = []
    with engine.connect() as connection:
        connection.execute(sa.text("SET enable_seqscan = off"))
        for table in SQLModel.metadata.sorted_tables:
            for index in table.indexes:
                where = index.dialect_options["postgresql"]["where"]
                some_rows = [c for c in table.columns if re.search(rf"\b{c.name}\b", str(where))]
                if not index.unique or any(c.nullable or c.name == "status" for c in some_rows):
                    continue  # a condition that not every row meets
                some = (f"{c.name} = (SELECT {c.name} FROM {table.name} LIMIT 1)" for c in index.columns)
                asked_for = f"EXPLAIN SELECT 1 FROM {table.name} WHERE {' AND '.join(some)}"
                if f"using {index.name} " not in " ".join(connection.execute(sa.text(asked_for)).scalars()):
                    unread.append(index.name)
    engine.dispose()
    postgresql.drop_database("test_keys")
    assert unread == []


def test_migrations_make_the_very_constraints_the_tables_declare(empty: sa.Engine) -> None:
    SQLModel.metadata.create_all(empty)
    declared = constraints(empty)
    SQLModel.metadata.drop_all(empty)
    schema.migrate(empty)
    assert constraints(empty) == declared


@pytest.mark.parametrize("dump", sorted(SCHEMAS.glob("*.sql")), ids=lambda file: file.stem)
def test_the_schema_of_each_release_so_far_is_brought_up_to_date(
    dump: Path, sqlite_engine: sa.Engine, tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    connection = sqlite.connect(old)
    connection.executescript(dump.read_text("utf-8"))
    connection.close()
    engine = create_engine(f"sqlite:///{old}")
    schema.migrate(engine)
    assert schema.schema_state(engine) == "current"
    assert count(engine) == ORGANIZATIONS
    assert constraints(engine) == constraints(sqlite_engine)
    engine.dispose()


def test_titles_of_the_first_release_are_found_as_look_alikes_after_the_upgrade(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    connection = sqlite.connect(old)
    connection.executescript((SCHEMAS / "0001.sql").read_text("utf-8"))
    connection.execute(
        "INSERT INTO organization (id, slug, kind, name, mail_domains, listed, version) VALUES (1, 'x', 'vendor', 'X', '[]', 0, 1)"
    )
    row = {
        "version": 1, "owner_id": 1, "title": "窓口FAQ下書き支援", "field": "窓口", "challenge": "", "as_is": "", "to_be": "", "users": "",
        "expected_effect": "", "data_classes": "[]", "stage": "ideathon", "status": "active", "visit": 1, "derived_because": "",
        "gate_decided": 0, "title_tokens": "[]", "number": "R8-0001",
    }  # fmt: skip
    row |= dict.fromkeys(
        ("stage_since", "status_since", "drafted_at", "submitted_at", "touched_at"), "2026-04-01 00:00:00"
    )
    connection.execute(
        f"INSERT INTO idea ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values())
    )
    connection.commit()
    connection.close()
    engine = create_engine(f"sqlite:///{old}")
    schema.migrate(engine)
    with reading(engine) as session:
        assert [alike.number for alike in search.closest(session, "窓口ＦＡＱ下書き支援")] == ["R8-0001"]
        assert session.exec(search_index.ids(session, "idea", asked("支援 ＦＡＱ").words)).all() == [1]
    engine.dispose()


def test_anchors_of_before_keep_their_digests_and_hold_after_the_upgrade(empty: sa.Engine) -> None:
    with schema._alone(empty) as connection:
        command.upgrade(schema._alembic(connection), "0003")
    entry = "INSERT INTO ledger_entry (chain, seq, at, actor, action, facts, previous, hash) VALUES (:c, :n, :at, '', '', '{}', :p, :h)"
    lists: list[dict[str, list[object]]] = []
    at = sa.bindparam("at", datetime(2026, 4, 1, tzinfo=UTC), UtcDateTime())
    with empty.begin() as connection:
        heads: dict[str, list[object]] = {}
        for chain, seq in (("R8-0001", 1), ("kazami", 1), ("R8-0001", 2)):
            sealed = entry_hash(
                chain, seq, at.value, "", "", "{}", before := str(heads.get(chain, [0, ""])[1])
            )
            connection.execute(
                sa.text(entry).bindparams(at), {"c": chain, "n": seq, "p": before, "h": sealed}
            )
            heads |= {chain: [seq, sealed]}
            lists.append(dict(heads))
            written = {"e": seq, "h": json.dumps(heads), "d": sha256(canonical(heads).encode()).hexdigest()}
            insert = "INSERT INTO anchor (taken_at, entries, heads, digest) VALUES (:at, :e, :h, :d)"
            connection.execute(sa.text(insert).bindparams(at), written)
    schema.migrate(empty)
    with writing(empty) as session:
        found = verification.verify(session)
        assert (found.verified, found.chains, found.entries, found.anchors) == (True, 2, 3, 3)
        kept = session.exec(select(Anchor).order_by(col(Anchor.id))).all()
        assert [a.digest for a in kept] == [sha256(canonical(heads).encode()).hexdigest() for heads in lists]
        assert [a.chains for a in kept] == [1, 2, 2]
        moved = select(AnchorHead.anchor_id, AnchorHead.chain).order_by(AnchorHead.anchor_id)
        assert session.exec(moved).all() == [
            (kept[0].id, "R8-0001"),
            (kept[1].id, "kazami"),
            (kept[2].id, "R8-0001"),
        ]
        new = anchors.take_anchor(session, at.value)
        assert (new.previous, new.chains) == (kept[2].digest, 2)
        assert len(anchors.anchored_heads(session)) == 2, "the first of the new form holds every chain"
        assert verification.verify(session, digests=[kept[0].digest, new.digest]).verified
        session.execute(sa.update(AnchorHead).where(col(AnchorHead.anchor_id) == kept[1].id).values(seq=7))
        assert {b.kind for b in verification.verify(session).broken} == {"anchor", "cut"}


OF_A_TYPE: tuple[tuple[type, object], ...] = (
    (sa.Boolean, False), (sa.Integer, 1), (sa.Float, 1.0), (sa.JSON, {}), (sa.DateTime, datetime(2026, 4, 1, tzinfo=UTC)),
    (sa.Date, datetime(2026, 4, 1, tzinfo=UTC).date()), (sa.String, "x"),
)  # fmt: skip


def put(connection: sa.Connection, name: str, **said: object) -> dict[str, object]:
    """A row of a table as it stands in the database, what must be said and is not being filled in; the row as it was stored."""
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    filled = {
        column.name: next(value for kind, value in OF_A_TYPE if isinstance(column.type, kind))
        for column in table.columns
        if not column.nullable and column.server_default is None and column.name not in said
    }
    connection.execute(sa.insert(table).values(filled | said))
    return dict(connection.execute(sa.select(table)).mappings().one())


def test_what_people_left_in_the_release_before_is_there_after_the_upgrade(empty: sa.Engine) -> None:
    """A row of each kind that this release gives new columns or conditions."""
    with schema._alone(empty) as connection:
        command.upgrade(schema._alembic(connection), "0003")
    with empty.begin() as connection:
        rows = {
            "organization": put(connection, "organization", kind="vendor", listed=False),
            "person": put(connection, "person"),
            "sign_in": put(connection, "sign_in", expires_at=datetime(2026, 4, 8, tzinfo=UTC)),
            "idea": put(connection, "idea", stage="ideathon", status="draft"),
            "visit": put(connection, "visit", stage="ideathon"),
            "evidence": put(connection, "evidence", kind="link", url="https://a.example.jp/"),
            "checklist_answers": put(connection, "checklist_answers"),
            "asset": put(connection, "asset", kind="prompt"),
            "asset_version": put(connection, "asset_version", body_md="本文"),
        }
    schema.migrate(empty)
    schema.require_current(empty)
    with empty.connect() as connection:
        for name, before in rows.items():
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            kept = connection.execute(sa.select(table).where(table.c.id == before["id"]))
            after = dict(kept.mappings().one())
            assert {key: after[key] for key in before} == before, name
            new = {key: value for key, value in after.items() if key not in before and value is not None}
            assert new == ({"how": "password", "browser": ""} if name == "sign_in" else {}), name


def test_the_newest_dump_is_what_the_migrations_make(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    made = dump_schema(Path(sqlite_engine.url.database or ""), tmp_path / "made.sql")
    assert made.read_text("utf-8") == (SCHEMAS / f"{head()}.sql").read_text("utf-8"), (
        "python -m app.migrations writes it"
    )


def test_a_database_one_release_behind_is_refused_then_upgraded_with_its_data(
    engine: sa.Engine, the_next_release: Callable[..., None]
) -> None:
    with writing(engine) as session:
        session.connection().execute(
            sa.text(
                "UPDATE organization SET successor_id = (SELECT id FROM organization WHERE slug = '011002') WHERE slug = '012025'"
            )
        )
    the_next_release()
    assert schema.schema_state(engine) == "behind"
    with pytest.raises(UnfitDatabase, match=r"前の版.*kyoso migrate"):
        schema.require_current(engine)
    schema.migrate(engine)
    schema.require_current(engine)
    assert count(engine) == ORGANIZATIONS
    assert count(engine, "almanac") == 0
    with engine.connect() as connection:
        kept = "SELECT b.slug FROM organization a JOIN organization b ON a.successor_id = b.id WHERE a.slug = '012025' AND a.motto IS NULL"
        assert connection.execute(sa.text(kept)).scalar_one() == "011002"


def test_a_database_of_a_later_release_is_left_alone(engine: sa.Engine) -> None:
    with writing(engine) as session:
        session.connection().execute(sa.text("UPDATE alembic_version SET version_num = 'tomorrow'"))
    assert schema.schema_state(engine) == "ahead"
    with pytest.raises(UnfitDatabase, match="新しい版"):
        schema.require_current(engine)
    with pytest.raises(UnfitDatabase, match="新しい版"):
        schema.migrate(engine)


def test_a_migration_that_fails_halfway_leaves_nothing(
    engine: sa.Engine, the_next_release: Callable[..., None]
) -> None:
    before = constraints(engine)
    the_next_release("raise RuntimeError('the power went')")
    with pytest.raises(RuntimeError, match="the power went"):
        schema.migrate(engine)
    assert schema.schema_state(engine) == "behind"
    assert constraints(engine) == before


def test_a_migration_that_would_leave_a_link_to_nothing_is_undone(
    sqlite_engine: sa.Engine, the_next_release: Callable[..., None]
) -> None:
    the_next_release("op.execute(\"UPDATE organization SET successor_id = 999999 WHERE slug = '011002'\")")
    with pytest.raises(UnfitDatabase, match="organization"):
        schema.migrate(sqlite_engine)
    assert schema.schema_state(sqlite_engine) == "behind"
    with sqlite_engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_a_database_that_was_never_migrated_is_refused(empty: sa.Engine) -> None:
    with pytest.raises(UnfitDatabase, match="kyoso migrate"):
        schema.require_current(empty)


def test_tables_that_no_migration_made_are_not_touched(empty: sa.Engine) -> None:
    with writing(empty) as session:
        session.connection().exec_driver_sql("CREATE TABLE idea (mine TEXT)")
    with pytest.raises(UnfitDatabase, match="idea"):
        schema.migrate(empty)
    assert sa.inspect(empty).get_table_names() == ["idea"]


def test_three_that_migrate_at_once_wait_for_each_other(empty: sa.Engine) -> None:
    starting = threading.Barrier(3)
    failed: list[Exception] = []

    def one_of_three() -> None:
        starting.wait()
        try:
            schema.migrate(empty)
        except Exception as error:  # noqa: BLE001 - it belongs to the test, not to the thread
            failed.append(error)

    threads = [threading.Thread(target=one_of_three) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert count(empty) == ORGANIZATIONS
