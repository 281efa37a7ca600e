"""The database engine: SQLite in one file or PostgreSQL, opened the same way, and transactions that read or write."""

import functools
import logging
import platform
import sqlite3
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, event, make_url

from app.config import Config
from app.db_errors import UnfitDatabase, explain
from workflows.runtime.transaction import READS, reading, writing

__all__ = ["UnfitDatabase", "create_engine", "explain", "reading", "writing"]

sqlite: ModuleType
try:
    import pysqlite3.dbapi2

    sqlite = pysqlite3.dbapi2
except ImportError:  # no wheel for this kind of machine
    sqlite = sqlite3

# From here on two writers cannot corrupt a file in WAL mode (the WAL-reset bug of 3.7.0 to 3.51.2).
SAFE_WAL = (3, 51, 3)
# How long one writer waits for another before it is told that the database is busy.
WAIT_SECONDS = 10
# SQLite asks anew after 1, 2, 5, 10, … 100 ms. Who only asks every 100 ms is kept out by one who writes without a pause
# (1 of 500 for all of WAIT_SECONDS); who begins again at 1 ms finds a gap.
ASKING_MS = 15

log = logging.getLogger("kyoso.db")


def create_engine(target: Config | str, *, may_create: bool = False) -> Engine:
    """An engine for the configured database, or for a URL such as a Config carries.

    A SQLite file is made only with may_create=True (`kyoso migrate` and its kin), the folder KYOSO_HOME with it; else a
    missing file is refused with UnfitDatabase when the first connection is asked for. So is a SQLite too old to trust.
    """
    url = make_url(target.database_url if isinstance(target, Config) else target)
    if url.get_backend_name() != "sqlite":
        return _postgresql_engine(url)
    if may_create and isinstance(target, Config):
        _make_home(target.home)
    return _sqlite_engine(url, may_create)


def journal_mode(version: tuple[int, ...], *, pysqlite3_has_wheels: bool) -> str:
    """The safe way for this SQLite version to keep its journal: WAL, or the slower rollback journal where it is old.

    Where a current SQLite could simply be installed, an old one is refused instead: raises UnfitDatabase.
    """
    if version >= SAFE_WAL:
        return "wal"
    found = ".".join(map(str, version))
    if pysqlite3_has_wheels:
        raise UnfitDatabase(
            f"SQLite {found} には、同時に書き込むとデータが壊れる不具合があります（3.51.3 以降が必要です）。"
            "pip install --require-hashes -r requirements.lock で pysqlite3 を入れるか、PostgreSQL をお使いください。"
        )
    log.warning(
        "SQLite %s は古いため、安全ですが遅い方式（rollback journal）で動かします。"
        "多くの人が同時に使うときは PostgreSQL をお使いください。",
        found,
    )
    return "delete"


@functools.cache  # one warning a process is enough
def _journal_mode_here() -> str:
    # The same condition as the marker in pyproject.toml.
    has_wheels = sys.platform == "linux" and platform.machine() == "x86_64"
    return journal_mode(sqlite.sqlite_version_info, pysqlite3_has_wheels=has_wheels)


def _make_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UnfitDatabase(
            f"フォルダー {home} を作れません（{error.strerror}）。"
            "KYOSO_HOME に、書き込めるフォルダーを指定してください。"
        ) from error


def _sqlite_engine(url: URL, may_create: bool) -> Engine:
    file = Path(url.database or "")
    if not url.database or url.database == ":memory:":
        raise UnfitDatabase("SQLite のデータベースはファイルに置きます。ファイルの場所を指定してください。")
    # Parameters are hidden from errors, and so from the log: mail addresses and texts are among them.
    engine = sqlalchemy.create_engine(
        url, module=sqlite, connect_args={"timeout": WAIT_SECONDS}, hide_parameters=True
    )

    @event.listens_for(engine, "do_connect")
    def refuse_what_is_not_there(*_: Any) -> None:
        if not file.parent.is_dir():
            raise UnfitDatabase(
                f"データベースを置くフォルダー {file.parent} がありません。"
                "フォルダーを作るか、KYOSO_DATABASE_URL または KYOSO_HOME を直してください。"
            )
        # SQLite would make an empty file, and the mistake would look like lost data.
        if not may_create and not file.exists():
            raise UnfitDatabase(
                f"データベースのファイル {file} がありません。初めて使うときは kyoso migrate を実行してください。"
                "前に使っていたなら、KYOSO_DATABASE_URL と KYOSO_HOME を確かめてください。"
            )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        # The driver shall not open transactions on its own; begin() below does.
        connection.isolation_level = None
        mode = _journal_mode_here()
        (actual,) = connection.execute(f"PRAGMA journal_mode={mode}").fetchone()
        if actual != mode:
            raise UnfitDatabase(
                f"{file} では SQLite の記録方式 {mode} を使えません（{actual} のままです）。"
                "ネットワーク上のフォルダーではなく、この機械のディスクに置いてください。"
            )
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Writing is the rule, so that what forgets to say what it does is slow at worst, never wrong. A transaction that
        # began by reading and then writes would fail on any other writer's commit (4 of 100 races survived; IMMEDIATE: 100).
        reads = bool(connection.get_execution_options().get(READS))
        # The driver's connection stays as it was set; most of its transactions are of one kind.
        if connection.info.get(READS) != reads:
            connection.exec_driver_sql(f"PRAGMA query_only={reads:d}")
            connection.info[READS] = reads
        if reads:
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_to_write(connection)

    return engine


def _begin_to_write(connection: Connection) -> None:
    """Takes the write lock, or waits for it, asking often enough to get its turn."""
    driver = connection.connection.driver_connection
    assert driver is not None
    until = time.monotonic() + WAIT_SECONDS
    driver.execute(f"PRAGMA busy_timeout={ASKING_MS}")
    try:
        while time.monotonic() < until:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite.Error as error:
                if error.sqlite_errorcode & 0xFF != sqlite.SQLITE_BUSY:
                    break
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # says what is wrong as any other statement does
    finally:
        driver.execute(f"PRAGMA busy_timeout={int(WAIT_SECONDS * 1000)}")


def _postgresql_engine(url: URL) -> Engine:
    given = url.query.get("options", "")
    # Statements here read by index and end in milliseconds; to compile one first took 200 of a search's 420.
    ours = f"-c timezone=UTC -c jit=off -c lock_timeout={int(WAIT_SECONDS * 1000)}ms"
    options = f"{given if isinstance(given, str) else ' '.join(given)} {ours}"
    return sqlalchemy.create_engine(
        url,
        # A connection that died with its server is replaced unseen.
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "options": options.strip(),
            "connect_timeout": WAIT_SECONDS,
            "application_name": url.query.get("application_name", "kyoso"),
        },
    )
