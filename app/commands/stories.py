"""`kyoso play` and `kyoso demo`: scenarios played into the database, a line a step."""

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import func, select

import workflows.registry  # noqa: F401  (the verbs that stories say)
from app.commands.console import Console, Failed
from app.db import reading
from app.files import files_of
from app.stand_in import StandIn
from workflows.calendar import tokyo_day
from workflows.demo import stories
from workflows.files.receiving import Files
from workflows.github.client import Client
from workflows.github.credentials import Token
from workflows.github.limits import SharedLimits
from workflows.insights.making import make_insights
from workflows.runtime.scenario import Played, Surprise, play, read_scenarios
from workflows.runtime.scenario_step import Step
from workflows.tables.ideas import Idea


def add(commands: Any) -> None:
    text = "シナリオ（YAML）を、書かれたとおりに進むか確かめながら再生する"
    parser = commands.add_parser("play", help=text, description=text)
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="シナリオのファイル。複数は時刻の順に合わせる"
    )
    parser.add_argument(
        "--github",
        metavar="URL",
        help="GitHub の代役（この計算機の中のサーバー）。リポジトリの様子はそこに作って見に行く。合言葉は KYOSO_GITHUB_TOKEN",
    )
    parser.set_defaults(run=play_files)
    text = "添付の物語を空のデータベースに再生し、デモを作る"
    commands.add_parser("demo", help=text, description=text).set_defaults(run=demo)


def demo_stories() -> list[tuple[str, bytes]]:
    """The stories that come with the package, told so that the country is alive today: (name, scenario)."""
    return [(name, text.encode()) for name, text in stories(tokyo_day(datetime.now(UTC)))]


def play_files(options: argparse.Namespace, console: Console) -> None:
    """Checks all files first, then plays; the first surprise ends it with status 1, what was played before stays."""
    steps = read_scenarios([(name, console.read_bytes(name)) for name in options.files])
    engine = console.engine_for_stories()
    github = stand_in(console, engine, options.github) if options.github else None
    files = files_of(console.config)
    played = _play(console, engine, steps, lambda done: console.say(done.line), github, files)
    console.say(f"{len(played):,} の手順が、すべて書かれたとおりに進みました。")


def stand_in(console: Console, engine: Engine, url: str) -> StandIn:
    """The stand-in GitHub at this address. Refused unless it is a server of this machine."""
    token = console.config.github_token
    client = Client(url, Token(token), SharedLimits(engine, url))
    return StandIn(url, token, client)


def demo(options: argparse.Namespace, console: Console) -> None:
    """Plays the package's own stories. Refused unless no idea is in the database yet."""
    from app.demo_files import HandedIn  # what makes its PDF takes longer to load than another command to run

    steps = read_scenarios(demo_stories())
    engine = console.engine_for_stories()
    with reading(engine) as session:
        there = session.exec(select(func.count()).select_from(Idea)).one()
    if there:
        raise Failed(
            f"このデータベースには、すでに {there:,} 件のアイデアがあります。"
            "デモは空のデータベースに作ります。KYOSO_HOME か KYOSO_DATABASE_URL を変えてください。"
        )
    started = time.monotonic()
    handed_in = HandedIn(engine, files_of(console.config), tokyo_day(datetime.now(UTC)))

    def tell(done: Played) -> None:
        console.progress(f"デモを作っています… {done.step.at:%Y-%m-%d} {done.step.place}")
        handed_in.come_to(done.step.at)

    _play(console, engine, steps, tell)
    make_insights(engine, datetime.now(UTC))
    with reading(engine) as session:
        ideas = session.exec(select(func.count()).select_from(Idea)).one()
    seconds = time.monotonic() - started
    console.say(f"デモができました。アイデア {ideas:,} 件、手順 {len(steps):,}、{seconds:.0f} 秒。")
    console.report(ideas=ideas, seconds=round(seconds, 1))


def _play(
    console: Console,
    engine: Engine,
    steps: Sequence[Step],
    tell: Any,
    github: StandIn | None = None,
    files: Files | None = None,
) -> list[Played]:
    played: list[Played] = []
    try:
        for done in play(engine, steps, github, files):
            played.append(done)
            tell(done)
    except Surprise as surprise:
        step = surprise.step
        raise Failed(
            f"書かれたとおりに進みませんでした。{surprise}",
            surprise={
                "file": step.file,
                "step": step.number,
                "at": step.at.isoformat(),
                "message": surprise.message,
            },
        ) from surprise
    finally:
        console.report(played=len(played), steps=[_facts(done) for done in played])
    return played


def _facts(done: Played) -> dict[str, Any]:
    step = done.step
    return {
        "file": step.file,
        "step": step.number,
        "at": step.at.isoformat(),
        "as": step.who,
        step.kind: step.name or True,
        "outcome": done.outcome,
    }
