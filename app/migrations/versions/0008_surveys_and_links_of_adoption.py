"""surveys and links of adoption

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
import sqlmodel  # noqa: F401  (a type of its own may be named below)
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("imported_by_id", sa.Integer(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["imported_by_id"], ["person.id"], name=op.f("fk_survey_imported_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
        sa.UniqueConstraint("name", name=op.f("uq_survey_name")),
    )
    with op.batch_alter_table("survey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_imported_by_id"), ["imported_by_id"], unique=False)

    with op.batch_alter_table("adoption", schema=None) as batch_op:
        batch_op.add_column(sa.Column("survey_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("surveyed_lgcode", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("by_link", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.alter_column("stated_by_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(batch_op.f("ix_adoption_survey_id"), ["survey_id"], unique=False)
        batch_op.create_index(
            "uq_adoption_surveyed",
            ["survey_id", "product_id", "org_id"],
            unique=True,
            sqlite_where=sa.text("survey_id IS NOT NULL"),
            postgresql_where=sa.text("survey_id IS NOT NULL"),
        )
        batch_op.create_foreign_key(batch_op.f("fk_adoption_survey_id"), "survey", ["survey_id"], ["id"])
        batch_op.create_check_constraint(
            batch_op.f("ck_adoption_said_by_somebody"), "(stated_by_id IS NULL) = (survey_id IS NOT NULL)"
        )
    with op.batch_alter_table("adoption", schema=None) as batch_op:
        batch_op.alter_column("by_link", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM adoption WHERE survey_id IS NOT NULL")
    with op.batch_alter_table("adoption", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_adoption_said_by_somebody"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_adoption_survey_id"), type_="foreignkey")
        batch_op.drop_index(
            "uq_adoption_surveyed",
            sqlite_where=sa.text("survey_id IS NOT NULL"),
            postgresql_where=sa.text("survey_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_adoption_survey_id"))
        batch_op.alter_column("stated_by_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("by_link")
        batch_op.drop_column("surveyed_lgcode")
        batch_op.drop_column("survey_id")

    with op.batch_alter_table("survey", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_survey_imported_by_id"))

    op.drop_table("survey")
