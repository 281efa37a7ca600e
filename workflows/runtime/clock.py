"""The clock: a table of jobs, each idempotent for its slot, run by one leader."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from stages.permissions import SYSTEM
from stages.rollout import adoption_expires_on
from workflows import flagging
from workflows.calendar import TOKYO, tokyo_day
from workflows.rollout import suspension, targets, waves
from workflows.runtime import ledger, outbox
from workflows.runtime.actors import Speaker
from workflows.runtime.mail import Mailer, deliver
from workflows.runtime.refusal import Refused
from workflows.runtime.transaction import reading, writing
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.ledger import Anchor
from workflows.tables.machinery import JobRun
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, RolloutTarget, Wave, WaveMember

log = logging.getLogger("kyoso.clock")
LEADER_LOCK = 7_318_261_420_551
"""The key of the PostgreSQL advisory lock that the leading clock holds."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the jobs need from the configuration."""

    mailer: Mailer | None = None
    auditors: tuple[str, ...] = ()


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


def _system(session: Session, now: datetime) -> Work:
    return Work(session, Speaker(SYSTEM), now)


def _each(engine: sa.Engine, now: datetime, ids: list[int], act: Callable[[Work, Idea], int]) -> int:
    """Does something to each idea in a transaction of its own, so that a long job never holds the others up."""
    done = 0
    for idea_id in ids:
        with writing(engine) as session:
            work = _system(session, now)
            done += act(work, work.lock(Idea, idea_id))
    return done


def raise_flags(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Raises and clears flags: reminders, service levels, budget windows, expiring adoption, overdue reports."""
    with reading(engine) as session:
        ids = list(flagging.watched(_system(session, now)))
        agency = tuple(outbox.agency_slugs(session))
    return _each(engine, now, ids, lambda work, idea: flagging.renew_flags(work, idea, agency))


def _flagged_ideas(engine: sa.Engine) -> list[int]:
    with reading(engine) as session:
        return list(
            session.exec(
                select(Product.idea_id).where(Product.flag == "nationwide").order_by(col(Product.id))
            )
        )


def make_targets(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Makes every local government a target of each product flagged for the nation, and renews how well it fits."""

    def act(work: Work, idea: Idea) -> int:
        product = work.find(Product, idea_id=idea.id)
        return targets.make_targets(work, product, idea) if product and product.flag == "nationwide" else 0

    return _each(engine, now, _flagged_ideas(engine), act)


def suspend_products(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Suspends flagged products against which a cause has come with time."""
    return _each(
        engine, now, _flagged_ideas(engine), lambda work, idea: int(suspension.reconsider(work, idea))
    )


def tell_lapsed(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Tells local governments once that their statement on a product has lapsed and is no longer counted."""
    with reading(engine) as session:
        current = select(Adoption, Product, Organization.slug).join(
            Product, col(Product.id) == Adoption.product_id
        )
        current = current.join(Organization, col(Organization.id) == Adoption.org_id)
        rows = session.exec(
            current.where(col(Adoption.replaced_at).is_(None), col(Adoption.lapse_told_at).is_(None))
        ).all()
        lapsed = [
            (a.id, p.idea_id, p.name, slug)
            for a, p, slug in rows
            if adoption_expires_on(tokyo_day(a.confirmed_at)) <= tokyo_day(now)
        ]
    for adoption_id, idea_id, name, slug in lapsed:
        with writing(engine) as session:
            work = _system(session, now)
            idea = work.lock(Idea, idea_id)
            adoption = work.lock(Adoption, adoption_id)
            if adoption.lapse_told_at is None and adoption.replaced_at is None:
                adoption.lapse_told_at = now
                session.add(adoption)
                body = "12か月がたち、導入状況の回答が期限切れになりました。今の状況を答えてください。"
                work.tell(
                    [slug], "adoption.expired", idea.number, f"導入状況の回答が期限切れです: {name}", body
                )
    return len(lapsed)


def tell_waves(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Writes to the local governments of the waves that start today: one digest each, not one mail a product."""
    with writing(engine) as session:
        work = _system(session, now)
        due = session.exec(
            select(Wave).where(col(Wave.told_at).is_(None), Wave.starts_on <= work.today).with_for_update()
        ).all()
        if not due:
            return 0
        for wave in due:
            waves.gather(session, wave, session.get_one(Product, wave.product_id))
        rows = session.exec(
            select(Organization.slug, Product.name, Product.slug, Product.id)
            .join(RolloutTarget, col(RolloutTarget.org_id) == Organization.id)
            .join(WaveMember, col(WaveMember.target_id) == RolloutTarget.id)
            .join(Product, col(Product.id) == RolloutTarget.product_id)
            .where(col(WaveMember.wave_id).in_([w.id for w in due]), Product.flag == "nationwide")
            .order_by(Organization.slug, Product.slug)
        ).all()
        digest: dict[str, dict[str, str]] = {}
        for org, name, slug, _ in rows:
            digest.setdefault(org, {})[slug] = name
        for org, products in digest.items():
            lines = "\n".join(f"・{name}" for name in products.values())
            body = f"次のプロダクトをご利用いただけます。\n{lines}\n\n導入状況をお答えください。"
            work.tell([org], "wave.opened", "、".join(products), "ご利用いただけるプロダクトのご案内", body)
        for wave in due:
            wave.told_at = now
            session.add(wave)
        return len(digest)


def take_anchor(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Takes an anchor over the heads of all chains, once a day, and mails it to the auditors."""
    with writing(engine) as session:
        day = tokyo_day(now)
        last = session.exec(select(Anchor).order_by(col(Anchor.id).desc()).limit(1)).first()
        if last is not None and tokyo_day(last.taken_at) >= day:
            return 0
        anchor = ledger.take_anchor(session, now)
        body = f"台帳のアンカー {day}\n鎖 {len(anchor.heads)} 本、記録 {anchor.entries} 件\n{anchor.digest}"
        outbox.enqueue(
            session, setting.auditors, "ledger.anchor", "ledger", f"台帳のアンカー {day}", body, now
        )
    return 1


def send_mail(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Sends what waits in the outbox; without a mail server it stays there and can be read."""
    return deliver(engine, now, setting.mailer) if setting.mailer else 0


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JOBS: tuple[Scheduled, ...] = (
    Scheduled("suspension", "原因の生じた全国展開を止める", HOUR, suspend_products),
    Scheduled("targets", "全国の団体を展開先にする", HOUR, make_targets),
    Scheduled(
        "flags", "旗を立て、消し、知らせる（催促・審査の期限・予算要求・回答の期限）", HOUR, raise_flags
    ),
    Scheduled(
        "adoption_expiry", "期限の切れた導入状況の回答を知らせる", DAY, tell_lapsed, at=timedelta(hours=5)
    ),
    Scheduled("waves", "案内の波を送る", DAY, tell_waves, at=timedelta(hours=5)),
    Scheduled("anchor", "台帳のアンカーを取る", DAY, take_anchor, at=timedelta(hours=3)),
    Scheduled("outbox", "メールを送る", timedelta(minutes=1), send_mail),
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
    failed: Exception | None = None
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
            failed = failed or error
            continue
        with writing(engine) as session:
            if session.exec(_of_slot(scheduled.name, slot)).first() is None:
                session.add(JobRun(job=scheduled.name, slot=slot, ran_at=now, done=count))
        done[scheduled.name] = count
    if failed:
        raise failed
    return done


def _of_slot(job: str, slot: datetime) -> SelectOfScalar[int]:
    return select(JobRun.id).where(JobRun.job == job, JobRun.slot == slot)


def _has_run(engine: sa.Engine, job: str, slot: datetime) -> bool:
    with reading(engine) as session:
        return session.exec(_of_slot(job, slot)).first() is not None


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
