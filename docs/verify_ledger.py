"""Checks a ledger that `kyoso ledger export` wrote, with Python alone: nothing of the product is needed or used.

    python3 verify_ledger.py EXPORT.json [--anchor ANCHOR.json]

Every entry carries the SHA-256 of its own content and of the entry before it, so an entry that was edited, removed,
put in or moved breaks the chain at that place; this script names the first such place. A chain that ends early still
looks whole: only an anchor (`kyoso ledger anchor`), kept outside the system, shows that its tail was cut. The hash is
taken over the JSON text of {chain, seq, at, actor, action, facts, previous} with sorted keys, no spaces, UTF-8.

Exit status: 0 the ledger holds, 1 it does not, 2 a file cannot be read or is no such export.
"""

import argparse
import hashlib
import json
import sys

FORMAT = "kyoso-ledger-1"
ANCHOR_FORMAT = "kyoso-anchor-1"
SEALED = {"chain": str, "seq": int, "at": str, "actor": str, "action": str, "facts": str, "previous": str}


class Unreadable(Exception):
    """The file is missing, is no JSON, or is not an export."""


def canonical(value) -> str:
    """The one JSON text of a value: sorted keys, no spaces, no escapes beyond JSON's own."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read(path: str, expected_format: str) -> dict:
    """The document in a file. A key said twice is refused: which of the two was meant cannot be known."""

    def unique(pairs):
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key is written twice")
        return found

    def no_number(text):
        raise ValueError(f"{text} is no JSON number")

    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file, object_pairs_hook=unique, parse_constant=no_number)
    except OSError as error:
        raise Unreadable(f"{path}: 開けません（{error.strerror}）。場所を確かめてください。") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path}: JSON として読めません（{error}）。") from None
    if not isinstance(document, dict) or document.get("format") != expected_format:
        raise Unreadable(f"{path}: {expected_format} 形式のファイルではありません。")
    return document


def entries_of(document: dict, path: str) -> list:
    entries = document.get("entries")
    if not isinstance(document.get("chain"), str) or not isinstance(entries, list):
        raise Unreadable(f"{path}: 台帳の名前（chain）か記録（entries）がありません。")
    return entries


def fault_of_entry(entry, chain: str, number: int, previous: str):
    """Why this entry cannot be the `number`-th of the chain, or None."""
    if not isinstance(entry, dict) or set(entry) != {*SEALED, "hash"}:
        return "記録の項目が足りないか、余計です。"
    if any(type(entry[key]) is not kind for key, kind in SEALED.items()) or type(entry["hash"]) is not str:
        return "記録の項目の型が違います。"
    if entry["chain"] != chain:
        return f"別の台帳（{entry['chain']}）の記録です。"
    if entry["seq"] != number:
        return f"{number} 番のはずが {entry['seq']} 番です（削除、差込み、並べ替えのどれか）。"
    if entry["previous"] != previous:
        return "前の記録とつながりません（差込みか並べ替え）。"
    try:
        if sha256(canonical({key: entry[key] for key in SEALED})) != entry["hash"]:
            return "内容が書き換えられています。"
    except UnicodeEncodeError:
        return "文字として正しくないものが含まれています。"
    return None


def first_fault(document: dict, entries: list):
    """The first entry that does not hold, as a sentence, or None."""
    previous = ""
    for number, entry in enumerate(entries, start=1):
        fault = fault_of_entry(entry, document["chain"], number, previous)
        if fault:
            return f"{document['chain']} の {number} 番: {fault}"
        previous = entry["hash"]
    return None


def fault_by_anchor(document: dict, entries: list, anchor: dict, path: str):
    """What the anchor shows about this chain: a cut tail, or a chain made anew; None where both agree."""
    heads = anchor.get("heads")
    if not isinstance(heads, dict):
        raise Unreadable(f"{path}: アンカーに heads がありません。")
    if sha256(canonical(heads)) != anchor.get("digest"):
        return f"{path}: アンカーの内容が書き換えられています。"
    chain = document["chain"]
    if chain not in heads:
        return None
    try:
        seq, head = heads[chain]
        length = int(seq)
    except (TypeError, ValueError):
        raise Unreadable(f"{path}: {chain} の先頭（heads）が読めません。") from None
    if len(entries) < length:
        return f"{chain} の {len(entries) + 1} 番: 記録がありません。アンカーのときには {length} 番までありました（末尾の切取り）。"
    if length < 1 or entries[length - 1]["hash"] != head:
        return f"{chain} の {length} 番: アンカーに残る記録と違います（台帳の作り直し）。"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(
        description="台帳の書出しを検証します。0: 正しい、1: 正しくない、2: 読めない。"
    )
    parser.add_argument("export", help="kyoso ledger export が書いたファイル")
    parser.add_argument(
        "--anchor", help="kyoso ledger anchor --out が書いたファイル（末尾の切取りが分かります）"
    )
    options = parser.parse_args()
    try:
        document = read(options.export, FORMAT)
        entries = entries_of(document, options.export)
        fault = first_fault(document, entries)
        if not fault and options.anchor:
            fault = fault_by_anchor(document, entries, read(options.anchor, ANCHOR_FORMAT), options.anchor)
    except Unreadable as unreadable:
        print(unreadable, file=sys.stderr)
        return 2
    if fault:
        print(f"正しくありません。{fault}")
        return 1
    print(f"正しい台帳です。{document['chain']}: {len(entries)} 件")
    return 0


if __name__ == "__main__":
    sys.exit(main())
