"""Where contents are kept, named by their SHA-256: a folder, or a bucket of any store that speaks S3 (s3.py). One interface."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

DIGEST = re.compile(r"[0-9a-f]{64}")


class Missing(Exception):
    """The store has no such content."""


class Store(Protocol):
    """Keeps bytes by their digest. Each may raise NotNow where the store does not answer."""

    def put(self, digest: str, data: bytes) -> None:
        """Whole or not at all; what is there already may be written again."""

    def get(self, digest: str) -> bytes:
        """Raises Missing."""

    def delete(self, digest: str) -> None:
        """No matter whether it is there."""

    def digests(self, before: datetime) -> Iterator[str]:
        """What was put before then."""


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class FolderStore:
    """`<root>/ab/abcd…`, readable by the server's own account alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is no digest")
        return self.root / digest[:2] / digest

    def put(self, digest: str, data: bytes) -> None:
        path = self._path(digest)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def get(self, digest: str) -> bytes:
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            raise Missing(digest) from None

    def delete(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)

    def digests(self, before: datetime) -> Iterator[str]:
        for path in self.root.glob("??/*"):
            try:
                put_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            except FileNotFoundError:  # a temporary name, gone meanwhile
                continue
            if DIGEST.fullmatch(path.name) and put_at < before:
                yield path.name
