"""The list of local governments: reads one, carries the 1,788 of 2026, says what a newer one changes.

Pure but for reading the packaged file once. The packaged list (`data/municipalities.csv`) holds facts:
codes, names and readings of 47 prefectures and 1,741 municipalities, and the designated and core cities
named by cabinet order.
"""

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from stages.local_government import (
    INVENTED_PREFECTURE,
    KINDS,
    PREFECTURES,
    SIZE_CLASSES,
    is_valid_lgcode,
    kind_of_size_class,
    prefecture_of,
    size_class_of_name,
)

LARGEST_FILE_BYTES = 5_000_000
MOST_ROWS = 10_000
LONGEST_CELL = 100

_REQUIRED = ("lgcode", "kind", "prefecture", "name")
_OPTIONAL = ("size_class", "kana", "merged_into")


@dataclass(frozen=True)
class LocalGovernment:
    """One row of a list. `merged_into` is set where the row announces a closure: the code that succeeds it.

    `kana` may be empty (reading not given). `size_class` is one of SIZE_CLASSES and agrees with `kind`.
    """

    lgcode: str
    kind: str
    size_class: str
    prefecture: str
    name: str
    kana: str = ""
    merged_into: str | None = None


@dataclass(frozen=True)
class RowProblem:
    """What is wrong in one row, in Japanese. Rows count as a spreadsheet shows them (the header is row 1);
    None means the file as a whole."""

    row: int | None
    sentence: str

    def __str__(self) -> str:
        return self.sentence if self.row is None else f"{self.row} 行目: {self.sentence}"


class ListRefused(ValueError):
    """The list cannot be taken; `problems` names every bad row, in order. Nothing of it may be used."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Change:
    """One local government under one code, before and after."""

    before: LocalGovernment
    after: LocalGovernment


@dataclass(frozen=True)
class Merger:
    """A closed local government and the one that the new list names as its successor."""

    closed: LocalGovernment
    successor: LocalGovernment


@dataclass(frozen=True)
class Changes:
    """What a newer list would change, each part in the order of codes.

    `renamed`: another name, reading or prefecture under the same code. `reclassified`: another kind or size
    class (a city that became a core city); one code may be in both. `closed`: no longer there.
    `merged_hint`: those of the closed for which the new list itself names a successor; nothing is guessed.
    """

    added: tuple[LocalGovernment, ...]
    renamed: tuple[Change, ...]
    reclassified: tuple[Change, ...]
    closed: tuple[LocalGovernment, ...]
    merged_hint: tuple[Merger, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.renamed or self.reclassified or self.closed)


@cache
def packaged() -> tuple[LocalGovernment, ...]:
    """The 1,788 local governments that come with the package, in the order of their codes."""
    return tuple(read_list((Path(__file__).parent / "data" / "municipalities.csv").read_bytes()))


def read_list(data: bytes) -> list[LocalGovernment]:
    """The local governments in a CSV file, in the order of its rows.

    UTF-8 (with or without a byte order mark) or cp932. Columns: lgcode, kind, prefecture, name; optional
    size_class, kana, merged_into; others are ignored. Without a size class a city is what the packaged list
    knows of its code, else an ordinary city. A prefecture's name may be left empty. Raises ListRefused with
    every bad row at once: wrong check digit, unknown kind or prefecture, doubled code, empty or overlong
    cell, missing column, no CSV, too large.
    """
    rows = _rows(_text(data))
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    missing = [column for column in _REQUIRED if column not in header]
    if missing:
        raise _refused(f"見出し行に列「{'」「'.join(missing)}」がありません。1 行目に書いてください。")
    if doubled := [column for column in (*_REQUIRED, *_OPTIONAL) if header.count(column) > 1]:
        raise _refused(f"見出し行に列「{'」「'.join(doubled)}」が二つ以上あります。一つにしてください。")

    problems: list[RowProblem] = []
    read: list[tuple[int, LocalGovernment]] = []
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        sentences: list[str] = []
        if len(cells) != len(header):
            sentences.append(f"列の数（{len(cells)}）が見出し行の列の数（{len(header)}）と違います。")
        else:
            named = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
            if row := _local_government(named, sentences):
                read.append((number, row))
        problems += [RowProblem(number, sentence) for sentence in sentences]
    if not read and not problems:
        raise _refused("団体が一つも書かれていません。")
    problems += _problems_across(read)
    if problems:
        raise ListRefused(sorted(problems, key=lambda problem: problem.row or 0))
    return [row for _, row in read]


def compare(old: Sequence[LocalGovernment], new: Sequence[LocalGovernment]) -> Changes:
    """What would change if `new` took the place of `old`, to be shown before it is applied.

    `old` holds the listed local governments only: one registered beside the list would look closed. A row
    with `merged_into` counts as not there any more, in either list. An empty reading in `new` keeps the old
    one. Comparing again after applying gives no change.
    """
    before = {row.lgcode: row for row in old if row.merged_into is None}
    announced = {row.lgcode: row.merged_into for row in new if row.merged_into is not None}
    after: dict[str, LocalGovernment] = {}
    for row in new:
        if row.merged_into is None:
            known = before.get(row.lgcode)
            after[row.lgcode] = row if row.kana or known is None else replace(row, kana=known.kana)

    kept = [Change(before[code], after[code]) for code in sorted(before.keys() & after.keys())]
    closed = tuple(before[code] for code in sorted(before.keys() - after.keys()))
    return Changes(
        added=tuple(after[code] for code in sorted(after.keys() - before.keys())),
        renamed=tuple(change for change in kept if _naming(change.before) != _naming(change.after)),
        reclassified=tuple(change for change in kept if _standing(change.before) != _standing(change.after)),
        closed=closed,
        merged_hint=tuple(
            Merger(row, after[announced[row.lgcode]]) for row in closed if announced.get(row.lgcode) in after
        ),
    )


def _naming(row: LocalGovernment) -> tuple[str, str, str]:
    return row.prefecture, row.name, row.kana


def _standing(row: LocalGovernment) -> tuple[str, str]:
    return row.kind, row.size_class


def _refused(sentence: str) -> ListRefused:
    return ListRefused([RowProblem(None, sentence)])


def _text(data: bytes) -> str:
    if len(data) > LARGEST_FILE_BYTES:
        raise _refused(
            f"ファイルが大きすぎます（上限 {LARGEST_FILE_BYTES // 10**6} MB）。団体一覧か確かめてください。"
        )
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Workbooks and other binary files decode by chance; no CSV holds a NUL.
        if "\0" not in text:
            # Some systems write が as か and a mark; one spelling, or every reading would look changed.
            return unicodedata.normalize("NFC", text)
    raise _refused("CSV ファイルとして読めません。UTF-8 か Shift_JIS の CSV で保存し直してください。")


def _rows(text: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            rows.append(row)
            if len(rows) > MOST_ROWS + 1:
                raise _refused(f"行が多すぎます（上限 {MOST_ROWS:,} 行）。団体一覧か確かめてください。")
    except csv.Error:
        sentence = 'CSV として読めません。引用符（"）の閉じ忘れや余分な文字がないか確かめてください。'
        raise ListRefused([RowProblem(len(rows) + 1, sentence)]) from None
    return rows


def _local_government(cells: Mapping[str, str], sentences: list[str]) -> LocalGovernment | None:
    """The row, None where it cannot be quoted back; what is wrong is added to `sentences`."""
    for column in (*_REQUIRED, *_OPTIONAL):
        cell = cells.get(column, "")
        if len(cell) > LONGEST_CELL:
            sentences.append(f"列「{column}」が長すぎます（上限 {LONGEST_CELL} 文字）。")
        elif not cell.isprintable():
            sentences.append(f"列「{column}」に改行や全角の空白など、使えない文字があります。")
    if sentences:
        return None
    code, kind, prefecture = cells["lgcode"], cells["kind"], cells["prefecture"]
    name = cells["name"] or (prefecture if kind == "prefecture" else "")
    size_class = cells.get("size_class") or _size_class(code, kind)
    if fault := _fault_of_code(code):
        sentences.append(f"団体コード{fault}")
    elif code[:2] not in PREFECTURES and code[:2] != INVENTED_PREFECTURE:
        sentences.append(f"団体コード「{code}」の上 2 桁は、どの都道府県の番号でもありません。")
    elif prefecture and prefecture_of(code) not in (None, prefecture):
        sentences.append(
            f"都道府県「{prefecture}」が団体コード「{code}」（{prefecture_of(code)}）と合いません。"
        )
    if not prefecture:
        sentences.append("都道府県が空です。")
    if not name:
        sentences.append("団体の名前が空です。")
    if kind not in KINDS:
        sentences.append(f"種別「{kind}」は使えません。{_choices(KINDS)} から選んでください。")
    elif name and size_class_of_name(name) != kind:
        sentences.append(f"団体の名前「{name}」が種別「{kind}」（{KINDS[kind]}）と合いません。")
    if size_class not in SIZE_CLASSES:
        if cells.get("size_class"):
            sentences.append(
                f"規模区分「{size_class}」は使えません。{_choices(SIZE_CLASSES)} から選んでください。"
            )
    elif kind in KINDS and kind_of_size_class(size_class) != kind:
        sentences.append(f"規模区分「{size_class}」が種別「{kind}」（{KINDS[kind]}）と合いません。")
    successor = cells.get("merged_into") or None
    if successor is not None and (fault := _fault_of_code(successor)):
        sentences.append(f"合併先の団体コード{fault}")
    elif successor == code:
        sentences.append("合併先の団体コードが、この団体自身のコードです。")
    return LocalGovernment(code, kind, size_class, prefecture, name, cells.get("kana", ""), successor)


def _size_class(code: str, kind: str) -> str:
    if kind != "city":
        return kind
    return next((row.size_class for row in packaged() if row.lgcode == code and row.kind == kind), kind)


def _fault_of_code(code: str) -> str | None:
    if is_valid_lgcode(code):
        return None
    if not code:
        return "が空です。"
    if len(code) == 5 and is_valid_lgcode(f"0{code}"):
        return f"「{code}」が 5 桁です。表計算ソフトで先頭の 0 が落ちたようです。6 桁で書いてください。"
    if len(code) == 6 and code.isascii() and code.isdigit():
        return f"「{code}」の検査数字（6 桁目）が合いません。書き写しを確かめてください。"
    return f"「{code}」が 6 桁の半角数字ではありません。"


def _choices(names: Mapping[str, str]) -> str:
    return "、".join(f"{key}（{name}）" for key, name in names.items())


def _problems_across(read: Sequence[tuple[int, LocalGovernment]]) -> list[RowProblem]:
    """Codes that stand in several rows, and successors that the list does not hold."""
    first: dict[str, int] = {}
    problems = [
        RowProblem(number, f"団体コード「{row.lgcode}」が {first[row.lgcode]} 行目と重なっています。")
        for number, row in read
        if row.lgcode and first.setdefault(row.lgcode, number) != number
    ]
    there = {row.lgcode for _, row in read if row.merged_into is None}
    problems += [
        RowProblem(number, f"合併先「{row.merged_into}」が、この一覧に存続する団体としてありません。")
        for number, row in read
        if row.merged_into
        and is_valid_lgcode(row.merged_into)
        and row.merged_into not in there
        and row.merged_into != row.lgcode
    ]
    return problems
