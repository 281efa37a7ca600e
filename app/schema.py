"""The schema of the database: brings it up to date, says how it stands, and refuses one that does not fit the program."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session, SQLModel

from app.db import READS
from app.db_errors import UnfitDatabase
from workflows import municipalities, search_documents  # noqa: F401 - the second says what is searchable
from workflows.municipality_changes import as_new_organization
from workflows.runtime.searchable import write_all
from workflows.tables.people import Organization

State = Literal["empty", "current", "behind", "ahead"]

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number, as long as nothing else in the database takes it: it spells "kyoso".
MIGRATING = 0x6B796F736F
# How long a second `kyoso migrate` waits for the first (PostgreSQL; SQLite waits as for any writer).
WAIT_FOR_ANOTHER_MIGRATION = "5min"

# The agency stands from the start, like the local governments: what nobody owns yet is its to keep. Registering one claims it.
LISTED_AGENCY = {
    "slug": "digital-agency",
    "kind": "agency",
    "name": "デジタル庁",
    "mail_domains": [],
    "listed": True,
    "version": 1,
}

REFUSALS: dict[State, str] = {
    "empty": "データベースの準備がまだできていません。kyoso migrate を実行してください。",
    "behind": (
        "データベースが、このプログラムより前の版のままです。控えを取ってから kyoso migrate を実行してください（データは残ります）。"
    ),
    "ahead": (
        "データベースが、このプログラムより新しい版で準備されています。プログラムを新しい版に入れ替えてください。"
        "または KYOSO_DATABASE_URL が指すデータベースを確かめてください。"
    ),
}


def schema_state(engine: sa.Engine) -> State:
    """How the database stands to this program: never migrated, of this release, of an earlier one, or of a later one."""
    with engine.execution_options(**{READS: True}).connect() as connection:
        return _state(connection, _scripts())


def require_current(engine: sa.Engine) -> None:
    """Raises UnfitDatabase, with what happened and what to do in Japanese, unless the schema is of this release."""
    state = schema_state(engine)
    if state != "current":
        raise UnfitDatabase(REFUSALS[state])


def migrate(engine: sa.Engine) -> None:
    """Brings the schema up to this release in one transaction, writes the words of the search anew after an upgrade, and loads
    the 1,788 local governments into a new database.

    A second call at the same time waits and finds nothing to do. Raises UnfitDatabase for a database of a later
    release, and for one that holds tables of ours that no migration made; then nothing has changed.
    """
    scripts = _scripts()
    with _alone(engine) as connection:
        state = _state(connection, scripts)
        if state == "ahead":
            raise UnfitDatabase(REFUSALS["ahead"])
        if state == "empty":
            _refuse_tables_of_unknown_origin(connection)
        if state != "current":
            command.upgrade(_alembic(connection), "head")
            _check_links(connection)
        if state == "behind":
            with Session(connection) as session:
                write_all(session)
                session.commit()  # leaves the transaction around it open
        _load_local_governments(connection)


def write_migration(engine: sa.Engine, message: str, revision: str) -> Path:
    """Writes the next migration from what the tables say and a migrated database does not have yet; returns its file."""
    with _alone(engine) as connection:
        made: Any = command.revision(_alembic(connection), message, autogenerate=True, rev_id=revision)
    return Path(made.path)


def _alembic(connection: sa.Connection) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(MIGRATIONS)


def _state(connection: sa.Connection, scripts: ScriptDirectory) -> State:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        return "empty"
    if found == scripts.get_current_head():
        return "current"
    return "behind" if found in {s.revision for s in scripts.walk_revisions()} else "ahead"


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that no other migration shares; on SQLite with foreign keys unenforced, as remaking a table needs."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Inside a transaction SQLite ignores this, so it is said to the driver, before BEGIN.
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    yield connection
            finally:
                driver.execute("PRAGMA foreign_keys=ON")
        else:
            with connection.begin():
                _wait_for_other_migrations(connection)
                yield connection


def _wait_for_other_migrations(connection: sa.Connection) -> None:
    usual = connection.scalar(sa.text("SHOW lock_timeout"))
    set_to = sa.text("SELECT set_config('lock_timeout', :wait, true)")
    connection.execute(set_to, {"wait": WAIT_FOR_ANOTHER_MIGRATION})
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
    connection.execute(set_to, {"wait": usual})


def _refuse_tables_of_unknown_origin(connection: sa.Connection) -> None:
    ours = set(SQLModel.metadata.tables) & set(sa.inspect(connection).get_table_names())
    if ours:
        raise UnfitDatabase(
            f"このデータベースには、kyoso migrate が作ったのではない表（{sorted(ours)[0]} など）があります。"
            "空のデータベースを用意し、KYOSO_DATABASE_URL に指定してください。"
        )


def _check_links(connection: sa.Connection) -> None:
    """On SQLite the links were not enforced meanwhile; a migration that broke one is undone. PostgreSQL never stops enforcing."""
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise UnfitDatabase(
            f"表 {broken[0]} の行に、指す先のないものがあるため、版を上げるのをやめました（何も変えていません）。"
            "この文を添えて、開発元に知らせてください。"
        )


def _load_local_governments(connection: sa.Connection) -> None:
    """The packaged list, where none was loaded yet. A later list is the operator's to see first: `kyoso municipalities load`."""
    table = SQLModel.metadata.tables[str(Organization.__tablename__)]
    if connection.scalar(sa.select(sa.exists().where(table.c.listed))):
        return
    connection.execute(sa.insert(table), [as_new_organization(row) for row in municipalities.packaged()])
    connection.execute(sa.insert(table), LISTED_AGENCY)
