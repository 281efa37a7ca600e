"""what an asset's test cases, runs and retirement say

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
import sqlmodel  # noqa: F401  (a type of its own may be named below)
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asset_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("results", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("run_by_id", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("case_number >= 1", name=op.f("ck_asset_run_case_counted")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_asset_run_asset_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_asset_run_org_id")),
        sa.ForeignKeyConstraint(["run_by_id"], ["person.id"], name=op.f("fk_asset_run_run_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_run")),
    )
    with op.batch_alter_table("asset_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_asset_run_asset_id"), ["asset_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_asset_run_org_id"), ["org_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_asset_run_run_by_id"), ["run_by_id"], unique=False)

    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.add_column(sa.Column("forked_version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("retired_because", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("succeeded_by_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_asset_succeeded_by_id"), ["succeeded_by_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_asset_succeeded_by_id"), "asset", ["succeeded_by_id"], ["id"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_asset_reason_of_a_retirement"),
            "retired_at IS NOT NULL OR (retired_because IS NULL AND succeeded_by_id IS NULL)",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_asset_not_its_own_successor"), "succeeded_by_id IS NULL OR succeeded_by_id <> id"
        )

    with op.batch_alter_table("asset_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("test_cases", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("asset_version", schema=None) as batch_op:
        batch_op.drop_column("test_cases")

    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_asset_not_its_own_successor"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_asset_reason_of_a_retirement"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_asset_succeeded_by_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_asset_succeeded_by_id"))
        batch_op.drop_column("succeeded_by_id")
        batch_op.drop_column("retired_because")
        batch_op.drop_column("forked_version")

    with op.batch_alter_table("asset_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_asset_run_run_by_id"))
        batch_op.drop_index(batch_op.f("ix_asset_run_org_id"))
        batch_op.drop_index(batch_op.f("ix_asset_run_asset_id"))

    op.drop_table("asset_run")
