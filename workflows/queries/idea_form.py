"""What the form of an idea needs to know: fields in use, events that take ideas, their challenges, whom one speaks for.

Four statements for a new idea; one more for what others did to it since.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import and_, col, or_, select

from workflows.queries.ideas_list import fields_in_use
from workflows.queries.looks import Eyes
from workflows.tables.events import Challenge, Event
from workflows.tables.ideas import Idea
from workflows.tables.ledger import LedgerEntry
from workflows.tables.people import Organization

MOST = 200
DATA_CLASSES = (
    "公開情報",
    "内部情報",
    "要機密情報",
    "個人情報",
    "特定個人情報（マイナンバー）",
    "要配慮個人情報",
)
"""What towns usually name; anything else that an idea names stays a choice of its own."""
ASKED = (
    "title", "field", "challenge", "as_is", "to_be", "cases_per_year", "minutes_each", "users", "data_classes",
    "expected_effect", "event", "challenge_ref",
)  # fmt: skip
"""What the form asks, in the order a clerk thinks in."""
Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class IdeaForm:
    """The choices of the form, and what stands now (nothing for a new idea)."""

    fields: Sequence[str]
    events: Options
    challenges: Options
    now: Mapping[str, Any]

    @property
    def data_classes(self) -> Options:
        """The usual kinds of data, and whatever else this idea names."""
        named = dict.fromkeys((*DATA_CLASSES, *self.now.get("data_classes", ())))
        return [(name, name) for name in named]


def new_form(eyes: Eyes, event: str | None = None, challenge: str | None = None) -> IdeaForm:
    """The empty form; an event or challenge that takes ideas may be chosen beforehand."""
    found = edit_form(eyes, None, challenge)
    chosen = {"event": event, "challenge_ref": challenge}
    offered = {slug for slug, _ in (*found.events, *found.challenges)}
    now = {name: value for name, value in chosen.items() if value in offered}
    return IdeaForm(found.fields, found.events, found.challenges, now)


def edit_form(eyes: Eyes, idea: Idea | None, challenge: str | None = None) -> IdeaForm:
    """The form with what the idea says now; None is none yet. The challenge asked for is offered however many there are."""
    takes = and_(col(Event.closed_at).is_(None), col(Event.submissions_close_at) >= eyes.now)
    its_own = (idea.event_id or 0, idea.challenge_id or 0) if idea else (0, 0)
    events = eyes.session.exec(
        select(Event.id, Event.slug, Event.name)
        .where(or_(takes, col(Event.id) == its_own[0]))
        .order_by(col(Event.starts_at).desc(), col(Event.id))
        .limit(MOST)
    ).all()
    challenges = eyes.session.exec(
        select(Challenge.id, Challenge.ref, Challenge.title, Event.name)
        .join(Event, col(Event.id) == Challenge.event_id)
        .where(or_(takes, col(Challenge.id) == its_own[1]))
        .order_by(
            (col(Challenge.ref) == (challenge or "")).desc(), col(Event.starts_at).desc(), col(Challenge.id)
        )
        .limit(MOST)
    ).all()
    now: dict[str, Any] = {}
    if idea is not None:
        now = {name: getattr(idea, name) for name in ASKED if name not in ("event", "challenge_ref")}
        now["event"] = next((slug for row_id, slug, _ in events if row_id == idea.event_id), None)
        now["challenge_ref"] = next(
            (ref for row_id, ref, *_ in challenges if row_id == idea.challenge_id), None
        )
    return IdeaForm(
        fields=fields_in_use(eyes),
        events=[(slug, name) for _, slug, name in events],
        challenges=[(ref, f"{title}（{name}）") for _, ref, title, name in challenges],
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision of an idea: when, by which organizations, and which fields."""

    at: datetime
    by: str
    fields: Sequence[str]


def revisions_since(eyes: Eyes, idea: Idea, version: int) -> list[Revision]:
    """The revisions after a version, first to last. Two statements."""
    rows = eyes.session.exec(
        select(LedgerEntry.at, LedgerEntry.actor, LedgerEntry.facts)
        .where(LedgerEntry.chain == idea.number, LedgerEntry.action == "idea.revised")
        .order_by(col(LedgerEntry.seq).desc())
        .limit(MOST)
    ).all()
    read = [(at, actor, json.loads(facts)) for at, actor, facts in rows]
    later = [(at, actor, facts["fields"]) for at, actor, facts in read if facts.get("version", 0) > version]
    slugs = {slug for _, actor, _ in later for slug in actor.partition("/")[0].split("+")}
    names = dict(
        eyes.session.exec(
            select(Organization.slug, Organization.name).where(col(Organization.slug).in_(slugs))
        ).all()
    )
    return [
        Revision(
            at,
            "・".join(names.get(s, s) for s in actor.partition("/")[0].split("+")),
            [{"event_id": "event", "challenge_id": "challenge_ref"}.get(field, field) for field in fields],
        )
        for at, actor, fields in reversed(later)
    ]
