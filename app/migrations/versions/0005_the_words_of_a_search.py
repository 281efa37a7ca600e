"""the words of a search

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
import sqlmodel  # noqa: F401  (a type of its own may be named below)
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


SQLITE = (
    "CREATE VIRTUAL TABLE search_words USING fts5(title, brief, rest, content='search_text', content_rowid='id',"
    " tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER search_words_new AFTER INSERT ON search_text BEGIN INSERT INTO search_words (rowid, title, brief, rest)"
    " VALUES (new.id, new.title, new.brief, new.rest); END",
    "CREATE TRIGGER search_words_old AFTER DELETE ON search_text BEGIN INSERT INTO search_words (search_words, rowid, title,"
    " brief, rest) VALUES ('delete', old.id, old.title, old.brief, old.rest); END",
    "CREATE TRIGGER search_words_change AFTER UPDATE ON search_text BEGIN INSERT INTO search_words (search_words, rowid, title,"
    " brief, rest) VALUES ('delete', old.id, old.title, old.brief, old.rest); INSERT INTO search_words (rowid, title, brief,"
    " rest) VALUES (new.id, new.title, new.brief, new.rest); END",
)
POSTGRESQL = (
    "ALTER TABLE search_text ADD COLUMN search_words tsvector NOT NULL GENERATED ALWAYS AS ("
    "setweight(to_tsvector('simple'::regconfig, title), 'A') || setweight(to_tsvector('simple'::regconfig, brief), 'B')"
    " || setweight(to_tsvector('simple'::regconfig, rest), 'C')) STORED",
    "CREATE INDEX ix_search_words ON search_text USING gin (search_words)",
)


def upgrade() -> None:
    op.create_table(
        "search_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.Column("rest", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('idea', 'product', 'asset', 'decision')", name=op.f("ck_search_text_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_text")),
    )
    with op.batch_alter_table("search_text", schema=None) as batch_op:
        batch_op.create_index(
            "uq_search_text_once",
            ["kind", "row_id"],
            unique=True,
            sqlite_where=sa.text("id IS NOT NULL"),
            postgresql_where=sa.text("id IS NOT NULL"),
        )
    # What the tables do not declare (workflows/tables/searching.py); the rows are written by app/schema.py after the last step.
    connection = op.get_bind()
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("search_words")
    op.drop_table("search_text")
