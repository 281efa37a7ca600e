"""Checks a ledger that `kyoso ledger export` wrote, with Python alone: nothing of the product is needed or used.

    python3 verify_ledger.py EXPORT.json [--digest DIGEST] [--anchor ANCHOR.json]

Every entry carries the SHA-256 of its own content and of the entry before it, so an entry that was edited, removed,
put in or moved breaks the chain at that place; this script names the first such place and the kind. A chain that ends
early, or was made anew, still looks whole: only an anchor shows it. The export carries the heads that were anchored, the
way of each to its anchor's root, and the anchors since; --digest is one that was mailed or published, from outside the
system. The hash is taken over the JSON text of {chain, seq, at, actor, action, facts, previous} with sorted keys, no
spaces, UTF-8; an anchor's over that of {taken_at, chains, entries, root, previous}.

Exit status: 0 the ledger holds, 1 it does not, 2 a file cannot be read or is no such export.
"""

import argparse
import hashlib
import json
import sys

FORMAT = "kyoso-ledger-1"
ANCHOR_FORMATS = ("kyoso-anchor-1", "kyoso-anchor-2")
KINDS = {"edit": "書換え", "delete": "削除", "insert": "差込み", "reorder": "並べ替え", "fork": "枝分かれ"}
SEALED = {"chain": str, "seq": int, "at": str, "actor": str, "action": str, "facts": str, "previous": str}


class Unreadable(Exception):
    """The file is missing, is no JSON, or is not an export."""


def canonical(value) -> str:
    """The one JSON text of a value: sorted keys, no spaces, no escapes beyond JSON's own."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read(path: str, *expected: str) -> dict:
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
    if not isinstance(document, dict) or document.get("format") not in expected:
        raise Unreadable(f"{path}: {expected[-1]} 形式のファイルではありません。")
    return document


def entries_of(document: dict, path: str) -> list:
    entries = document.get("entries")
    if not isinstance(document.get("chain"), str) or not isinstance(entries, list):
        raise Unreadable(f"{path}: 台帳の名前（chain）か記録（entries）がありません。")
    return entries


def own_hash(entry: dict, number: int) -> str:
    return sha256(canonical({key: entry[key] for key in SEALED} | {"seq": number}))


def misshapen(entry, chain: str):
    """Why this is no entry of the chain at all, or None."""
    if not isinstance(entry, dict) or set(entry) != {*SEALED, "hash"}:
        return "記録の項目が足りないか、余計です。"
    if any(type(entry[key]) is not kind for key, kind in SEALED.items()) or type(entry["hash"]) is not str:
        return "記録の項目の型が違います。"
    if entry["chain"] != chain:
        return f"別の台帳（{entry['chain']}）の記録です。"
    try:
        canonical(entry).encode("utf-8")
    except UnicodeEncodeError:
        return "文字として正しくないものが含まれています。"
    return None


def first_fault(document: dict, entries: list):
    """The first entry that does not hold, as a sentence that names the kind of tampering, or None."""
    chain, previous, before = document["chain"], "", {"": 0}
    for number, entry in enumerate(entries, start=1):
        fault = misshapen(entry, chain)
        if fault:
            return f"{chain} の {number} 番: {fault}"
        if (
            entry["seq"] != number
            or entry["previous"] != previous
            or own_hash(entry, number) != entry["hash"]
        ):
            rest = [entry, *(e for e in entries[number:] if not misshapen(e, chain))]
            at, kind, why = named(number, previous, before, rest)
            return f"{chain} の {at} 番【{KINDS[kind]}】{why}"
        previous = entry["hash"]
        before[previous] = number
    return None


def named(number: int, previous: str, before: dict, rest: list):
    """Number, kind and words of the tampering that the first entry of `rest` shows, told from what the entries link to."""
    entry, held = rest[0], number - 1
    seq, link = entry["seq"], entry["previous"]
    if seq <= held:
        return seq, "fork", f"{seq} 番の記録が二つあります（枝分かれ）。"
    # The number under which the entry was sealed, where it is not the one it has now.
    sealed = next((n for n in range(1, held + len(rest) + 2) if own_hash(entry, n) == entry["hash"]), None)
    if any(e["previous"] == previous for e in rest[1:]):
        return number, "reorder", f"{number} 番にあった記録が、後ろに移されています（並べ替え）。"
    if link == previous and sealed is None:
        return seq, "edit", "内容が書き換えられています。"
    if seq != number:
        return number, "delete", f"{number} 番の記録がありません（削除）。"
    if link in before:
        parent = before[link]
        if sealed == seq:
            return number, "fork", f"{parent} 番の記録から枝分かれしています。"
        return number, "insert", f"{parent + 1} 番に、なかった記録が差し込まれています。"
    if sealed is not None and sealed > number:
        return number, "delete", f"{number} 番にあった記録がなく、後ろの番号が詰められています（削除）。"
    if link in {e["hash"] for e in rest}:
        return number, "reorder", "前の記録とつながりません（並べ替え）。"
    if sealed is None:
        return number, "edit", "前の記録へのつながりが書き換えられています。"
    return (
        number,
        "edit",
        f"前の記録とつながりません。{held} 番が書き換えられて印も作り直されたか、この記録が後から足されています。",
    )


def fault_by_head(chain: str, entries: list, seq: int, head: str):
    """What an anchored head shows about the chain: a cut tail, or a chain made anew; None where both agree."""
    if len(entries) < seq:
        return f"{chain} の {len(entries) + 1} 番【末尾の切取り】アンカーのときには {seq} 番までありました（末尾の切取り）。"
    if seq < 1 or entries[seq - 1]["hash"] != head:
        return f"{chain} の {seq} 番【枝分かれ】アンカーに残る {seq} 番と違います（作り直しによる枝分かれ）。"
    return None


def fault_by_anchor(document: dict, entries: list, anchor: dict, path: str):
    """What the list of heads in an anchor's file shows about this chain."""
    heads = anchor.get("heads")
    if not isinstance(heads, dict):
        raise Unreadable(f"{path}: アンカーに heads がありません。")
    of_list = "digest" if anchor["format"] == ANCHOR_FORMATS[0] else "heads_digest"
    if sha256(canonical(heads)) != anchor.get(of_list):
        return f"{path}【アンカーの偽造】アンカーの内容が書き換えられています。"
    chain = document["chain"]
    if chain not in heads:
        return None
    try:
        seq, head = heads[chain]
        seq = int(seq)
    except (TypeError, ValueError):
        raise Unreadable(f"{path}: {chain} の先頭（heads）が読めません。") from None
    return fault_by_head(chain, entries, seq, head)


def root_by(line: str, path: list) -> str:
    """The Merkle root to which a line and its path lead (RFC 6962: a leaf behind 00, a pair behind 01)."""
    found = hashlib.sha256(b"\x00" + line.encode("utf-8")).digest()
    for step in path:
        beside = bytes.fromhex(step[1:])
        found = hashlib.sha256(b"\x01" + (beside + found if step[0] == "L" else found + beside)).digest()
    return found.hex()


def fault_by_proof(document: dict, entries: list, digest):
    """What the proof in the export shows: the anchored heads, each with its way to its anchor's root, and the anchors from
    the first of these to the last there was. `digest` is one that was mailed or published: it must be among them."""
    chain, proof = document["chain"], document.get("proof")
    if proof is None:
        return f"{chain}: この書出しには、アンカーとのつながり（proof）がありません。" if digest else None
    forged = f"{chain}【アンカーの偽造】アンカーの内容が書き換えられています。"
    try:
        roots, before = {}, None
        for anchor in proof["anchors"]:
            sealed = {key: value for key, value in anchor.items() if key != "digest"}
            if sha256(canonical(sealed)) != anchor["digest"] or before not in (None, anchor["previous"]):
                return forged
            before = anchor["digest"]
            roots[before] = anchor["root"]
        fault = None
        for held in proof["heads"]:
            name, seq, head = held["head"]
            if name != chain or root_by(canonical([name, seq, head]), held["path"]) != roots[held["anchor"]]:
                return forged
            fault = fault or fault_by_head(chain, entries, int(seq), head)
    except (KeyError, IndexError, TypeError, ValueError):
        return f"{chain}【アンカーの偽造】アンカーとのつながり（proof）が読めません。"
    if digest and digest not in roots:
        return (
            f"{chain}【アンカーの偽造】手元の印 {digest[:12]}… のアンカーがありません（アンカーの偽造か削除）。"
            "印が書出しより新しいときは、書出しを取り直してください。"
        )
    return fault


def main() -> int:
    parser = argparse.ArgumentParser(
        description="台帳の書出しを検証します。0: 正しい、1: 正しくない、2: 読めない。"
    )
    parser.add_argument("export", help="kyoso ledger export が書いたファイル")
    parser.add_argument(
        "--anchor", help="kyoso ledger anchor --out が書いたファイル（末尾の切取りが分かります）"
    )
    parser.add_argument(
        "--digest",
        help="メールで届いたか /ledger/anchors にある印（SHA-256）",
    )
    options = parser.parse_args()
    try:
        document = read(options.export, FORMAT)
        entries = entries_of(document, options.export)
        fault = first_fault(document, entries)
        if not fault and options.anchor:
            fault = fault_by_anchor(document, entries, read(options.anchor, *ANCHOR_FORMATS), options.anchor)
        fault = fault or fault_by_proof(document, entries, options.digest)
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
