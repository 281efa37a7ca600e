"""`kyoso clock`: runs what is due, once or for as long as the process lives."""

import argparse
import logging
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy import Engine

from app import adoption_links, declined_mail, invitations, log_lines, resets
from app.commands.console import Console, Failed
from app.config import Config
from app.db import explain
from app.discreet import trace_of
from app.files import files_of
from app.github import github_client
from app.outbound import way_out
from workflows.github.deliveries import work_through
from workflows.links import whether_it_opens
from workflows.runtime.clock import Setting, run_minute
from workflows.runtime.mailer import Mailer

log = logging.getLogger("kyoso.clock")
LISTENS_EVERY_SECONDS = 5
LATELY = timedelta(minutes=1)
"""How long a webhook is looked for between the minutes; one that failed so often is left to the job of the minute."""


def add(commands: Any) -> None:
    text = "時計を動かす（催促、期限、全国展開、リポジトリの確認、台帳のアンカー、メール）"
    parser = commands.add_parser(
        "clock", help=text, description=f"{text}。--once がなければ、止めるまで動き続ける。"
    )
    parser.add_argument("--once", action="store_true", help="今するべきことを一度だけ行って終わる")
    parser.add_argument(
        "--at", metavar="TIME", help="この時刻として行う（2026-04-01T09:00:00+09:00 の形。--once と一緒に）"
    )
    parser.set_defaults(run=clock)


def clock(options: argparse.Namespace, console: Console) -> None:
    """Runs the due jobs once, at a time if one is given; or every minute until stopped."""
    if options.at is not None and not options.once:
        raise Failed("--at は --once と一緒に使います。")
    now = datetime.now(UTC) if options.at is None else _time(options.at)
    engine = console.current_engine()
    setting = Setting(
        mailer=mailer(console.config),
        auditors=console.config.auditors,
        forge=github_client(console.config, engine),
        files=files_of(console.config).store,
        asks=partial(whether_it_opens, way_out(console.config)),
    )
    if not options.once:
        _run_until_stopped(engine, setting, console)
        return
    # The real time is never a mistake, even where a story was played that ends later.
    led, done = run_minute(engine, now, setting, backwards=options.at is None)
    if not led:
        console.say("ほかの時計が先導しています。メールを送り、ほかのするべきことはその時計に任せました。")
    for name, count in done.items():
        console.say(f"{name}: {count}")
    if not done:
        console.say("今するべきことはありません。")
    console.report(at=now.isoformat(), led=led, jobs=done)


def mailer(config: Config) -> Mailer | None:
    """How mail leaves by these settings; None keeps it in the outbox."""
    server = config.mail_server
    if server is None:
        return None
    login = f"{quote(server.user, safe='')}:{quote(server.password, safe='')}@" if server.user else ""
    host = f"[{server.host}]" if ":" in server.host else server.host
    return Mailer(
        f"{'smtps' if server.encrypted else 'smtp'}://{login}{host}:{server.port}",
        config.mail_from,
        config.base_url,
        partial(_secret_path, config.secret) if config.secret else None,
        partial(declined_mail.link, config.secret) if config.secret else None,
    )


def _secret_path(secret: str, about: str) -> str | None:
    return resets.link(secret, about) or invitations.link(secret, about) or adoption_links.link(secret, about)


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Failed(
            f"--at の「{text}」は日時として読めません。2026-04-01T09:00:00+09:00 の形で書いてください。"
        ) from None
    if at.tzinfo is None:
        raise Failed(f"--at の「{text}」に時差がありません。+09:00 を付けてください。")
    return at


def _run_until_stopped(engine: Engine, setting: Setting, console: Console) -> None:
    """Each minute: what is due if this clock leads (the table of jobs says what that is), else mail; a missed minute is made up for once."""
    if console.config.is_production:
        log_lines.set_up(as_json=True)
    else:
        form = "%(asctime)s %(name)s %(levelname)s %(message)s"
        logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=form)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = BlockingScheduler(timezone=UTC)

    def tick() -> None:
        try:
            led, done = run_minute(engine, datetime.now(UTC), setting)
            # A clock that does not lead speaks when it sent something.
            if any(done.values()) or (led and done):
                log.info("%s", "、".join(f"{name} {count}" for name, count in done.items()))
        except Exception as error:  # noqa: BLE001 - a clock that dies of one bad minute would leave every later one undone
            said = explain(error) or "時計の仕事が失敗しました。次の分にもう一度行います。"
            log.error("%s\n%s", said, trace_of(error, console.config))

    def listen() -> None:
        """Webhooks do not wait for a long job, nor for the clock that leads: a flag falls within seconds."""
        now = datetime.now(UTC)
        try:
            count = work_through(engine, now, since=now - LATELY)
            if count:
                log.info("webhooks %s", count)
        except Exception as error:  # noqa: BLE001 - as above
            said = explain(error) or "届いた知らせの反映に失敗しました。次の分にもう一度行います。"
            log.error("%s\n%s", said, trace_of(error, console.config))

    def stop(*_: Any) -> None:
        scheduler.shutdown(wait=False)

    scheduler.add_job(
        tick,
        "cron",
        second=0,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
        next_run_time=datetime.now(UTC),
    )
    scheduler.add_job(
        listen,
        "interval",
        seconds=LISTENS_EVERY_SECONDS,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    console.say("時計を動かしています。止めるときは Ctrl+C を押してください。")
    scheduler.start()
    console.say("時計を止めました。")
