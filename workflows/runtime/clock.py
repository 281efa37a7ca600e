"""The clock: a table of jobs, each idempotent for its slot, run by one leader; mail is sent by every clock."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import func, select
from sqlmodel.sql.expression import SelectOfScalar

from workflows.calendar import TOKYO
from workflows.runtime.failures import raise_first
from workflows.runtime.jobs import (
    Setting,
    check_links,
    hear_webhooks,
    make_insights,
    make_targets,
    prune,
    raise_flags,
    send_mail,
    suspend_products,
    sweep_files,
    sync_repositories,
    take_anchor,
    tell_incidents,
    tell_lapsed,
    tell_waves,
)
from workflows.runtime.refusal import Refused
from workflows.runtime.transaction import reading, writing
from workflows.tables.machinery import JobRun

log = logging.getLogger("kyoso.clock")
LEADER_LOCK = 7_318_261_420_551
"""The key of the PostgreSQL advisory lock that the leading clock holds."""
Job = Callable[[sa.Engine, datetime, Setting], int]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job with its cadence: every `every`, counted from midnight in Tokyo plus `at`."""

    name: str
    what: str
    every: timedelta
    job: Job
    at: timedelta = timedelta()

    def slot(self, now: datetime) -> datetime:
        """The latest moment at or before `now` at which this job was due."""
        local = now.astimezone(TOKYO)
        start = datetime(local.year, local.month, local.day, tzinfo=TOKYO) + self.at
        if start > now:
            start -= timedelta(days=1)
        return start + (now - start) // self.every * self.every


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JOBS: tuple[Scheduled, ...] = (
    Scheduled("webhooks", "GitHub から届いた知らせを反映する", timedelta(minutes=1), hear_webhooks),
    Scheduled("suspension", "原因の生じた全国展開を止める", HOUR, suspend_products),
    Scheduled("targets", "全国の団体を展開先にする", HOUR, make_targets),
    Scheduled(
        "flags", "旗を立て、消し、知らせる（催促・審査の期限・予算要求・回答の期限）", HOUR, raise_flags
    ),
    Scheduled(
        "adoption_expiry", "期限の切れた導入状況の回答を知らせる", DAY, tell_lapsed, at=timedelta(hours=5)
    ),
    Scheduled(
        "incidents",
        "リスクケースの報告の期限が近いこと、遅れたままのことを知らせる",
        DAY,
        tell_incidents,
        at=timedelta(hours=5),
    ),
    Scheduled("waves", "案内の波を送る", DAY, tell_waves, at=timedelta(hours=5)),
    Scheduled("anchor", "台帳のアンカーを取る", DAY, take_anchor, at=timedelta(hours=3)),
    Scheduled(
        "pruning",
        "古い時計の記録、終わったサインイン、失敗の数、古い知らせを消す",
        DAY,
        prune,
        at=timedelta(hours=2),
    ),
    Scheduled(
        "files", "付けられずに残ったファイルを消す", DAY, sweep_files, at=timedelta(hours=2, minutes=30)
    ),
    Scheduled(
        "insights",
        "これまでの歩みと見込みを計算し直す",
        DAY,
        make_insights,
        at=timedelta(hours=4, minutes=30),
    ),
    Scheduled("outbox", "メールを送る", timedelta(minutes=1), send_mail),
    # The last two, because they wait for others: mail waits neither for links nor for GitHub. Each link is asked once a week, in
    # turns, so that none of them keeps the clock long.
    Scheduled(
        "links",
        "根拠資料のリンクが開けるかを確かめる（それぞれ週に一度）",
        DAY,
        check_links,
        at=timedelta(hours=4),
    ),
    Scheduled("sync", "つながったリポジトリを見に行く", timedelta(minutes=5), sync_repositories),
)


def run_due(
    engine: sa.Engine,
    now: datetime,
    setting: Setting | None = None,
    only: str | None = None,
    backwards: bool = True,
) -> dict[str, int]:
    """Runs each job whose latest slot has not run; one that missed several slots runs once, at `now`.

    Returns what each job that ran did. A slot is marked done after its work, which is idempotent: a crash between the
    two repeats it harmlessly. A job that fails is tried again by the next call; the others run, then its error is raised.
    `backwards=False` refuses (`invalid`) a `now` before the latest slot that has run.
    """
    done: dict[str, int] = {}
    failed: list[tuple[str, Exception]] = []
    with reading(engine) as session:
        latest = session.exec(select(func.max(JobRun.slot))).one()
    if not backwards and latest is not None and now < latest:
        message = (
            f"時計は戻せません。最後に動いたのは {latest.astimezone(TOKYO):%Y-%m-%d %H:%M} です。"
            "それより後の時刻を指定してください。"
        )
        raise Refused("invalid", message, {"at": message})
    for scheduled in JOBS:
        slot = scheduled.slot(now)
        if (only and scheduled.name != only) or _has_run(engine, scheduled.name, slot):
            continue
        try:
            count = scheduled.job(engine, now, setting or Setting())
        except Exception as error:  # noqa: BLE001 - the later jobs, mail above all, do not wait for its mending
            failed.append((scheduled.name, error))
            continue
        with writing(engine) as session:
            if session.exec(_of_slot(scheduled.name, slot)).first() is None:
                session.add(JobRun(job=scheduled.name, slot=slot, ran_at=now, done=count))
        done[scheduled.name] = count
    raise_first(failed)
    return done


def _of_slot(job: str, slot: datetime) -> SelectOfScalar[int]:
    return select(JobRun.id).where(JobRun.job == job, JobRun.slot == slot)


def _has_run(engine: sa.Engine, job: str, slot: datetime) -> bool:
    with reading(engine) as session:
        return session.exec(_of_slot(job, slot)).first() is not None


def run_minute(
    engine: sa.Engine, now: datetime, setting: Setting | None = None, backwards: bool = True
) -> tuple[bool, dict[str, int]]:
    """What every clock does each minute: the one that leads runs what is due, any other sends what waits in the outbox.

    So mail leaves while a long job keeps the leader busy, and by as many clocks as there are. Returns whether this
    clock led, and what each job did.
    """
    with leading(engine) as leads:
        if leads:
            return True, run_due(engine, now, setting, backwards=backwards)
    return False, {"outbox": send_mail(engine, now, setting or Setting())}


@contextmanager
def leading(engine: sa.Engine) -> Iterator[bool]:
    """Whether this clock leads: on PostgreSQL the one that holds the advisory lock, on SQLite the only one there is."""
    if engine.dialect.name != "postgresql":
        yield True
        return
    with engine.connect() as connection:
        held = connection.execute(
            sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": LEADER_LOCK}
        ).scalar_one()
        connection.commit()
        try:
            yield bool(held)
        finally:
            if held:
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": LEADER_LOCK})
                connection.commit()
