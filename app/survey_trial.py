"""A survey tried: what would become of each of its rows, counted, and the first that are wrong. Writes nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TypeVar

from sqlmodel import Session

from app.survey_files import Row
from workflows.survey_answers import Rows, ground_of

T = TypeVar("T")
MOST_AT_ONCE = 1_000
MOST_SHOWN = 100
STATES = {
    "new": "新しい",
    "already": "取込み済み",
    "newer": "団体の新しい回答がある",
    "doubled": "同じ行の重複",
    "wrong": "誤り",
}


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row that keeps the survey from being taken: as a spreadsheet numbers it, and a sentence a field (`row`: the whole)."""

    row: int
    lgcode: str
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """`counts` by state (STATES); `wrong` are the first MOST_SHOWN wrong rows."""

    counts: Counter[str]
    wrong: list[WrongRow]

    @property
    def total(self) -> int:
        return self.counts.total()


def tried(
    session: Session,
    rows: Iterable[Row],
    survey: str,
    answered_on: date,
    today: date,
    note: Callable[[int], None] = lambda done: None,
) -> Trial:
    """Every row judged as taking it would; `note` is told how many are done. Refused `invalid` for the survey's name or day,
    NotASurvey where the rows end in something unreadable. Two statements and two more a thousand rows."""
    trial = Trial(Counter(), [])
    held = Rows(session, ground_of(session), survey, answered_on, today)
    for some in parts(rows, MOST_AT_ONCE):
        good = [(row.number, row.answer) for row in some if row.answer]
        judged = dict(zip((n for n, _ in good), held.judge(good), strict=True))
        for row in some:
            one = judged.get(row.number)
            trial.counts[one.state if one else "wrong"] += 1
            errors = one.errors if one else row.errors
            if errors and len(trial.wrong) < MOST_SHOWN:
                trial.wrong.append(WrongRow(row.number, row.code, dict(errors)))
        note(trial.total)
    return trial


def parts(items: Iterable[T], most: int) -> Iterator[list[T]]:
    """So many at once, in order."""
    left = iter(items)
    while some := list(islice(left, most)):
        yield some
