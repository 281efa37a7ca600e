"""Backup and restore of the database while it is used: SQLite by its own backup, PostgreSQL by pg_dump and pg_restore.

A backup is told by the digest of its heads: the last entry of every chain of the ledger. A database that was restored from
it has the same.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp

import sqlalchemy as sa
from sqlalchemy import URL, Engine

from app.db import READS, sqlite
from app.db_errors import UnfitDatabase

SQLITE, POSTGRESQL = b"SQLite format 3\x00", b"PGDMP"
MISSING = (
    "{program} が見つからないため、PostgreSQL の控えを{what}できません。"
    "PostgreSQL のクライアント（postgresql-client）を入れ、PATH に加えてください。"
)


@dataclass(frozen=True, slots=True)
class Heads:
    """How many chains and entries the ledger has, and one digest over the last entry of each chain."""

    chains: int
    entries: int
    digest: str


def heads_of(connection: sa.Connection) -> Heads:
    """Read with plain SQL, so that a backup of an earlier or a later release is told by it too."""
    rows = connection.execute(
        sa.text(
            "SELECT e.chain, e.seq, e.hash FROM ledger_entry e JOIN"
            " (SELECT chain, max(seq) AS seq FROM ledger_entry GROUP BY chain) AS last"
            " ON e.chain = last.chain AND e.seq = last.seq"
        )
    )
    heads = sorted(f"{chain} {seq} {hash_}" for chain, seq, hash_ in rows)
    total = connection.execute(sa.text("SELECT count(*) FROM ledger_entry")).scalar_one()
    return Heads(len(heads), total, sha256("\n".join(heads).encode()).hexdigest())


def back_up(engine: Engine, to: Path, environ: Mapping[str, str]) -> Heads:
    """Writes the database, as it stands at one moment, into a new file. Raises UnfitDatabase; then no file is left."""
    if to.exists():
        raise UnfitDatabase(f"{to} はすでにあります。控えは上書きしません。別の名前にしてください。")
    with _a_file_beside(to) as new:
        copy = _back_up_sqlite if engine.dialect.name == "sqlite" else _back_up_postgresql
        heads = copy(engine, new, environ)
        os.replace(new, to)
    return heads


def restore(engine: Engine, source: Path, environ: Mapping[str, str]) -> Heads:
    """Fills an empty database from a backup; returns the heads it now has. Raises UnfitDatabase; then nothing has changed."""
    try:
        with source.open("rb") as file:
            beginning = file.read(len(SQLITE))
    except OSError as error:
        raise UnfitDatabase(
            f"{source} を読めません（{error.strerror}）。場所と名前を確かめてください。"
        ) from None
    kind = "sqlite" if beginning == SQLITE else "postgresql" if beginning.startswith(POSTGRESQL) else None
    if kind is None:
        raise UnfitDatabase(f"{source} は kyoso backup の控えではありません。")
    if kind != engine.dialect.name:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise UnfitDatabase(
            f"{source} は {names[kind]} の控えで、いまの設定は {names[engine.dialect.name]} です。"
            "KYOSO_DATABASE_URL を確かめてください。"
        )
    with engine.connect() as connection:
        if sa.inspect(connection).get_table_names():
            raise UnfitDatabase(
                "データベースが空ではありません。上書きはしません。"
                "新しい場所を KYOSO_DATABASE_URL に指定して、復元してください。"
            )
    if kind == "sqlite":
        engine.dispose()
        _restore_sqlite(source, Path(str(engine.url.database)))
    else:
        words = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
        _run("pg_restore", engine.url, [*words, str(source)], environ, "復元")
    with engine.execution_options(**{READS: True}).connect() as connection:
        return heads_of(connection)


def _back_up_sqlite(engine: Engine, new: Path, _: Mapping[str, str]) -> Heads:
    _copy_sqlite(str(engine.url.database), new)
    with closing(sqlite.connect(new)) as copied:
        copied.execute("PRAGMA journal_mode=DELETE")  # one file, with no journal beside it
    written = sa.create_engine(URL.create("sqlite", database=str(new)), module=sqlite, poolclass=sa.NullPool)
    with written.connect() as connection:
        return heads_of(connection)


def _back_up_postgresql(engine: Engine, new: Path, environ: Mapping[str, str]) -> Heads:
    with engine.execution_options(isolation_level="REPEATABLE READ").connect() as connection:
        heads = heads_of(connection)  # of the moment that is exported, and dumped
        snapshot = connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
        words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        _run("pg_dump", engine.url, [*words, f"--file={new}"], environ, "作成")
    return heads


@contextmanager
def _a_file_beside(to: Path) -> Iterator[Path]:
    """A file for the work, put away if it fails: what bears the wanted name is always whole."""
    try:
        handle, name = mkstemp(prefix=f".{to.name}.", dir=to.parent)
    except OSError as error:
        raise UnfitDatabase(f"{to} に書けません（{error.strerror}）。場所を確かめてください。") from None
    os.close(handle)
    try:
        yield Path(name)
    finally:
        for left in (name, f"{name}-wal", f"{name}-shm", f"{name}-journal"):
            Path(left).unlink(missing_ok=True)


def _copy_sqlite(source: str, to: Path) -> None:
    with closing(sqlite.connect(source)) as old, closing(sqlite.connect(to)) as new:
        old.backup(new)


def _restore_sqlite(source: Path, to: Path) -> None:
    with _a_file_beside(to) as new:
        try:
            _copy_sqlite(str(source), new)
            with closing(sqlite.connect(new)) as copied:
                (well,) = copied.execute("PRAGMA integrity_check").fetchone()
        except sqlite.DatabaseError as error:
            well = str(error)
        if well != "ok":
            raise UnfitDatabase(f"{source} は壊れています（{well[:80]}）。別の控えから復元してください。")
        os.replace(new, to)


def _run(program: str, url: URL, words: list[str], environ: Mapping[str, str], what: str) -> None:
    """Runs a program of PostgreSQL's on the database; the password is handed over where nobody else can read it."""
    found = shutil.which(program, path=environ.get("PATH", os.defpath))
    if found is None:
        raise UnfitDatabase(MISSING.format(program=program, what=what))
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(
        [found, "--no-password", f"--dbname={plain}", *words],
        env={**environ, **secret}, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise UnfitDatabase(
            f"{program} が控えを{what}できませんでした。{program} とサーバーの版が合っているか確かめてください。\n"
            + "\n".join(said[-3:])
        )
