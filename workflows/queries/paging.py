"""Lists that page by key: a page goes on behind the row it ended with, whatever came before it meanwhile.

A list is ordered by one or two values that no two rows share. They are the key of its next page, as one word of an address.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from sqlmodel import Session

from workflows.runtime.refusal import invalid

A = TypeVar("A")
B = TypeVar("B")
DAY, MOMENT = "%Y%m%d", "%Y%m%dT%H%M%S%f"
NUMBER, ID = 9, 18
"""So many digits fit into a number and an id of either database."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[A]):
    """One page of a list, and the key of the next one; None on the last."""

    rows: Sequence[A]
    after: str | None


ROWS_A_PART = 30
"""A page of a list that is a part of a larger page."""


def latest_first(session: Session, statement: Any, row_id: Any, after: str | None) -> Listed[Any]:
    """A part of what a statement finds, the latest row first, each with its id behind its columns. One statement.

    Refused `invalid` for a key that no page gave."""
    if after is not None:
        statement = statement.where(row_id < behind(after, an_id))
    ordered = statement.add_columns(row_id).order_by(row_id.desc()).limit(ROWS_A_PART + 1)
    found = session.execute(ordered).all()
    return Listed(*page_of(found, ROWS_A_PART, lambda row: key_of(row[-1])))


def latest_of(rows: Sequence[A], id_of: Callable[[A], int], after: str | None) -> Listed[A]:
    """The same of rows that were read already, first to last by their id."""
    last = behind(after, an_id) if after is not None else None
    rest = [row for row in reversed(rows) if last is None or id_of(row) < last]
    return Listed(*page_of(rest[: ROWS_A_PART + 1], ROWS_A_PART, lambda row: key_of(id_of(row))))


def key_of(*values: datetime | date | int | str) -> str:
    """Where the list goes on behind the row of these values."""
    return "-".join(map(_written, values))


def page_of(found: Sequence[A], limit: int, key: Callable[[A], str]) -> tuple[Sequence[A], str | None]:
    """Of `limit + 1` rows that were asked for: those of this page, and the key of the next one; None on the last."""
    rows = found[:limit]
    return rows, key(rows[-1]) if len(found) > limit else None


def behind(after: str, read: Callable[[str], A]) -> A:
    """The value of a key of one. Refused `invalid` for a text that no page gave."""
    try:
        return read(after)
    except ValueError:
        raise invalid("after", "続きの位置を読み取れません。一覧の最初から見てください。") from None


def behind_both(after: str, first: Callable[[str], A], second: Callable[[str], B]) -> tuple[A, B]:
    """The values of a key of two. Refused `invalid` for a text that no page gave."""

    def read(text: str) -> tuple[A, B]:
        one, _, other = text.partition("-")
        return first(one), second(other)

    return behind(after, read)


def a_moment(text: str) -> datetime:
    return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)


def a_day(text: str) -> date:
    return date.fromisoformat(text)


def a_number(text: str) -> int:
    return _digits(text, NUMBER)


def an_id(text: str) -> int:
    return _digits(text, ID)


def a_word(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


def _digits(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= most):
        raise ValueError(text)
    return int(text)


def _written(value: datetime | date | int | str) -> str:
    match value:
        case datetime():
            return f"{value.astimezone(UTC):{MOMENT}}"
        case date():
            return f"{value:{DAY}}"
    return str(value)
