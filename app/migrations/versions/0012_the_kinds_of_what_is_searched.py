"""the kinds of what is searched

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("uq_search_text_once", table_name="search_text")
    op.create_index("uq_search_text_once", "search_text", ["kind", "row_id"], unique=True)


def downgrade() -> None:
    there = sa.text("id IS NOT NULL")
    op.drop_index("uq_search_text_once", table_name="search_text")
    op.create_index(
        "uq_search_text_once",
        "search_text",
        ["kind", "row_id"],
        unique=True,
        sqlite_where=there,
        postgresql_where=there,
    )
