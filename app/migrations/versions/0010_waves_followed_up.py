"""waves followed up

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
import sqlmodel  # noqa: F401  (a type of its own may be named below)
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("wave_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("wave_member", schema=None) as batch_op:
        batch_op.alter_column("due", existing_type=sa.Boolean(), server_default=None)
    op.execute(
        "UPDATE wave_member SET told_at = (SELECT told_at FROM wave WHERE wave.id = wave_member.wave_id)"
    )


def downgrade() -> None:
    with op.batch_alter_table("wave_member", schema=None) as batch_op:
        batch_op.drop_column("told_at")
        batch_op.drop_column("due")

    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.drop_column("reminded_at")
