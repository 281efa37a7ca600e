"""The road that each submitted idea has walked, read as columns: three statements, whatever the number of ideas.

Days are Tokyo dates as ordinals. Whoever looks back to a day (`as_of`) knows what happened before it, and nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from stages.lifecycle import STAGE_KEYS
from workflows.calendar import tokyo_day
from workflows.forecasting import ASKED, HOLD, LEFT, RETURNED, REVIEW, WORK, Open, Wait
from workflows.tables.ideas import Idea, Visit
from workflows.tables.reviews import GateDecision, Review

ROLLOUT = len(STAGE_KEYS) - 1
GATES = ("G1", "G2", "G3", "G4")


@dataclass(slots=True)
class Asked:
    """A review: which gate, the day it was asked for, the day it was closed, and how."""

    id: int
    gate: str
    on: int
    closed: int | None
    end: str | None
    withheld: bool


@dataclass(slots=True)
class Life:
    """An idea that was submitted. `visits` in order: stage (0: ideathon), the day of entry, the reviews asked for in it."""

    id: int
    submitted: int
    stage: int
    status: str
    stage_since: int
    status_since: int
    published: bool
    visits: list[tuple[int, int, list[Asked]]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.status in ("active", "in_review", "on_hold") and self.stage < ROLLOUT

    def entered(self) -> dict[int, int]:
        """Stage -> the day on which it was first entered; ideathon by the submission."""
        found: dict[int, int] = {0: self.submitted}
        for stage, day, _ in self.visits:
            found.setdefault(stage, day)
        return found


def lives_of(session: Session) -> list[Life]:
    """Every idea that was submitted, but for those imported which nobody has taken up yet: they wait for nothing."""
    columns: list[Any] = [
        Idea.id, Idea.submitted_at, Idea.stage, Idea.status, Idea.stage_since, Idea.status_since, Idea.gate_decided,
    ]  # fmt: skip
    taken_up = or_(col(Idea.imported_at).is_(None), col(Idea.owner_acted_at).is_not(None))
    lives: dict[int, Life] = {}
    for id_, submitted, stage, status, since, moved, published in session.exec(
        select(*columns).where(col(Idea.submitted_at).is_not(None), taken_up).order_by(col(Idea.id))
    ):
        lives[id_] = Life(
            id_, _day(submitted), STAGE_KEYS.index(stage), status, _day(since), _day(moved), published
        )
    of_visit: dict[int, list[Asked]] = {}
    visited: list[Any] = [Visit.id, Visit.idea_id, Visit.stage, Visit.entered_at]
    for id_, idea_id, stage, entered in session.exec(
        select(*visited).order_by(col(Visit.entered_at), col(Visit.id))
    ):
        life = lives.get(idea_id)
        if life is not None:
            of_visit[id_] = []
            life.visits.append((STAGE_KEYS.index(stage), max(_day(entered), life.submitted), of_visit[id_]))
    asked: list[Any] = [
        Review.id, Review.visit_id, Review.gate, Review.requested_at, Review.closed_at, Review.status,
        GateDecision.decision, col(GateDecision.withhold_because).is_not(None),
    ]  # fmt: skip
    rows = select(*asked).outerjoin(GateDecision, col(GateDecision.review_id) == Review.id)
    for id_, visit_id, gate, on, closed, status, decision, withheld in session.exec(
        rows.order_by(col(Review.requested_at), col(Review.id))
    ):
        if visit_id in of_visit:
            end = decision or (RETURNED if status == "returned" else None)
            day = None if closed is None else _day(closed)
            of_visit[visit_id].append(Asked(id_, gate, _day(on), day, end, bool(withheld)))
    return list(lives.values())


def _day(moment: datetime) -> int:
    return tokyo_day(moment).toordinal()


def spells(life: Life, as_of: int) -> Iterator[tuple[Wait, int, int | None]]:
    """The waits of an idea as they are known at the beginning of a day, in order, each with its first and its last day (None
    while it goes on). At most the last one goes on."""
    left = life.status_since if life.status in ("withdrawn", "merged") else None
    visits = [v for v in life.visits if v[1] < as_of]
    for number, (stage, entered, reviews) in enumerate(visits):
        if stage == ROLLOUT:
            return
        kind, since = WORK, entered
        for review in (r for r in reviews if r.on < as_of):
            yield Wait((kind, stage), review.on - since, ASKED), since, review.on
            closed = review.closed if review.closed is not None and review.closed < as_of else None
            end = review.end if closed is not None else None
            yield Wait((REVIEW, stage), (closed or as_of) - review.on, end), review.on, closed
            if closed is None or end not in (RETURNED, "hold"):
                break
            kind, since = (WORK if end == RETURNED else HOLD), closed
        else:
            if number == len(visits) - 1:
                gone = left is not None and left < as_of
                last = left if gone and left is not None else as_of
                yield (
                    Wait((kind, stage), max(0, last - since), LEFT if gone else None),
                    since,
                    last if gone else None,
                )


def waits_at(lives: Sequence[Life], as_of: int, first: int) -> list[Wait]:
    """What was known of all waits at a day, from a stage on."""
    return [w for life in lives for w, _, _ in spells(life, as_of) if w.place[1] >= first]


def opens_at(lives: Sequence[Life], as_of: int, first: int, seen_until: int) -> list[Open]:
    """The ideas that waited at the beginning of a day; with the days to the decision that came, where one came before
    `seen_until`. An idea that its owner withdrew instead is left out: it has no decision to foretell."""
    found = []
    for life in lives:
        known = list(spells(life, as_of))
        if not known or known[-1][2] is not None or known[-1][0].place[1] < first:
            continue
        decided = [
            r.closed
            for _, _, reviews in life.visits
            for r in reviews
            if r.closed is not None and as_of <= r.closed < seen_until and r.end not in (RETURNED, None)
        ]
        if not decided and life.status in ("withdrawn", "merged") and as_of <= life.status_since < seen_until:
            continue
        wait = known[-1][0]
        after = min(decided) - as_of if decided else None
        found.append(Open(life.id, wait.place, wait.days, after, seen_until - as_of))
    return found
