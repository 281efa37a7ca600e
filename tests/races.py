"""Races: many threads do one thing at once, on two connection pools as on two machines. Shared by tests and figures.

`python -m tests.races --times 200 --database postgresql` decides 200 gates by 20 threads each and says what came of it.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from app.db import WAIT_SECONDS, create_engine
from app.schema import migrate
from tests.country import KETTEI, KETTEI2, TANTO, YES_CONTRACT, Country
from tests.databases import postgresql_server
from workflows.registry import Outcome, perform
from workflows.runtime import ledger, verification
from workflows.runtime.refusal import Refused
from workflows.tables.reviews import GateDecision, Review

THREADS = 20
Act = Callable[[sa.Engine], Any]
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@contextmanager
def two_machines(engine: sa.Engine) -> Iterator[list[sa.Engine]]:
    """Two engines with connections of their own on the database of `engine`."""
    url = engine.url.render_as_string(hide_password=False)
    engines = [create_engine(url), create_engine(url)]
    try:
        yield engines
    finally:
        for other in engines:
            other.dispose()


def at_once(engine: sa.Engine, acts: Sequence[Act]) -> list[Any]:
    """What each act returned, or the exception it raised; all start together, by turns on either machine."""
    start = Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int, act: Act, machine: sa.Engine) -> None:
        start.wait()
        try:
            results[number] = act(machine)
        except Exception as error:  # noqa: BLE001 — whatever a thread dies of is a result to be looked at
            results[number] = error

    with two_machines(engine) as machines:
        threads = [Thread(target=run, args=(i, act, machines[i % 2])) for i, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return results


class Halt:
    """Where an act waits until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go = Event(), Event()

    def __call__(self, *_: Any) -> None:
        self.reached.set()
        self.go.wait(WAIT_SECONDS)


def meanwhile(engine: sa.Engine, first: Act, then: Act, halt: Halt | None = None) -> list[Any]:
    """What two acts came to on PostgreSQL (or the exceptions), of which `then` begins when `first` has done everything but
    commit, or waits at `halt`. Fails where `then` was done only at another try: who holds the right row waits instead."""
    stop, beaten = halt or Halt(), []

    def before_commit(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get("postgresql_readonly"):
            stop()

    with two_machines(engine) as (one, other), ThreadPoolExecutor(2) as pool, engine.connect() as watching:
        if halt is None:
            sa.event.listen(one, "commit", before_commit)
        sa.event.listen(other, "rollback", beaten.append)
        early = pool.submit(first, one)
        while not stop.reached.wait(0.01):
            assert not early.done(), early.result()
        late = pool.submit(then, other)
        while not late.done() and not watching.exec_driver_sql(WAITING).scalar():
            watching.rollback()
        stop.go.set()
        wait((early, late))
    assert late.exception() or not beaten, "it was thrown back by the other, and tried again"
    return [act.exception() or act.result() for act in (early, late)]


def saying(country: Country, who: str, verb: str, **command: Any) -> Act:
    """An act: somebody says a verb at the country's time."""
    now = country.now
    return lambda engine: perform(engine, verb, command, who, now)


def outcomes(results: Sequence[Any]) -> Counter[str]:
    """How often it was done, and how often refused for which reason. Any other exception is raised."""
    counted: Counter[str] = Counter()
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, Refused):
            raise result
        counted[result.reason if isinstance(result, Refused) else "done"] += 1
    return counted


def an_open_gate(country: Country, number: int) -> tuple[str, str]:
    """A rated review of an idea that meets G1; its title shares no two characters with the others'."""
    title = "".join(chr(0x4E00 + 4 * number + i) for i in range(4))
    idea = country.an_idea_with_a_team(title)
    country.link_a_repository(idea, f"kazemirai/{idea.lower()}")
    country.decide_the_risk(idea)
    country.say(TANTO, "checklist.answer", idea=idea, checklist="contract-1", answers=YES_CONTRACT)
    country.freeze_the_targets(country.plan_a_pilot(idea))
    return idea, country.a_review(idea)


def decide_at_once(country: Country, number: int, threads: int = THREADS) -> Counter[str]:
    """Two approvers decide one gate many times over, differently. Raises AssertionError unless one decision came of it."""
    idea, review = an_open_gate(country, number)
    version = country.look("review", review)["version"]
    decisions = ("go", "recycle", "kill")
    acts = [
        saying(
            country,
            (KETTEI, KETTEI2)[i % 2],
            "review.decide",
            review=review,
            seen_version=version,
            decision=decisions[i % 3],
            rationale=f"{i} 番目の決定。",
        )
        for i in range(threads)
    ]
    results = at_once(country.engine, acts)
    counted = outcomes(results)
    assert counted["done"] == 1, counted
    assert set(counted) <= {"done", "stale", "wrong_status"}, counted
    winner = next(i for i, r in enumerate(results) if isinstance(r, Outcome))
    with Session(country.engine) as session:
        made = session.exec(
            select(GateDecision).join(Review, Review.id == GateDecision.review_id).where(Review.ref == review)
        ).all()
        assert [(d.decision, d.rationale) for d in made] == [
            (decisions[winner % 3], f"{winner} 番目の決定。")
        ]
        entries = [e.action for e in ledger.entries_of(session, idea)]
        assert entries.count("review.decided") == 1
        assert verification.verify(session, idea).verified
    seen = country.look("idea", idea)
    after = {"go": ("pilot", "active"), "recycle": ("ideathon", "active"), "kill": ("ideathon", "killed")}
    assert (seen["stage"], seen["status"]) == after[decisions[winner % 3]]
    return counted


@contextmanager
def a_country_on(database: str) -> Iterator[Country]:
    """A country in a new database of this kind, gone afterwards."""
    if database == "sqlite":
        with tempfile.TemporaryDirectory(prefix="kyoso-races-") as folder:
            engine = create_engine(f"sqlite:///{Path(folder) / 'kyoso.db'}", may_create=True)
            migrate(engine)
            yield Country(engine)
            engine.dispose()
        return
    with postgresql_server() as server:
        engine = create_engine(server.create_database("kyoso_races"))
        migrate(engine)
        yield Country(engine)
        engine.dispose()
        server.drop_database("kyoso_races")


def main() -> int:
    """Says how many gates were decided, what the other threads were told, and whether every ledger holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.races", description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args()
    began, total = time.monotonic(), Counter[str]()
    with a_country_on(options.database) as country:
        for number in range(options.times):
            total += decide_at_once(country, number)
        with Session(country.engine) as session:
            found = verification.verify(session)
    took = time.monotonic() - began
    print(f"{options.database}: {options.times} gates, {THREADS} threads each: {dict(total)}; {took:.0f} s")
    print(
        f"ledger: {found.chains} chains, {found.entries} entries, {'verified' if found.verified else found.broken}"
    )
    return 0 if found.verified and total["done"] == options.times else 1


if __name__ == "__main__":
    sys.exit(main())
