"""Keeps linked repositories fresh: which to look at now, in what order, and one look after the other.

A repository is claimed in a short transaction, looked at with none open, and kept in another. Whoever claims it later has the
word: the result of an earlier claim is thrown away, so that two at once never keep the same look twice.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import select

from stages.permissions import SYSTEM
from workflows.github.facts import REPOSITORY, WHOLE_ROUND_AFTER, look
from workflows.github.keeping import keep, latest_snapshot, outcome_of, state_of
from workflows.github.outcomes import Blocked, Gone, Limited, Look, Page, Refusal, Reply, Unavailable
from workflows.github.questions import Asks
from workflows.github.turns import EVERY, Due, due, named
from workflows.repositories import repository_named
from workflows.runtime.actors import Speaker
from workflows.runtime.failures import is_the_databases, raise_first
from workflows.runtime.refusal import unknown
from workflows.runtime.transaction import reading, writing
from workflows.runtime.verbs import Outcome
from workflows.runtime.verbs import outcome_of as outcome_of_row
from workflows.runtime.work import Work
from workflows.tables.repositories import ForgePage, Repository

CLAIM = timedelta(minutes=15)
"""A look takes no longer; a claim whose holder died is free again after it."""
NO_ANSWERS = 3
"""After so many looks in a row without an answer nobody is there to be asked."""
Tell = Callable[[int, int, str, str], None]


@dataclass(slots=True)
class Summary:
    """What came of a run."""

    total: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """By repository, why nothing of it was seen."""
    overtaken: int = 0
    """Looked at by somebody else at the same time."""
    requests: int = 0
    left: int = 0
    """Not looked at, because the run was stopped."""
    stopped: str = ""
    """Why it was: a sentence."""
    until: datetime | None = None

    @property
    def looked(self) -> int:
        return self.changed + self.unchanged + len(self.gone) + len(self.failed)


@dataclass(frozen=True, slots=True)
class _Claim:
    due: Due
    at: datetime
    full_name: str
    forge_id: int | None
    kept: Mapping[str, Page]
    previous: Mapping[str, Any]
    whole: bool
    asked_at: datetime | None
    looked_before: datetime | None


def sync(
    engine: sa.Engine,
    now: datetime,
    client: Asks,
    names: Iterable[str] | None = None,
    tell: Tell | None = None,
    *,
    clock: Callable[[], datetime] | None = None,
    seconds: float | None = None,
) -> Summary:
    """Looks at what is due, or at the repositories named; stops at a limit, where nobody answers, and after `seconds`.

    `clock` tells the time of each look (by default all are looked at `now`); `tell` hears of each: its number, how many there
    are, its name, what came of it. A repository on which the work itself fails keeps no other from its turn; the first such
    error is raised at the end.
    """
    with reading(engine) as session:
        waiting = named(session, names) if names is not None else due(session, now)
    summary = Summary(total=len(waiting))
    asked = _Counted(client)
    began, silent = time.monotonic(), 0
    failed: list[tuple[str, Exception]] = []
    for number, one in enumerate(waiting):
        if seconds is not None and time.monotonic() - began > seconds:
            summary.stopped = "時間がきました。残りは次の回に見ます。"
        if summary.stopped:
            summary.left = len(waiting) - number
            break
        try:
            came, seen = _look_at(engine, clock() if clock else now, asked, one, forced=names is not None)
        except Exception as error:
            if is_the_databases(error):
                raise
            failed.append((one.full_name, error))
            continue
        _count(summary, one, came, seen)
        silent = silent + 1 if isinstance(seen, Unavailable) else 0
        if isinstance(seen, Limited):
            summary.stopped, summary.until = outcome_of(seen)[1], seen.until
        elif silent == NO_ANSWERS:
            summary.stopped = (
                f"GitHub が続けて答えません。{outcome_of(seen)[1] if isinstance(seen, Unavailable) else ''}"
            )
        if tell:
            tell(number + 1, len(waiting), one.full_name, came)
    summary.requests = asked.requests
    raise_first(failed)
    return summary


def newest_snapshot(engine: sa.Engine, full_name: str) -> Outcome:
    """What speaks for a repository now: the reference of its newest snapshot. Refused `unknown` where nothing was ever seen."""
    with reading(engine) as session:
        repository = repository_named(session, full_name)
        found = latest_snapshot(session, repository.id) if repository else None
    if found is None:
        raise unknown(f"リポジトリ {full_name} の様子")
    return outcome_of_row(found)


class _Counted:
    """A client that knows how often it was asked."""

    def __init__(self, client: Asks) -> None:
        self.client = client
        self.requests = 0

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        etag: str | None = None,
        raw: bool = False,
    ) -> Reply:
        self.requests += 1
        return self.client.get(path, params, etag=etag, raw=raw)


def _count(summary: Summary, one: Due, came: str, seen: Look | None) -> None:
    if seen is None:
        summary.overtaken += 1
        return
    if isinstance(seen, Refusal):
        if came in ("gone", "blocked"):
            summary.gone.append(one.full_name)
        elif came != "limited":
            summary.failed[one.full_name] = outcome_of(seen)[1]
        return
    if seen.full_name.lower() != one.full_name.lower():
        summary.renamed.append((one.full_name, seen.full_name))
    if came == "changed":
        summary.changed += 1
    else:
        summary.unchanged += 1


def _look_at(
    engine: sa.Engine, at: datetime, client: Asks, one: Due, forced: bool
) -> tuple[str, Look | None]:
    """Claims, looks, keeps. None where somebody else looks at it at the same time."""
    with writing(engine) as session:
        claim = _claim(Work(session, Speaker(SYSTEM), at), one, forced)
    if claim is None:
        return "overtaken", None
    seen = look(
        client, claim.full_name, claim.forge_id, claim.kept, claim.previous, whole=claim.whole, now=at
    )
    with writing(engine) as session:
        came = _keep(Work(session, Speaker(SYSTEM), at), claim, seen)
    return (came, seen) if came else ("overtaken", None)


def _claim(work: Work, one: Due, forced: bool) -> _Claim | None:
    repository = work.lock(Repository, one.repository_id)
    state = state_of(work, repository)
    asked_at = repository.sync_asked_at
    is_due = state.look_after is None or state.look_after <= work.now
    under_way = state.looked_at == work.now and state.look_after == work.now + CLAIM
    if under_way or not (forced or asked_at or is_due):
        return None
    rows = work.session.exec(select(ForgePage).where(ForgePage.repository_id == repository.id)).all()
    last = latest_snapshot(work.session, repository.id, "sync")
    oldest = min((row.seen_at for row in rows if row.path != REPOSITORY), default=None)
    claim = _Claim(
        due=one,
        at=work.now,
        full_name=repository.full_name,
        forge_id=state.forge_id,
        kept={row.path: Page(row.etag, row.piece) for row in rows},
        previous={name: value for name, value in last.facts.items() if name != "gone"} if last else {},
        whole=forced
        or asked_at is not None
        or last is None
        or oldest is None
        or work.now - oldest >= WHOLE_ROUND_AFTER,
        asked_at=asked_at,
        looked_before=state.looked_at,
    )
    state.looked_at, state.look_after = work.now, work.now + CLAIM
    repository.sync_asked_at = None
    work.add(state)
    work.add(repository)
    return claim


def _keep(work: Work, claim: _Claim, seen: Look) -> str | None:
    """What was kept; None where the repository was claimed anew, or joined to another, meanwhile."""
    there = work.find(Repository, id=claim.due.repository_id)
    if there is None:
        return None
    repository = work.lock(Repository, there.id)
    state = state_of(work, repository)
    if state.looked_at != claim.at:
        return None
    if isinstance(seen, Limited):  # it keeps its place in the order, and its being asked for
        state.looked_at = claim.looked_before
        repository.sync_asked_at = repository.sync_asked_at or claim.asked_at
        work.add(repository)
    if claim.whole and isinstance(seen, Refusal) and not isinstance(seen, Gone | Blocked):
        _owe_a_whole_round(work, repository)
    return keep(work, repository, seen, after=EVERY[claim.due.rank])


def _owe_a_whole_round(work: Work, repository: Repository) -> None:
    """What was asked for and not answered is asked next time, though the repository itself may not have changed since."""
    page = work.find(ForgePage, repository_id=repository.id, path=REPOSITORY)
    if page is not None:
        work.session.delete(page)
