"""The heads of anchors, moved from one list an anchor into rows that can be read one by one.

Digests that were mailed stay what they are: an anchor of before keeps its own, over its whole list, and has no root.
"""

import json
from typing import Any

import sqlalchemy as sa

GONE = (0, "")
"""Written where a chain that an earlier list named is missing from a later one."""


def spread_heads(connection: sa.Connection) -> None:
    """Writes of each list what had changed since the one before, and that the anchor is of the first form."""
    known: dict[str, tuple[int, str]] = {}
    for (anchor,) in connection.execute(sa.text("SELECT id FROM anchor ORDER BY id")).all():
        heads = _read(
            connection.execute(
                sa.text("SELECT heads FROM anchor WHERE id = :id"), {"id": anchor}
            ).scalar_one()
        )
        listed = {chain: (seq, hash_) for chain, (seq, hash_) in heads.items()}
        moved = {chain: head for chain, head in listed.items() if known.get(chain) != head}
        moved |= {chain: GONE for chain, head in known.items() if chain not in listed and head != GONE}
        rows = [
            {"anchor": anchor, "chain": c, "seq": seq, "hash": hash_} for c, (seq, hash_) in moved.items()
        ]
        if rows:
            insert = (
                "INSERT INTO anchor_head (anchor_id, chain, seq, hash) VALUES (:anchor, :chain, :seq, :hash)"
            )
            connection.execute(sa.text(insert), rows)
        known |= moved
        update = "UPDATE anchor SET chains = :chains, root = '', previous = '' WHERE id = :id"
        connection.execute(sa.text(update), {"chains": len(listed), "id": anchor})


def _read(heads: Any) -> dict[str, Any]:
    """A JSON column as the driver gives it: text on SQLite, the value on PostgreSQL."""
    found: dict[str, Any] = json.loads(heads) if isinstance(heads, str) else heads
    return found
