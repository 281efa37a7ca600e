"""unique keys that are read by

Their conditions held for every row. PostgreSQL looks nothing up by an index with a condition that the question does not name: it read
the whole ledger for one chain.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

THERE = "id IS NOT NULL"
KEYS = {
    "uq_asset_version_once": ("asset_version", ["asset_id", "number"], THERE),
    "uq_checklist_answers_once": ("checklist_answers", ["idea_id", "checklist"], THERE),
    "uq_comparison_once": ("comparison", ["idea_id", "other_id"], THERE),
    "uq_job_run_slot": ("job_run", ["job", "slot"], THERE),
    "uq_kpi_key": ("kpi", ["pilot_id", "key"], THERE),
    "uq_ledger_entry_seq": ("ledger_entry", ["chain", "seq"], "seq > 0"),
    "uq_merge_proposal_once": ("merge_proposal", ["idea_id", "into_id"], THERE),
    "uq_outside_identity_one_each": ("outside_identity", ["user_id", "issuer"], THERE),
    "uq_outside_identity_subject": ("outside_identity", ["issuer", "subject"], THERE),
    "uq_release_version": ("release", ["product_id", "version"], THERE),
    "uq_rollout_target_once": ("rollout_target", ["product_id", "org_id"], THERE),
    "uq_search_text_once": ("search_text", ["kind", "row_id"], THERE),
    "uq_upload_same": ("upload", ["uploaded_by_id", "sha256", "name"], THERE),
    "uq_visit_once": ("visit", ["idea_id", "stage", "number"], "number > 0"),
}
"""Index -> its table, its columns, and the condition it had."""


def upgrade() -> None:
    for name, (table, columns, _) in KEYS.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, unique=True)


def downgrade() -> None:
    for name, (table, columns, condition) in KEYS.items():
        there = sa.text(condition)
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, unique=True, sqlite_where=there, postgresql_where=there)
