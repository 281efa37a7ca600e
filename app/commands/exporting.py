"""`kyoso export KIND`: what the product knows, as a file for spreadsheets or for other programs."""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from app.commands.console import Console
from app.db import reading
from stages.permissions import SYSTEM
from workflows.queries import risk_table
from workflows.queries.looks import Eyes
from workflows.queries.risk_register import Filters, RiskRow, risk_register
from workflows.runtime.actors import Speaker
from workflows.runtime.tables_out import csv_text

ROWS_AT_ONCE = 5_000


def add(commands: Any) -> None:
    text = "一覧を書き出す"
    kinds = commands.add_parser("export", help=text, description=text).add_subparsers(
        required=True, metavar="risks", dest="what", title=text
    )
    text = "リスクの一覧（扱うデータ・水準・チェックリスト・リスクケース）を書き出す"
    parser = kinds.add_parser("risks", help=text, description=text)
    parser.add_argument("--format", choices=("csv", "json"), default="csv", help="形式（既定は csv）")
    parser.add_argument("--out", metavar="FILE", help="書き出すファイル（なければ画面に）")
    parser.set_defaults(run=risks)


def risks(options: argparse.Namespace, console: Console) -> None:
    """Every idea's line of the register, however many there are: drafts too, since whoever runs this keeps the database."""
    with reading(console.current_engine()) as session:
        eyes = Eyes(session, Speaker(SYSTEM), datetime.now(UTC))
        rows = list(_every_row(session, eyes, console))
    if options.format == "csv":
        text = csv_text(risk_table.table(rows, eyes.today))
    else:
        ideas = [risk_table.as_data(row, eyes.today) for row in rows]
        document = {"format": "kyoso-risks-1", "as_of": eyes.today.isoformat(), "ideas": ideas}
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    console.report(rows=len(rows), out=options.out)
    if options.out:
        console.write_text(options.out, text)
        console.say(f"{len(rows):,} 件を {options.out} に書き出しました。")
    elif console.as_json:
        console.report(ideas=[risk_table.as_data(row, eyes.today) for row in rows])
    else:
        console.say(text.rstrip("\n"))


def _every_row(session: Session, eyes: Eyes, console: Console) -> Iterator[RiskRow]:
    after, done = None, 0
    while True:
        found = risk_register(eyes, Filters(), after, ROWS_AT_ONCE)
        yield from found.rows
        session.expunge_all()
        done, after = done + len(found.rows), found.after
        if after is None:
            return
        console.progress(f"{done:,} 件…")
