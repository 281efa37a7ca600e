"""Which sign-ins stand: read by the door itself (app/identity.py), and by who looks after people."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col

from workflows.tables.people import SignIn

IDLE = timedelta(hours=12)
HALF = "half"


def standing(now: datetime) -> tuple[Any, ...]:
    """The conditions of a sign-in that stands: whole, not ended, in its time, and seen within 12 hours."""
    return (
        col(SignIn.ended_at).is_(None),
        SignIn.how != HALF,
        SignIn.expires_at > now,
        SignIn.last_seen_at > now - IDLE,
    )
