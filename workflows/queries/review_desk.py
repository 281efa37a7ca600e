"""The review desk: the open reviews a person sees, the one that waits longest first, and who may take another.

Three statements; two more for the agency, six more for who assigns, whatever the number of reviews and reviewers.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import and_, col, or_, select

import stages
from stages.kernel import DECIDED_WITHIN_WORKING_DAYS, QUORUM, RATED_WITHIN_WORKING_DAYS
from workflows.calendar import tokyo_day, working_days_between
from workflows.queries.ideas_list import full_sight
from workflows.queries.looks import Eyes
from workflows.queries.offers import allowed
from workflows.queries.paging import a_moment, an_id, behind_both, key_of, page_of
from workflows.queries.review_takers import Reviewer, Takers, reviewers_of_the_agency, takers_of
from workflows.queries.waiting_agency import assigned, rated
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization, User
from workflows.tables.reviews import Assignment, RatingSheet, Review

ROWS_A_PAGE = 30
GATE_NAMES = {s.gate.key: s.gate.name for s in stages.PIPELINE if s.gate}


@dataclass(frozen=True, slots=True)
class DeskRow:
    """An open review. `waits_for`: reviewers (to be assigned), ratings, or decision."""

    ref: str
    gate: str
    gate_name: str
    number: str
    title: str
    owner: str
    waited: int
    """Working days since the request."""
    allowed: int
    """Working days of the service level that runs now."""
    due_on: date
    is_late: bool
    waits_for: str
    rated: int
    on_it: Sequence[tuple[str, bool, bool]]
    """Of each reviewer: name, has rated, is the reader."""
    takers: Takers | None
    """None for who may not assign."""


@dataclass(frozen=True, slots=True)
class Desk:
    rows: Sequence[DeskRow]
    after: str | None
    reviewers: Sequence[Reviewer]
    """Every reviewer of the agency, the least loaded first; shown to the agency alone."""


def _conditions(eyes: Eyes, show: str | None) -> list[Any]:
    """`show`: mine (assigned to the reader), assign (too few reviewers), decide (the quorum has rated); else every one."""
    found: list[Any] = [Review.status == "open", full_sight(eyes)]
    match show:
        case "mine":
            found.append(assigned(Assignment.reviewer_id == eyes.speaker.user_id) > 0)
        case "assign":
            found.append(assigned() < QUORUM)
        case "decide":
            found.append(rated() >= QUORUM)
    return found


def desk(eyes: Eyes, show: str | None = None, after: str | None = None, limit: int = ROWS_A_PAGE) -> Desk:
    """One page of the desk. Refused `invalid` for a key that no page gave."""
    conditions = _conditions(eyes, show)
    if after is not None:
        since, last = behind_both(after, a_moment, an_id)
        asked = col(Review.requested_at)
        conditions.append(or_(asked > since, and_(asked == since, col(Review.id) > last)))
    columns: list[Any] = [
        Review.id, Review.idea_id, Review.ref, Review.gate, Review.requested_at, Review.rate_by, Review.decide_by,
        Idea.number, Idea.title, Organization.name,
    ]  # fmt: skip
    found = eyes.session.exec(
        select(*columns)
        .join(Idea, col(Idea.id) == Review.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(*conditions)
        .order_by(col(Review.requested_at), col(Review.id))
        .limit(limit + 1)
    ).all()
    rows, goes_on = page_of(found, limit, lambda row: key_of(row[4], row[0]))
    on_it = _on_it(eyes, [row[0] for row in rows])
    reviewers = reviewers_of_the_agency(eyes) if eyes.actor.belongs_to("agency") else []
    takers: Mapping[int, Takers] = {}
    if allowed(eyes, ["review.assign"]):
        takers = takers_of(
            eyes,
            {row[0]: row[1] for row in rows},
            reviewers,
            {k: {p[0] for p in v} for k, v in on_it.items()},
        )
    return Desk(
        rows=[_row(eyes, row, on_it.get(row[0], []), takers.get(row[0])) for row in rows],
        after=goes_on,
        reviewers=reviewers,
    )


def _row(eyes: Eyes, columns: Any, on_it: list[tuple[int, str, bool]], takers: Takers | None) -> DeskRow:
    _, _, ref, gate, requested_at, rate_by, decide_by, number, title, owner = columns
    rated = sum(has_rated for _, _, has_rated in on_it)
    requested_on, due_on = tokyo_day(requested_at), decide_by if rated >= QUORUM else rate_by
    return DeskRow(
        ref=ref,
        gate=gate,
        gate_name=GATE_NAMES[gate],
        number=number,
        title=title,
        owner=owner,
        waited=working_days_between(requested_on, eyes.today),
        allowed=DECIDED_WITHIN_WORKING_DAYS if rated >= QUORUM else RATED_WITHIN_WORKING_DAYS,
        due_on=due_on,
        is_late=eyes.today > due_on,
        waits_for="decision" if rated >= QUORUM else "reviewers" if len(on_it) < QUORUM else "ratings",
        rated=rated,
        on_it=[(name, has_rated, who == eyes.speaker.user_id) for who, name, has_rated in on_it],
        takers=takers,
    )


def _on_it(eyes: Eyes, review_ids: Sequence[int]) -> dict[int, list[tuple[int, str, bool]]]:
    """Review -> its reviewers who have not recused themselves: id, name, has rated. Two statements."""
    sheets = select(RatingSheet.review_id, RatingSheet.reviewer_id)
    rated = set(
        eyes.session.exec(
            sheets.where(col(RatingSheet.review_id).in_(review_ids), col(RatingSheet.replaced_at).is_(None))
        ).all()
    )
    rows = eyes.session.exec(
        select(Assignment.review_id, User.id, User.name)
        .join(User, col(User.id) == Assignment.reviewer_id)
        .where(col(Assignment.review_id).in_(review_ids), col(Assignment.recused_at).is_(None))
        .order_by(col(Assignment.id))
    )
    found: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
    for review_id, who, name in rows:
        found[review_id].append((who, name, (review_id, who) in rated))
    return found
