"""Where a person is signed in: listed in words they know, ended one by one or all but this one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from app import identity
from app.db import writing
from workflows.queries.sign_ins import standing
from workflows.tables.people import SignIn

BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"), ("Opera", r"OPR/"), ("Firefox", r"Firefox/|FxiOS/"), ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
)  # fmt: skip
SYSTEMS = (
    ("Windows", r"Windows"), ("iPhone", r"iPhone"), ("iPad", r"iPad"), ("Android", r"Android"), ("ChromeOS", r"CrOS"),
    ("Mac", r"Macintosh"), ("Linux", r"Linux"),
)  # fmt: skip
"""The first that fits: most browsers call themselves by the names of others too."""


def browser_of(user_agent: str) -> str:
    """`Chrome / Windows`, as far as a browser says it. What it says word for word is not kept."""
    found = [
        next((name for name, sign in signs if re.search(sign, user_agent)), None)
        for signs in (BROWSERS, SYSTEMS)
    ]
    return " / ".join(name for name in found if name)


@dataclass(frozen=True, slots=True)
class Device:
    sign_in_id: int
    browser: str
    how: str
    started_at: datetime
    last_seen_at: datetime


def devices(session: Session, user_id: int, now: datetime) -> Sequence[Device]:
    """The sign-ins of a person that stand, the last seen first. One statement."""
    rows = session.exec(
        select(SignIn.id, SignIn.browser, SignIn.how, SignIn.started_at, SignIn.last_seen_at)  # type: ignore[call-overload]
        .where(SignIn.user_id == user_id, *standing(now))
        .order_by(col(SignIn.last_seen_at).desc(), col(SignIn.id).desc())
        .limit(100)
    )
    return [Device(*row) for row in rows]


def end_one(engine: Engine, user_id: int, sign_in_id: int, now: datetime) -> bool:
    """Ends one sign-in of this person; False where they have no such one that stands."""
    with writing(engine) as session:
        ended = session.connection().execute(
            update(SignIn)
            .where(
                col(SignIn.id) == sign_in_id, col(SignIn.user_id) == user_id, col(SignIn.ended_at).is_(None)
            )
            .values(ended_at=now)
        )
    return ended.rowcount == 1


def end_others(engine: Engine, user_id: int, but: int, now: datetime) -> None:
    with writing(engine) as session:
        identity.end_all(session, user_id, now, but)
