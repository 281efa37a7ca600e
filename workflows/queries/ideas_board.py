"""The board: what is under way, a column a stage, what stands longest on top. Seven statements, whatever the number of ideas."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, func, select

import stages
from stages import everywhere
from workflows.calendar import tokyo_day
from workflows.queries.counting import MOST, up_to_most
from workflows.queries.ideas_list import WAITING, IdeaRow, full_sight, ordered, placed, visible
from workflows.queries.looks import Eyes
from workflows.tables.ideas import Idea
from workflows.tables.machinery import FlagRaised
from workflows.tables.people import Organization

CARDS = 8
"""In a column; the list has the rest."""
FLAGS = {f.key: f.name for f in (*(f for s in stages.PIPELINE for f in s.flags), *everywhere.FLAGS)}


@dataclass(frozen=True, slots=True)
class Card:
    """An idea on the board. `days` since it last moved; `flag` is what stands in its way, as the clock last wrote it down."""

    row: IdeaRow
    days: int
    flag: str | None


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    name: str
    total: int
    """Counted up to MOST + 1."""
    cards: Sequence[Card]

    @property
    def rest(self) -> int:
        """Those that have no card, counted like all."""
        return self.total if self.total > MOST else self.total - len(self.cards)


def board(eyes: Eyes) -> list[Column]:
    """A column for each stage, of the ideas whose place on the road the reader sees."""
    seen = [visible(eyes), placed(eyes), col(Idea.status).in_(WAITING)]
    shown = select(Idea.id).join(Organization, col(Organization.id) == Idea.owner_id).where(*seen)
    counted: list[Any] = [up_to_most(shown.where(Idea.stage == s.key)) for s in stages.PIPELINE]
    totals = eyes.session.exec(select(*counted)).one()
    found = {s.key: ordered(eyes, [*seen, Idea.stage == s.key], CARDS, "waiting") for s in stages.PIPELINE}
    flags = _flags(eyes, [row_id for rows in found.values() for row_id, _ in rows])
    return [
        Column(
            s.key,
            s.name,
            total,
            [
                Card(row, (eyes.today - tokyo_day(row.since)).days, flags.get(row_id))
                for row_id, row in found[s.key]
            ],
        )
        for s, total in zip(stages.PIPELINE, totals, strict=True)
    ]


def _flags(eyes: Eyes, ids: Sequence[int]) -> dict[int, str]:
    """The flag that has stood longest on each idea of which the reader sees everything."""
    rows = eyes.session.exec(
        select(FlagRaised.idea_id, FlagRaised.key, func.min(FlagRaised.id))
        .join(Idea, col(Idea.id) == FlagRaised.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(col(FlagRaised.idea_id).in_(ids), col(FlagRaised.cleared_at).is_(None), full_sight(eyes))
        .group_by(col(FlagRaised.idea_id), col(FlagRaised.key))
        .order_by(func.min(FlagRaised.id).desc())
    )
    return {idea_id: FLAGS[key] for idea_id, key, _ in rows if key in FLAGS}
