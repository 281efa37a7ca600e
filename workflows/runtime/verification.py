"""What the ledger's chains and anchors show: whether any was edited, cut or made anew, and the proof by which one chain is checked
without the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from workflows.calendar import tokyo_day
from workflows.runtime.anchors import digest_of, header, heads_by_anchor, line_of
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
    heads = heads_by_anchor(session)
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
        lines = [line_of(row) for row in heads_by_anchor(session, head.anchor_id)[head.anchor_id]]
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
