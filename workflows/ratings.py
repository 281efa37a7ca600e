"""What an assigned reviewer does: rating every criterion, recusing oneself, returning an incomplete request."""

from collections.abc import Mapping
from typing import Any, Literal

from sqlmodel import col, select

from stages.kernel import Question
from workflows.reviews import assigned_to, closed_already, measured_here, questions_of, refuse_ties, sheets_of
from workflows.runtime.commands import AnyText, Command, Ref, Text
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.refusal import Refused
from workflows.runtime.verbs import verb
from workflows.runtime.work import Around, Work
from workflows.tables.ideas import Idea
from workflows.tables.reviews import Assignment, RatingSheet, Review


class OfReviewBecause(Command):
    review: Ref
    because: Text


class GivenRating(Command):
    """A colour, the finding in words and, unless green, what must be done."""

    rating: Literal["green", "amber", "red"]
    finding: Text
    action: AnyText | None = None


class RateReview(Command):
    """Ratings by criterion; one left out takes its automatic proposal, one that only people can rate must be given."""

    review: Ref
    ratings: dict[str, GivenRating]
    comment: AnyText | None = None


def _reviewers_own(work: Work, verb_name: str, reference: str) -> tuple[Review, Idea, Around]:
    """The review, for an act only its assigned reviewers may do."""
    review, idea = work.part(Review, reference, "審査")
    orgs = work.require(
        verb_name, idea, assigned=assigned_to(work, review), own_status=closed_already(review)
    )
    return review, idea, orgs


def _refuse_malformed(questions: list[Question], given: Mapping[str, GivenRating]) -> None:
    """Refused `invalid`: a criterion this gate does not have, an amber or red without its action."""
    keys = {q.key for q in questions}
    errors = {f"ratings.{k}": "このゲートにない基準です。" for k in given if k not in keys}
    errors |= {
        f"ratings.{k}.action": "黄と赤には、何をすればよいか（是正の内容）を書いてください。"
        for k, g in given.items()
        if g.rating != "green" and not (g.action or "").strip()
    }
    if errors:
        raise Refused(
            "invalid", "判定を確かめてください: " + "、".join(f"{k}: {v}" for k, v in errors.items()), errors
        )


def _sheet(questions: list[Question], given: Mapping[str, GivenRating]) -> dict[str, dict[str, Any]]:
    """A whole sheet: what was given, and the automatic proposal where nothing was. Refused `mandatory_red`, `incomplete`."""
    lifted = [q for q in questions if q.stands_red and q.key in given and given[q.key].rating != "red"]
    if lifted:
        raise Refused(
            "mandatory_red",
            f"記録された事実から赤と決まった基準は、変えられません: {''.join(q.name for q in lifted)}。"
            "事実を改めて、申請し直してもらってください。",
            about=[q.key for q in lifted],
        )
    missing = [q for q in questions if q.proposal is None and q.key not in given]
    if missing:
        errors = {
            f"ratings.{q.key}.rating": "人が判定する基準です。緑・黄・赤のどれかを選んでください。"
            for q in missing
        }
        raise Refused(
            "incomplete",
            f"人が判定する基準が残っています: {''.join(q.name for q in missing)}",
            errors,
            about=[q.key for q in missing],
        )
    sheet: dict[str, dict[str, Any]] = {}
    for q in questions:
        if q.key in given:
            sheet[q.key] = {**given[q.key].model_dump(), "proposed": False}
        elif q.proposal is not None:
            p = q.proposal
            sheet[q.key] = {
                "rating": p.rating.value,
                "finding": p.text,
                "action": p.action or None,
                "proposed": True,
            }
    return sheet


@verb("review.rate", RateReview)
def rate_review(work: Work, command: RateReview) -> Review:
    """すべての基準を判定する。もう一度判定すると置き換わり、前の判定も残る。"""
    review, idea, orgs = _reviewers_own(work, "review.rate", command.review)
    questions = questions_of(review)
    _refuse_malformed(questions, command.ratings)
    refuse_ties(work.ties, orgs, "あなた")
    if measured_here(work, work.user_id, idea):
        raise Refused(
            "conflict_of_interest", "実証の KPI を測った人は判定できません。審査を辞退してください。"
        )
    sheet = _sheet(questions, command.ratings)
    earlier = sheets_of(work, review).get(work.user_id)
    if earlier is not None:
        earlier.replaced_at = work.now
        work.add(earlier)
    work.add(
        RatingSheet(
            review_id=review.id,
            reviewer_id=work.user_id,
            ratings=sheet,
            comment=command.comment or "",
            rated_at=work.now,
        )
    )
    work.change(review)
    work.record(
        "review.rated",
        idea,
        review=review.ref,
        reviewer=f"u{work.user_id}",
        ratings={k: s["rating"] for k, s in sheet.items()},
        findings={k: s["finding"] for k, s in sheet.items() if not s["proposed"]},
    )
    return review


@verb("review.recuse", OfReviewBecause)
def recuse(work: Work, command: OfReviewBecause) -> Review:
    """審査を辞退する。それまでの判定は数えない。"""
    review, idea, _ = _reviewers_own(work, "review.recuse", command.review)
    mine = work.session.exec(
        select(Assignment).where(
            Assignment.review_id == review.id,
            Assignment.reviewer_id == work.user_id,
            col(Assignment.recused_at).is_(None),
        )
    ).one()
    mine.recused_at, mine.recuse_because = work.now, command.because
    work.add(mine)
    sheet = sheets_of(work, review).get(work.user_id)
    if sheet is not None:
        sheet.replaced_at = work.now
        work.add(sheet)
    work.change(review)
    work.record(
        "review.recused", idea, review=review.ref, reviewer=f"u{work.user_id}", because=command.because
    )
    work.tell(
        agency_slugs(work.session),
        "review.recused",
        idea.number,
        f"審査の辞退がありました: {idea.number}",
        command.because,
    )
    return review


@verb("review.return", OfReviewBecause)
def return_review(work: Work, command: OfReviewBecause) -> Review:
    """書類の不備で差し戻す。判断ではなく、直せばもう一度申請できる。"""
    review, idea, orgs = _reviewers_own(work, "review.return", command.review)
    work.change(
        review,
        status="returned",
        closed_at=work.now,
        returned_by_id=work.user_id,
        return_because=command.because,
    )
    work.change(idea, status="active", status_since=work.now)
    work.record("review.returned", idea, review=review.ref, because=command.because)
    work.tell(
        [orgs.owner],
        "review.returned",
        idea.number,
        f"審査の申請が差し戻されました: {idea.number} {idea.title}",
        command.because,
    )
    return review
