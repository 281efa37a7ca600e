"""One hash chain per idea (and per organization, event, repository, asset), anchors over all heads, verification."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflows.tables.ledger import Anchor, LedgerEntry


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces, no escapes beyond JSON's own: one text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def moment_text(at: datetime) -> str:
    """A time as it is hashed: UTC with microseconds and Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entry_hash(chain: str, seq: int, at: datetime, actor: str, action: str, facts: str, previous: str) -> str:
    """SHA-256 over the canonical JSON of the entry, the facts as the text that is stored."""
    sealed = {
        "chain": chain,
        "seq": seq,
        "at": moment_text(at),
        "actor": actor,
        "action": action,
        "facts": facts,
        "previous": previous,
    }
    return sha256(canonical(sealed).encode()).hexdigest()


def head(session: Session, chain: str) -> LedgerEntry | None:
    """The last entry of a chain."""
    return session.exec(
        select(LedgerEntry).where(LedgerEntry.chain == chain).order_by(col(LedgerEntry.seq).desc()).limit(1)
    ).first()


def append(
    session: Session, chain: str, at: datetime, actor: str, action: str, facts: Mapping[str, Any]
) -> LedgerEntry:
    """Adds an entry to a chain. The caller holds the lock of the thing the chain is about; a race is stopped by UNIQUE."""
    last = head(session, chain)
    seq, previous = (last.seq + 1, last.hash) if last else (1, "")
    text = canonical(facts)
    entry = LedgerEntry(
        chain=chain,
        seq=seq,
        at=at,
        actor=actor,
        action=action,
        facts=text,
        previous=previous,
        hash=entry_hash(chain, seq, at, actor, action, text, previous),
    )
    session.add(entry)
    session.flush()
    return entry


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry of a chain that does not hold, and why (in Japanese)."""

    chain: str
    seq: int
    why: str


def verify_entries(
    chain: str, entries: Iterable[LedgerEntry], held: int = 0, previous: str = ""
) -> tuple[int, Broken | None]:
    """Up to which entry the chain holds, and the first that does not; behind entry `held`, whose hash is `previous`."""
    for e in entries:
        if e.seq != held + 1:
            return held, Broken(chain, held + 1, f"{held + 1} 番の記録がありません（削除か並べ替え）。")
        if e.previous != previous:
            return held, Broken(chain, e.seq, "前の記録とつながりません（差込みか並べ替え）。")
        if entry_hash(e.chain, e.seq, e.at, e.actor, e.action, e.facts, e.previous) != e.hash:
            return held, Broken(chain, e.seq, "内容が書き換えられています。")
        held, previous = e.seq, e.hash
    return held, None


def entries_of(session: Session, chain: str) -> Iterator[LedgerEntry]:
    statement = select(LedgerEntry).where(LedgerEntry.chain == chain).order_by(col(LedgerEntry.seq))
    return iter(session.exec(statement.execution_options(yield_per=500)))


@dataclass(frozen=True, slots=True)
class Verification:
    chains: int
    entries: int
    broken: tuple[Broken, ...]

    @property
    def verified(self) -> bool:
        return not self.broken


def verify(session: Session, chain: str | None = None) -> Verification:
    """Checks one chain or all of them, and every anchor against the chains: an anchored head that is gone is a cut tail."""
    names = (
        [chain]
        if chain
        else list(session.exec(select(LedgerEntry.chain).distinct().order_by(LedgerEntry.chain)))
    )
    broken: list[Broken] = []
    lengths: dict[str, int] = {}
    for name in names:
        lengths[name], fault = verify_entries(name, entries_of(session, name))
        if fault:
            broken.append(fault)
    faulty = {b.chain for b in broken}
    for anchor in session.exec(select(Anchor).order_by(col(Anchor.id))):
        if anchor_digest(anchor.heads) != anchor.digest:
            broken.append(Broken("anchor", anchor.id or 0, "アンカーの内容が書き換えられています。"))
        for name, (seq, hash_) in anchor.heads.items():
            if (chain and name != chain) or name in faulty:
                continue
            found = session.exec(
                select(LedgerEntry.hash).where(LedgerEntry.chain == name, LedgerEntry.seq == seq)
            ).first()
            if found != hash_:
                faulty.add(name)
                first = min(lengths.get(name, 0) + 1, seq)
                broken.append(
                    Broken(name, first, "アンカーに残る記録がありません（末尾の切取りか作り直し）。")
                )
    return Verification(len(names), sum(lengths.values()), tuple(broken))


def anchor_digest(heads: Mapping[str, Any]) -> str:
    return sha256(canonical(heads).encode()).hexdigest()


def take_anchor(session: Session, at: datetime) -> Anchor:
    """An anchor over the head of every chain, stored in the caller's transaction."""
    last = (
        select(LedgerEntry.chain, sa.func.max(LedgerEntry.seq).label("seq"))
        .group_by(LedgerEntry.chain)
        .subquery()
    )
    rows = session.exec(
        select(LedgerEntry.chain, LedgerEntry.seq, LedgerEntry.hash)
        .join(last, sa.and_(col(LedgerEntry.chain) == last.c.chain, col(LedgerEntry.seq) == last.c.seq))
        .order_by(LedgerEntry.chain)
    ).all()
    heads = {chain: [seq, hash_] for chain, seq, hash_ in rows}
    anchor = Anchor(
        taken_at=at, entries=sum(seq for _, seq, _ in rows), heads=heads, digest=anchor_digest(heads)
    )
    session.add(anchor)
    session.flush()
    return anchor


def export(session: Session, chain: str) -> dict[str, Any]:
    """A chain as a document that `docs/verify_ledger.py` checks without the product."""
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
    }
