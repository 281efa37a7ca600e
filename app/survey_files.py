"""A survey's answers in a CSV file, row by row, in bounded memory: UTF-8 (with a byte order mark or without) or cp932; or in a text.

What a row means is decided elsewhere; here a line of text becomes the fields of a SurveyAnswer, or a sentence why not.
"""

import csv
import io
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, TextIO
from unicodedata import normalize

from app.pages.typed import day
from stages.rollout import ADOPTION_NAMES, STATEMENTS
from workflows.runtime.commands import parse
from workflows.runtime.refusal import Refused
from workflows.survey_answers import SurveyAnswer

HEADINGS = {
    "lgcode": ("lgcode", "団体コード", "全国地方公共団体コード", "市区町村コード"),
    "product": ("product", "プロダクト", "製品"),
    "status": ("status", "導入状況", "回答"),
    "since": ("since", "いつから", "導入時期", "導入日"),
    "note": ("note", "備考", "メモ"),
}
NEEDED = ("lgcode", "product", "status")
STATUS = {name: key for key, name in ADOPTION_NAMES.items() if key in STATEMENTS} | {k: k for k in STATEMENTS}
AT_ONCE = 1 << 20
LONGEST_LINE = 100_000
UNREADABLE = "\ufffd"
PRIVATE_USE = ("\ue000", "\uf8ff")


class NotASurvey(Exception):
    """The file as a whole cannot be read as a survey. The sentence is Japanese."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as a spreadsheet numbers it (the headings are row 1): its answer, or what is wrong by field (`row`: the whole)."""

    number: int
    code: str
    answer: SurveyAnswer | None
    errors: Mapping[str, str] = field(default_factory=dict)


def rows_of(file: IO[bytes]) -> Iterator[Row]:
    """The rows that are not empty, in order. The file must be seekable; it is read twice. Raises NotASurvey."""
    records = records_of(file)
    places = _places(next(records, []))
    yield from _rows(records, places)


def rows_in(text: str) -> Iterator[Row]:
    """The same of a text: tabs between the cells of a line, as they are copied out of spreadsheets, or a CSV. Raises NotASurvey."""
    first = text.partition("\n")[0]
    if "\t" in first:
        records: Iterator[list[str]] = iter([line.split("\t") for line in text.splitlines()])
    else:
        records = _records(io.StringIO(text, newline=""))
    places = _places(next(records, []))
    yield from _rows(records, places)


def records_of(file: IO[bytes]) -> Iterator[list[str]]:
    """The cells of each record of a CSV file, the headings and the empty ones too. Raises NotASurvey."""
    encoding = _encoding(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    try:
        yield from _records(text)
    finally:
        text.detach()  # else it would close the file with itself


def _records(text: TextIO) -> Iterator[list[str]]:
    read = csv.reader(_lines(text), strict=True)
    try:
        yield from read
    except csv.Error as error:
        raise NotASurvey(
            f'{read.line_num} 行目の近くで CSV として読めません（{error}）。引用符（"）が閉じているか確かめてください。'
        ) from None


def _rows(records: Iterator[list[str]], places: Mapping[str, int]) -> Iterator[Row]:
    for number, cells in enumerate(records, start=2):
        if any(cell.strip() for cell in cells):
            yield _row(number, cells, places)


def _encoding(file: IO[bytes]) -> str:
    """UTF-8 where every byte is; else cp932, as spreadsheets in Japan write it. Raises NotASurvey for other kinds of file."""
    start = file.read(4)
    if start.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise NotASurvey("Excel のファイルです。「CSV UTF-8」か CSV の形式で保存し直してください。")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotASurvey("UTF-16 のテキストです。「CSV UTF-8」か CSV の形式で保存し直してください。")
    file.seek(0)
    decoder = getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(AT_ONCE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp932"
    return "utf-8-sig"


def _lines(text: TextIO) -> Iterator[str]:
    """Never more than LONGEST_LINE characters at once, whatever the file has for lines. Raises NotASurvey."""
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise NotASurvey(f"{number} 行目が長すぎます。調査の CSV か確かめてください。")
        if "\x00" in line:
            raise NotASurvey(
                f"{number} 行目に使えない文字（NUL）があります。CSV の形式で保存し直してください。"
            )
        yield line


def _places(headings: list[str]) -> dict[str, int]:
    """Field -> column. Raises NotASurvey where one is missing or there twice."""
    plain = [normalize("NFKC", heading).strip().lower() for heading in headings]
    found: dict[str, int] = {}
    for name, words in HEADINGS.items():
        columns = [at for at, heading in enumerate(plain) if heading in words]
        if len(columns) > 1:
            raise NotASurvey(
                f"見出し行に「{words[-1]}」（{name}）の列が二つ以上あります。一つにしてください。"
            )
        if columns:
            found[name] = columns[0]
    if missing := [f"{HEADINGS[name][1]}（{name}）" for name in NEEDED if name not in found]:
        raise NotASurvey(f"見出し行に列「{'」「'.join(missing)}」がありません。1 行目に書いてください。")
    return found


def _row(number: int, cells: list[str], places: Mapping[str, int]) -> Row:
    named: dict[str, Any] = {
        name: cells[at].strip() for name, at in places.items() if at < len(cells) and cells[at].strip()
    }
    code = normalize("NFKC", named.get("lgcode", ""))
    if any(_unreadable(text) for text in named.values()):
        return Row(
            number,
            code,
            None,
            {"row": "読めない文字（文字化けか外字）があります。正しい文字に直してください。"},
        )
    if missing := [name for name in NEEDED if name not in named]:
        return Row(number, code, None, dict.fromkeys(missing, "空です。必ず入れてください。"))
    # A spreadsheet takes 011002 for a number and forgets the nought.
    named["lgcode"] = code = code.zfill(6) if code.isascii() and code.isdigit() else code
    word = normalize("NFKC", named["status"])
    if word not in STATUS:
        words = "・".join(ADOPTION_NAMES[key] for key in STATEMENTS)
        return Row(
            number,
            code,
            None,
            {"status": f"「{word[:40]}」という導入状況はありません。次のどれかにしてください: {words}"},
        )
    named["status"] = STATUS[word]
    if "since" in named:
        named["since"] = day(named["since"])
    try:
        return Row(number, code, parse(SurveyAnswer, named))
    except Refused as refused:
        return Row(number, code, None, refused.errors)


def _unreadable(text: str) -> bool:
    return UNREADABLE in text or any(PRIVATE_USE[0] <= letter <= PRIVATE_USE[1] for letter in text)
