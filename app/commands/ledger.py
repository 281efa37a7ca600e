"""`kyoso ledger verify|anchor|export`: the hash chains checked, anchored, and taken out to be checked elsewhere."""

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from app.commands.console import Console, Failed
from app.db import reading, writing
from workflows.runtime import ledger
from workflows.runtime.refusal import unknown
from workflows.tables.ledger import Anchor


def add(commands: Any) -> None:
    text = "台帳"
    group = commands.add_parser("ledger", help=text, description=text).add_subparsers(
        required=True, metavar="verify|anchor|export", dest="what", title=text
    )
    text = "台帳が書き換えられていないか検証する"
    parser = group.add_parser("verify", help=text, description=f"{text}。壊れていれば最初の記録を示す。")
    parser.add_argument("idea", nargs="?", metavar="IDEA", help="アイデアの番号（なければすべての台帳）")
    parser.set_defaults(run=verify)
    text = "すべての台帳の先頭をまとめたアンカーを取る"
    parser = group.add_parser(
        "anchor", help=text, description=f"{text}。外に保管すれば、末尾の切取りが分かる。"
    )
    parser.add_argument("--out", metavar="FILE", help="書き出すファイル")
    parser.set_defaults(run=anchor)
    text = "一つの台帳を書き出す"
    parser = group.add_parser(
        "export", help=text, description=f"{text}。docs/verify_ledger.py だけで検証できる。"
    )
    parser.add_argument("idea", metavar="IDEA", help="アイデアの番号")
    parser.add_argument("--out", metavar="FILE", help="書き出すファイル（なければ画面に）")
    parser.set_defaults(run=export)


def verify(options: argparse.Namespace, console: Console) -> None:
    """Status 1 names each broken chain's first broken entry."""
    with reading(console.current_engine()) as session:
        if options.idea:
            _must_exist(session, options.idea)
        found = ledger.verify(session, options.idea)
    console.report(
        verified=found.verified,
        chains=found.chains,
        entries=found.entries,
        broken=[{"chain": b.chain, "seq": b.seq, "why": b.why} for b in found.broken],
    )
    if found.broken:
        lines = "\n".join(f"  {b.chain} の {b.seq} 番: {b.why}" for b in found.broken)
        raise Failed(f"台帳が正しくありません。控えと照らし合わせ、監査の担当に知らせてください。\n{lines}")
    console.say(f"正しい台帳です。台帳 {found.chains:,}、記録 {found.entries:,} 件。")


def anchor(options: argparse.Namespace, console: Console) -> None:
    """Takes an anchor now, stored in the database and written out."""
    with writing(console.current_engine()) as session:
        document = _as_document(ledger.take_anchor(session, datetime.now(UTC)))
    if options.out:
        console.write_text(options.out, json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    console.say(
        f"アンカーを取りました。台帳 {len(document['heads']):,}、記録 {document['entries']:,} 件。\n{document['digest']}"
    )
    console.report(**document)


def export(options: argparse.Namespace, console: Console) -> None:
    """Writes the chain's entries as they were hashed."""
    with reading(console.current_engine()) as session:
        _must_exist(session, options.idea)
        document = ledger.export(session, options.idea)
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if options.out:
        console.write_text(options.out, text + "\n")
        console.say(
            f"{options.idea} の台帳 {len(document['entries']):,} 件を {options.out} に書き出しました。"
        )
        console.report(chain=document["chain"], entries=len(document["entries"]), out=options.out)
    else:
        console.say(text)
        console.report(**document)


def _must_exist(session: Session, chain: str) -> None:
    if ledger.head(session, chain) is None:
        raise unknown(f"{chain} の台帳")


def _as_document(taken: Anchor) -> dict[str, Any]:
    return {
        "format": "kyoso-anchor-1",
        "taken_at": ledger.moment_text(taken.taken_at),
        "entries": taken.entries,
        "heads": taken.heads,
        "digest": taken.digest,
    }
