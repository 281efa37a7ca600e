"""Work on many rows of which some fail: the others get their turn, and every failure is named."""

from collections.abc import Sequence

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

OF_SOME_ROWS = ("40001", "40P01", "55P03", "57014")
"""PostgreSQL's ways to say that others held the same rows, or that one statement took too long (SQLSTATE)."""
LONGEST_NOTE = 300
"""Characters of what an error notes of each row that failed."""


def raise_first(failed: Sequence[tuple[str, Exception]]) -> None:
    """Raises the first error, if any, with a note for each that failed: what it was about, and what went wrong."""
    for name, error in failed:
        failed[0][1].add_note(f"{name}: {type(error).__name__}: {error}"[:LONGEST_NOTE])
    if failed:
        raise failed[0][1]


def is_the_databases(error: Exception) -> bool:
    """Whether the database as a whole failed (gone, full, all of it locked), not the work on one of its rows."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return isinstance(error, OperationalError | PoolTimeout) and state not in OF_SOME_ROWS
