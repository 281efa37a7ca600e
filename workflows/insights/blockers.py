"""What holds pilots up again and again: blockers of their reports, taken together where their words are alike."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflows.search import tokens
from workflows.tables.ideas import Idea
from workflows.tables.pilots import Pilot, PilotUpdate

LATEST = 2_000
"""Reports with blockers that are read, the latest first: what held up pilots of years ago is mended or stands here too."""
ALIKE = 1 / 3
"""Shared tokens of all tokens (Jaccard). Blockers are a few words each, and less alike than titles, which bind from a half."""
SHOWN = 20


def recurring(session: Session) -> list[dict[str, Any]]:
    """Groups of alike blockers: the words said last, how many pilots and reports, the pilots (refs, the latest first), other
    words for it. Those of most pilots first. One statement.

    A blocker joins the group whose words it is nearest to, else founds one; the latest first, so that nothing depends on how
    the database sorts."""
    rows: Any = (
        select(PilotUpdate.blockers, Pilot.ref)
        .join(Pilot, col(Pilot.id) == PilotUpdate.pilot_id)
        .join(Idea, col(Idea.id) == Pilot.idea_id)
        .where(sa.cast(col(PilotUpdate.blockers), sa.String) != "[]", col(Idea.submitted_at).is_not(None))
        .order_by(col(PilotUpdate.reported_at).desc(), col(PilotUpdate.id).desc())
        .limit(LATEST)
    )
    said = [(text, ref) for blockers, ref in session.exec(rows) for text in blockers]
    return grouped(said)


def grouped(said: list[tuple[str, str]]) -> list[dict[str, Any]]:
    words: list[frozenset[str]] = []
    texts: list[dict[str, int]] = []
    pilots: list[dict[str, int]] = []
    by_token: dict[str, list[int]] = defaultdict(list)
    for text, ref in said:
        own = tokens(text)
        near = {n for token in own for n in by_token[token]}
        alike = max(near, key=lambda n: (_jaccard(own, words[n]), -n), default=None)
        if alike is None or _jaccard(own, words[alike]) < ALIKE:
            alike = len(words)
            words.append(own)
            texts.append({})
            pilots.append({})
            for token in own:
                by_token[token].append(alike)
        texts[alike][text] = texts[alike].get(text, 0) + 1
        pilots[alike][ref] = pilots[alike].get(ref, 0) + 1
    found: list[dict[str, Any]] = [
        {
            "text": next(iter(texts[n])),
            "pilots": len(pilots[n]),
            "reports": sum(pilots[n].values()),
            "refs": list(pilots[n])[:5],
            "also": list(texts[n])[1:4],
        }
        for n in range(len(words))
    ]
    found.sort(key=lambda group: (-group["pilots"], -group["reports"]))
    return found[:SHOWN]


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0
