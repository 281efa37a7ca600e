"""Fixtures: a fresh, migrated database of each kind for every test, and a country of invented towns in it."""

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.db import create_engine
from app.schema import migrate
from tests.country import Country
from tests.databases import NoPostgreSQL, Server, is_required, postgresql_server

SERIAL = count(1)
SUMMARY = "summary"
"""A property that a test records to have it said at the end of the run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast ones first: rules, then what needs a database, then what needs a browser."""
    last = {"tests/stages": 0, "tests/workflows": 1, "tests/app": 2, "tests/browser": 4}
    items.sort(key=lambda item: last.get("/".join(Path(item.nodeid).parts[:2]), 3))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what tests recorded to be said, also from other processes."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == SUMMARY:
                terminalreporter.write_line(str(value))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy for each test."""
    file = tmp_path_factory.mktemp("template") / "kyoso.db"
    engine = create_engine(f"sqlite:///{file}", may_create=True)
    migrate(engine)
    with engine.connect() as connection:
        connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server for the whole run; its tests are skipped where none can be had, and fail where one is required."""
    try:
        with postgresql_server() as server:
            yield server
    except NoPostgreSQL as error:
        if is_required("postgresql"):
            raise
        pytest.skip(f"PostgreSQL: {error}")


@pytest.fixture(scope="session")
def postgresql_template(postgresql: Server) -> str:
    """The name of a migrated PostgreSQL database to copy for each test."""
    engine = create_engine(postgresql.create_database("kyoso_template"))
    migrate(engine)
    engine.dispose()
    return "kyoso_template"


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[sa.Engine]:
    """A migrated SQLite database of its own."""
    file = tmp_path / "kyoso.db"
    shutil.copy(sqlite_template, file)
    engine = create_engine(f"sqlite:///{file}")

    @sa.event.listens_for(engine, "connect")
    def do_not_wait_for_the_disk(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    yield engine
    engine.dispose()


@pytest.fixture
def postgresql_engine(postgresql: Server, postgresql_template: str) -> Iterator[sa.Engine]:
    """A migrated PostgreSQL database of its own."""
    name = f"kyoso_{os.getpid()}_{next(SERIAL)}"
    engine = create_engine(postgresql.create_database(name, template=postgresql_template))
    yield engine
    engine.dispose()
    postgresql.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> sa.Engine:
    """The same test on both databases."""
    found: sa.Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture
def country(engine: sa.Engine) -> Country:
    """Towns, a vendor and the agency with their people, on both databases."""
    return Country(engine)


@pytest.fixture
def small_country(sqlite_engine: sa.Engine) -> Country:
    """The same on SQLite alone, for what does not depend on the database."""
    return Country(sqlite_engine)
