"""The hash chains and their anchors."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from workflows.tables.columns import check, key, long_text, time, unique_index


class LedgerEntry(SQLModel, table=True):
    """One thing that happened, hashing the entry before it in its chain."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        check("seq_counts", "seq >= 1"),
        check("first_has_no_previous", "(seq = 1) = (previous = '')"),
        unique_index("uq_ledger_entry_seq", "chain", "seq"),
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
    """A digest over the heads of all chains on a day: what a cut tail cannot reproduce. Each hashes the anchor before it, so
    that the last one stands for all heads, whenever they were last seen to move."""

    __tablename__ = "anchor"
    id: int = key()
    taken_at: datetime = time()
    chains: int
    entries: int
    root: str
    """The Merkle root over its heads (`anchor_head`); empty for an anchor of the first form, whose digest is over the whole
    list of heads and names no anchor before it."""
    previous: str
    """The digest of the anchor before; empty for the first, and in the first form."""
    digest: str


class AnchorHead(SQLModel, table=True):
    """The head of a chain as an anchor saw it, kept where it had moved since the anchor before."""

    __tablename__ = "anchor_head"
    chain: str = Field(primary_key=True)
    anchor_id: int = Field(foreign_key="anchor.id", primary_key=True, index=True)
    seq: int
    hash: str
