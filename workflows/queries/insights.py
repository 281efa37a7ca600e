"""The figures of the road of all ideas, as the clock made them last, for the reader's audience (workflows/insights/making.py).

One statement; one more for who sees every idea, to name those that a figure points to, and one for the agency, to name its reviewers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from workflows.insights.making import PUBLISHED, WHOLE
from workflows.queries.ideas_list import IdeaRow, ordered, placed, visible
from workflows.queries.looks import Eyes
from workflows.runtime.refusal import unknown
from workflows.tables.ideas import Idea
from workflows.tables.machinery import Insight
from workflows.tables.people import User

EVERYBODYS = ("calibration", "capacity", "funnel", "ages", "stops", "service", "agreement", "cohorts")
"""Figures made of what is published; who sees every idea has the others too (workflows/insights/making.py)."""
MEMBERS = ("decisions", "load", "blockers")
SHOWN = 10
"""Open ideas with their dates on the page; the file has all that are kept."""


@dataclass(frozen=True, slots=True)
class Insights:
    """`facts` by figure; empty where the clock has made none yet."""

    whole: bool
    made_at: datetime | None
    facts: Mapping[str, Mapping[str, Any]]
    ideas: Mapping[int, IdeaRow] = field(default_factory=dict)
    """Those that a figure points to and the reader sees today."""
    reviewers: Mapping[int, str] = field(default_factory=dict)


def sees_whole(eyes: Eyes) -> bool:
    return eyes.seer.belongs_to("agency") or eyes.seer.belongs_to("municipality")


def seen_figure(eyes: Eyes, figure: str) -> str:
    """The name of a figure that the reader is shown. Refused `unknown` for any other."""
    if figure not in EVERYBODYS and not (figure in MEMBERS and sees_whole(eyes)):
        raise unknown(f"図 {figure}")
    return figure


def insights_for(eyes: Eyes, dates_of: int = SHOWN) -> Insights:
    """What this reader is shown; the ideas with a forecast up to `dates_of`."""
    agency = eyes.seer.belongs_to("agency")
    whole = sees_whole(eyes)
    stored = select(Insight.figure, Insight.facts, Insight.made_at)
    rows = eyes.session.exec(stored.where(Insight.scope == (WHOLE if whole else PUBLISHED))).all()
    facts = {figure: dict(of) for figure, of, _ in rows}
    if not rows:
        return Insights(whole, None, {})
    if not agency:
        facts.get("load", {}).pop("people", None)
    if not whole:
        # A date foretold of one idea is for those who work on it.
        del facts["decisions"]
    ids = {idea for stage in facts["ages"]["stages"].values() for _, idea in stage["oldest"]}
    if whole:
        ids |= {idea for idea, *_ in facts["decisions"]["ideas"][:dates_of]}
    conditions = [col(Idea.id).in_(ids), visible(eyes), placed(eyes)]
    return Insights(
        whole=whole,
        made_at=rows[0][2],
        facts=facts,
        ideas=dict(ordered(eyes, conditions, len(ids), "number")),
        reviewers=_names(eyes, [who for who, *_ in facts["load"]["people"]]) if agency else {},
    )


def _names(eyes: Eyes, ids: list[int]) -> dict[int, str]:
    named = select(User.id, User.name).where(col(User.id).in_(ids))
    return {who: name for who, name in eyes.session.exec(named)}
