"""`kyoso import adoptions`: a survey's answers from a CSV file, tried row by row first, then taken in parts that may be taken up again."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

from app.commands.console import Console, Failed
from app.db import reading
from app.pages.typed import day
from app.survey_files import NotASurvey, Row, rows_of
from app.survey_trial import STATES, parts, tried
from workflows.adoption_imports import MOST_ROWS
from workflows.calendar import tokyo_day
from workflows.registry import perform
from workflows.runtime.refusal import Refused
from workflows.survey_answers import SurveyAnswer


def add(group: Any) -> None:
    text = "調査の回答を導入状況として取り込む（一行でも誤りがあれば何も取り込まない）"
    parser = group.add_parser(
        "adoptions",
        help=text,
        description=f"{text}。先に一行ずつ確かめ、結果を示す。取込み済みの行と、団体の新しい回答はそのままにする。",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="CSV（UTF-8 か cp932）。列は lgcode、product、status、任意で since、note。- は標準入力",
    )
    parser.add_argument(
        "--survey", required=True, metavar="NAME", help="調査の名前。同じ名前の行は二度取り込まない"
    )
    parser.add_argument("--on", required=True, metavar="DATE", help="調査の時点（2026-10-01 の形）")
    parser.add_argument(
        "--as",
        dest="who",
        metavar="MAIL",
        default="system",
        help="取り込む人のメールアドレス（既定は system）",
    )
    parser.add_argument("--dry-run", action="store_true", help="確かめるだけで、取り込まない")
    parser.set_defaults(run=import_adoptions)


def import_adoptions(options: argparse.Namespace, console: Console) -> None:
    """Reports the rows; takes the new ones unless a row is wrong or --dry-run is given."""
    try:
        answered_on = date.fromisoformat(day(options.on))
    except ValueError:
        raise Failed(
            f"--on の「{options.on}」は日付として読めません。2026-10-01 の形で書いてください。"
        ) from None
    now = datetime.now(UTC)
    with _opened(options.file, console) as file:
        try:
            with reading(console.current_engine()) as session:
                trial = tried(
                    session, rows_of(file), options.survey, answered_on, tokyo_day(now),
                    lambda done: console.progress(f"{done:,} 行を確かめています…"),
                )  # fmt: skip
            counts, total, wrong = trial.counts, trial.total, [asdict(one) for one in trial.wrong]
            named = {state: counts[state] for state in STATES}
            console.report(rows=total, **named, taken=0, errors=wrong)
            for one in wrong:
                sentences = "、".join(f"{field}: {sentence}" for field, sentence in one["errors"].items())
                console.say(f"× {one['row']} 行目 {one['lgcode']}: {sentences}")
            if counts["wrong"] > len(wrong):
                console.say(f"  ほか {counts['wrong'] - len(wrong):,} 行")
            console.say(f"{total:,} 行: " + "、".join(f"{STATES[s]} {n:,}" for s, n in named.items()))
            if counts["wrong"]:
                raise Failed("誤りのある行を直してから、もう一度実行してください。何も取り込んでいません。")
            if options.dry_run:
                console.say("確かめただけで、取り込んでいません。")
                return
            if not total:
                raise Failed(f"{options.file}: 一件も書かれていません。")
            taken = _take(console, file, options, answered_on, now) if counts["new"] else 0
        except NotASurvey as error:
            raise Failed(f"{options.file}: {error}") from None
    console.report(taken=taken)
    console.say(f"{taken:,} 件を「{options.survey}」の回答として取り込みました。")


def _take(
    console: Console, file: IO[bytes], options: argparse.Namespace, answered_on: date, now: datetime
) -> int:
    """Takes as many rows at a time as one command has, each part whole or not at all; returns how many were new."""
    taken = 0
    file.seek(0)
    for some in parts(_answers(rows_of(file)), MOST_ROWS):
        command = {
            "survey": options.survey,
            "answered_on": answered_on.isoformat(),
            "rows": [answer.model_dump(mode="json", exclude_none=True) for answer in some],
        }
        try:
            outcome = perform(console.current_engine(), "adoption.import", command, options.who, now)
        except Refused as refused:
            if taken:
                kept = f"それまでの {taken:,} 件は取り込みました。直してから、同じ命令をもう一度実行すると続きから取り込みます。"
                raise Failed(f"{refused.message} {kept}", taken=taken) from None
            raise
        taken += (outcome.facts or {})["taken"]
        console.progress(f"{taken:,} 件を取り込んでいます…")
    return taken


def _answers(rows: Iterator[Row]) -> Iterator[SurveyAnswer]:
    return (row.answer for row in rows if row.answer)


@contextmanager
def _opened(name: str, console: Console) -> Iterator[IO[bytes]]:
    """The file, or the standard input kept in a temporary one, since it is read more than once. Raises Failed."""
    if name == "-":
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(getattr(console.stdin, "buffer", sys.stdin.buffer), kept)
            kept.seek(0)
            yield kept
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - what goes wrong while it is read is not told as its opening
    except OSError as error:
        raise Failed(f"{name}: 開けません（{error.strerror}）。場所と名前を確かめてください。") from None
    with file:
        yield file
