"""What a figure of `/insights` is made of: what it shows in a sentence, its picture, and the table that says the same.

The table is the page's and the file's alike, in the reader's language.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext

import stages
from app.pages import showing
from app.pages.insight_charts import Bars, Curves
from stages.lifecycle import STAGE_KEYS
from workflows.queries.insights import Insights
from workflows.runtime.tables_out import Cell as Value

BARS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """What a table says: as text and number, with an address where it leads; `right` for figures."""

    text: Value
    address: str | None = None

    @property
    def right(self) -> bool:
        return isinstance(self.text, int | float)

    @property
    def words(self) -> str:
        if self.text is None:
            return "—"
        if isinstance(self.text, date):
            return showing.day(self.text)
        return (
            f"{self.text:,g}"
            if isinstance(self.text, float)
            else f"{self.text:,}"
            if self.right
            else str(self.text)
        )


@dataclass(frozen=True, slots=True)
class Table:
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    shown: int | None = None
    """Rows on the page, where the file has more."""


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    heading: str
    said: str
    table: Table
    charts: Sequence[Bars | Curves] = ()
    notes: Sequence[str] = field(default_factory=tuple)


Facts = dict[str, Any]
FIGURES: dict[str, Callable[[Insights, Any], Figure]] = {}


def figure_of(name: str, found: Insights) -> Figure | None:
    """None where the reader has no such figure, or the clock has not made it yet."""
    return FIGURES[name](found, found.facts[name]) if name in found.facts and name in FIGURES else None


def figure_named(
    name: str,
) -> Callable[[Callable[[Insights, Any], Figure]], Callable[[Insights, Any], Figure]]:
    def keep(made: Callable[[Insights, Any], Figure]) -> Callable[[Insights, Any], Figure]:
        FIGURES[name] = made
        return made

    return keep


def table_of(heads: Sequence[str], rows: Sequence[Sequence[Value | Cell]], shown: int | None = None) -> Table:
    return Table(heads, [[c if isinstance(c, Cell) else Cell(c) for c in row] for row in rows], shown)


def stage_name(key: str | int) -> str:
    return gettext(stages.STAGES[STAGE_KEYS[key] if isinstance(key, int) else key].name)


def question_of(gate: str, key: str) -> str:
    """A criterion by its question; by its key where a policy since gone asked it."""
    found = next((c.question for c in stages.GATES[gate].criteria if c.key == key), None)
    return gettext(found) if found else key


def percent(part: int, of: int) -> int:
    return round(100 * part / of) if of else 0


def number(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def day_of(ordinal: int) -> date:
    return date.fromordinal(ordinal)
