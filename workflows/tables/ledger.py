"""The hash chains and their anchors."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from workflows.tables.columns import check, json, key, long_text, time, unique_where


class LedgerEntry(SQLModel, table=True):
    """One thing that happened, hashing the entry before it in its chain."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        check("seq_counts", "seq >= 1"),
        check("first_has_no_previous", "(seq = 1) = (previous = '')"),
        unique_where("uq_ledger_entry_seq", "seq > 0", "chain", "seq"),
    )
    id: int = key()
    chain: str
    seq: int
    at: datetime = time()
    actor: str
    action: str
    facts: str = long_text()
    """Canonical JSON, exactly as hashed."""
    previous: str
    hash: str = Field(unique=True)


class Anchor(SQLModel, table=True):
    """A digest over the heads of all chains on a day: what a cut tail cannot reproduce."""

    __tablename__ = "anchor"
    id: int = key()
    taken_at: datetime = time()
    entries: int
    heads: dict[str, Any] = json()
    digest: str
