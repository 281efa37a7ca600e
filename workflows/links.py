"""Links of evidence, asked for once a week: whether they still open, and since when they do not."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from workflows.runtime.outbound import Fetched, NotFetched, Outbound
from workflows.runtime.transaction import reading, writing
from workflows.tables.files import LinkCheck
from workflows.tables.ideas import Evidence

AGAIN_AFTER = timedelta(days=7)
SECONDS_EACH = 10.0
SECONDS_A_RUN = 240.0
"""How long one run may keep the clock from its other jobs; what it has no time for is asked by the next."""
MOST_A_RUN = 500
Ask = Callable[[str, float], str | None]
"""A link and seconds -> None where it opens, else a Japanese sentence that says why not. Raises nothing."""


OPENS = frozenset({401, 403, 429})
"""Answers of a page that is there, but not for us: who may see it signs in."""
MOST_BYTES = 1_000_000


def whether_it_opens(way: Outbound, url: str, seconds: float) -> str | None:
    """An `Ask` that goes out by the guard: for the head alone, and for the page where that does not open, since many servers
    know no HEAD. A page that is longer than we read opens."""
    end = time.monotonic() + seconds
    said = way.fetch(url, method="HEAD", seconds=seconds, most_bytes=0)
    if isinstance(said, Fetched) and not _opens(said):
        said = way.fetch(url, seconds=end - time.monotonic(), most_bytes=MOST_BYTES)
    if isinstance(said, NotFetched):
        return None if said.reason == "too_large" else said.because
    return None if _opens(said) else f"開けません（{said.status}）。"


def _opens(said: Fetched) -> bool:
    return said.status < 400 or said.status in OPENS


def check_links(engine: sa.Engine, now: datetime, asks: Ask, seconds: float = SECONDS_A_RUN) -> int:
    """Asks for the links that are due, never asked ones first; returns how many. No transaction is open meanwhile."""
    end, asked = time.monotonic() + seconds, 0
    for url in _due(engine, now):
        if time.monotonic() > end:
            break
        _note(engine, url, asks(url, SECONDS_EACH), now)
        asked += 1
    return asked


def _due(engine: sa.Engine, now: datetime) -> Sequence[str]:
    """Links of evidence that stands, each once, the longest unasked first."""
    links = (
        select(Evidence.url)
        .outerjoin(LinkCheck, col(LinkCheck.url) == Evidence.url)
        .where(col(Evidence.url).is_not(None), col(Evidence.withdrawn_at).is_(None))
        .where(sa.or_(col(LinkCheck.id).is_(None), col(LinkCheck.checked_at) <= now - AGAIN_AFTER))
        .group_by(col(Evidence.url), col(LinkCheck.checked_at))
        .order_by(
            sa.func.coalesce(col(LinkCheck.checked_at), sa.literal(datetime.min.replace(tzinfo=now.tzinfo)))
        )
        .limit(MOST_A_RUN)
    )
    with reading(engine) as session:
        return [url for url in session.exec(links) if url]


def _note(engine: sa.Engine, url: str, why: str | None, now: datetime) -> None:
    with writing(engine) as session:
        found = session.exec(select(LinkCheck).where(LinkCheck.url == url).with_for_update()).first()
        if found is None:
            found = LinkCheck(url=url, reachable=why is None, since=now, checked_at=now, why=why)
        elif found.reachable != (why is None):
            found.since = now
        found.reachable, found.why, found.checked_at = why is None, why, now
        session.add(found)
