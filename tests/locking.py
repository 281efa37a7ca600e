"""Which rows a transaction must hold before it writes another: watched on PostgreSQL, statement by statement.

A race shows a missing lock once in a while; this shows it each time, since a lock is a statement that comes first. A row that the
transaction has made itself is held as well: nobody else sees it.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

OWN = (
    *("action_item", "asset", "counter", "event", "evidence", "forge_limit", "idea", "kpi", "measurement"),
    *("membership", "message", "organization", "pilot", "repository", "review", "wave"),
)
"""Changed only by who holds the row itself."""
BEFORE_A_CHANGE = {
    **{table: {table} for table in OWN},
    "adoption": {"idea"},
    "assignment": {"idea", "review"},
    "checklist_answers": {"idea"},
    "decision_challenge": {"idea", "review"},
    "demand": {"idea"},
    "flag_raised": {"idea"},
    "forge_state": {"repository"},
    "incident": {"idea"},
    "mail_choice": {"person"},
    "product": {"idea"},
    "rating_sheet": {"idea", "review"},
    "repository_link": {"idea"},
    "risk_assessment": {"idea"},
    "rollout_target": {"idea"},
    "team_member": {"idea"},
    "wave": {"wave", "product"},
}
BEFORE_A_NEW_ROW = {
    "action_item": {"idea", "review"},
    "adoption": {"idea", "product"},
    "asset_use": {"asset"},
    "asset_version": {"asset"},
    "assignment": {"idea", "review", "person"},
    "board_report": {"idea"},
    "challenge": {"event"},
    "checklist_answers": {"idea"},
    "comment": {"idea"},
    "comparison": {"idea"},
    "data_profile": {"idea"},
    "decision_challenge": {"idea", "review"},
    "demand": {"idea"},
    "evidence": {"idea"},
    "flag_raised": {"idea"},
    "follow": {"idea"},
    "gate_decision": {"idea", "review"},
    "incident": {"idea"},
    "incident_report": {"idea", "incident"},
    "kpi": {"idea", "pilot"},
    "mail_choice": {"person"},
    "measurement": {"idea", "pilot", "kpi"},
    "membership": {"organization"},
    "merge_proposal": {"idea"},
    "pilot": {"idea"},
    "pilot_update": {"idea", "pilot"},
    "product": {"idea"},
    "rating_sheet": {"idea", "review"},
    "release": {"idea", "product"},
    "repository_link": {"idea"},
    "review": {"idea"},
    "risk_assessment": {"idea"},
    "rollout_target": {"idea"},
    "snapshot": {"repository"},
    "team_member": {"idea"},
    "visit": {"idea"},
    "wave": {"idea", "product"},
}
OF_A_CHAIN = {
    "R": "idea",
    "org": "organization",
    "event": "event",
    "repository": "repository",
    "asset": "asset",
}
"""Who adds to a ledger chain holds what the chain is about: by the beginning of its name, an idea's number or `org:…`."""
_CHAIN = re.compile(r"R(?=\d)|[a-z]+(?=:)")
_LOCK = re.compile(r"FROM (\w+).*FOR UPDATE", re.DOTALL)
_WRITE = re.compile(r"(INSERT INTO|UPDATE) (\w+)")


HERE = Path(__file__).parents[1]
PRODUCT = tuple(str(HERE / room) for room in ("app", "workflows"))


def _by_the_product() -> bool:
    """Whether the statement comes from the product: tests write by hand what they please."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        file = frame.f_code.co_filename
        if file.startswith(PRODUCT) and not file.endswith(("transaction.py", "searchable.py")):
            return True
    return False


def _about(entry: Mapping[str, Any]) -> str:
    """The table of what a new ledger entry is about."""
    named = _CHAIN.match(entry["chain"])
    assert named is not None, entry["chain"]
    return OF_A_CHAIN[named[0]]


def watch(engine: sa.Engine) -> None:
    """From here on whatever writes on this engine without the rows it must hold fails, naming them."""

    def begin(connection: sa.Connection) -> None:
        connection.info["held"] = set()

    def look(
        connection: sa.Connection, _cursor: Any, statement: str, values: Any, _context: Any, many: bool
    ) -> None:
        held: set[str] = connection.info["held"]
        # A long statement without a lock is not searched for one: a sixteenth of all work on PostgreSQL was that.
        if "FOR UPDATE" in statement and (locked := _LOCK.search(statement)):
            held.add(locked[1])
        elif written := _WRITE.match(statement):
            how, table = written.groups()
            needed = (BEFORE_A_NEW_ROW if how == "INSERT INTO" else BEFORE_A_CHANGE).get(table, set())
            if (needed or table == "ledger_entry") and _by_the_product():
                if table == "ledger_entry":
                    needed = {_about(of) for of in (values if many else [values])}
                assert needed <= held, f"{how} {table} without holding {sorted(needed - held)}"
            if how == "INSERT INTO":
                held.add(table)

    sa.event.listen(engine, "begin", begin)
    sa.event.listen(engine, "before_cursor_execute", look)
