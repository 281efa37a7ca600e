"""files, keys, invitations and anchors

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
import sqlmodel  # noqa: F401  (a type of its own may be named below)
from alembic import op

from app.migrations.anchor_heads import spread_heads

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_count",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_rate_count_counted")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_rate_count")),
    )
    with op.batch_alter_table("rate_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rate_count_began_at"), ["began_at"], unique=False)

    op.create_table(
        "anchor_head",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("anchor_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchor.id"], name=op.f("fk_anchor_head_anchor_id")),
        sa.PrimaryKeyConstraint("chain", "anchor_id", name=op.f("pk_anchor_head")),
    )
    with op.batch_alter_table("anchor_head", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_anchor_head_anchor_id"), ["anchor_id"], unique=False)

    with op.batch_alter_table("anchor", schema=None) as batch_op:
        batch_op.add_column(sa.Column("chains", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("root", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("previous", sa.String(), nullable=True))
    spread_heads(op.get_bind())
    with op.batch_alter_table("anchor", schema=None) as batch_op:
        for name, kind in (("chains", sa.Integer()), ("root", sa.String()), ("previous", sa.String())):
            batch_op.alter_column(name, existing_type=kind, nullable=False)
        batch_op.drop_column("heads")

    with op.batch_alter_table("checklist_answers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("evidence_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_checklist_answers_evidence_id"), ["evidence_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_checklist_answers_evidence_id"), "evidence", ["evidence_id"], ["id"]
        )

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_on", sa.Date(), nullable=True))

    op.create_table(
        "link_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.CheckConstraint("reachable OR why IS NOT NULL", name=op.f("ck_link_check_unreachable_has_why")),
        sa.CheckConstraint("since <= checked_at", name=op.f("ck_link_check_since_before")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_check")),
        sa.UniqueConstraint("url", name=op.f("uq_link_check_url")),
    )
    with op.batch_alter_table("link_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_check_checked_at"), ["checked_at"], unique=False)

    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("taken_off", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("scanned", sa.Boolean(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_upload_digest_whole")),
        sa.CheckConstraint("size > 0", name=op.f("ck_upload_size_counted")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["person.id"], name=op.f("fk_upload_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("ref", name=op.f("uq_upload_ref")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_upload_uploaded_by_id"), ["uploaded_by_id"], unique=False)
        batch_op.create_index(
            "uq_upload_same",
            ["uploaded_by_id", "sha256", "name"],
            unique=True,
            sqlite_where=sa.text("id IS NOT NULL"),
            postgresql_where=sa.text("id IS NOT NULL"),
        )

    with op.batch_alter_table("asset_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("upload_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_asset_version_upload_id"), ["upload_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_asset_version_upload_id"), "upload", ["upload_id"], ["id"])
        batch_op.drop_constraint(batch_op.f("ck_asset_version_has_content"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_asset_version_has_content"),
            "body_md <> '' OR url IS NOT NULL OR upload_id IS NOT NULL",
        )

    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("upload_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("dated_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("reuses_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_evidence_reuses_id"), ["reuses_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_upload_id"), ["upload_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_evidence_upload_id"), "upload", ["upload_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_evidence_reuses_id"), "evidence", ["reuses_id"], ["id"])
        batch_op.create_check_constraint(
            batch_op.f("ck_evidence_file_has_upload"), "(kind = 'file') = (upload_id IS NOT NULL)"
        )

    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > sent_at", name=op.f("ck_invitation_expires_later")),
        sa.CheckConstraint("used_at IS NULL OR voided_at IS NULL", name=op.f("ck_invitation_used_or_voided")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_invitation_org_id")),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_invitation_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_org_id"), ["org_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_invitation_open",
            ["user_id", "org_id"],
            unique=True,
            sqlite_where=sa.text("used_at IS NULL AND voided_at IS NULL"),
            postgresql_where=sa.text("used_at IS NULL AND voided_at IS NULL"),
        )

    op.create_table(
        "outside_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_outside_identity_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_identity")),
    )
    with op.batch_alter_table("outside_identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outside_identity_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_outside_identity_one_each",
            ["user_id", "issuer"],
            unique=True,
            sqlite_where=sa.text("id IS NOT NULL"),
            postgresql_where=sa.text("id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_outside_identity_subject",
            ["issuer", "subject"],
            unique=True,
            sqlite_where=sa.text("id IS NOT NULL"),
            postgresql_where=sa.text("id IS NOT NULL"),
        )

    with op.batch_alter_table("rating_sheet", schema=None) as batch_op:
        batch_op.add_column(sa.Column("voided_because", sa.Text(), nullable=True))

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("how", sa.String(), server_default="password", nullable=False))
        batch_op.add_column(sa.Column("browser", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("kinds", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("acting_org_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_sign_in_acting_org_id"), ["acting_org_id"], unique=False)

    op.create_table(
        "code_app",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_code_app_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_code_app")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("credential", sa.String(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sign_count >= 0", name=op.f("ck_passkey_signs_counted")),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_passkey_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkey_credential")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_user_id"), ["user_id"], unique=False)

    op.create_table(
        "password_reset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_password_reset_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("digest", name=op.f("uq_password_reset_digest")),
    )
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_reset_user_id"), ["user_id"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_recovery_code_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_recovery_code_digest")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_user_id"), ["user_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError(
        "an anchor that hashes the one before has no older form: restore what was backed up before"
    )
