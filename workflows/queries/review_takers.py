"""The agency's reviewers: how much each holds, and who may take a review, with the reasons of those who may not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, func, select

from stages.kernel import MAX_OPEN_REVIEWS
from workflows.queries.idea_record import names_of
from workflows.queries.looks import Eyes
from workflows.runtime.actors import ties_of_each
from workflows.runtime.work import around_each
from workflows.tables.people import Membership, Organization, User
from workflows.tables.pilots import Kpi, Measurement, Pilot
from workflows.tables.reviews import Assignment, Review


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A reviewer of the agency and the open reviews they hold."""

    id: int
    email: str
    name: str
    load: int

    @property
    def is_full(self) -> bool:
        return self.load >= MAX_OPEN_REVIEWS


@dataclass(frozen=True, slots=True)
class Takers:
    """Who may be assigned to a review, the least loaded first; and who may not, with the reason."""

    free: Sequence[Reviewer] = ()
    left_out: Sequence[tuple[str, str]] = ()


def reviewers_of_the_agency(eyes: Eyes) -> list[Reviewer]:
    """Everybody with a reviewer's role there, the least loaded first. Two statements."""
    people = eyes.session.exec(
        select(User.id, User.email, User.name, Membership.roles)
        .join(Membership, col(Membership.user_id) == User.id)
        .join(Organization, col(Organization.id) == Membership.org_id)
        .where(Organization.kind == "agency", col(Membership.ended_at).is_(None))
    ).all()
    held = dict(
        eyes.session.exec(
            select(Assignment.reviewer_id, func.count())
            .join(Review, col(Review.id) == Assignment.review_id)
            .where(col(Assignment.recused_at).is_(None), Review.status == "open")
            .group_by(col(Assignment.reviewer_id))
        ).all()
    )
    found = {
        who: Reviewer(who, email, name, held.get(who, 0)) for who, email, name, r in people if "reviewer" in r
    }
    return sorted(found.values(), key=lambda r: (r.load, r.name, r.email))


def takers_of(
    eyes: Eyes,
    ideas: Mapping[int, int],
    reviewers: Sequence[Reviewer],
    on_it: Mapping[int, set[int]],
) -> dict[int, Takers]:
    """Of each review (-> its idea) who may be assigned, as `review.assign` sees it. Six statements."""
    orgs = around_each(eyes.session, set(ideas.values()))
    ties = ties_of_each(eyes.session, [r.id for r in reviewers], eyes.now)
    measured = set(
        eyes.session.exec(
            select(Pilot.idea_id, Measurement.measured_by_id)
            .join(Kpi, col(Kpi.pilot_id) == Pilot.id)
            .join(Measurement, col(Measurement.kpi_id) == Kpi.id)
            .where(col(Pilot.idea_id).in_(set(ideas.values())))
            .distinct()
        ).all()
    )
    names = names_of(eyes, {slug for held in ties.values() for slug in held})

    def why_not(reviewer: Reviewer, idea_id: int) -> str | None:
        shared = sorted(ties[reviewer.id] & orgs[idea_id].everyone)
        if shared:
            return f"{'、'.join(names[s] for s in shared)} に属している（いた）"
        if (idea_id, reviewer.id) in measured:
            return "この実証の KPI を測った"
        return f"すでに {reviewer.load} 件を担当している" if reviewer.is_full else None

    found = {}
    for review_id, idea_id in ideas.items():
        reasons = [(r, why_not(r, idea_id)) for r in reviewers if r.id not in on_it.get(review_id, set())]
        found[review_id] = Takers(
            free=[r for r, why in reasons if why is None],
            left_out=[(r.name, why) for r, why in reasons if why is not None],
        )
    return found
