"""`kyoso ledger verify|anchor|export`: the hash chains checked, anchored, and taken out to be checked elsewhere."""

import argparse
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from app.commands.console import Console, Failed
from app.db import reading, writing
from workflows.runtime import anchors, ledger, verification
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
    parser.add_argument(
        "--digest",
        action="append",
        metavar="印",
        help="外に保管したアンカーの印（メールか /ledger/anchors のもの）。今もあるか確かめる。いくつでも",
    )
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
    """Status 1 names each broken chain's first broken entry, and the kind of tampering."""
    digests = [digest.strip().lower() for digest in options.digest or ()]
    for digest in digests:
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise Failed(
                f"{digest} はアンカーの印ではありません。64 桁の英数字を、メールから写してください。"
            )
    with reading(console.current_engine()) as session:
        if options.idea:
            _must_exist(session, options.idea)
        found = verification.verify(session, options.idea, digests)
    console.report(
        verified=found.verified,
        chains=found.chains,
        entries=found.entries,
        anchors=found.anchors,
        broken=[{"chain": b.chain, "seq": b.seq, "kind": b.kind, "why": b.why} for b in found.broken],
    )
    if found.broken:
        raise Failed(
            f"台帳が正しくありません。控えと照らし合わせ、監査の担当に知らせてください。\n{said(found)}"
        )
    console.say(
        f"正しい台帳です。台帳 {found.chains:,}、記録 {found.entries:,} 件、アンカー {found.anchors:,}。"
    )


def said(found: verification.Verification) -> str:
    """What is broken, a line each: where, which kind of tampering, and why."""
    return "\n".join(
        f"  {'アンカー' if b.chain == 'anchor' else b.chain} の {b.seq} 番【{verification.KINDS[b.kind]}】{b.why}"
        for b in found.broken
    )


def anchor(options: argparse.Namespace, console: Console) -> None:
    """Takes an anchor now, stored in the database, mailed to the auditors as the daily one is, and written out."""
    with writing(console.current_engine()) as session:
        taken = anchors.anchor_and_tell(session, datetime.now(UTC), console.config.auditors)
        document = _as_document(taken, anchors.anchored_heads(session))
    if options.out:
        console.write_text(options.out, json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    told = f"（{len(console.config.auditors)} か所に送ります）" if console.config.auditors else ""
    console.say(
        f"アンカーを取りました{told}。台帳 {document['chains']:,}、記録 {document['entries']:,} 件。\n{document['digest']}"
    )
    console.report(**document)


def export(options: argparse.Namespace, console: Console) -> None:
    """Writes the chain's entries as they were hashed."""
    with reading(console.current_engine()) as session:
        _must_exist(session, options.idea)
        document = verification.export(session, options.idea)
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


def _as_document(taken: Anchor, held: Sequence[anchors.Head]) -> dict[str, Any]:
    heads = {chain: [seq, hash_] for chain, seq, hash_ in held}
    return {
        "format": "kyoso-anchor-2",
        **anchors.header(taken),
        "heads": heads,
        "heads_digest": sha256(ledger.canonical(heads).encode()).hexdigest(),
    }
