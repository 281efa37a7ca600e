"""What has happened to a review since a version of it was seen: who did what, when, and which colours became which others."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from workflows.queries.looks import Eyes
from workflows.tables.ideas import Idea
from workflows.tables.ledger import LedgerEntry
from workflows.tables.people import User
from workflows.tables.reviews import Review

RAISES = ("review.assigned", "review.rated", "review.recused", "review.voided")
"""Each raises the version of an open review by one."""


@dataclass(frozen=True, slots=True)
class ReviewChange:
    """`colours`: criterion, its colour by this reviewer before (None: had not rated) and now; only what is not the same."""

    at: datetime
    action: str
    by: str
    colours: Sequence[tuple[str, str | None, str]] = ()


def changes_since(eyes: Eyes, idea: Idea, review: Review, version: int) -> list[ReviewChange]:
    """First to last. Two statements."""
    rows = eyes.session.exec(
        select(LedgerEntry.at, LedgerEntry.action, LedgerEntry.facts)
        .where(LedgerEntry.chain == idea.number, col(LedgerEntry.action).in_(RAISES))
        .order_by(col(LedgerEntry.seq))
    ).all()
    read = [(at, action, json.loads(facts)) for at, action, facts in rows]
    own = [(at, action, facts) for at, action, facts in read if facts["review"] == review.ref]
    people = {int(facts["reviewer"][1:]) for _, _, facts in own}
    names = dict(eyes.session.exec(select(User.id, User.name).where(col(User.id).in_(people))).all())
    stood: dict[str, Mapping[str, str]] = {}
    found = []
    for at, action, facts in own:
        who = facts["reviewer"]
        before, now = stood.get(who, {}), facts.get("ratings", {})
        stood[who] = now
        colours = [(key, before.get(key), colour) for key, colour in now.items() if before.get(key) != colour]
        found.append(ReviewChange(at, action, names.get(int(who[1:]), who), colours))
    return found[len(found) - max(review.version - version, 0) :]
