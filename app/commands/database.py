"""`kyoso migrate` and `kyoso check`: the database is made ready; what is wrong anywhere is said, with how to mend it."""

import argparse
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, case, col, func, or_, select

import stages
from app import schema
from app.commands import transport
from app.commands.beside import look_for_files
from app.commands.console import Console, Failed
from app.config import ConfigError, describe
from app.db import UnfitDatabase, explain, reading, sqlite
from app.github import github_client
from workflows.calendar import TOKYO
from workflows.github.client import Standing
from workflows.github.outcomes import Forbidden, Limited, Malformed, Unavailable
from workflows.runtime.mail import OUTSIDE
from workflows.runtime.mail_kinds import TOGETHER
from workflows.tables.machinery import JobRun, Message
from workflows.tables.people import Organization
from workflows.tables.repositories import HookDelivery

# The shortest cadence of the clock is a minute; after an hour without any job it is not running.
CLOCK_SILENT_AFTER = timedelta(hours=1)
MAIL_WAITS_TOO_LONG = timedelta(hours=1)
ONCE_A_DAY = timedelta(days=1)
WEBHOOK_WAITS_TOO_LONG = timedelta(minutes=10)
# Read by app/cli.py alone, hence not among the settings of app/config.py.
DEBUG = "KYOSO_DEBUG"


def add(commands: Any) -> None:
    text = "データベースを準備するか、このプログラムの版に上げる（何度実行してもよい）"
    commands.add_parser("migrate", help=text, description=text).set_defaults(run=migrate)
    text = "設定・データベース・時計・メール・GitHub を調べ、誤りと直し方を示す"
    checking = commands.add_parser("check", help=text, description=text)
    checking.add_argument(
        "--address",
        action="store_true",
        help="公開のアドレス（KYOSO_BASE_URL）にも問い合わせ、証明書、TLS、http の扱いを調べる",
    )
    checking.set_defaults(run=check)


def _listed(session: Session) -> int:
    """How many local governments the list in force has."""
    towns = select(func.count()).where(Organization.kind == "municipality", col(Organization.listed))
    return session.exec(towns.where(col(Organization.closed_on).is_(None))).one()


def migrate(options: argparse.Namespace, console: Console) -> None:
    """Brings the database up to this release; says what it was before."""
    engine = console.engine(may_create=True)
    before = schema.schema_state(engine)
    schema.migrate(engine)
    with reading(engine) as session:
        listed = _listed(session)
    said = {"empty": "データベースを準備しました", "behind": "データベースを新しい版に上げました"}.get(
        before, "データベースは、すでにこのプログラムの版です"
    )
    console.say(f"{said}（地方公共団体 {listed:,}）。")
    console.report(before=before, state="current", local_governments=listed)


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the check: a subject, how it is, and whether that is wrong (error), worth knowing (warning) or well."""

    subject: str
    level: str
    text: str


MARKS = {"ok": "　", "warning": "△", "error": "×"}


def check(options: argparse.Namespace, console: Console) -> None:
    """Looks at everything; ends with status 1 where something is wrong."""
    found = [*_settings(console), _policy(), *_database(console), *_between(console, options.address)]
    for line in found:
        console.say(f"{MARKS[line.level]} {line.subject}: {line.text}")
    wrong = sum(line.level == "error" for line in found)
    console.report(
        checks=[{"subject": f.subject, "level": f.level, "text": f.text} for f in found], errors=wrong
    )
    if wrong:
        raise Failed(
            f"{wrong} 件の誤りがあります。× の行の説明に従って直し、もう一度 kyoso check を実行してください。"
        )
    console.say("誤りはありません。")


def _settings(console: Console) -> list[Found]:
    found = []
    for line in describe({name: value for name, value in console.environ.items() if name != DEBUG}):
        shown = f"{line.value or '（なし）'}{'（既定）' if line.is_default else ''}  {line.purpose}"
        found.append(Found(line.name, "error" if line.problem else "ok", line.problem or shown))
    return found


def _policy() -> Found:
    declared = stages.versions()[stages.version()]
    if declared != stages.fingerprint():
        return Found(
            "審査の基準",
            "error",
            f"版 {stages.version()} と内容が合いません。プログラムを入れ直してください。",
        )
    return Found("審査の基準", "ok", f"版 {stages.version()}")


def _database(console: Console) -> list[Found]:
    """The database, and what can only be seen in it. The settings' own faults are not said twice."""
    try:
        engine = console.engine()
        schema.require_current(engine)
        kind = f"SQLite {sqlite.sqlite_version}" if engine.dialect.name == "sqlite" else "PostgreSQL"
        return [
            Found("データベース", "ok", f"{kind}、このプログラムの版"),
            *_in_the_database(console, engine),
            Found("付けられたファイル", *look_for_files(console, engine)),
        ]
    except ConfigError:
        return [Found("データベース", "warning", "設定に誤りがあるため、調べていません。")]
    except UnfitDatabase as error:
        return [Found("データベース", "error", str(error))]
    except Exception as error:  # whatever is wrong with it is what this command is asked
        said = explain(error)
        if said is None:
            raise
        return [Found("データベース", "error", said)]


def _between(console: Console, address: bool) -> list[Found]:
    """The ways to the database and to the public; nothing where the settings, whose faults are said, cannot be read."""
    try:
        config = console.config
    except ConfigError:
        return []
    way = transport.database_way(config.database_url, is_production=config.is_production)
    lines = [*([way] if way else []), *(transport.look_at(config.base_url) if address else [])]
    return [Found(*line) for line in lines]


def _in_the_database(console: Console, engine: Engine) -> list[Found]:
    now = datetime.now(UTC)
    with reading(engine) as session:
        listed = _listed(session)
        ran = session.exec(select(func.max(JobRun.ran_at))).one()
        # What is outside an organization's domains waits for its administrator, whom its page tells.
        to_send = [
            col(Message.sent_at).is_(None),
            or_(col(Message.last_error).is_(None), col(Message.last_error) != OUTSIDE),
        ]
        daily = col(Message.kind).in_(TOGETHER)
        columns: list[Any] = [func.count()]
        columns += [func.min(case((is_it, col(Message.created_at)))) for is_it in (daily, ~daily)]
        unsent, of_a_day, at_once = session.exec(select(*columns).where(*to_send)).one()
        late = (of_a_day is not None and now - of_a_day > ONCE_A_DAY + MAIL_WAITS_TOO_LONG) or (
            at_once is not None and now - at_once > MAIL_WAITS_TOO_LONG
        )
        heard = session.exec(select(func.max(HookDelivery.received_at))).one()
        unhandled = select(func.count(), func.min(HookDelivery.received_at))
        queue = session.exec(unhandled.where(col(HookDelivery.handled_at).is_(None))).one()
        failing = session.exec(
            select(func.count()).where(*to_send, col(Message.last_error).is_not(None))
        ).one()
    found = [
        Found(
            "地方公共団体",
            "ok" if listed else "error",
            f"{listed:,}" if listed else "一覧がありません。kyoso migrate を実行してください。",
        )
    ]
    found += [_clock(ran, now), _github(console, engine), _webhooks(console, heard, *queue, now)]
    if unsent and console.config.mail_server is None:
        found.append(
            Found(
                "メール", "warning", f"{unsent:,} 通が送信待ちです。KYOSO_SMTP_URL を設定すると送られます。"
            )
        )
    elif failing:
        found.append(
            Found(
                "メール",
                "error",
                f"{failing:,} 通を送れていません。KYOSO_SMTP_URL の宛先と利用者名を確かめてください。",
            )
        )
    elif late:
        found.append(
            Found(
                "メール",
                "error",
                f"{unsent:,} 通が 1 時間以上待っています。kyoso clock が動いているか確かめてください。",
            )
        )
    else:
        found.append(Found("メール", "ok", f"送信待ち {unsent:,} 通"))
    return found


def _webhooks(
    console: Console, heard: datetime | None, waiting: int, oldest: datetime | None, now: datetime
) -> Found:
    if oldest is not None and now - oldest > WEBHOOK_WAITS_TOO_LONG:
        text = f"{waiting:,} 件が 10 分以上反映されていません。kyoso clock が動いているか、その記録に誤りがないか確かめてください。"
        return Found("Webhook", "error", text)
    if not console.config.github_webhook_secrets:
        return Found(
            "Webhook", "ok", "受け取っていません（KYOSO_GITHUB_WEBHOOK_SECRETS を設定すると受け取ります）"
        )
    if heard is None:
        text = "30 日以内に、つながったリポジトリの知らせが届いていません。GitHub の Webhook の Recent Deliveries を確かめてください。"
        return Found("Webhook", "warning", text)
    return Found(
        "Webhook", "ok", f"最後に届いたのは {heard.astimezone(TOKYO):%Y-%m-%d %H:%M}、反映待ち {waiting:,} 件"
    )


def _github(console: Console, engine: Engine) -> Found:
    """Whether it answers, knows us, and how much it still allows. Asking this is not counted."""
    client = github_client(console.config, engine)
    if client is None:
        return Found("GitHub", "ok", "問い合わせません（KYOSO_GITHUB_URL がありません）。")
    found = client.standing()
    match found:
        case Standing(name, remaining, resets_at):
            who = f"GitHub App「{name}」として" if name else ""
            left = f"あと {remaining:,} 回問い合わせられます" if remaining is not None else ""
            until = f"（{resets_at.astimezone(TOKYO):%H:%M} に数え直し）" if resets_at and left else ""
            text = f"{console.config.github_url} に{who}つながります。{left}{until}"
            return Found("GitHub", "ok", text)
        case Limited(until=at):
            return Found(
                "GitHub", "warning", f"上限に達しています。{at.astimezone(TOKYO):%H:%M} から問い合わせます。"
            )
        case Forbidden(because) | Unavailable(because) | Malformed(because):
            mend = "KYOSO_GITHUB_URL と、トークンか GitHub App の設定を確かめてください。"
            return Found("GitHub", "error", f"{console.config.github_url}: {because}{mend}")
    return Found("GitHub", "error", f"{console.config.github_url} は GitHub の API ではないようです。")


def _clock(ran: datetime | None, now: datetime) -> Found:
    mend = "kyoso clock を動かしてください（Procfile の clock）。"
    if ran is None:
        return Found("時計", "warning", f"まだ一度も動いていません。{mend}")
    shown = f"最後に動いたのは {ran.astimezone(TOKYO):%Y-%m-%d %H:%M}"
    if now - ran > CLOCK_SILENT_AFTER:
        return Found("時計", "warning", f"{shown}です。{mend}")
    return Found("時計", "ok", shown)
