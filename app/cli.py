"""`kyoso`, the command line: reads the command, runs it, and says in Japanese what happened. Status 0, 1 (refused or failed), 2 (usage)."""

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from app.commands import (
    acting,
    backup,
    clock,
    database,
    exporting,
    ideas,
    ledger,
    municipalities,
    policy,
    publiccode,
    repositories,
    stories,
)
from app.commands.console import Console, Failed
from app.commands.parser import Parser, UsageError
from app.config import ConfigError
from app.db import UnfitDatabase, explain
from app.stand_in import StandInRefused
from workflows.files.not_now import NotNow
from workflows.runtime.refusal import Refused
from workflows.runtime.scenario import ScenarioRefused

DONE, FAILED, USAGE = 0, 1, 2
MOST_PROBLEMS_SHOWN = 50


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command of the process; its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show Japanese shall garble it, not end the work.
            stream.reconfigure(errors="backslashreplace")
    return run(sys.argv[1:] if argv is None else argv, os.environ, sys.stdin, sys.stdout, sys.stderr)


def run(
    argv: Sequence[str], environ: Mapping[str, str], stdin: TextIO, stdout: TextIO, stderr: TextIO
) -> int:
    """Runs one command with everything it may know handed to it; never shows a stack trace unless KYOSO_DEBUG=1."""
    console = Console(environ, stdin, stdout, stderr, as_json="--json" in argv)
    try:
        options = build_parser().parse_args(argv)
        options.run(options, console)
    except SystemExit as leaving:  # -h
        return int(leaving.code or 0)
    except UsageError as error:
        return _fail(console, USAGE, "usage", f"使い方が違います。{error}", after=error.usage.rstrip())
    except BrokenPipeError:
        # Whoever read the answer has seen enough (`| head`); nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return _fail(console, FAILED, "interrupted", "中断しました。")
    except Exception as error:  # noqa: BLE001 - the one place where every error becomes a sentence
        if environ.get(database.DEBUG) == "1":
            traceback.print_exception(error, file=stderr)
        return _explain(console, error)
    finally:
        console.close()
    console.finish(ok=True)
    return DONE


def build_parser() -> Parser:
    """Every command with its help."""
    parser = Parser(
        prog="kyoso",
        description="共創パイプライン: アイデアソンから横展開まで。",
        epilog="環境変数での設定は kyoso check が一覧にします。",
    )
    commands = parser.add_subparsers(required=True, metavar="命令", dest="command", title="命令")
    rooms = (
        database,
        exporting,
        stories,
        acting,
        backup,
        ideas,
        municipalities,
        repositories,
        publiccode,
        clock,
        ledger,
        policy,
    )
    for room in rooms:
        room.add(commands)
    return parser


def _explain(console: Console, error: Exception) -> int:
    """What went wrong, as the person at the terminal can understand and mend it."""
    match error:
        case Refused():
            lines = [
                f"  {field}: {sentence}"
                for field, sentence in error.errors.items()
                if sentence not in error.message
            ]
            lines += [f"  {thing}" for thing in error.about]
            facts = {"errors": error.errors, "about": list(error.about)}
            return _fail(console, FAILED, error.reason, error.message, after="\n".join(lines), **facts)
        case NotNow():
            return _fail(console, FAILED, "not_now", error.message)
        case Failed():
            return _fail(console, FAILED, "failed", str(error), **error.facts)
        case StandInRefused():
            return _fail(console, FAILED, "failed", str(error))
        case ScenarioRefused():
            shown = error.problems[:MOST_PROBLEMS_SHOWN]
            left = len(error.problems) - len(shown)
            text = "シナリオに誤りがあるため、何も再生していません。\n" + "\n".join(
                f"  {problem}" for problem in shown
            )
            return _fail(
                console,
                FAILED,
                "invalid",
                text + (f"\n  ほか {left} 件" if left else ""),
                problems=list(error.problems),
            )
        case ConfigError():
            return _fail(console, FAILED, "configuration", str(error), problems=list(error.problems))
        case UnfitDatabase():
            return _fail(console, FAILED, "database", str(error))
    # What the error was about (the ideas on which a job of the clock failed, say), as its raiser wrote it down.
    notes = "\n".join(f"  {note}" for note in getattr(error, "__notes__", ()))
    said = explain(error)
    if said is not None:
        return _fail(console, FAILED, "database", said, after=notes)
    kind = type(error).__name__
    hint = f"{database.DEBUG}=1 を付けて同じ命令を実行し、表示された内容を開発元に知らせてください。"
    return _fail(
        console, FAILED, "unexpected", f"予期しない誤りで止まりました（{kind}）。{hint}", after=notes
    )


def _fail(console: Console, status: int, reason: str, message: str, after: str = "", **facts: Any) -> int:
    """The text answer goes to standard error, the reason code first in brackets; the JSON answer to standard output."""
    console.report(reason=reason, message=message, **facts)
    console.finish(ok=False)
    if not console.as_json:
        print(f"［{reason}］{message}" + (f"\n{after}" if after else ""), file=console.stderr, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
