"""What each reviewer of a decided review said, who recused themselves, and who saw it otherwise than it was decided.

Reviewers are numbered in the order in which they were assigned, so that a report without names can still be followed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import col, select

from workflows.queries.looks import Eyes
from workflows.tables.people import User
from workflows.tables.reviews import Assignment, GateDecision, RatingSheet, Review


@dataclass(frozen=True, slots=True)
class Said:
    """A rating with its finding. `dissents`: its colour is not the one that counted; `proposed`: taken from the record."""

    by: str
    rating: str
    finding: str
    action: str | None
    proposed: bool
    dissents: bool


@dataclass(frozen=True, slots=True)
class Recusal:
    by: str
    at: datetime
    because: str | None


@dataclass(frozen=True, slots=True)
class Comment:
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Opinions:
    """`labels`: the reviewers whose ratings count. `said`: criterion -> what each of them found."""

    labels: Sequence[str]
    said: Mapping[str, Sequence[Said]]
    recusals: Sequence[Recusal]
    comments: Sequence[Comment]

    def of(self, criterion: str) -> Sequence[Said]:
        return self.said.get(criterion, ())

    def without_findings(self, whole: bool) -> "Opinions":
        """What stands beside the criteria: of the public neither reasons of recusals nor what was said of the whole."""
        if whole:
            return replace(self, said={})
        return Opinions(self.labels, {}, [replace(r, because=None) for r in self.recusals], [])


def opinions_on(eyes: Eyes, review: Review, decision: GateDecision, named: bool) -> Opinions:
    """Two statements. `named` puts the person's name behind their number."""
    assigned = eyes.session.exec(
        select(Assignment, User.name)
        .join(User, col(User.id) == Assignment.reviewer_id)
        .where(Assignment.review_id == review.id)
        .order_by(col(Assignment.id))
    ).all()
    people = dict.fromkeys(a.reviewer_id for a, _ in assigned)
    names = {a.reviewer_id: name for a, name in assigned}
    labels = {
        who: f"審査者{n}（{names[who]}）" if named else f"審査者{n}" for n, who in enumerate(people, start=1)
    }
    sheets = eyes.session.exec(
        select(RatingSheet)
        .where(RatingSheet.review_id == review.id, col(RatingSheet.replaced_at).is_(None))
        .order_by(col(RatingSheet.id))
    ).all()
    order = {who: n for n, who in enumerate(people)}
    in_order = sorted(sheets, key=lambda s: order.get(s.reviewer_id, len(order)))
    said: dict[str, list[Said]] = {}
    for sheet in in_order:
        for key, r in sheet.ratings.items():
            differs = r["rating"] != decision.colours.get(key)
            said.setdefault(key, []).append(
                Said(
                    labels[sheet.reviewer_id],
                    r["rating"],
                    r["finding"],
                    r.get("action"),
                    bool(r.get("proposed")),
                    differs,
                )
            )
    return Opinions(
        labels=[labels[s.reviewer_id] for s in in_order],
        said=said,
        recusals=[
            Recusal(labels[a.reviewer_id], a.recused_at, a.recuse_because)
            for a, _ in assigned
            if a.recused_at is not None
        ],
        comments=[Comment(labels[s.reviewer_id], s.comment) for s in in_order if s.comment],
    )
