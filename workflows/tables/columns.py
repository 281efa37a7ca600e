"""The column types and constraint forms every table shares."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware time, stored in UTC and returned aware; a naive one is refused (SQLite would forget the zone)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def time(default: Any = ..., **more: Any) -> Any:
    """An aware time column."""
    return Field(default, sa_type=UtcDateTime, **more)


def long_text(default: Any = ..., **more: Any) -> Any:
    """A text of any length."""
    return Field(default, sa_type=sa.Text, **more)


def json(default: Any = ..., **more: Any) -> Any:
    """A JSON value; NULL in the column for None."""
    return Field(default, sa_type=sa.JSON(none_as_null=True), **more)


def link(table: str, optional: bool = False, **more: Any) -> Any:
    """A foreign key to another table's id, indexed."""
    return Field(None if optional else ..., foreign_key=f"{table}.id", index=True, **more)


def one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    """CHECK that a column holds one of the words."""
    words = ", ".join(f"'{v}'" for v in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=f"{column}_known")


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=name)


def together(name: str, *columns: str) -> sa.CheckConstraint:
    """CHECK that the columns are all set or all empty."""
    none = " AND ".join(f"{c} IS NULL" for c in columns)
    every = " AND ".join(f"{c} IS NOT NULL" for c in columns)
    return sa.CheckConstraint(f"({none}) OR ({every})", name=name)


def unique_index(name: str, *columns: str) -> sa.Index:
    """UNIQUE over all rows. Without a condition, however empty: PostgreSQL would look nothing up by it."""
    return sa.Index(name, *columns, unique=True)


def unique_where(name: str, condition: str, *columns: str) -> sa.Index:
    """UNIQUE over the rows for which the condition holds."""
    return sa.Index(
        name, *columns, unique=True, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition)
    )


def index_where(name: str, condition: str, *columns: str) -> sa.Index:
    """An index of the rows for which the condition holds. SQLite has no truth but 1, and looks for the words of a query."""
    sqlite = condition.replace("= true", "= 1")
    return sa.Index(name, *columns, sqlite_where=sa.text(sqlite), postgresql_where=sa.text(condition))


def key() -> Any:
    """The primary key: given by the database, never None once a row is stored."""
    return Field(default=None, primary_key=True)
