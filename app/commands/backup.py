"""`kyoso backup FILE`, `kyoso restore FILE`: the database into one file and back, its ledger checked."""

import argparse
from pathlib import Path
from typing import Any

from app import schema
from app.backups import Heads, back_up, restore
from app.commands.beside import look_for_files, where
from app.commands.console import Console, Failed
from app.commands.ledger import said
from app.db import reading
from workflows.runtime import verification


def add(commands: Any) -> None:
    text = "データベースの控えを一つのファイルに取る（動かしたままでよい）"
    parser = commands.add_parser("backup", help=text, description=text)
    parser.add_argument("file", metavar="FILE", help="書き出すファイル（すでにあるものは上書きしない）")
    parser.set_defaults(run=take)
    text = "控えから、空のデータベースに復元する"
    parser = commands.add_parser(
        "restore", help=text, description=f"{text}。復元した後、台帳とアンカーをすべて確かめる。"
    )
    parser.add_argument("file", metavar="FILE", help="kyoso backup が書いたファイル")
    parser.add_argument("--heads", metavar="印", help="控えを取ったときに示された印。違えば失敗にする")
    parser.set_defaults(run=bring_back)


def take(options: argparse.Namespace, console: Console) -> None:
    """Writes the backup and says by which digest of its heads it is told."""
    heads = back_up(console.current_engine(), Path(options.file), console.environ)
    console.say(f"控えを {options.file} に取りました。{_told(heads)}\n{_beside(console)}")
    console.report(file=options.file, **_facts(heads))


def bring_back(options: argparse.Namespace, console: Console) -> None:
    """Restores, then checks the heads against those asked for, and the whole ledger. A backup of an earlier release is
    restored as it is: `kyoso migrate` comes after."""
    engine = console.engine(may_create=True)
    heads = restore(engine, Path(options.file), console.environ)
    state = schema.schema_state(engine)
    console.report(file=options.file, state=state, **_facts(heads))
    if options.heads and options.heads.strip().lower() != heads.digest:
        raise Failed(
            f"復元しましたが、台帳の先頭の印が違います。この控えは使わないでください。{_told(heads)}"
        )
    if state != "current":
        console.say(
            f"復元しました。{_told(heads)}\n前の版の控えです。kyoso migrate の後、kyoso ledger verify で確かめてください。"
        )
        return
    with reading(engine) as session:
        found = verification.verify(session)
    if found.broken:
        raise Failed(f"復元しましたが、台帳が正しくありません。別の控えと比べてください。\n{said(found)}")
    level, text = look_for_files(console, engine)
    console.report(files=text)
    console.say(f"復元しました。台帳とアンカーはすべて正しくつながっています。{_told(heads)}")
    console.say(f"付けられたファイル: {text}" if level == "ok" else f"△ 付けられたファイル: {text}")


def _beside(console: Console) -> str:
    """What a backup of the database does not hold."""
    return (
        f"付けられたファイルは入っていません。{where(console)} を、この控えより後に別に控えてください"
        f"（基準のファイルを足していれば {console.config.home / 'policy'} も）。"
    )


def _told(heads: Heads) -> str:
    return f"台帳 {heads.chains:,}、記録 {heads.entries:,} 件。\n台帳の先頭の印 {heads.digest}"


def _facts(heads: Heads) -> dict[str, Any]:
    return {"chains": heads.chains, "entries": heads.entries, "heads": heads.digest}
