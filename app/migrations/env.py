"""What Alembic runs in: the connection and transaction that app/schema.py opened, and the tables as the code declares them."""

from typing import Any

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import workflows.tables  # noqa: F401  (fills the metadata)
from workflows.tables.columns import UtcDateTime
from workflows.tables.searching import is_declared


def _as_plain_types(kind: str, thing: Any, autogen_context: Any) -> Any:
    """A migration is history: it must run as it is when the code's own column types have long changed."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, AutoString):
        return "sa.String()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_item=_as_plain_types,
    include_object=is_declared,
    # SQLite alters a table by making a new one.
    render_as_batch=True,
    # The engine says BEGIN itself, also on SQLite: a migration that fails leaves nothing.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
