"""Action items: what my organizations must do, and for the agency all of them, due soonest first; and who may close or verify.

Three statements, whatever the number of action items.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, or_, select

from stages.days import overdue
from stages.lifecycle import timely
from stages.permissions import Standing, may
from workflows.queries.ideas_list import full_sight
from workflows.queries.looks import Eyes
from workflows.queries.paging import a_day, an_id, behind_both, key_of, page_of
from workflows.tables.ideas import Evidence, Idea
from workflows.tables.people import Organization
from workflows.tables.reviews import ActionItem, Assignment, Review

ROWS_A_PAGE = 30
HOLDER = aliased(Organization)
"""Whose an action item is; the idea's owner is `Organization` itself."""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action item with what the reader may do about it now."""

    ref: str
    text: str
    owner: str
    due_on: date
    status: str
    note: str | None
    is_overdue: bool
    may_close: bool
    may_verify: bool
    criterion: str
    """The question it came from."""
    review: str
    gate: str
    number: str
    title: str
    evidence: Sequence[tuple[str, str]] = ()
    """What may be named as evidence when it is closed: reference and title."""


@dataclass(frozen=True, slots=True)
class ActionsPage:
    rows: Sequence[ActionRow]
    after: str | None


def actions_list(
    eyes: Eyes, status: str | None = None, after: str | None = None, limit: int = ROWS_A_PAGE
) -> ActionsPage:
    """One page of the list: those not yet verified, or those of a status. Refused `invalid` for a key that no page gave."""
    conditions: list[Any] = [full_sight(eyes)]
    if not eyes.actor.belongs_to("agency"):
        conditions.append(col(HOLDER.slug).in_(eyes.actor.orgs))
    conditions.append(ActionItem.status == status if status else ActionItem.status != "verified")
    if after is not None:
        due, last = behind_both(after, a_day, an_id)
        conditions.append(
            or_(col(ActionItem.due_on) > due, and_(ActionItem.due_on == due, col(ActionItem.id) > last))
        )
    found = _found(eyes, conditions, limit + 1)
    rows, goes_on = page_of(found, limit, lambda row: key_of(row[0].due_on, row[0].id))
    return ActionsPage(
        rows=_rows(eyes, rows),
        after=goes_on,
    )


def actions_of(eyes: Eyes, review: Review) -> list[ActionRow]:
    """The action items of one review, first to last. Three statements."""
    return _rows(eyes, sorted(_found(eyes, [ActionItem.review_id == review.id]), key=lambda row: row[0].id))


def _found(eyes: Eyes, conditions: Sequence[Any], limit: int | None = None) -> list[Any]:
    columns: list[Any] = [
        ActionItem, HOLDER.slug, HOLDER.name, HOLDER.kind, Idea.number, Idea.title, Idea.status, Idea.stage,
        Review.ref, Review.gate, Review.questions,
    ]  # fmt: skip
    statement = (
        select(*columns)
        .join(HOLDER, col(HOLDER.id) == ActionItem.owner_id)
        .join(Review, col(Review.id) == ActionItem.review_id)
        .join(Idea, col(Idea.id) == ActionItem.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(*conditions)
        .order_by(col(ActionItem.due_on), col(ActionItem.id))
        .limit(limit)
    )
    return list(eyes.session.exec(statement).all())


def _rows(eyes: Eyes, found: Sequence[Any]) -> list[ActionRow]:
    mine = set(
        eyes.session.exec(
            select(Assignment.review_id).where(
                col(Assignment.review_id).in_({row[0].review_id for row in found}),
                Assignment.reviewer_id == eyes.speaker.user_id,
                col(Assignment.recused_at).is_(None),
            )
        )
    )
    evidence = _evidence(eyes, {row[0].idea_id for row in found})

    def view(
        a: ActionItem, slug: str, name: str, kind: str, number: str, title: str, status: str, stage: str,
        review: str, gate: str, questions: Sequence[Mapping[str, Any]],
    ) -> ActionRow:  # fmt: skip
        agencys = Standing(own=frozenset({slug}), owned_by_agency=kind == "agency")
        reviewed = Standing(assigned=frozenset({eyes.actor.email} if a.review_id in mine else ()))

        def can(verb: str, standing: Standing) -> bool:
            return may(eyes.actor, verb, standing) is None and timely(verb, status, stage) is None

        return ActionRow(
            ref=a.ref,
            text=a.text,
            owner=name,
            due_on=a.due_on,
            status=a.status,
            note=a.note,
            is_overdue=a.status == "open" and overdue(a.due_on, eyes.today),
            may_close=a.status == "open" and can("action.close", agencys),
            may_verify=a.status == "closed"
            and a.closed_by_id != eyes.speaker.user_id
            and can("action.verify", reviewed),
            criterion=next((q["question"] for q in questions if q["key"] == a.criterion), a.criterion),
            review=review,
            gate=gate,
            number=number,
            title=title,
            evidence=evidence.get(a.idea_id, ()),
        )

    return [view(*row) for row in found]


def _evidence(eyes: Eyes, idea_ids: set[int]) -> dict[int, list[tuple[str, str]]]:
    """Idea -> its evidence that counts. One statement."""
    rows = eyes.session.exec(
        select(Evidence.idea_id, Evidence.ref, Evidence.title)
        .where(col(Evidence.idea_id).in_(idea_ids), col(Evidence.withdrawn_at).is_(None))
        .order_by(col(Evidence.id))
    )
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for idea_id, ref, title in rows:
        found[idea_id].append((ref, title))
    return found
