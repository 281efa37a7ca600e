"""The gate reviews of an idea, first to last: per criterion the question, the facts, the findings and the colour that counts.

Four statements, whatever the number of reviews.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, or_, select

import stages
from stages.kernel import Rating, colours_that_count
from workflows import idea_rows
from workflows.queries.looks import Eyes
from workflows.reviews import questions_of
from workflows.tables.ideas import Idea
from workflows.tables.people import User
from workflows.tables.reviews import (
    Assignment,
    DecisionChallenge,
    GateDecision,
    RatingSheet,
    Review,
)


@dataclass(frozen=True, slots=True)
class FindingView:
    """What one reviewer found. `by` is None where names are not shown."""

    by: str | None
    rating: str
    text: str
    action: str | None
    proposed: bool


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One question of the gate. `colour` is the one that counts; None while nobody has rated."""

    key: str
    question: str
    mandatory: bool
    colour: str | None
    proposal: Mapping[str, str] | None
    findings: Sequence[FindingView]
    resolved_because: str | None
    wants: str
    """The evidence that a person who rates it should see."""
    facts: str | None
    """What the frozen record says about it, where it proposes no colour."""

    @property
    def is_disputed(self) -> bool:
        """Reviewers gave different colours."""
        return len({f.rating for f in self.findings}) > 1

    @property
    def stands_red(self) -> bool:
        """An automatic red on a mandatory criterion: nobody may rate it better."""
        return self.mandatory and self.proposal is not None and self.proposal["rating"] == Rating.RED


@dataclass(frozen=True, slots=True)
class ActionView:
    ref: str
    text: str
    owner: str
    due_on: Any
    status: str
    note: str | None


@dataclass(frozen=True, slots=True)
class ReviewView:
    review: Review
    gate_name: str
    criteria: Sequence[CriterionView]
    decision: GateDecision | None
    decided_by: str | None
    reviewers: Sequence[tuple[str, bool]]
    """Name, and whether they have rated."""
    actions: Sequence[ActionView]
    challenge: DecisionChallenge | None
    comments: Sequence[tuple[str, str]]
    """What reviewers said about the whole: name and words; not for the public."""
    withheld: bool
    """Parts of the report are not shown to this reader; the decision says why."""
    voided: Sequence[tuple[str, datetime, str | None]] = ()
    """Ratings that no longer count, since their reviewer left: name, when, why; not for the public."""


def reviews_of(eyes: Eyes, idea: Idea, published_only: bool) -> list[ReviewView]:
    """Every review of the idea; `published_only` leaves what the public sees: the decided ones, without names, and without
    the report where a reason for withholding it is on record (POLICY §2)."""
    columns: list[Any] = [Review, GateDecision, DecisionChallenge, User.name]
    of_idea = (
        select(*columns)
        .outerjoin(GateDecision, col(GateDecision.review_id) == Review.id)
        .outerjoin(DecisionChallenge, col(DecisionChallenge.review_id) == Review.id)
        .outerjoin(User, col(User.id) == GateDecision.decided_by_id)
        .where(Review.idea_id == idea.id)
        .order_by(col(Review.id))
    )
    if published_only:
        of_idea = of_idea.where(Review.status == "decided")
    reviews = eyes.session.exec(of_idea).all()
    if not reviews:
        return []
    ids = [review.id for review, *_ in reviews]

    def by_reviewer(kind: Any, *conditions: Any) -> dict[int, list[Any]]:
        """Rows that stand and the reviewers' names, by review."""
        rows = eyes.session.exec(
            select(kind, User.name)
            .join(User, col(User.id) == kind.reviewer_id)
            .where(col(kind.review_id).in_(ids), *conditions)
            .order_by(col(kind.id))
        )
        found: dict[int, list[Any]] = defaultdict(list)
        for row, name in rows:
            found[row.review_id].append((row, name))
        return found

    # Those that count, and those that were voided: shown with the reason.
    void = col(RatingSheet.voided_because).is_not(None)
    all_sheets = by_reviewer(RatingSheet, or_(col(RatingSheet.replaced_at).is_(None), void))
    sheets = {i: [(s, n) for s, n in rows if s.replaced_at is None] for i, rows in all_sheets.items()}
    assigned = {} if published_only else by_reviewer(Assignment, col(Assignment.recused_at).is_(None))
    actions = idea_rows.actions_of(eyes.session, idea)

    def view(
        review: Review,
        decision: GateDecision | None,
        challenge: DecisionChallenge | None,
        decider: str | None,
    ) -> ReviewView:
        withheld = published_only and decision is not None and bool(decision.withhold_because)
        live = [sheet for sheet, _ in sheets.get(review.id, [])]
        names = {sheet.reviewer_id: name for sheet, name in sheets.get(review.id, [])}
        return ReviewView(
            review=review,
            gate_name=stages.GATES[review.gate].name,
            criteria=_criteria(review, decision, live, {} if published_only else names, withheld),
            decision=decision,
            decided_by=None if published_only else decider,
            reviewers=[(name, a.reviewer_id in names) for a, name in assigned.get(review.id, [])],
            actions=[]
            if withheld
            else [
                ActionView(a.ref, a.text, owner, a.due_on, a.status, a.note)
                for a, _, owner in actions
                if a.review_id == review.id
            ],
            comments=[] if published_only else [(names[s.reviewer_id], s.comment) for s in live if s.comment],
            challenge=None if published_only else challenge,
            voided=[]
            if published_only
            else [
                (n, s.replaced_at, s.voided_because)
                for s, n in all_sheets.get(review.id, [])
                if s.replaced_at
            ],
            withheld=withheld,
        )

    return [view(*row) for row in reviews]


def _criteria(
    review: Review,
    decision: GateDecision | None,
    sheets: Sequence[RatingSheet],
    names: Mapping[int, str],
    withheld: bool,
) -> list[CriterionView]:
    given = {str(s.id): {k: Rating(r["rating"]) for k, r in s.ratings.items()} for s in sheets}
    colours = (
        decision.colours
        if decision
        else {k: c.value for k, c in colours_that_count(questions_of(review), given).items()}
    )
    resolutions = decision.resolutions if decision else {}
    return [
        CriterionView(
            key=q["key"],
            question=q["question"],
            mandatory=q["mandatory"],
            colour=colours.get(q["key"]),
            proposal=None if withheld else q["proposal"],
            findings=[] if withheld else _findings(q["key"], sheets, names),
            resolved_because=None if withheld else resolutions.get(q["key"], {}).get("because"),
            wants=q["wants"],
            facts=None if withheld else q.get("facts"),
        )
        for q in review.questions
    ]


def _findings(key: str, sheets: Sequence[RatingSheet], names: Mapping[int, str]) -> list[FindingView]:
    rated = [(names.get(s.reviewer_id), s.ratings[key]) for s in sheets if key in s.ratings]
    return [
        FindingView(by, r["rating"], r["finding"], r.get("action"), bool(r.get("proposed")))
        for by, r in rated
    ]
