"""`kyoso publiccode check|write`: a publiccode.yml judged line by line, and one filled from what is known of a product."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from app.commands.console import Console, Failed
from app.db import reading
from stages.permissions import SYSTEM
from workflows.calendar import tokyo_day
from workflows.github.names import full_name_from, web_address
from workflows.publiccode import Problem, Report, validate
from workflows.queries.idea_repositories import publiccode_text
from workflows.queries.looks import Eyes
from workflows.queries.product_page import seen_product
from workflows.queries.product_publiccode import publiccode_of
from workflows.runtime.actors import Speaker


def add(commands: Any) -> None:
    text = "publiccode.yml"
    group = commands.add_parser("publiccode", help=text, description=text).add_subparsers(
        required=True, metavar="check|write", dest="what", title=text
    )
    text = "publiccode.yml が正しいか調べ、誤りの行と直し方を示す"
    parser = group.add_parser("check", help=text, description=f"{text}。ネットワークには問い合わせない。")
    parser.add_argument(
        "what_to_check",
        metavar="FILE|URL",
        help="ファイル（- は標準入力）、又はアイデアにつながったリポジトリの URL か「持ち主/名前」",
    )
    parser.set_defaults(run=check)
    text = "プロダクトの記録から publiccode.yml を作る"
    parser = group.add_parser(
        "write", help=text, description=f"{text}。記録にないことは書かず、何が足りないかを示す。"
    )
    parser.add_argument("product", metavar="PRODUCT", help="プロダクトの識別名")
    parser.add_argument("--out", metavar="FILE", help="書き出すファイル（なければ画面に）")
    parser.set_defaults(run=write)


def check(options: argparse.Namespace, console: Console) -> None:
    """Status 1 where the file is not valid; warnings alone are status 0."""
    name = options.what_to_check
    where, source = _source(console, name)
    report = validate(source, today=tokyo_day(datetime.now(UTC)))
    console.report(file=where, **report.as_dict())
    lines = _lines(report)
    if not report.valid:
        raise Failed(f"{where}: 誤り {len(report.errors)} 件、注意 {len(report.warnings)} 件。\n{lines}")
    console.say(f"{where}: 正しい publiccode.yml です（注意 {len(report.warnings)} 件）。")
    if lines:
        console.say(lines)


def _source(console: Console, name: str) -> tuple[str, str | bytes]:
    """A file's bytes, or the text last seen of a linked repository's; with what to call it."""
    if name == "-" or Path(name).is_file() or ("/" not in name and ":" not in name):
        return ("標準入力" if name == "-" else name), console.read_bytes(name)
    full_name = full_name_from(name)
    with reading(console.current_engine()) as session:
        return f"{full_name} の publiccode.yml", publiccode_text(_eyes(session), full_name)


def _lines(report: Report) -> str:
    def line(kind: str, p: Problem) -> str:
        place = f"{p.line} 行目 " if p.line else ""
        return f"  {kind} {place}{p.key}: {p.message}\n      → {p.mend}"

    return "\n".join([line("誤り", p) for p in report.errors] + [line("注意", p) for p in report.warnings])


def write(options: argparse.Namespace, console: Console) -> None:
    """The file as far as the records go; what a person still has to write stands in its first lines."""
    config = console.config
    with reading(console.current_engine()) as session:
        eyes = _eyes(session)
        draft = publiccode_of(
            eyes, seen_product(eyes, options.product), config.base_url, web_address(config.github_url)
        )
    if options.out:
        console.write_text(options.out, draft.text)
        console.say(f"{options.out} に書き出しました。書き足すこと {len(draft.problems)} 件。")
    else:
        console.say(draft.text.rstrip())
    console.report(text=draft.text, problems=[p.as_dict() for p in draft.problems])


def _eyes(session: Session) -> Eyes:
    return Eyes(session, Speaker(SYSTEM), datetime.now(UTC))
