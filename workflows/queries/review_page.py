"""One gate review as its reader may see it, and what they may do there now.

A constant number of statements, whatever the number of criteria, reviewers, action items and earlier reviews.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import col, or_, select

from stages.days import add_months
from stages.kernel import ACTION_WITHIN_MONTHS, CHALLENGE_WITHIN_WORKING_DAYS, QUORUM, Rating
from stages.permissions import Sight, sight
from workflows.calendar import add_working_days, tokyo_day
from workflows.queries import actions_list, idea_record, idea_reviews
from workflows.queries.looks import Eyes
from workflows.queries.offers import offered
from workflows.queries.review_choices import Choice, choices, disputed
from workflows.queries.review_takers import Takers, reviewers_of_the_agency, takers_of
from workflows.queries.wishes import Wishes, wishes_at
from workflows.reviews import assigned_to, has_rated, measured_here, questions_of, sheets_of
from workflows.runtime.refusal import unknown
from workflows.runtime.work import Around, around, visibility
from workflows.tables.ideas import Idea, Visit
from workflows.tables.people import Organization
from workflows.tables.reviews import Assignment, RatingSheet, Review

VERBS = (
    "review.assign", "review.rate", "review.recuse", "review.return", "review.decide", "review.challenge",
    "review.answer_challenge",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeenReview:
    """A review that the reader sees something of: everything, or what is published of it."""

    review: Review
    idea: Idea
    orgs: Around
    is_full: bool


@dataclass(frozen=True, slots=True)
class Deciding:
    """What the decision form needs."""

    choices: Sequence[Choice]
    disputed: Sequence[idea_reviews.CriterionView]
    open_points: Sequence[idea_reviews.CriterionView]
    """The criteria that are not green."""
    sets_actions: bool
    """Going on under conditions is possible as it stands: the form proposes an action for each open point."""
    owners: Sequence[tuple[str, str]]
    due_by: date


@dataclass(frozen=True, slots=True)
class ReviewPage:
    view: idea_reviews.ReviewView
    idea: Idea
    owner: str
    visit: int
    is_full: bool
    earlier: Sequence[idea_reviews.ReviewView]
    """Decided or returned reviews of the same gate, latest first."""
    evidence: Mapping[str | None, Sequence[idea_record.EvidenceView]] = field(default_factory=dict)
    """Criterion -> the evidence bound to it; None: to the idea as a whole."""
    can: frozenset[str] = frozenset()
    barred: Mapping[str, str] = field(default_factory=dict)
    """Verb -> why this person, who holds the role for it, may not say it here: tied, same_person or measured."""
    tied_to: Sequence[str] = ()
    mine: Mapping[str, Mapping[str, Any]] | None = None
    """The reader's own ratings that count."""
    my_comment: str | None = None
    takers: Takers = field(default_factory=Takers)
    deciding: Deciding | None = None
    actions: Sequence[actions_list.ActionRow] = ()
    wishes: Wishes | None = None
    """Who wants it too, for who sees everything of the idea."""
    challenge_until: date | None = None
    """The last day on which the owner may challenge; None unless decided."""

    @property
    def rated(self) -> int:
        return sum(has_rated for _, has_rated in self.view.reviewers)

    @property
    def has_quorum(self) -> bool:
        return self.rated >= QUORUM


def seen_review(eyes: Eyes, ref: str) -> SeenReview:
    """The review of a reference as far as the reader sees it: the published part of a decided one, or everything.

    Refused `unknown` where that is not at all.
    """
    review = eyes.find(Review, ref=ref)
    if review is not None:
        idea = eyes.session.get_one(Idea, review.idea_id)
        orgs = around(eyes.session, idea)
        how_much = sight(eyes.seer, visibility(idea, orgs))
        published = how_much in (Sight.PUBLISHED, Sight.OUTLINE) and review.status == "decided"
        if how_much == Sight.FULL or published:
            return SeenReview(review, idea, orgs, how_much == Sight.FULL)
    raise unknown(f"審査 {ref}")


def owner_and_visit(eyes: Eyes, review: Review) -> tuple[str, int]:
    """The name of the organization whose idea is reviewed, and at which visit of the gate. One statement."""
    found = (
        select(Organization.name, Visit.number)
        .join(Idea, col(Idea.owner_id) == Organization.id)
        .join(Visit, col(Visit.idea_id) == Idea.id)
        .where(Visit.id == review.visit_id)
    )
    return eyes.session.exec(found).one()


def review_page(eyes: Eyes, seen: SeenReview) -> ReviewPage:
    """The page of a review; its parts by the reader's sight (POLICY §7)."""
    review, idea = seen.review, seen.idea
    views = idea_reviews.reviews_of(eyes, idea, published_only=not seen.is_full)
    view = next(v for v in views if v.review.id == review.id)
    owner, visit = owner_and_visit(eyes, review)
    earlier = [v for v in reversed(views) if v.review.gate == review.gate and v.review.id < review.id]
    if not seen.is_full:
        return ReviewPage(view, idea, owner, visit, False, earlier)
    on_it = assigned_to(eyes, review)
    can = _can(eyes, seen, view, on_it)
    sheets = sheets_of(eyes, review)
    mine = sheets.get(eyes.speaker.user_id or 0)
    tied, barred = _barred(eyes, seen, view, can)
    return ReviewPage(
        view=view,
        idea=idea,
        owner=owner,
        visit=visit,
        is_full=True,
        earlier=earlier,
        evidence=_evidence(eyes, idea, review),
        can=can,
        barred=barred,
        tied_to=tied,
        mine=mine.ratings if mine else None,
        my_comment=mine.comment if mine else None,
        takers=_takers(eyes, review) if "review.assign" in can else Takers(),
        deciding=_deciding(eyes, seen, view, sheets) if "review.decide" in can else None,
        actions=actions_list.actions_of(eyes, review),
        wishes=wishes_at(eyes, idea, review),
        challenge_until=add_working_days(tokyo_day(view.decision.decided_at), CHALLENGE_WITHIN_WORKING_DAYS)
        if view.decision
        else None,
    )


def _can(eyes: Eyes, seen: SeenReview, view: idea_reviews.ReviewView, on_it: Sequence[str]) -> frozenset[str]:
    """What may be said of this review by who asks, by its own status too."""
    ready = {
        "review.challenge": view.decision is not None and view.challenge is None,
        "review.answer_challenge": view.challenge is not None and view.challenge.answered_at is None,
    }
    is_open = seen.review.status == "open"
    can = offered(eyes, seen.idea, seen.orgs, VERBS, assigned=on_it)
    return frozenset(verb for verb in can if ready.get(verb, is_open))


def _barred(
    eyes: Eyes, seen: SeenReview, view: idea_reviews.ReviewView, can: frozenset[str]
) -> tuple[list[str], dict[str, str]]:
    """The organizations that tie the reader to the idea (names), and what bars who has the role. Four statements at most."""
    judging = can & {"review.rate", "review.decide", "review.answer_challenge"}
    if not judging:
        return [], {}
    shared = eyes.ties & seen.orgs.everyone
    if shared:
        return sorted(idea_record.names_of(eyes, shared).values()), dict.fromkeys(judging, "tied")
    barred = {}
    decided = view.decision is not None and view.decision.decided_by_id == eyes.speaker.user_id
    if judging - {"review.rate"} and (decided or has_rated(eyes, seen.review)):
        barred = dict.fromkeys(judging - {"review.rate"}, "same_person")
    if "review.rate" in judging and measured_here(eyes, eyes.user_id, seen.idea):
        barred["review.rate"] = "measured"
    return [], barred


def _evidence(eyes: Eyes, idea: Idea, review: Review) -> dict[str | None, list[idea_record.EvidenceView]]:
    found: dict[str | None, list[idea_record.EvidenceView]] = {}
    for e in idea_record.evidence_of(eyes, idea, review.visit_id, tokyo_day(review.requested_at)):
        found.setdefault(e.criterion, []).append(e)
    return found


def _takers(eyes: Eyes, review: Review) -> Takers:
    on_it = set(
        eyes.session.exec(
            select(Assignment.reviewer_id).where(
                Assignment.review_id == review.id, col(Assignment.recused_at).is_(None)
            )
        )
    )
    reviewers = reviewers_of_the_agency(eyes)
    return takers_of(eyes, {review.id: review.idea_id}, reviewers, {review.id: on_it})[review.id]


def _deciding(
    eyes: Eyes, seen: SeenReview, view: idea_reviews.ReviewView, sheets: Mapping[int, RatingSheet]
) -> Deciding:
    """The same questions and sheets as the verb takes. One statement."""
    questions = questions_of(seen.review)
    colours = {str(w): {k: Rating(r["rating"]) for k, r in s.ratings.items()} for w, s in sheets.items()}
    open_to = choices(questions, colours)
    differ = disputed(questions, colours)
    owners = eyes.session.exec(
        select(Organization.slug, Organization.name, Organization.kind)
        .where(or_(col(Organization.slug).in_(seen.orgs.everyone), Organization.kind == "agency"))
        .order_by(Organization.name)
    ).all()
    return Deciding(
        choices=open_to,
        disputed=[c for c in view.criteria if c.key in differ],
        open_points=[c for c in view.criteria if c.colour not in (None, "green")],
        sets_actions=any(c.decision == "conditional_go" and c.closed is None for c in open_to),
        owners=sorted(((slug, name) for slug, name, _ in owners), key=lambda o: o[0] != seen.orgs.owner),
        due_by=add_months(eyes.today, ACTION_WITHIN_MONTHS),
    )
