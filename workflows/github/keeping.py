"""What a look at a repository leaves behind: a snapshot where facts changed, how the look went, what to ask with next time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflows.calendar import TOKYO
from workflows.github.outcomes import Blocked, Gone, Limited, Look, Page, Refusal, Seen
from workflows.github.renaming import follow_name, same_repository
from workflows.repositories import linked_ideas
from workflows.runtime.work import Work
from workflows.snapshots import keep_snapshot
from workflows.tables.repositories import ForgePage, ForgeState, Repository, Snapshot

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=10), timedelta(days=1)
"""After a look that saw nothing; each further one doubles the wait."""
WELL = ("fresh", "unchanged")
NOT_FOUND = "GitHub に見つかりません。消されたか、非公開になったか、このトークンでは見られません。"
TAKEN_DOWN = "法的な理由で公開が止められています。"


def latest_snapshot(session: Session, repository_id: int, *sources: str) -> Snapshot | None:
    """The snapshot that speaks for a repository; of these sources, where some are named."""
    found = select(Snapshot).where(Snapshot.repository_id == repository_id)
    if sources:
        found = found.where(col(Snapshot.source).in_(sources))
    return session.exec(
        found.order_by(col(Snapshot.taken_at).desc(), col(Snapshot.id).desc()).limit(1)
    ).first()


def keep(work: Work, repository: Repository, look: Look, *, after: timedelta) -> str:
    """Stores what came of a look at a locked repository; what it did: changed, unchanged, or the outcome's name.

    The next look is due `after` one that saw the repository, later and later after those that did not. A repository that
    was seen once and is gone now gets a snapshot that says so beside the facts last seen; one that was never seen gets none.
    """
    if isinstance(look, Seen):
        repository = same_repository(work, repository, look.forge_id)
        follow_name(work, repository, look.full_name, look.forge_id)
    state = state_of(work, repository)
    if isinstance(look, Seen):
        state.forge_id = look.forge_id
        _keep_pages(work, repository, look.pages)
        came = _keep_facts(work, repository, look.facts, look.seen)
        _note(work, state, "unchanged" if look.is_unchanged else "fresh", "", after)
        return came
    outcome, because = outcome_of(look)
    if isinstance(look, Gone | Blocked) and state.forge_id is not None:
        _keep_gone(work, repository)
        state.seen_at = work.now
    _note(work, state, outcome, because, _wait(state, look, work.now))
    return outcome


def state_of(work: Work, repository: Repository) -> ForgeState:
    return work.find(ForgeState, repository_id=repository.id) or work.add(
        ForgeState(repository_id=repository.id)
    )


def outcome_of(refusal: Refusal) -> tuple[str, str]:
    """The name of an outcome, and why, for a person."""
    match refusal:
        case Gone():
            return "gone", NOT_FOUND
        case Blocked():
            return "blocked", TAKEN_DOWN
        case Limited():
            until = refusal.until.astimezone(TOKYO)
            return "limited", f"GitHub の利用の上限に達しました。{until:%m月%d日 %H:%M} から続けます。"
    return type(refusal).__name__.lower(), refusal.because


def _wait(state: ForgeState, refusal: Refusal, now: datetime) -> timedelta:
    """A limit is nobody's fault: it counts for no failure of the repository."""
    if isinstance(refusal, Limited):
        return max(refusal.until - now, timedelta())
    state.failures += 1
    doubled: int = 2 ** min(state.failures - 1, 20)
    return min(LONGEST_WAIT, FIRST_WAIT * doubled)


def _note(work: Work, state: ForgeState, outcome: str, because: str, wait: timedelta) -> None:
    before = state.outcome
    if before != outcome and not (before in WELL and outcome in WELL):
        state.outcome_since = work.now
    state.outcome, state.outcome_because = outcome, because
    state.look_after = work.now + wait
    if outcome in WELL:
        state.seen_at, state.failures = work.now, 0
    work.add(state)


def _keep_facts(
    work: Work, repository: Repository, facts: Mapping[str, Any], seen: Mapping[str, Sequence[str]]
) -> str:
    latest = latest_snapshot(work.session, repository.id)
    if latest is not None and latest.facts == facts:
        return "unchanged"
    _keep(work, repository, dict(facts), {name: list(how) for name, how in seen.items()})
    return "changed"


def _keep_gone(work: Work, repository: Repository) -> None:
    latest = latest_snapshot(work.session, repository.id)
    facts = dict(latest.facts) if latest else {}
    if facts.get("gone"):
        return
    seen = dict(latest.seen or {}) if latest else {}
    if latest is not None and not seen:
        seen = {name: [latest.taken_at.isoformat(), latest.source] for name in facts}
    seen["gone"] = [work.now.isoformat(), f"/repos/{repository.full_name}"]
    _keep(work, repository, {**facts, "gone": True}, seen)


def _keep(work: Work, repository: Repository, facts: dict[str, Any], seen: dict[str, Any]) -> None:
    ideas = linked_ideas(work.session, repository)
    keep_snapshot(work, repository, ideas, facts, source="sync", taken_at=work.now, seen=seen or None)


def _keep_pages(work: Work, repository: Repository, pages: Mapping[str, Page]) -> None:
    """The answers of this look and none else; one that came again unchanged keeps its piece and is seen now."""
    there = {
        row.path: row
        for row in work.session.exec(select(ForgePage).where(ForgePage.repository_id == repository.id))
    }
    gone = [path for path in there if path not in pages]
    if gone:
        work.session.connection().execute(
            sa.delete(ForgePage).where(
                col(ForgePage.repository_id) == repository.id, col(ForgePage.path).in_(gone)
            )
        )
    for path, page in pages.items():
        row = there.get(path) or ForgePage(repository_id=repository.id, path=path, piece={}, seen_at=work.now)
        if row.piece != page.piece:
            row.piece = page.piece
        row.etag, row.seen_at = page.etag, work.now
        work.session.add(row)
