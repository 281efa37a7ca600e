"""Leaving: what a person holds only through an organization ends with it, at once."""

from sqlalchemy import update
from sqlmodel import col, select

from workflows.reviews import is_reviewer, sheets_of
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization, SignIn, User
from workflows.tables.reviews import Assignment, Review

NO_LONGER = "審査者の役割を離れたため、この審査での担当が終わり、判定は数えません。"


def stop_acting_for(work: Work, person: User, org: Organization) -> None:
    """Ends what signed-in sessions of the person do for the organization: from their next request they act for it no more."""
    work.session.execute(
        update(SignIn)
        .where(col(SignIn.user_id) == person.id, col(SignIn.acting_org_id) == org.id)
        .values(acting_org_id=None)
    )


def void_ratings(work: Work, person: User) -> None:
    """Ends the open reviews of somebody who is no reviewer any more: they are on them no longer, and what they rated there is
    kept, shown as void and not counted. Decided reviews stand.

    The idea is locked first and the assignment ended, so that a rating that is being given at the same moment either came
    before and is voided, or finds its reviewer gone.
    """
    work.session.flush()
    if is_reviewer(work, person):
        return
    mine = (
        select(Review.idea_id, Review.id)
        .join(Assignment, col(Assignment.review_id) == Review.id)
        .where(
            Assignment.reviewer_id == person.id,
            col(Assignment.recused_at).is_(None),
            Review.status == "open",
        )
        .order_by(col(Review.idea_id))
    )
    for idea_id, review_id in work.session.exec(mine).all():
        idea = work.lock(Idea, idea_id)
        review = work.lock(Review, review_id)
        if review.status == "open":
            _end(work, person, idea, review)


def _end(work: Work, person: User, idea: Idea, review: Review) -> None:
    live = select(Assignment).where(
        Assignment.review_id == review.id,
        Assignment.reviewer_id == person.id,
        col(Assignment.recused_at).is_(None),
    )
    for assignment in work.session.exec(live):
        assignment.recused_at, assignment.recuse_because = work.now, NO_LONGER
        work.add(assignment)
    sheet = sheets_of(work, review).get(person.id or 0)
    if sheet is not None:
        sheet.replaced_at, sheet.voided_because = work.now, NO_LONGER
        work.add(sheet)
    work.change(review)
    work.record(
        "review.voided", idea, review=review.ref, reviewer=f"u{person.id}", rated=sheet is not None,
        because=NO_LONGER,
    )  # fmt: skip
    work.tell(
        agency_slugs(work.session),
        "review.voided",
        idea.number,
        f"審査者が抜けました: {idea.number} {idea.title}",
        f"{NO_LONGER}判定した人が足りなくなったときは、別の審査者を割り当ててください。",
    )
