"""Databases kept on a shelf to be copied: a test begins where another one has been before, instead of walking there again."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.db import create_engine
from app.schema import migrate
from tests.databases import Server

MIGRATED = "migrated"
"""What every shelf holds from the start: a database of this release that nobody has used."""


class Shelf(ABC):
    """The kept databases of one kind, by name, each with what must be known of it to go on from there."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self._serial = count(1)
        self._first: sa.Engine | None = None

    def keep(self, name: str, engine: sa.Engine, known: Any = None) -> None:
        """Keeps a copy of the engine's database, to which nobody else may be connected now."""
        engine.dispose()
        self._keep(name, engine)
        self.known[name] = known

    @contextmanager
    def plot(self) -> Iterator["Plot"]:
        """Room for one database, gone afterwards."""
        plot = Plot(self)
        yield plot
        if plot.is_built:
            plot.engine.dispose()
            self._remove(plot.engine)

    def copy(self, name: str) -> sa.Engine:
        """A new database like the one kept by this name. Its engine compiles no statement that another one has: a program
        compiles each once in its life, and for every test anew it would be a third of the work."""
        engine = self._copy(name, f"copy_{next(self._serial)}")
        if self._first is None:
            engine.connect().close()  # what a server is like, a dialect learns by its engine's own first connection
            self._first = engine
        engine.dialect, engine._compiled_cache = self._first.dialect, self._first._compiled_cache
        return engine

    @abstractmethod
    def _copy(self, name: str, new: str) -> sa.Engine: ...

    @abstractmethod
    def _keep(self, name: str, engine: sa.Engine) -> None: ...

    @abstractmethod
    def _remove(self, engine: sa.Engine) -> None: ...


class Plot:
    """The place of one database. It is built when its engine is first asked for, so whoever could have written to it
    has asked before; until then it may still be decided what it is a copy of."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.copied_from = MIGRATED

    @cached_property
    def engine(self) -> sa.Engine:
        return self.shelf.copy(self.copied_from)

    @property
    def is_built(self) -> bool:
        return "engine" in self.__dict__


class SQLiteShelf(Shelf):
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        engine = create_engine(f"sqlite:///{folder / 'new.db'}", may_create=True)
        migrate(engine)
        self.keep(MIGRATED, engine)

    def file(self, name: str) -> Path:
        return self._folder / f"{name}.db"

    def _copy(self, name: str, new: str) -> sa.Engine:
        file = self.file(new)
        shutil.copyfile(self.file(name), file)
        engine = create_engine(f"sqlite:///{file}")

        @sa.event.listens_for(engine, "connect")
        def do_not_wait_for_the_disk(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

        return engine

    def _keep(self, name: str, engine: sa.Engine) -> None:
        # The last connection to close has put the whole journal into the file.
        shutil.copyfile(str(engine.url.database), self.file(name))

    def _remove(self, engine: sa.Engine) -> None:
        Path(str(engine.url.database)).unlink()


class PostgreSQLShelf(Shelf):
    """Databases of a server."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server
        engine = create_engine(server.create_database("new"))
        migrate(engine)
        self.keep(MIGRATED, engine)

    def _copy(self, name: str, new: str) -> sa.Engine:
        return create_engine(self._server.create_database(new, template=name))

    def _keep(self, name: str, engine: sa.Engine) -> None:
        self._server.create_database(name, template=self._server.name_of(engine))

    def _remove(self, engine: sa.Engine) -> None:
        self._server.drop_database(self._server.name_of(engine))
