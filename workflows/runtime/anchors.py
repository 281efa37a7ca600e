"""Anchors: a digest a day over the heads of all chains, each hashing the one before; how one is taken and told. What they prove:
verification.py."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlmodel import Session, and_, col, func, insert, select

from workflows.calendar import tokyo_day
from workflows.runtime import outbox
from workflows.runtime.ledger import canonical, moment_text
from workflows.runtime.merkle import root_of
from workflows.tables.ledger import Anchor, AnchorHead, LedgerEntry

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


def heads_by_anchor(session: Session, only: int | None = None) -> dict[int, list[Head]]:
    """Anchor -> the heads it holds, by chain; of one anchor or of all."""
    columns: tuple[Any, ...] = (AnchorHead.anchor_id, AnchorHead.chain, AnchorHead.seq, AnchorHead.hash)
    held = select(*columns).order_by(AnchorHead.anchor_id)
    rows = session.execute(held if only is None else held.where(AnchorHead.anchor_id == only))
    return {
        anchor: sorted((c, n, h) for _, c, n, h in of) for anchor, of in groupby(rows, lambda row: row[0])
    }
