"""`kyoso import ideas`: reported ideas from a file, tried row by row first, then taken whole or not at all."""

import argparse
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from app.commands import adoptions
from app.commands.console import Console, Failed
from app.db import reading
from workflows.imports import RowReport, preview
from workflows.registry import perform
from workflows.runtime.yaml_text import NotReadable, decoded

MOST_ROWS_SHOWN = 100


def add(commands: Any) -> None:
    text = "ファイルから取り込む"
    group = commands.add_parser("import", help=text, description=text).add_subparsers(
        required=True, metavar="ideas|adoptions", dest="what", title=text
    )
    adoptions.add(group)
    text = "報告されたアイデアを取り込む（一行でも誤りがあれば何も取り込まない）"
    parser = group.add_parser(
        "ideas",
        help=text,
        description=f"{text}。先に一行ずつ確かめ、結果を示す。取込み済みの行はそのままにする。",
    )
    parser.add_argument("file", metavar="FILE", help="一行に一件の JSON（.jsonl）。- は標準入力")
    parser.add_argument("--dry-run", action="store_true", help="確かめるだけで、取り込まない")
    parser.set_defaults(run=import_ideas)


def import_ideas(options: argparse.Namespace, console: Console) -> None:
    """Reports every row; takes the new ones unless a row is wrong or --dry-run is given."""
    lines, rows = _rows(console.read_bytes(options.file), options.file)
    engine = console.current_engine()
    console.progress(f"{len(rows):,} 行を確かめています…")
    with reading(engine) as session:
        reports = preview(session, rows)
    counts = Counter(report.state for report in reports)
    console.report(
        rows=len(rows), new=counts["new"], already=counts["already"], wrong=counts["wrong"], taken=0,
        report=[{"line": line, "title": r.title, "state": r.state, "errors": dict(r.errors)} for line, r in zip(lines, reports, strict=True)],
    )  # fmt: skip
    _show(console, lines, reports)
    console.say(
        f"{len(rows):,} 行: 新しい {counts['new']:,}、取込み済み {counts['already']:,}、誤り {counts['wrong']:,}"
    )
    if counts["wrong"]:
        raise Failed("誤りのある行を直してから、もう一度実行してください。何も取り込んでいません。")
    if options.dry_run:
        console.say("確かめただけで、取り込んでいません。")
        return
    taken = 0
    if counts["new"]:
        console.progress(f"{counts['new']:,} 件を取り込んでいます…")
        outcome = perform(engine, "idea.import", {"rows": rows}, "system", datetime.now(UTC))
        taken = (outcome.facts or {})["taken"]
    console.report(taken=taken, lost=len(rows) - taken - counts["already"])
    console.say(f"{taken:,} 件を取り込みました（取りこぼし {len(rows) - taken - counts['already']:,}）。")


def _rows(data: bytes, name: str) -> tuple[list[int], list[Any]]:
    """The line number and the record of each line that is not empty. Raises Failed with every line that is no JSON."""
    if data.startswith(b"PK"):
        raise Failed(
            f"{name}: Excel のファイルはまだ取り込めません。一行に一件の JSON（.jsonl）にしてください。"
        )
    try:
        text = decoded(data)
    except NotReadable as error:
        raise Failed(f"{name}: {error}") from None
    lines: list[int] = []
    rows: list[Any] = []
    bad: list[int] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                rows.append(json.loads(line))
                lines.append(number)
            except (ValueError, RecursionError):
                bad.append(number)
    if bad:
        shown = "、".join(map(str, bad[:20])) + (f" ほか {len(bad) - 20} 行" if len(bad) > 20 else "")
        raise Failed(
            f"{name}: JSON として読めない行があります（{shown} 行目）。一行に一件の JSON にしてください。",
            lines=bad,
        )
    if not rows:
        raise Failed(f"{name}: 一件も書かれていません。")
    return lines, rows


def _show(console: Console, lines: list[int], reports: list[RowReport]) -> None:
    """The rows that are wrong, with each error; the others are only counted (all of them stand in the JSON answer)."""
    wrong = [(line, report) for line, report in zip(lines, reports, strict=True) if report.state == "wrong"]
    for line, report in wrong[:MOST_ROWS_SHOWN]:
        errors = "、".join(f"{field}: {sentence}" for field, sentence in report.errors.items())
        console.say(f"× {line} 行目 {report.title}: {errors}")
    if len(wrong) > MOST_ROWS_SHOWN:
        console.say(f"  ほか {len(wrong) - MOST_ROWS_SHOWN:,} 行")
