"""Anchors: a digest a day over the heads of all chains, each hashing the one before; what they show of a chain that was cut
or made anew, and the proof by which one chain is checked without the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, and_, col, func, insert, select

from workflows.calendar import tokyo_day
from workflows.runtime import outbox
from workflows.runtime.ledger import Broken, canonical, entries_of, moment_text, verify_entries
from workflows.runtime.merkle import path_of, root_of
from workflows.tables.ledger import Anchor, AnchorHead, LedgerEntry

KINDS = {
    "edit": "書換え",
    "delete": "削除",
    "insert": "差込み",
    "reorder": "並べ替え",
    "fork": "枝分かれ",
    "cut": "末尾の切取り",
    "anchor": "アンカーの偽造",
}
"""Kinds of tampering that verification names."""
Head = tuple[str, int, str]
"""A chain, the number of its last entry, and that entry's hash."""


def line_of(head: Head) -> str:
    """A head as the line that the Merkle tree hashes."""
    return canonical(list(head))


def header(anchor: Anchor) -> dict[str, Any]:
    """What an anchor's digest is taken over, and the digest: what is mailed and published."""
    return {
        "taken_at": moment_text(anchor.taken_at),
        "chains": anchor.chains,
        "entries": anchor.entries,
        "root": anchor.root,
        "previous": anchor.previous,
        "digest": anchor.digest,
    }


def digest_of(anchor: Anchor) -> str:
    """The digest of an anchor by its own content (of the present form)."""
    sealed = header(anchor)
    del sealed["digest"]
    return sha256(canonical(sealed).encode()).hexdigest()


def last_anchor(session: Session) -> Anchor | None:
    return session.exec(select(Anchor).order_by(col(Anchor.id).desc()).limit(1)).first()


def take_anchor(session: Session, at: datetime) -> Anchor:
    """An anchor over the head of every chain, stored in the caller's transaction. Only heads that moved on are written down;
    one that fell back was tampered with, and what was anchored of it stays."""
    before = last_anchor(session)
    known = {chain: seq for chain, seq, _ in anchored_heads(session)}
    heads = _heads_now(session)
    moved = [head for head in heads if head[1] > known.get(head[0], 0)]
    anchor = Anchor(
        taken_at=at,
        chains=len(heads),
        entries=sum(seq for _, seq, _ in heads),
        root=root_of([line_of(head) for head in moved]),
        previous=before.digest if before else "",
        digest="",
    )
    anchor.digest = digest_of(anchor)
    session.add(anchor)
    session.flush()
    if moved:
        rows = [{"anchor_id": anchor.id, "chain": c, "seq": n, "hash": h} for c, n, h in moved]
        session.execute(insert(AnchorHead), rows)
    return anchor


def anchor_and_tell(session: Session, at: datetime, auditors: Sequence[str]) -> Anchor:
    """Takes an anchor and writes its digest to the auditors: what they keep outside is what no forger can reach."""
    anchor = take_anchor(session, at)
    day = tokyo_day(at)
    body = (
        f"{day} の台帳の控え（アンカー）です。このメールを保管してください。\n\n"
        f"台帳 {anchor.chains:,} 本、記録 {anchor.entries:,} 件\n印 {anchor.digest}\n一つ前の印 {anchor.previous or 'なし'}\n\n"
        "同じものを /ledger/anchors で公開しています。後から台帳やアンカーが作り直されていないかは、次のコマンドで確かめられます。\n"
        f"kyoso ledger verify --digest {anchor.digest}"
    )
    outbox.enqueue(session, auditors, "ledger.anchor", "ledger", f"台帳のアンカー {day}", body, at)
    return anchor


def _heads_now(session: Session) -> list[Head]:
    last = (
        select(LedgerEntry.chain, func.max(LedgerEntry.seq).label("seq"))
        .group_by(LedgerEntry.chain)
        .subquery()
    )
    of_last = and_(col(LedgerEntry.chain) == last.c.chain, col(LedgerEntry.seq) == last.c.seq)
    found = session.exec(select(LedgerEntry.chain, LedgerEntry.seq, LedgerEntry.hash).join(last, of_last))
    return _sorted(found)


def anchored_heads(session: Session) -> list[Head]:
    """Of each chain the last head that an anchor of the present form holds, by chain."""
    present = select(Anchor.id).where(Anchor.root != "")
    last = (
        select(AnchorHead.chain, func.max(AnchorHead.anchor_id).label("anchor_id"))
        .where(col(AnchorHead.anchor_id).in_(present))
        .group_by(AnchorHead.chain)
        .subquery()
    )
    of_last = and_(col(AnchorHead.chain) == last.c.chain, col(AnchorHead.anchor_id) == last.c.anchor_id)
    found = session.exec(select(AnchorHead.chain, AnchorHead.seq, AnchorHead.hash).join(last, of_last))
    return _sorted(found)


def _sorted(rows: Iterable[tuple[str, int, str]]) -> list[Head]:
    """Heads by chain, in the order of the text itself, whatever the database's is."""
    return sorted((chain, seq, hash_) for chain, seq, hash_ in rows)


def not_there() -> Any:
    """The condition under which an anchored head (`AnchorHead`) is no longer in its chain."""
    there = sa.exists().where(
        col(LedgerEntry.chain) == AnchorHead.chain,
        col(LedgerEntry.seq) == AnchorHead.seq,
        col(LedgerEntry.hash) == AnchorHead.hash,
    )
    return ~there


def shown_by_head(chain: str, anchored: int, held: int) -> Broken:
    """What it means that an anchored head is gone, in a chain that links up to entry `held`."""
    if held < anchored:
        why = f"アンカーのときには {anchored} 番までありました（末尾の切取り）。"
        return Broken(chain, held + 1, "cut", why)
    why = f"アンカーに残る {anchored} 番と違います（作り直しによる枝分かれ）。"
    return Broken(chain, anchored, "fork", why)


@dataclass(frozen=True, slots=True)
class Verification:
    chains: int
    entries: int
    anchors: int
    broken: tuple[Broken, ...]

    @property
    def verified(self) -> bool:
        return not self.broken


def verify(session: Session, chain: str | None = None, digests: Sequence[str] = ()) -> Verification:
    """Checks one chain or all of them, every anchor, and the anchored heads against the chains: one that is gone is a cut
    tail or a chain made anew. `digests` are those of anchors that were kept outside: one that is not here was forged."""
    every = select(LedgerEntry.chain).distinct().order_by(LedgerEntry.chain)
    names = [chain] if chain else list(session.exec(every))
    broken: list[Broken] = []
    lengths: dict[str, int] = {}
    for name in names:
        lengths[name], fault = verify_entries(name, entries_of(session, name))
        if fault:
            broken.append(fault)
    faulty = {b.chain for b in broken}
    gone = select(AnchorHead.chain, func.min(AnchorHead.seq)).where(not_there()).group_by(AnchorHead.chain)
    for name, seq in session.exec(gone.order_by(AnchorHead.chain)):
        if name not in faulty and chain in (None, name):
            broken.append(shown_by_head(name, seq, lengths.get(name, 0)))
    anchors, forged = _verify_anchors(session, set(digests))
    return Verification(len(names), sum(lengths.values()), anchors, (*broken, *forged))


def _verify_anchors(session: Session, kept_outside: set[str]) -> tuple[int, list[Broken]]:
    """How many anchors there are, and which do not hold: by their own content, by the one before, by a digest kept outside."""
    faults: list[Broken] = []
    heads = _heads_by_anchor(session)
    before, number = "", 0
    listed: dict[str, list[Any]] = {}
    missing = set(kept_outside)
    for number, anchor in enumerate(session.exec(select(Anchor).order_by(col(Anchor.id))), start=1):
        moved = heads.get(anchor.id, [])
        day = tokyo_day(anchor.taken_at)
        if anchor.root == "":  # of the first form
            listed |= {chain: [seq, hash_] for chain, seq, hash_ in moved}
            fits = (
                sha256(canonical({c: h for c, h in listed.items() if h[0]}).encode()).hexdigest()
                == anchor.digest
            )
        else:
            fits = root_of([line_of(h) for h in moved]) == anchor.root and digest_of(anchor) == anchor.digest
            if fits and anchor.previous != before:
                faults.append(
                    Broken(
                        "anchor", number, "anchor", f"{day} のアンカーが、一つ前のアンカーとつながりません。"
                    )
                )
        if not fits:
            faults.append(
                Broken("anchor", number, "anchor", f"{day} のアンカーの内容が書き換えられています。")
            )
        before = anchor.digest
        missing.discard(before)
    for digest in sorted(missing):
        why = f"手元の印 {digest[:12]}… のアンカーがありません（アンカーの偽造か削除）。"
        faults.append(Broken("anchor", number, "anchor", why))
    return number, faults


def _heads_by_anchor(session: Session, only: int | None = None) -> dict[int, list[Head]]:
    """Anchor -> the heads it holds, by chain; of one anchor or of all."""
    columns: tuple[Any, ...] = (AnchorHead.anchor_id, AnchorHead.chain, AnchorHead.seq, AnchorHead.hash)
    held = select(*columns).order_by(AnchorHead.anchor_id)
    rows = session.execute(held if only is None else held.where(AnchorHead.anchor_id == only))
    return {
        anchor: sorted((c, n, h) for _, c, n, h in of) for anchor, of in groupby(rows, lambda row: row[0])
    }


def proof_of(session: Session, chain: str) -> dict[str, Any] | None:
    """By what a chain is checked without the others: each head of it that was anchored with its way to that anchor's root,
    and the anchors from the first of these to the last there is. None where no anchor of the present form holds the chain."""
    holding = select(AnchorHead).join(Anchor, col(Anchor.id) == AnchorHead.anchor_id)
    holding = holding.where(AnchorHead.chain == chain, Anchor.root != "").order_by(col(AnchorHead.anchor_id))
    anchored = session.exec(holding).all()
    if not anchored:
        return None
    since = session.exec(
        select(Anchor).where(Anchor.id >= anchored[0].anchor_id).order_by(col(Anchor.id))
    ).all()
    digests = {anchor.id: anchor.digest for anchor in since}
    heads = []
    for head in anchored:
        own = (head.chain, head.seq, head.hash)
        lines = [line_of(row) for row in _heads_by_anchor(session, head.anchor_id)[head.anchor_id]]
        path = path_of(lines, lines.index(line_of(own)))
        heads.append({"head": list(own), "path": path, "anchor": digests[head.anchor_id]})
    return {"heads": heads, "anchors": [header(anchor) for anchor in since]}


def export(session: Session, chain: str) -> dict[str, Any]:
    """A chain, with its proof, as a document that `docs/verify_ledger.py` checks without the product."""
    proof = proof_of(session, chain)
    return {
        "format": "kyoso-ledger-1",
        "chain": chain,
        "entries": [
            {
                "chain": e.chain,
                "seq": e.seq,
                "at": moment_text(e.at),
                "actor": e.actor,
                "action": e.action,
                "facts": e.facts,
                "previous": e.previous,
                "hash": e.hash,
            }
            for e in entries_of(session, chain)
        ],
    } | ({"proof": proof} if proof else {})
