"""Queued webhooks worked through, one transaction each: names followed, facts applied where they are news, a look asked for.

Deliveries come late, twice and in any order. So a fact (or the name) is a register: it keeps the moment that was last told
of it (`ForgeState.heard`), and of two values the later moment wins, at the same moment the graver one. Whatever the
order, the end is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from stages.permissions import SYSTEM
from workflows.github.keeping import latest_snapshot, state_of
from workflows.github.renaming import follow_name, same_repository
from workflows.repositories import linked_ideas
from workflows.runtime.actors import Speaker
from workflows.runtime.failures import is_the_databases, raise_first
from workflows.runtime.ledger import canonical
from workflows.runtime.transaction import reading, writing
from workflows.runtime.work import Work
from workflows.snapshots import keep_snapshot
from workflows.tables.repositories import ForgeState, FormerName, HookDelivery, Repository


def work_through(engine: sa.Engine, now: datetime, *, since: datetime | None = None) -> int:
    """Works through what waits, received after `since` if that is given; how many. One that fails keeps no other, and is
    tried again; then the first error is raised with a note for each."""
    waiting = select(HookDelivery.delivery, HookDelivery.repository_id)
    waiting = waiting.where(col(HookDelivery.handled_at).is_(None))
    if since is not None:
        waiting = waiting.where(HookDelivery.received_at > since)
    with reading(engine) as session:
        keys = session.exec(
            waiting.order_by(
                col(HookDelivery.received_at), HookDelivery.delivery, col(HookDelivery.repository_id)
            )
        ).all()
    done = 0
    failed: list[tuple[str, Exception]] = []
    for delivery, repository_id in keys:
        row = select(HookDelivery).where(
            HookDelivery.delivery == delivery,
            HookDelivery.repository_id == repository_id,
            col(HookDelivery.handled_at).is_(None),
        )
        try:
            with writing(engine) as session:
                # Another clock may be at it, or done with it.
                mine = session.exec(row.with_for_update(skip_locked=True)).first()
                if mine is not None:
                    _apply(Work(session, Speaker(SYSTEM), now), mine)
                    done += 1
        except Exception as error:
            if is_the_databases(error):
                raise
            failed.append((f"delivery {delivery}", error))
    raise_first(failed)
    return done


def _apply(work: Work, delivery: HookDelivery) -> None:
    delivery.handled_at = work.now
    work.add(delivery)
    told = _Told(delivery.event, delivery.received_at, delivery.body)
    repository = work.lock(Repository, delivery.repository_id)
    if not linked_ideas(work.session, repository):  # unlinked since
        return
    repository = same_repository(work, repository, told.body["forge_id"])
    state = state_of(work, repository)
    state.forge_id = told.body["forge_id"]
    work.add(state)
    if told.body["happened_at"]:
        heard = _Heard(state, datetime.fromisoformat(told.body["happened_at"]))
        _follow(work, repository, told, heard)
        _take_facts(work, repository, told, heard)
        state.heard = heard.until
        work.add(state)
    repository.sync_asked_at = work.now
    work.add(repository)


@dataclass(frozen=True, slots=True)
class _Told:
    """A delivery by itself: its row may be moved to another repository's while it is worked through."""

    event: str
    received_at: datetime
    body: Mapping[str, Any]


class _Heard:
    """What webhooks have told of a repository, and whether what one tells of the moment `at` is news."""

    def __init__(self, state: ForgeState, at: datetime) -> None:
        self.until: dict[str, Any] = dict(state.heard or {})
        self.at = at
        self.looked = state.seen_at

    def is_news(self, name: str, before: Any, said: Any, seen_at: datetime | None = None) -> bool:
        """Whether `said` takes the place of `before`, which was also seen at `seen_at`. Either way it has now been heard."""
        told = datetime.fromisoformat(self.until[name]) if name in self.until else None
        known = max((at for at in (told, seen_at, self.looked) if at), default=None)
        if known is not None and self.at < known:
            return False
        self.until[name] = self.at.isoformat()
        if before is _NOT_SEEN or known is None or self.at > known:
            return bool(said != before)
        return canonical(said) > canonical(before)  # true over false, null over any licence


_NOT_SEEN = object()


def _follow(work: Work, repository: Repository, told: _Told, heard: _Heard) -> None:
    """The name it has now; one that it had in between, and that is told late, finds it too."""
    full_name, key = told.body["full_name"], told.body["full_name"].lower()
    if heard.is_news("full_name", repository.full_name, full_name):
        follow_name(work, repository, full_name, told.body["forge_id"])
    elif key != repository.key and work.session.get(FormerName, key) is None:
        work.add(FormerName(key=key, repository_id=repository.id, until=heard.at))


def _take_facts(work: Work, repository: Repository, told: _Told, heard: _Heard) -> None:
    """Keeps a snapshot of the facts that are news over those of the last one, each with when and how it was seen."""
    last = latest_snapshot(work.session, repository.id)
    facts: dict[str, Any] = dict(last.facts) if last else {}
    seen = (
        {name: [last.taken_at.isoformat(), last.source] for name in facts} | (last.seen or {}) if last else {}
    )
    news = {}
    for name, value in told.body["facts"].items():
        seen_at = datetime.fromisoformat(seen[name][0]) if name in facts else None
        if heard.is_news(name, facts.get(name, _NOT_SEEN), value, seen_at):
            news[name] = value
    if news:
        how = [heard.at.isoformat(), f"webhook: {told.event}"]
        keep_snapshot(
            work,
            repository,
            linked_ideas(work.session, repository),
            facts | news,
            source="webhook",
            # The newest is the one that counts, also where a look came between a delivery and its turn.
            taken_at=max(told.received_at, last.taken_at) if last else told.received_at,
            seen=seen | dict.fromkeys(news, how),
        )
