"""A nation's worth of ideas, written in bulk: what verbs would have left in the tables, without saying each of them.

Spread over towns, fields, stages and years as ideas are; each with its visit, its tokens for look-alikes and its ledger,
those in a pilot or at a gate with their pilot or review.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tests.country import BEGINNING, Country
from workflows.runtime.ledger import canonical, entry_hash
from workflows.search import tokens
from workflows.search_words import kept
from workflows.tables.columns import SQLModel

AT_ONCE = 2_000
PLACES = (
    "窓口",
    "税務課",
    "保育所",
    "図書館",
    "消防署",
    "水道",
    "道路",
    "学校",
    "病院",
    "防災",
    "観光",
    "農地",
)
WORKS = ("問合せ", "申請の点検", "議事録", "予約", "点検記録", "広報", "統計", "通訳", "案内文", "見積り")
WAYS = ("AIで下書きする", "まとめて確かめる", "音声で入れる", "地図に示す", "自動で分ける", "要約する")
FIELDS = ("窓口", "税務", "福祉", "教育", "防災", "土木", "総務", "医療", "観光", "農業")
ROADS: tuple[tuple[str, str], ...] = (
    *(("ideathon", "active"),) * 7, *(("ideathon", "killed"),) * 3, *(("ideathon", "in_review"),) * 2, ("ideathon", "draft"),
    *(("pilot", "active"),) * 2, ("pilot", "killed"), ("evaluation", "active"), ("productization", "active"),
    ("rollout", "completed"), ("ideathon", "withdrawn"),
)  # fmt: skip
"""Stage and status of every twenty ideas."""


def a_nation_of_ideas(country: Country, first: int, count: int) -> None:
    """The ideas R7-`first` and on, so many. The country must have walked to a flagged product: rows are like those."""
    tables = SQLModel.metadata.tables
    with country.engine.begin() as connection:

        def like(name: str, *conditions: Any) -> dict[str, Any]:
            table = tables[name]
            row = connection.execute(sa.select(table).where(*conditions).order_by(table.c.id).limit(1))
            return {column: value for column, value in row.mappings().one().items() if column != "id"}

        rows = Rows(
            idea=like("idea"),
            pilot=like("pilot"),
            review=like("review"),
            towns=list(
                connection.scalars(
                    sa.text(
                        "SELECT id FROM organization WHERE kind = 'municipality' AND closed_on IS NULL ORDER BY id"
                    )
                )
            ),
            id=connection.execute(sa.text("SELECT max(id) FROM idea")).scalar_one(),
            visit=connection.execute(sa.text("SELECT max(id) FROM visit")).scalar_one(),
        )
        for start in range(first, first + count, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, first + count))
            for name, of in rows.by_table(numbers).items():
                if of:
                    connection.execute(sa.insert(tables[name]), of)
        if connection.dialect.name == "postgresql":
            for name in ("idea", "visit"):
                connection.execute(
                    sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
                )  # fmt: skip
        connection.execute(sa.text("ANALYZE"))


class Rows:
    """Makes the rows of ideas by their serial, from one of each kind that a road has left."""

    def __init__(
        self, idea: dict[str, Any], pilot: dict[str, Any], review: dict[str, Any], towns: list[int], id: int, visit: int
    ) -> None:  # fmt: skip
        self.idea, self.pilot, self.review, self.towns = idea, pilot, review, towns
        self.id, self.visit = id, visit
        self.brief, self.rest = kept(idea["challenge"]), kept(f"{idea['as_is']} {idea['to_be']}")

    def by_table(self, numbers: Iterable[int]) -> dict[str, list[dict[str, Any]]]:
        """In the order in which they can be inserted."""
        found: dict[str, list[dict[str, Any]]] = {
            name: []
            for name in ("idea", "visit", "title_token", "search_text", "ledger_entry", "pilot", "review")
        }
        for n in numbers:
            self._add(n, found)
        return found

    def _add(self, n: int, found: dict[str, list[dict[str, Any]]]) -> None:
        self.id, self.visit = self.id + 1, self.visit + 1
        stage, status = ROADS[n % len(ROADS)]
        at = BEGINNING - timedelta(minutes=7 * n)
        town, number = self.towns[n * 7 % len(self.towns)], f"R7-{n:04d}"
        title = (
            f"{PLACES[n % 12]}の{WORKS[n // 12 % 10]}を{WAYS[n // 120 % 6]}{chr(0x4E00 + n * 131 % 20000)}{n}"
        )
        found["idea"].append(
            self.idea
            | {
                "id": self.id, "number": number, "owner_id": town, "title": title, "field": FIELDS[n * 3 % 10],
                "stage": stage, "status": status, "visit": 1, "status_since": at, "stage_since": at, "drafted_at": at,
                "touched_at": at, "owner_acted_at": at, "submitted_at": None if status == "draft" else at,
                "gate_decided": stage != "ideathon" or status == "killed", "event_id": None, "challenge_id": None,
            }
        )  # fmt: skip
        found["visit"].append(
            {"id": self.visit, "idea_id": self.id, "stage": stage, "number": 1, "entered_at": at}
        )
        mine = tokens(title)
        found["title_token"] += [{"token": t, "idea_id": self.id, "title_size": len(mine)} for t in mine]
        words = {
            "title": kept(f"{title} {number} {FIELDS[n * 3 % 10]}"),
            "brief": self.brief,
            "rest": self.rest,
        }
        found["search_text"].append(words | {"kind": "idea", "row_id": self.id, "at": at})
        found["ledger_entry"] += _chain(number, at, f"{town}/u1", title)
        if (stage, status) == ("pilot", "active"):
            found["pilot"].append(
                self.pilot
                | {
                    "ref": f"{number}-P1",
                    "idea_id": self.id,
                    "site_id": town,
                    "status": "running",
                    "finished_at": None,
                }
            )
        if status == "in_review":
            found["review"].append(
                self.review
                | {
                    "ref": f"{number}-V1",
                    "idea_id": self.id,
                    "visit_id": self.visit,
                    "gate": "G1",
                    "status": "open",
                    "closed_at": None,
                }
            )


def _chain(number: str, at: Any, actor: str, title: str) -> list[dict[str, Any]]:
    """A draft and its submission, hashed as the ledger hashes them."""
    entries: list[dict[str, Any]] = []
    previous = ""
    said: tuple[tuple[str, dict[str, Any]], ...] = (
        ("idea.drafted", {"title": title}),
        ("idea.submitted", {}),
    )
    for seq, (action, facts) in enumerate(said, 1):
        text = canonical(facts)
        hash_ = entry_hash(number, seq, at, actor, action, text, previous)
        entries.append(
            {
                "chain": number, "seq": seq, "at": at, "actor": actor, "action": action, "facts": text,
                "previous": previous, "hash": hash_,
            }
        )  # fmt: skip
        previous = hash_
    return entries
