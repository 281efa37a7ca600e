"""Tables for people's spreadsheets: the one way rows leave here as CSV, so that no cell is ever run as a formula.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@`; what people wrote begins with whatever they like (Kimai
CVE-2026-42267: also inside a list joined into one cell). An apostrophe before it
keeps it text. Numbers and days that are numbers and days here stay what they are, negative ones too.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

Cell: TypeAlias = str | int | float | Decimal | date | datetime | Iterable[str] | None

BEGINS_A_FORMULA = frozenset("=+-@|%\t\r\n")
"""After NFKC, which makes `＝＋－＠` these; `|` and `%` begin a command in old spreadsheets. A minus sign (U+2212) is added below."""
MINUS = "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63"
MARK_OF_UTF8 = "\ufeff"
"""Excel takes a file without it for Shift_JIS."""


def csv_text(rows: Iterable[Iterable[Cell]]) -> str:
    """The rows (headings first) as CSV after RFC 4180, to be sent as UTF-8: with the mark that Excel asks for, every text
    quoted, every cell safe (`safe_text`). A list is one cell, its items joined by 「、」."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return MARK_OF_UTF8 + out.getvalue()


def safe_text(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet might run it: also where the formula hides behind spaces,
    line ends, invisible letters or a full-width sign. NUL, which some spreadsheets end a cell at, is left out."""
    text = text.replace("\x00", "")
    return "'" + text if _might_be_run(text) else text


def _might_be_run(text: str) -> bool:
    if text[:1] in ("\t", "\r", "\n"):
        return True
    for letter in text:
        plain = unicodedata.normalize("NFKC", letter)[:1]
        if plain in BEGINS_A_FORMULA or letter in MINUS:
            return True
        if not (plain.isspace() or unicodedata.category(letter) in ("Cc", "Cf", "Zs", "Zl", "Zp")):
            return False
    return False


def _cell(value: Cell) -> str | int | float | Decimal:
    match value:
        case None:
            return ""
        case bool():
            return "はい" if value else "いいえ"
        case Enum():
            return safe_text(str(value.value))
        case str():
            return safe_text(value)
        case int() | float() | Decimal():
            return value
        case datetime() | date():
            return value.isoformat()
        case _:
            return safe_text("、".join(safe_text(item) for item in value))
