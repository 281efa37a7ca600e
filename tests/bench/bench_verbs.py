"""Speed as ratios to a floor measured in the same run: what the rules, the ledger and the locks cost over the bare database."""

import statistics
from collections.abc import Callable
from hashlib import sha256
from time import perf_counter

import sqlalchemy as sa
from sqlmodel import SQLModel

from tests.country import TANTO, VENDOR, Country
from workflows.runtime import ledger, verification
from workflows.runtime.transaction import reading, writing

ROUNDS = 60


def seconds(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median time of one round."""
    taken = []
    for _ in range(rounds):
        start = perf_counter()
        act()
        taken.append(perf_counter() - start)
    return statistics.median(taken)


def say(what: str, measured: float, floor: float) -> None:
    print(f"\n{what}: {measured * 1000:.2f} ms, floor {floor * 1000:.2f} ms, ratio {measured / floor:.1f}")


def test_a_report_beside_a_bare_insert(country: Country) -> None:
    """`pilot.report` (permission, lock, row, ledger) beside one transaction that inserts one row."""
    _, pilot = country.a_running_pilot()
    counter = SQLModel.metadata.tables["counter"]
    serial = iter(range(10**6))

    def bare() -> None:
        with writing(country.engine) as session:
            session.connection().execute(sa.insert(counter).values(name=f"bench-{next(serial)}", value=1))

    def report() -> None:
        country.say(VENDOR, "pilot.report", pilot=pilot, health="green", progress=1, summary="順調。")

    say(f"pilot.report ({country.engine.dialect.name})", seconds(report), seconds(bare))


def test_drafting_does_not_slow_down_with_the_number_of_ideas(country: Country) -> None:
    """`idea.draft` with few and with 1,000 ideas there."""

    def draft() -> None:
        country.a_draft()

    few = seconds(draft)
    rows = [
        {
            "title": f"案 {n}",
            "summary": "要約。",
            "field": "窓口",
            "owner": "風見市",
            "lgcode": "992011",
            "source": f"https://example.jp/{n}",
        }
        for n in range(1000)
    ]
    country.say("system", "idea.import", rows=rows)
    say(f"idea.draft at 1,000 ideas over 60 ({country.engine.dialect.name})", seconds(draft), few)


def test_targets_for_every_local_government_beside_a_bare_bulk_insert(country: Country) -> None:
    """The clock's 1,791 targets of one product (facts, fit, insert, ledger) beside inserting as many bare rows."""
    idea, _ = country.a_flagged_product()
    country.pass_days(1)
    start = perf_counter()
    made = country.tick()["targets"]
    measured = perf_counter() - start
    counter = SQLModel.metadata.tables["counter"]

    def bare() -> None:
        with writing(country.engine) as session:
            session.connection().execute(
                sa.insert(counter), [{"name": f"{idea}-{made}-{n}", "value": n} for n in range(made)]
            )

    say(f"{made} targets and the other jobs ({country.engine.dialect.name})", measured, seconds(bare, 1))


def test_verifying_beside_hashing(country: Country) -> None:
    """`verification.verify` of a chain beside hashing as many bytes."""
    idea = country.an_idea()
    for _ in range(200):
        country.say(TANTO, "comment.post", idea=idea, body_md="見ました。")
    with reading(country.engine) as session:
        texts = [e.facts.encode() + bytes(300) for e in ledger.entries_of(session, idea)]

        def verify() -> None:
            assert verification.verify(session, idea).verified

        say(
            f"verify {len(texts)} entries ({country.engine.dialect.name})",
            seconds(verify, 10),
            seconds(lambda: [sha256(t).hexdigest() for t in texts], 10),
        )
