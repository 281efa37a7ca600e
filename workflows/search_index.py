"""Asking the index: which things hold every one of some words, in the parts of them that the reader may see.

What is asked in the language of either database is made of our own tokens, letters and digits alone, so nothing that was typed
is an operator there.
"""

from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from workflows.search_words import Word
from workflows.tables.ideas import Idea
from workflows.tables.searching import SearchText

Parts = Literal["title", "brief", "rest"]
"""How far the search looks: into the title alone, into what is seen in brief too, or into everything."""
_SQLITE = {"title": "{title}", "brief": "{title brief}", "rest": "{title brief rest}"}
_POSTGRESQL = {"title": "A", "brief": "AB", "rest": ""}
"""The weights of the parts; of all of them none: its index knows no weights, and would have every hit's text read for them."""
SEARCH_WORDS = sa.table("search_words", sa.column("rowid", sa.Integer), sa.column("search_words"))


def _fts5(words: Sequence[Word], parts: Parts) -> str:
    phrases = (f'"{" ".join(word.tokens)}"{" *" if word.opens else ""}' for word in words)
    return f"{_SQLITE[parts]} : ({' AND '.join(phrases)})"


def _lexeme(token: str, mark: str) -> str:
    return f"'{token}':{mark}" if mark else f"'{token}'"


def _tsquery(words: Sequence[Word], parts: Parts) -> str:
    weights = _POSTGRESQL[parts]

    def phrase(word: Word) -> str:
        marks = [weights] * (len(word.tokens) - 1) + [f"*{weights}" if word.opens else weights]
        return " <-> ".join(_lexeme(token, mark) for token, mark in zip(word.tokens, marks, strict=True))

    return " & ".join(f"({phrase(word)})" for word in words)


def holds(session: Session, words: Sequence[Word], parts: Parts = "rest") -> sa.ColumnElement[bool]:
    """The condition under which a row of SearchText holds every word, each as its tokens one after another."""
    if session.get_bind().dialect.name == "sqlite":
        hits = sa.select(SEARCH_WORDS.c.rowid).where(
            SEARCH_WORDS.c.search_words.op("MATCH")(_fts5(words, parts))
        )
        return col(SearchText.id).in_(hits)
    asked = sa.func.to_tsquery(sa.literal_column("'simple'::regconfig"), _tsquery(words, parts))
    return sa.literal_column("search_text.search_words").op("@@")(asked)


def latest(session: Session) -> Any:
    """The order by which the latest hits are taken. PostgreSQL is kept from reading all rows in that order until enough of them
    are hits, which for a rare word is never."""
    row = col(SearchText.id)
    return row.desc() if session.get_bind().dialect.name == "sqlite" else (row + 0).desc()


RECENT = 3_000
"""So many rows are looked at one by one before PostgreSQL's index is asked, which knows all hits and not which are the latest."""


def recent(session: Session) -> list[sa.ColumnElement[bool]]:
    """The condition of being among the rows that were written last, where that helps to find the latest hits of a common word."""
    if session.get_bind().dialect.name == "sqlite":
        return []
    newest = select(func.max(col(SearchText.id))).scalar_subquery()
    return [col(SearchText.id) > newest - RECENT]


def ids(session: Session, kind: str, words: Sequence[Word], parts: Parts = "rest") -> Any:
    """The ids of the things of a kind that hold every word, as a select. PostgreSQL is kept from asking for each thing in turn
    whether it is one of them: for a rare word it would ask for all."""
    row_id: Any = col(SearchText.row_id)
    found = row_id if session.get_bind().dialect.name == "sqlite" else row_id + 0
    return select(found).where(SearchText.kind == kind, holds(session, words, parts))


RANKED = 3_000
"""Of so many hits, the latest, it is told which say most: ranking 40,000 takes a tenth of a second."""


def most_of(
    session: Session,
    kind: str,
    tokens: Sequence[str],
    limit: int,
    parts: Parts,
    conditions: Sequence[Any] = (),
) -> Any:
    """The ids of the ideas under some conditions that say most of these tokens in these parts, as a select, ranked as the
    database ranks: only the choice of which to look at closely. `tokens` are not empty."""
    if session.get_bind().dialect.name == "sqlite":
        any_of = " OR ".join(f'"{token}"' for token in tokens)
        query = f"{_SQLITE[parts]} : ({any_of})"
        hits = (
            sa.select(SEARCH_WORDS.c.rowid.label("id"), sa.literal_column("rank").label("points"))
            .where(SEARCH_WORDS.c.search_words.op("MATCH")(query))
            .order_by(SEARCH_WORDS.c.rowid.desc())
            .limit(RANKED)
            .subquery("hits")
        )
        best: Any = hits.c.points
    else:
        query = " | ".join(_lexeme(token, _POSTGRESQL[parts]) for token in tokens)
        asked = sa.func.to_tsquery(sa.literal_column("'simple'::regconfig"), query)
        words: Any = sa.literal_column("search_text.search_words")
        hits = (
            sa.select(col(SearchText.id).label("id"), sa.func.ts_rank(words, asked).label("points"))
            .where(words.op("@@")(asked))
            .order_by(latest(session))
            .limit(RANKED)
            .subquery("hits")
        )
        best = hits.c.points.desc()
    return (
        select(SearchText.row_id)
        .join(hits, hits.c.id == SearchText.id)
        .join(Idea, col(Idea.id) == SearchText.row_id)
        .where(SearchText.kind == kind, *conditions)
        .order_by(best)
        .limit(limit)
    )
