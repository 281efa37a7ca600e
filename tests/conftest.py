"""Fixtures: a fresh, migrated database of each kind for every test, and a country of invented towns in it."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests import locking
from tests.country import Country
from tests.databases import NoPostgreSQL, Server, is_required, postgresql_server
from tests.shelves import Plot, PostgreSQLShelf, Shelf, SQLiteShelf

pytest_plugins = ("tests.forges.fixtures", "tests.discretion")
SUMMARY = "summary"
"""A property that a test records to have it said at the end of the run."""
STORIES = (
    "tests/browser/test_story_01.py", "tests/browser/test_accessible.py", "tests/test_scenarios.py",
    "tests/workflows/test_demo.py",
)  # fmt: skip
"""Few tests that take long, and share little."""
# At the collector's own 700 a fifth of the run was spent on looking for what nobody needs any more.
gc.set_threshold(100_000)


def pytest_collection_finish() -> None:
    """What was read up to here (libraries, tests) stays to the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast ones first: rules, then what needs a database, then what needs a browser. The scenarios come last: they are many
    and short, and fill up what the longest leave."""
    last = {"tests/stages": 0, "tests/workflows": 1, "tests/app": 2, "tests/browser": 3}
    items.sort(key=lambda item: last.get("/".join(Path(item.nodeid).parts[:2]), 4))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """With --dist=loadfile a process takes a file at a time, the largest first; of the stories it takes one at a time, when
    no file is left, so that none plays them alone at the end."""
    return FilesAndStories(config, log) if config.getoption("dist") == "loadfile" else None


class FilesAndStories(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(STORIES) else super()._split_scope(nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what tests recorded to be said, also from other processes."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == SUMMARY:
                terminalreporter.write_line(str(value))


@pytest.fixture(scope="session")
def sqlite_shelf(tmp_path_factory: pytest.TempPathFactory) -> SQLiteShelf:
    """SQLite files to begin from."""
    return SQLiteShelf(tmp_path_factory.mktemp("shelf"))


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
def postgresql_shelf(postgresql: Server) -> PostgreSQLShelf:
    """PostgreSQL databases to begin from."""
    return PostgreSQLShelf(postgresql)


@pytest.fixture
def sqlite_plot(sqlite_shelf: SQLiteShelf) -> Iterator[Plot]:
    """Room for a SQLite database of the test's own."""
    with sqlite_shelf.plot() as plot:
        yield plot


@pytest.fixture
def postgresql_plot(postgresql_shelf: PostgreSQLShelf) -> Iterator[Plot]:
    """Room for a PostgreSQL database of the test's own."""
    with postgresql_shelf.plot() as plot:
        yield plot


@pytest.fixture(params=["sqlite", "postgresql"])
def plot(request: pytest.FixtureRequest) -> Plot:
    """The same test on both databases."""
    found: Plot = request.getfixturevalue(f"{request.param}_plot")
    return found


@pytest.fixture
def engine(plot: Plot) -> sa.Engine:
    """A migrated database of its own, of both kinds."""
    return plot.engine


@pytest.fixture
def sqlite_engine(sqlite_plot: Plot) -> sa.Engine:
    """A migrated SQLite database of its own."""
    return sqlite_plot.engine


@pytest.fixture
def postgresql_engine(postgresql_plot: Plot) -> sa.Engine:
    """A migrated PostgreSQL database of its own."""
    return postgresql_plot.engine


@pytest.fixture
def country(plot: Plot) -> Country:
    """Towns, a vendor and the agency with their people, on both databases; on PostgreSQL who writes must hold what it must."""
    if plot.engine.dialect.name == "postgresql":
        locking.watch(plot.engine)
    return Country(plot)


@pytest.fixture
def small_country(sqlite_plot: Plot) -> Country:
    """The same on SQLite alone, for what does not depend on the database."""
    return Country(sqlite_plot)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_plot(request: pytest.FixtureRequest) -> Iterator[Plot]:
    """Room for a database that all tests of a file share, because none of them changes it; of both kinds."""
    shelf: Shelf = request.getfixturevalue(f"{request.param}_shelf")
    with shelf.plot() as plot:
        yield plot
