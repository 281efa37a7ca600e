"""A column out of Excel or a CSV, pasted: the values, and by row whatever cannot be one. Nothing doubtful is guessed at."""

import csv
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from flask_babel import gettext as _

from app.pages.typed import number
from workflows.evaluations import MOST_SAMPLES
from workflows.files.rows import MOST_ROWS, too_many
from workflows.runtime.refusal import invalid

MARKS = {"○": 1.0, "〇": 1.0, "◯": 1.0, "×": 0.0, "✕": 0.0, "✖": 0.0}
"""How towns write that it was so, and that it was not."""
LARGEST = 1e12
SHOWN = 5
"""Rows that a sentence names; of the others it says how many."""
_NOT_A_NUMBER = re.compile(r"[-+]?(nan|inf|infinity|∞)|#.+[!?]|#n/a|null|none|n/a|[-ー―]+", re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?\D*")
_DECIMAL_COMMA = re.compile(r"[-+]?\d[\d.]*,\d{1,2}\D*|[-+]?\d+,\d{4,}\D*")
_OTHER_UNIT = re.compile(r"[\d.]+(時間|h|秒|s|日)|\d+分\d+秒?|\d{1,3}:\d{2}(:\d{2}(\.\d+)?)?", re.IGNORECASE)

_OF_CASES = re.compile(r"番号|^(no\.?|id|#)$|コード|日付|年月日", re.IGNORECASE)
"""Headings of columns that tell the cases apart."""


@dataclass(frozen=True)
class Pasted:
    """`values`, each from the row (counted from 1, blank ones too) in `rows`; `problems` are sentences by row."""

    values: Sequence[float] = ()
    rows: Sequence[int] = ()
    problems: Sequence[tuple[int, str]] = ()
    column: int | None = None
    """Which of several columns was read, counted from 1."""
    headed: bool = False
    """The first row was taken for a heading."""


def values_of(text: str, field: str) -> list[float]:
    """All the values. Refused by `field`, as `invalid` with the rows that are wrong, or as `too_large`."""
    found = read(text, field)
    if found.problems:
        raise invalid(field, in_words(found.problems))
    return list(found.values)


def in_words(problems: Sequence[tuple[int, str]]) -> str:
    said = "".join(_("%(row)s 行目: %(what)s", row=row, what=what) for row, what in problems[:SHOWN])
    more = len(problems) - SHOWN
    return said + (_("ほかにも %(n)s 行あります。", n=more) if more > 0 else "")


def read(text: str, field: str = "samples") -> Pasted:
    """What was pasted. Refused `too_large` where it has more rows or values than one measuring may have."""
    lines = text.splitlines()
    if len(lines) > MOST_ROWS:
        raise too_many(field)
    filled = [(n, plain) for n, line in enumerate(lines, 1) if (plain := _plain(line))]
    table = _table(
        [(n, _columns(line)) for n, line in filled], tabbed=any("\t" in line for _, line in filled)
    )
    found = table or _loose((n, cell) for n, line in filled for cell in _cells(line))
    if len(found.values) > MOST_SAMPLES:
        raise too_many(field)
    return found


def _plain(line: str) -> str:
    """Half-width, with units close to their number; tabs stay."""
    half = "\t".join(normalize("NFKC", part).strip() for part in line.split("\t"))
    return re.sub(r"(?<=\d) +(?=[分件円回点人%時秒])", "", re.sub(r"[−–‐]", "-", half)).strip()


def _columns(line: str) -> list[str]:
    return [cell.strip() for cell in (line.split("\t") if "\t" in line else next(csv.reader([line])))]


def _cells(line: str) -> list[str]:
    """The values of a line that is no row of a table: a single one, or several with blanks, tabs or commas between."""
    found: list[str] = []
    for part in re.split(r"[\s、;]+|,\s+", line.replace('"', "")):
        whole = _THOUSANDS.fullmatch(part) or _DECIMAL_COMMA.fullmatch(part)
        found += [part] if whole else part.split(",")
    return [cell for cell in found if cell]


def _table(rows: Sequence[tuple[int, list[str]]], tabbed: bool) -> Pasted | None:
    """The one column of values, where the rows are alike and the others only number or name the cases; None where it is no
    table. A table with two columns of values is refused: which one is meant, only people know."""
    headed = bool(rows) and _is_heading(rows[0][1])
    width = max((len(cells) for _, cells in rows), default=0)
    if headed:
        rows = [(n, cells + [""] * (width - len(cells))) for n, cells in rows]
    if len(rows) < 2 or width < 2 or any(len(cells) != width for _, cells in rows):
        return None
    if not headed and not tabbed:
        joined = [",".join(cells) for _, cells in rows]
        if any(all(shape.fullmatch(line) for line in joined) for shape in (_THOUSANDS, _DECIMAL_COMMA)):
            return None  # 1,234 a line is a thousand; of 12,5 a line each is told by its row
    body = rows[1:] if headed else rows
    columns = list(zip(*(cells for _, cells in body), strict=True))
    of_values = [
        i
        for i, column in enumerate(columns)
        if not (headed and _OF_CASES.search(rows[0][1][i])) and not _names_cases(column)
    ]
    if len(of_values) != 1:
        said = _("値の列がどれかわかりません。値の列だけを貼り付けるか、その列だけのファイルにしてください。")
        return Pasted(problems=[(rows[0][0], said)])
    chosen = of_values[0]
    found = _loose((n, cells[chosen]) for n, cells in body)
    return Pasted(found.values, found.rows, found.problems, chosen + 1, headed)


def _names_cases(column: Sequence[str]) -> bool:
    """Whether a column only says which case it is: mostly words, or numbers that count on by one."""
    values = [_value(cell) for cell in column]
    numbers = [v for v in values if isinstance(v, float)]
    if 2 * len(numbers) < len(column):
        return True
    steps = {b - a for a, b in itertools.pairwise(numbers)}
    return len(numbers) == len(column) >= 3 and steps == {1.0}


def _is_heading(cells: Iterable[str]) -> bool:
    return not any(re.search(r"\d", c) or c in MARKS or _NOT_A_NUMBER.fullmatch(c) for c in cells)


def _loose(cells: Iterable[tuple[int, str]]) -> Pasted:
    listed = list(cells)
    headed = len(listed) > 1 and _is_heading([listed[0][1]])
    values, rows, problems = [], [], []
    for n, cell in listed[headed:]:
        value = _value(cell)
        if isinstance(value, str):
            problems.append((n, value))
        else:
            values.append(value)
            rows.append(n)
    return Pasted(values, rows, problems, headed=headed)


def _value(cell: str) -> float | str:
    """The number in a cell, or the sentence that says why there is none."""
    if cell in MARKS:
        return MARKS[cell]
    shown = cell if len(cell) <= 20 else cell[:20] + "…"
    if not cell or _NOT_A_NUMBER.fullmatch(cell):
        return _("「%(cell)s」は数ではありません。測れなかった件は、行ごと除いてください。", cell=shown)
    if _OTHER_UNIT.fullmatch(cell):
        return _("「%(cell)s」は、時刻や秒・時間ではなく、分の数に直してください（例: 12.5）。", cell=shown)
    if cell.endswith("%"):
        return _("「%(cell)s」の％は、一件ずつの値には使えません。", cell=shown)
    if "," in cell and not _THOUSANDS.fullmatch(cell):
        return _(
            "「%(cell)s」のコンマが、小数点か区切りかわかりません。小数点は「.」にしてください。", cell=shown
        )
    value = number(cell)
    if not isinstance(value, float):
        return _("「%(cell)s」は数として読めません。", cell=shown)
    if value < 0:
        return _("「%(cell)s」は 0 より小さい値です。", cell=shown)
    if value > LARGEST:
        return _("「%(cell)s」は大きすぎます。桁を確かめてください。", cell=shown)
    return value
