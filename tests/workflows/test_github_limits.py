"""Limits that GitHub sets are shared by all processes over a database."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import sqlalchemy as sa

from tests.forges.sayings import response, saying
from workflows.github.client import Client
from workflows.github.credentials import Token
from workflows.github.limits import SharedLimits
from workflows.github.outcomes import Limited
from workflows.runtime.transaction import reading
from workflows.tables.repositories import ForgeLimit

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
URL = "https://api.github.com"
RESETS = NOW + timedelta(minutes=20)


def rows(engine: sa.Engine) -> list[ForgeLimit]:
    with reading(engine) as session:
        return list(session.scalars(sa.select(ForgeLimit)))


def test_what_one_process_is_told_all_of_them_obey_without_asking(engine: sa.Engine) -> None:
    with saying(response('{"message": "Slow down"}', "429 Too Many Requests", Retry_After="90")) as server:
        one, other = (
            Client(server.url, Token("t"), SharedLimits(engine, server.url), now=lambda: NOW)
            for _ in range(2)
        )
        assert one.get("/repos/a/b") == Limited(NOW + timedelta(seconds=90))
        assert other.get("/repos/a/b") == Limited(NOW + timedelta(seconds=90))
        assert len(server.heard) == 1
        stranger = Client(server.url, Token("another"), SharedLimits(engine, server.url), now=lambda: NOW)
        stranger.get("/repos/a/b")
        assert len(server.heard) == 2


def test_the_row_names_nobody(engine: sa.Engine) -> None:
    SharedLimits(engine, URL).note(NOW, "token secret", remaining=0, resets_at=RESETS)
    (row,) = rows(engine)
    assert "secret" not in repr(row)
    assert (row.remaining, row.resets_at, row.blocked_until) == (0, RESETS, RESETS)


def test_a_longer_wait_is_not_shortened_and_ends(engine: sa.Engine) -> None:
    limits = SharedLimits(engine, URL)
    limits.note(NOW, blocked_until=RESETS)
    limits.note(NOW, blocked_until=NOW + timedelta(minutes=1))
    assert limits.blocked_until(RESETS - timedelta(seconds=1)) == RESETS
    assert limits.blocked_until(RESETS) is None
    assert SharedLimits(engine, "https://git.example.jp").blocked_until(NOW) is None


def test_while_plenty_is_left_one_row_is_not_written_for_each_answer(engine: sa.Engine) -> None:
    limits = SharedLimits(engine, URL)
    for second in range(60):
        limits.note(NOW + timedelta(seconds=second), remaining=4000 - second, resets_at=RESETS)
    assert [row.remaining for row in rows(engine)] == [3960]  # at 0, 20 and 40 seconds
    limits.note(NOW + timedelta(seconds=59), remaining=42, resets_at=RESETS)
    assert [row.remaining for row in rows(engine)] == [42]


def test_processes_that_note_the_first_limit_at_once_leave_one_row(engine: sa.Engine) -> None:
    together = Barrier(6)
    failed: list[Exception] = []

    def note(minute: int) -> None:
        together.wait()
        try:
            SharedLimits(engine, URL).note(NOW, blocked_until=NOW + timedelta(minutes=minute))
        except Exception as error:  # noqa: BLE001 - shown below
            failed.append(error)

    threads = [Thread(target=note, args=(minute,)) for minute in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [row.blocked_until for row in rows(engine)] == [NOW + timedelta(minutes=6)]
