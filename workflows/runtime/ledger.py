"""One hash chain per idea (and per organization, event, repository, asset): how it grows, and how tampering shows in it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from workflows.tables.ledger import LedgerEntry


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces, no escapes beyond JSON's own: one text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry of a chain that does not hold, which kind of tampering it shows, and why (in Japanese)."""

    chain: str
    seq: int
    kind: str
    why: str


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


@cache  # each act asks it
def _head() -> Any:
    of_chain = select(LedgerEntry).where(LedgerEntry.chain == bindparam("chain"))
    return of_chain.order_by(col(LedgerEntry.seq).desc()).limit(1)


def head(session: Session, chain: str) -> LedgerEntry | None:
    """The last entry of a chain."""
    last: LedgerEntry | None = session.exec(_head(), params={"chain": chain}).first()
    return last


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


def verify_entries(
    chain: str, entries: Iterable[LedgerEntry], held: int = 0, previous: str = ""
) -> tuple[int, Broken | None]:
    """Up to which entry the chain holds, and the first that does not; behind entry `held`, whose hash is `previous`."""
    rest = iter(entries)
    before = {previous: held}
    for e in rest:
        if e.seq != held + 1 or e.previous != previous or _own_hash(e, e.seq) != e.hash:
            return held, _named(chain, held, previous, before, [e, *rest])
        held, previous = e.seq, e.hash
        before[e.hash] = e.seq
    return held, None


def _own_hash(e: LedgerEntry, seq: int) -> str:
    return entry_hash(e.chain, seq, e.at, e.actor, e.action, e.facts, e.previous)


def _named(
    chain: str, held: int, previous: str, before: Mapping[str, int], rest: Sequence[LedgerEntry]
) -> Broken:
    """Which kind of tampering the first entry of `rest` shows, told from what the entries around it link to.

    docs/verify_ledger.py tells the kinds apart in the same way and the same words.
    """
    e, number = rest[0], held + 1
    if e.seq <= held:
        return Broken(chain, e.seq, "fork", f"{e.seq} 番の記録が二つあります（枝分かれ）。")
    # The number under which an entry was sealed, where it is not the one it has now.
    sealed = next((n for n in range(1, held + len(rest) + 2) if _own_hash(e, n) == e.hash), None)
    if any(x.previous == previous for x in rest[1:]):
        return Broken(
            chain, number, "reorder", f"{number} 番にあった記録が、後ろに移されています（並べ替え）。"
        )
    if e.previous == previous and sealed is None:
        return Broken(chain, e.seq, "edit", "内容が書き換えられています。")
    if e.seq != number:
        return Broken(chain, number, "delete", f"{number} 番の記録がありません（削除）。")
    if e.previous in before:
        parent = before[e.previous]
        if sealed == e.seq:
            return Broken(chain, number, "fork", f"{parent} 番の記録から枝分かれしています。")
        return Broken(chain, number, "insert", f"{parent + 1} 番に、なかった記録が差し込まれています。")
    if sealed is not None and sealed > number:
        return Broken(
            chain, number, "delete", f"{number} 番にあった記録がなく、後ろの番号が詰められています（削除）。"
        )
    if e.previous in {x.hash for x in rest}:
        return Broken(chain, number, "reorder", "前の記録とつながりません（並べ替え）。")
    if sealed is None:
        return Broken(chain, number, "edit", "前の記録へのつながりが書き換えられています。")
    return Broken(
        chain,
        number,
        "edit",
        f"前の記録とつながりません。{held} 番が書き換えられて印も作り直されたか、この記録が後から足されています。",
    )


def entries_of(session: Session, chain: str) -> Iterator[LedgerEntry]:
    statement = (
        select(LedgerEntry)
        .where(LedgerEntry.chain == chain)
        .order_by(col(LedgerEntry.seq), col(LedgerEntry.id))
    )
    return iter(session.exec(statement.execution_options(yield_per=500)))
