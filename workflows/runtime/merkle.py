"""A Merkle tree over lines of text: one hash for all, and for one of them the few hashes that lead up to it.

The form is that of RFC 6962: a leaf is hashed behind a zero byte, a pair behind a one, so that neither passes for the other.
"""

from collections.abc import Sequence
from hashlib import sha256

LEAF, PAIR = b"\x00", b"\x01"
EMPTY = sha256(b"").hexdigest()
"""The root over nothing."""


def root_of(lines: Sequence[str]) -> str:
    """The root over the lines, in hexadecimal."""
    level = _leaves(lines)
    while len(level) > 1:
        level = _above(level)
    return level[0].hex() if level else EMPTY


def path_of(lines: Sequence[str], at: int) -> list[str]:
    """From the line at a place up to the root: the hash beside it on each level, behind `L` where it stands to the left
    and `R` where to the right."""
    level, path = _leaves(lines), []
    while len(level) > 1:
        beside = at ^ 1
        if beside < len(level):
            path.append(("L" if beside < at else "R") + level[beside].hex())
        level, at = _above(level), at // 2
    return path


def root_by(line: str, path: Sequence[str]) -> str:
    """The root to which a line and its path lead."""
    found = sha256(LEAF + line.encode()).digest()
    for step in path:
        beside = bytes.fromhex(step[1:])
        found = sha256(PAIR + (beside + found if step[0] == "L" else found + beside)).digest()
    return found.hex()


def _leaves(lines: Sequence[str]) -> list[bytes]:
    return [sha256(LEAF + line.encode()).digest() for line in lines]


def _above(level: list[bytes]) -> list[bytes]:
    """The pairs of a level hashed; the last of an odd number goes up as it is."""
    pairs = [sha256(PAIR + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
    return pairs + level[-1:] if len(level) % 2 else pairs
