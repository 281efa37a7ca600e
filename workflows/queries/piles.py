"""What a person's work looks like on the front page: piles by task, each with its first things and how many there are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import col, func, select

from workflows.calendar import tokyo_day
from workflows.queries.looks import Eyes
from workflows.tables.people import Organization

SHOWN = 5
"""So many things of a pile are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for the person. `kind` and `ref` say on which page it is done, `number` which idea it is about.

    `note` is a word that the page puts into a sentence: a step, a gate; `since` the day from which it waits.
    """

    kind: str
    ref: str
    title: str
    number: str = ""
    note: str = ""
    since: date | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Pile:
    """The things of one task, the oldest first, and how many there are in all."""

    task: str
    items: Sequence[Waiting]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.items)


def pile(
    eyes: Eyes, task: str, statement: Any, order: Iterable[Any], thing: Callable[..., Waiting]
) -> Pile | None:
    """The pile of a statement's rows; None where there are none. One statement, which counts too."""
    counted = statement.add_columns(func.count().over()).order_by(*order).limit(SHOWN)
    rows = eyes.session.exec(counted).all()
    return Pile(task, [thing(*row[:-1]) for row in rows], rows[-1][-1]) if rows else None


def ids_of(slugs: Iterable[str]) -> Any:
    """The ids of organizations, as a subquery."""
    return select(Organization.id).where(col(Organization.slug).in_(set(slugs)))


def on(moment: datetime | None) -> date | None:
    """The day of a moment in Tokyo, where there is one."""
    return tokyo_day(moment) if moment else None
