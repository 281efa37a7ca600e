"""Importing reported ideas: what is wrong with which row, and what waits for an owner. Four statements."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from workflows.imports import preview
from workflows.queries.looks import Eyes
from workflows.queries.offers import allowed
from workflows.runtime.refusal import unknown
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization

ROWS_A_PAGE = 30
MOST_WRONG = 100


def importer(eyes: Eyes) -> None:
    """Refused `unknown` for who may not import."""
    if not allowed(eyes, ("idea.import",)):
        raise unknown("取り込みの画面")


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row (counted from 1) that keeps the file from being imported; `errors` by field, or of the `row`."""

    row: int
    title: str
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """What would become of each row, counted; what is wrong, the first of it."""

    new: int
    already: int
    wrong: int
    rows: Sequence[WrongRow]


def report(eyes: Eyes, text: str) -> Report:
    """What is wrong with a pasted JSONL text, row by row."""
    read: list[tuple[int, Any]] = []
    wrong: list[WrongRow] = []
    for number, line in enumerate((one for one in text.splitlines() if one.strip()), start=1):
        try:
            read.append((number, json.loads(line)))
        except (ValueError, RecursionError) as error:
            at = f"{error.colno} 文字目から " if isinstance(error, json.JSONDecodeError) else ""
            wrong.append(WrongRow(number, line[:60], {"row": f"{at}JSON として読めません。"}))
    found = preview(eyes.session, [row for _, row in read])
    for (number, row), said in zip(read, found, strict=True):
        if said.state == "wrong":
            plain = isinstance(row, Mapping)
            errors = said.errors if plain else {"row": "項目と値の組（{…}）ではありません。"}
            wrong.append(WrongRow(number, said.title, errors))
    states = [said.state for said in found]
    wrong.sort(key=lambda one: one.row)
    return Report(states.count("new"), states.count("already"), len(wrong), wrong[:MOST_WRONG])


@dataclass(frozen=True, slots=True)
class Ownerless:
    """An imported idea that the agency keeps until its owner is known; `reported` is whose it was said to be."""

    number: str
    title: str
    field: str
    reported: str


def ownerless(eyes: Eyes) -> list[Ownerless]:
    """The imported ideas that the agency keeps, the first imported first. One statement."""
    rows = eyes.session.exec(
        select(Idea.number, Idea.title, Idea.field, Idea.reported)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(
            col(Idea.imported_at).is_not(None),
            Organization.kind == "agency",
            col(Idea.status).in_(["active", "in_review", "on_hold"]),
        )
        .order_by(col(Idea.id))
        .limit(ROWS_A_PAGE)
    )
    return [
        Ownerless(number, title, field, (said or {}).get("owner", "")) for number, title, field, said in rows
    ]
