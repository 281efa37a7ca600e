"""Japanese look-alikes: two-character tokens of titles, compared by Jaccard (POLICY §3, not_duplicate)."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, insert, select

from workflows.runtime.transaction import read_once
from workflows.tables.ideas import Idea, TitleToken

CLOSEST = 5
"""Only the closest five bind."""


def fold(text: str) -> str:
    """NFKC, lower case, katakana as hiragana: 「ﾁｬｯﾄﾎﾞｯﾄ」 and 「チャットボット」 are one."""
    normal = unicodedata.normalize("NFKC", text).lower()
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in normal)


def tokens(text: str) -> frozenset[str]:
    """The two-character tokens of a text; a run of one character is a token itself. Punctuation and spaces separate."""
    found: set[str] = set()
    for run in re.findall(r"[^\W_]+", re.sub(r"[・]", " ", fold(text))):
        found.update(run[i : i + 2] for i in range(len(run) - 1))
        if len(run) == 1:
            found.add(run)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Alike:
    idea_id: int
    number: str
    title: str
    status: str
    similarity: float


def index_title(session: Session, idea: Idea) -> None:
    """Makes an idea findable by its title as it is now."""
    session.execute(delete(TitleToken).where(col(TitleToken.idea_id) == idea.id))
    found = sorted(tokens(idea.title))
    if found:
        session.execute(
            insert(TitleToken), [{"token": t, "idea_id": idea.id, "title_size": len(found)} for t in found]
        )


def closest(session: Session, title: str, *conditions: ColumnElement[bool]) -> list[Alike]:
    """The five ideas under these conditions whose titles are closest, nearest first, ties by number. One statement.

    Two titles of n and m tokens that share s are alike when s / (n + m - s) >= 1/2, that is 3s >= n + m.
    """
    own = tokens(title)
    size: Any = col(TitleToken.title_size)
    # The tokens alone first: they leave a handful, and only those are looked up as ideas.
    near = (
        select(TitleToken.idea_id, func.count().label("shared"), size.label("size"))
        .where(col(TitleToken.token).in_(own))
        .group_by(col(TitleToken.idea_id), size)
        .having(3 * func.count() >= len(own) + size)
        .subquery()
    )
    columns: list[Any] = [Idea.id, Idea.number, Idea.title, Idea.status, near.c.shared, near.c.size]
    rows = session.exec(
        select(*columns)
        .join(near, near.c.idea_id == Idea.id)
        .where(*conditions)
        .order_by((near.c.shared * 1.0 / (len(own) + near.c.size - near.c.shared)).desc(), Idea.number)
        .limit(CLOSEST)
    )
    return [
        Alike(i, number, other, status, s / (len(own) + n - s)) for i, number, other, status, s, n in rows
    ]


@read_once
def look_alikes(session: Session, idea: Idea) -> list[Alike]:
    """The binding look-alikes of an idea: other submitted ideas that are neither withdrawn nor merged."""
    return closest(
        session,
        idea.title,
        col(Idea.id) != idea.id,
        col(Idea.submitted_at).is_not(None),
        col(Idea.status).not_in(["draft", "withdrawn", "merged"]),
    )
