"""What the search looks through: one row a thing, with its words as `search_words.kept` leaves them.

The row is the same on both databases. What finds by it is each database's own, kept up by the database itself: on SQLite an FTS5
table over these rows, filled by triggers; on PostgreSQL a generated column with a GIN index. A migration that makes this
table anew must make them again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from workflows.tables.columns import long_text, one_of, time, unique_index

SEARCHED = {
    "idea": "アイデア",
    "product": "プロダクト",
    "asset": "ライブラリの資料",
    "decision": "公表された決定",
}


class SearchText(SQLModel, table=True):
    """`title`, `brief` and `rest` are told apart because not every reader who sees the first may see the others (POLICY §7);
    `row_id` is the thing's own. Nobody may see a thing because it is here: a query joins it to the thing."""

    __tablename__ = "search_text"
    __table_args__ = (
        one_of("kind", SEARCHED),
        unique_index("uq_search_text_once", "kind", "row_id"),
    )
    id: int = Field(default=None, primary_key=True)
    kind: str
    row_id: int
    at: datetime = time()
    """When the thing was made: of two that fit as well the newer one comes first."""
    title: str = long_text("")
    brief: str = long_text("")
    rest: str = long_text("")


_NEW = "INSERT INTO search_words (rowid, title, brief, rest) VALUES (new.id, new.title, new.brief, new.rest);"
_OLD = (
    "INSERT INTO search_words (search_words, rowid, title, brief, rest)"
    " VALUES ('delete', old.id, old.title, old.brief, old.rest);"
)
FINDING: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "CREATE VIRTUAL TABLE search_words USING fts5(title, brief, rest, content='search_text', content_rowid='id',"
        " tokenize='unicode61 remove_diacritics 0')",
        f"CREATE TRIGGER search_words_new AFTER INSERT ON search_text BEGIN {_NEW} END",
        f"CREATE TRIGGER search_words_old AFTER DELETE ON search_text BEGIN {_OLD} END",
        f"CREATE TRIGGER search_words_change AFTER UPDATE ON search_text BEGIN {_OLD} {_NEW} END",
    ),
    "postgresql": (
        "ALTER TABLE search_text ADD COLUMN search_words tsvector NOT NULL GENERATED ALWAYS AS ("
        "setweight(to_tsvector('simple'::regconfig, title), 'A') || setweight(to_tsvector('simple'::regconfig, brief), 'B')"
        " || setweight(to_tsvector('simple'::regconfig, rest), 'C')) STORED",
        "CREATE INDEX ix_search_words ON search_text USING gin (search_words)",
    ),
}
"""What each database finds by; a migration says the same."""


def is_declared(thing: Any, name: str | None, *_: Any) -> bool:
    """Whether the models answer for a part of the database: for all but what FINDING makes. As Alembic asks it."""
    return not (name or "").removeprefix("ix_").startswith("search_words")


def _run(connection: sa.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


_TABLE = SQLModel.metadata.tables["search_text"]


@sa.event.listens_for(_TABLE, "after_create")
def _make_findable(_: Any, connection: sa.Connection, **more: Any) -> None:
    _run(connection, FINDING[connection.dialect.name])


@sa.event.listens_for(_TABLE, "before_drop")
def _drop_with_it(_: Any, connection: sa.Connection, **more: Any) -> None:
    if connection.dialect.name == "sqlite":
        _run(connection, ["DROP TABLE IF EXISTS search_words"])
