"""The gate reviews of an idea, first to last: per criterion the question, the facts, the findings and the colour that counts.

Eight statements, whatever the number of reviews.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

import stages
from stages.kernel import Rating, colours_that_count
from workflows.queries.looks import Eyes
from workflows.reviews import questions_of
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization, User
from workflows.tables.reviews import (
    ActionItem,
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


def reviews_of(eyes: Eyes, idea: Idea, published_only: bool) -> list[ReviewView]:
    """Every review of the idea; `published_only` leaves what the public sees: the decided ones, without names, and without
    the report where a reason for withholding it is on record (POLICY §2)."""
    of_idea = select(Review).where(Review.idea_id == idea.id).order_by(col(Review.id))
    if published_only:
        of_idea = of_idea.where(Review.status == "decided")
    reviews = eyes.session.exec(of_idea).all()
    if not reviews:
        return []
    ids = [r.id for r in reviews]

    def grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            found[(row[0] if isinstance(row, tuple) else row).review_id].append(row)
        return found

    def all_of(kind: Any) -> dict[int, list[Any]]:
        return grouped(
            eyes.session.exec(select(kind).where(col(kind.review_id).in_(ids)).order_by(col(kind.id)))
        )

    decisions, sheets = all_of(GateDecision), all_of(RatingSheet)
    assigned, challenges = all_of(Assignment), all_of(DecisionChallenge)
    actions = grouped(
        (a, name)
        for a, name in eyes.session.exec(
            select(ActionItem, Organization.name)
            .join(Organization, col(Organization.id) == ActionItem.owner_id)
            .where(col(ActionItem.review_id).in_(ids))
            .order_by(col(ActionItem.id))
        )
    )
    people = (
        {s.reviewer_id for group in sheets.values() for s in group}
        | {a.reviewer_id for group in assigned.values() for a in group}
        | {d.decided_by_id for group in decisions.values() for d in group}
    )
    names = dict(eyes.session.exec(select(User.id, User.name).where(col(User.id).in_(people))).all())

    def view(review: Review) -> ReviewView:
        decision = next(iter(decisions.get(review.id, [])), None)
        withheld = published_only and decision is not None and bool(decision.withhold_because)
        live = [s for s in sheets.get(review.id, []) if s.replaced_at is None]
        on_it = [a for a in assigned.get(review.id, []) if a.recused_at is None]
        rated = {s.reviewer_id for s in live}
        return ReviewView(
            review=review,
            gate_name=stages.GATES[review.gate].name,
            criteria=_criteria(review, decision, live, {} if published_only else names, withheld),
            decision=decision,
            decided_by=None if published_only or decision is None else names.get(decision.decided_by_id),
            reviewers=[]
            if published_only
            else [(names[a.reviewer_id], a.reviewer_id in rated) for a in on_it],
            actions=[]
            if withheld
            else [
                ActionView(a.ref, a.text, owner, a.due_on, a.status, a.note)
                for a, owner in actions.get(review.id, [])
            ],
            comments=[] if published_only else [(names[s.reviewer_id], s.comment) for s in live if s.comment],
            challenge=None if published_only else next(iter(challenges.get(review.id, [])), None),
            withheld=withheld,
        )

    return [view(r) for r in reviews]


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
