"""Makes every figure for its two audiences and stores it. One transaction reads, another writes.

`whole` is for who sees every submitted idea (POLICY §7: local governments and the agency); `published` for everybody else, and is
made of what everybody may read of each idea alone: those that a gate decided on, their stages, decisions that withhold nothing.
So no count, however small, tells of anything that its reader could not count themselves. Blockers are said in pilots and the load
of reviewers is the agency's: neither is made for `published`. Forecasts for it begin with the stage after the first gate, since of
what waits before it only the decided ones would be known, and those are not like the others.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, insert

from workflows.calendar import tokyo_day
from workflows.insights.blockers import recurring
from workflows.insights.cohorts import cohorts
from workflows.insights.figures import ages, decided, funnel, service, stops
from workflows.insights.future import calibration, capacity, decisions
from workflows.insights.lives import Life, lives_of
from workflows.insights.reviewing import agreement, load, load_without_people
from workflows.runtime.transaction import reading, take_turns, writing
from workflows.tables.machinery import Insight

PUBLISHED, WHOLE = "published", "whole"
TURN = 7_318_261_420_563
"""The key by which those who make figures take turns: the rows that each replaces may not be there yet."""


def make_insights(engine: sa.Engine, now: datetime) -> int:
    """Returns how many figures were stored. Made again on the same day from the same ideas, they are the same."""
    with reading(engine) as session:
        lives = lives_of(session)
        today = tokyo_day(now).toordinal()
        found = [
            {"scope": scope, "figure": figure, "facts": facts, "made_at": now}
            for scope, of in ((PUBLISHED, [life for life in lives if life.published]), (WHOLE, lives))
            for figure, facts in _figures(session, of, today, scope)
        ]
    with writing(engine) as session:
        take_turns(session, TURN)
        session.execute(delete(Insight).where(col(Insight.scope).in_((PUBLISHED, WHOLE))))
        session.execute(insert(Insight), found)
    return len(found)


def _figures(
    session: Session, lives: Sequence[Life], today: int, scope: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    published = scope == PUBLISHED
    first = int(published)
    reviews = decided(lives, published)
    yield "funnel", {"years": funnel(lives)}
    yield "ages", {"stages": ages(lives, today)}
    yield "stops", stops(session, reviews)
    yield "service", {"gates": service(session, reviews)}
    yield "agreement", agreement(session, reviews)
    yield "decisions", decisions(lives, today, first) | {"today": today}
    yield "calibration", calibration(lives, today, first)
    yield "capacity", capacity(lives, today, first)
    yield "cohorts", cohorts(lives, today, first)
    if not published:
        of_people = load(session)
        yield "load", {"people": of_people, "all": load_without_people(of_people)}
        yield "blockers", {"groups": recurring(session)}
