"""Whose turn it is: the linked repositories that are due for a look, the most important first, none of them never."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflows.repositories import repository_named
from workflows.runtime.refusal import unknown
from workflows.tables.ideas import Idea
from workflows.tables.pilots import Pilot
from workflows.tables.products import Product
from workflows.tables.repositories import ForgeState, Repository, RepositoryLink

EVERY = (timedelta(hours=1), timedelta(hours=1), timedelta(hours=1), timedelta(hours=6))
"""How often a repository is looked at: open reviews, running pilots, flagged or suspended products, the rest."""
LATE_AFTER = timedelta(days=1)
"""What has waited this long beyond its time comes before what is more important: nothing waits for ever."""


@dataclass(frozen=True, slots=True)
class Due:
    """A repository to look at, and why now."""

    repository_id: int
    full_name: str
    rank: int
    """0 an open review, 1 a running pilot, 2 a flagged product, 3 any other."""
    asked: bool


def due(session: Session, now: datetime) -> list[Due]:
    """The linked repositories to look at now: those asked for, those that have waited a day too long, then by importance,
    the one that has not been looked at for longest first. One statement."""
    live = (
        sa.select(sa.literal(1))
        .select_from(RepositoryLink)
        .where(
            col(RepositoryLink.repository_id) == col(Repository.id), col(RepositoryLink.unlinked_at).is_(None)
        )
        .correlate(Repository)
    )

    def of_an_idea(column: Any, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists(live.where(column == col(RepositoryLink.idea_id), *conditions))

    rank = sa.case(
        (of_an_idea(col(Idea.id), col(Idea.status) == "in_review"), 0),
        (of_an_idea(col(Pilot.idea_id), col(Pilot.status) == "running"), 1),
        (of_an_idea(col(Product.idea_id), col(Product.flag) != "none"), 2),
        else_=3,
    )
    rows = (
        session.connection()
        .execute(
            sa.select(
                col(Repository.id),
                col(Repository.full_name),
                rank,
                col(Repository.sync_asked_at),
                col(ForgeState.looked_at),
                col(ForgeState.look_after),
            )
            .outerjoin(ForgeState, col(ForgeState.repository_id) == col(Repository.id))
            .where(
                sa.exists(live),
                sa.or_(
                    col(Repository.sync_asked_at).is_not(None),
                    col(ForgeState.look_after).is_(None),
                    col(ForgeState.look_after) <= now,
                ),
            )
        )
        .all()
    )

    def order(row: Any) -> tuple[Any, ...]:
        repository_id, _, importance, asked, looked, after = row
        late = after is not None and now - after > LATE_AFTER
        never = looked is None
        return asked is None, not late, importance, not never, None if never else looked, repository_id

    return [
        Due(repository_id, name, importance, asked is not None)
        for repository_id, name, importance, asked, *_ in sorted(rows, key=order)
    ]


def named(session: Session, names: Iterable[str]) -> list[Due]:
    """These linked repositories, by any name they ever had, as if asked for. Refused `unknown` for another."""
    found = []
    for name in names:
        repository = repository_named(session, name)
        live = select(RepositoryLink.id).where(col(RepositoryLink.unlinked_at).is_(None))
        if (
            repository is None
            or not session.exec(live.where(RepositoryLink.repository_id == repository.id)).first()
        ):
            raise unknown(f"アイデアにつながったリポジトリ {name} ")
        found.append(Due(repository.id, repository.full_name, 0, True))
    return list({one.repository_id: one for one in found}.values())
