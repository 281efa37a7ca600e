"""Japanese look-alikes: two-character tokens of titles, compared by Jaccard (POLICY §3, not_duplicate)."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from workflows.tables.ideas import Idea

SIMILAR = 0.5
"""Two titles are look-alikes when they share at least half of their tokens."""
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


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Shared tokens over all tokens; 0 where there are none."""
    return len(a & b) / len(a | b) if a | b else 0.0


@dataclass(frozen=True, slots=True)
class Alike:
    idea_id: int
    number: str
    title: str
    similarity: float


def closest(title: str, others: Iterable[tuple[int, str, str, Iterable[str]]]) -> list[Alike]:
    """The five closest look-alikes among (id, number, title, tokens), nearest first, ties by number."""
    own = tokens(title)
    scored = (Alike(i, number, other, jaccard(own, frozenset(words))) for i, number, other, words in others)
    alike = [a for a in scored if a.similarity >= SIMILAR]
    return sorted(alike, key=lambda a: (-a.similarity, a.number))[:CLOSEST]


def look_alikes(session: Session, idea: Idea) -> list[Alike]:
    """The binding look-alikes of an idea: other submitted ideas that are neither withdrawn nor merged."""
    rows = session.exec(
        select(Idea.id, Idea.number, Idea.title, Idea.title_tokens).where(
            Idea.id != idea.id,
            col(Idea.submitted_at).is_not(None),
            col(Idea.status).not_in(["draft", "withdrawn", "merged"]),
        )
    )
    return closest(idea.title, rows)
