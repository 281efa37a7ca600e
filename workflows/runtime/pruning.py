"""What the runtime keeps for itself is let go after its time: slots of the clock, sign-ins that are over, counted failures,
forms that were done or kept, webhooks, counts of what was repeated, links to set a password.

Records of what people did (ledger, decisions, messages, memberships) are never pruned.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from workflows.runtime.transaction import writing

JOB_RUNS_KEPT = timedelta(days=90)
"""A slot is of use while somebody may ask whether the clock ran; sending mail alone makes 1,440 a day."""
SIGN_INS_KEPT = timedelta(days=180)
"""From the moment a sign-in ended or expired: long enough to ask who was signed in, should an account have been misused."""
FAILURES_KEPT = timedelta(days=7)
"""From the last failed sign-in. It must outlast the time after which a count starts anew (app/sign_in_limits.py)."""
SAID_ONCE_KEPT = timedelta(days=7)
"""From when a form was done: as long as a sign-in lasts, since its page cannot be sent again after that."""
DELIVERIES_KEPT = timedelta(days=30)
"""From when a webhook was received. GitHub sends one again for three days at most; until then its id is refused."""
RATES_KEPT = timedelta(days=1)
"""From when counting began: longer than any limit counts (app/rate_limits.py)."""
RESETS_KEPT = timedelta(days=30)
"""From when a link to set a password was asked for: long enough to ask who asked, longer than any link holds."""
KEPT_FORMS_KEPT = timedelta(hours=1)
"""From when a form was kept: as long as it is given back (app/kept_forms.py)."""
BATCH = 5_000
"""Rows deleted in one transaction, so that the first pruning after years holds nobody up."""


def prune(engine: sa.Engine, now: datetime) -> int:
    """Deletes what has outlived its keep; returns how many rows. Running it again changes nothing.

    The last run of each job stays, however old it is: by it the clock knows that a slot is done, and that a job which
    missed several runs once.
    """
    tables = SQLModel.metadata.tables
    runs, sign_ins, failures, once, deliveries, rates, resets, kept = (
        tables[name]
        for name in (
            "job_run",
            "sign_in",
            "sign_in_failure",
            "said_once",
            "hook_delivery",
            "rate_count",
            "password_reset",
            "kept_form",
        )
    )
    later = runs.alias()
    has_later = sa.exists().where(later.c.job == runs.c.job, later.c.slot > runs.c.slot)
    over_since = now - SIGN_INS_KEPT
    is_over = sa.or_(sign_ins.c.ended_at < over_since, sign_ins.c.expires_at < over_since)
    return (
        _delete(engine, runs.c.id, runs.c.slot < now - JOB_RUNS_KEPT, has_later)
        + _delete(engine, sign_ins.c.id, is_over)
        + _delete(engine, failures.c.key, failures.c.last_at < now - FAILURES_KEPT)
        + _delete(engine, once.c.digest, once.c.said_at < now - SAID_ONCE_KEPT)
        + _delete(engine, deliveries.c.delivery, deliveries.c.received_at < now - DELIVERIES_KEPT)
        + _delete(engine, rates.c.digest, rates.c.began_at < now - RATES_KEPT)
        + _delete(engine, resets.c.id, resets.c.asked_at < now - RESETS_KEPT)
        + _delete(engine, kept.c.digest, kept.c.kept_at < now - KEPT_FORMS_KEPT)
    )


def _delete(engine: sa.Engine, key: sa.Column[Any], *conditions: sa.ColumnElement[bool]) -> int:
    """Deletes the rows of the key's table for which all conditions hold, batch by batch."""
    deleted = 0
    while True:
        with writing(engine) as session:
            some = sa.select(key).where(*conditions).limit(BATCH)
            # The conditions stand twice: a row that changed since it was chosen (one more failure counted) stays.
            gone = (
                session.connection().execute(sa.delete(key.table).where(key.in_(some), *conditions)).rowcount
            )
        deleted += gone
        if gone < BATCH:
            return deleted
