"""Counting without reading everything: counts that stop at a limit, and the values of a column by its index."""

from typing import Any

from sqlalchemy import TextClause, text
from sqlmodel import col, func, select

from stages.lifecycle import STAGE_KEYS, STATUS_NAMES

MOST = 1_000
"""Counts of what may be a hundred thousand go so far: one more stands for "more than that"."""


def up_to_most(statement: Any) -> Any:
    """A statement's rows counted, as a subquery; MOST + 1 where there are more than MOST."""
    return select(func.count()).select_from(statement.limit(MOST + 1).subquery()).scalar_subquery()


def _by_place(which: str) -> TextClause:
    one = (
        "SELECT '{0}' AS stage, '{1}' AS status, count(*) AS number FROM (SELECT 1 FROM idea"
        " WHERE stage = '{0}' AND status = '{1}' AND {2} LIMIT {3}) AS counted"
    )
    places = [(stage, status) for stage in STAGE_KEYS for status in STATUS_NAMES if status != "draft"]
    return text(" UNION ALL ".join(one.format(*place, which, MOST + 1) for place in places))


SUBMITTED_BY_PLACE = _by_place("submitted_at IS NOT NULL")
"""Stage, status, and how many submitted ideas stand there, each up to MOST + 1. One text, since to put 40 counts together
anew for each reader of the front page costs more than to count."""
DECIDED_BY_PLACE = _by_place("submitted_at IS NOT NULL AND gate_decided = true")
"""The same of those that a gate has decided on: what everybody sees."""


def values_of(column: Any) -> Any:
    """The different values of an indexed column as a subquery: one step in the index for each, whatever the number of rows."""
    values = select(func.min(column).label("value")).cte("different", recursive=True)
    further = select(func.min(column)).where(column > values.c.value).correlate(values).scalar_subquery()
    values = values.union_all(select(further).where(values.c.value.is_not(None)))
    return select(values.c.value).where(col(values.c.value).is_not(None))
