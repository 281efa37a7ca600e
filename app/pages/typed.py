"""What people type, as the values a command takes: full-width digits, Excel's dates, years of an era; a doubtful text stays a text."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unicodedata import normalize

from workflows.calendar import TOKYO

ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}
"""Era -> the Gregorian year before its first."""
EXCEL_DAY_ZERO = date(1899, 12, 30)
EXCEL_DAYS = range(36_526, 73_051)
"""Excel's day numbers of 2000-01-01 to 2099-12-31: outside of these a bare number is no date for certain."""
_DATE = re.compile(
    r"(?:(令和|平成|R|H)\s*)?(\d{1,4}|元)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s*[(（].[)）])?"
)
_TIME = re.compile(r"(\d{1,2})\s*[:時]\s*(\d{1,2})?\s*分?(?::\d{2})?")


def _plain(text: str) -> str:
    """Full-width digits and signs as half-width ones."""
    return re.sub(r"[‐-―−]", "-", normalize("NFKC", text)).strip()


def whole(text: str) -> Any:
    """１，８２０ 件 -> 1820; what is no whole number comes back as typed, for the verb to refuse."""
    digits = re.sub(r"(?<=\d),(?=\d{3})", "", _plain(text)).rstrip("件人円%時間分年個回団体名文字 ")
    return int(digits) if re.fullmatch(r"[-+]?\d{1,12}", digits) else text


def number(text: str) -> Any:
    """１２．５ 分 -> 12.5, 94％ -> 0.94 (a percent is a hundredth; fields that count in percent are whole numbers); else as typed."""
    digits = re.sub(r"(?<=\d),(?=\d{3})", "", _plain(text)).rstrip("件人円時間分年個回点 ")
    plain = digits.removesuffix("%").rstrip()
    if not re.fullmatch(r"[-+]?(\d{1,15}(\.\d*)?|\.\d+)", plain):
        return text
    return float(Decimal(plain) / 100) if plain != digits else float(plain)


def written(value: float) -> str:
    """A stored number as people type it, whole and without an exponent: `number` reads the same value again."""
    return f"{Decimal(repr(value)):f}".removesuffix(".0")


def day(text: str) -> Any:
    """2026-11-23, 2026/11/23, 2026年11月23日（月）, 令和8年11月23日, R8.11.23 and Excel's 46349 -> ISO; else as typed."""
    plain = _plain(text)
    if re.fullmatch(r"\d{5}", plain) and int(plain) in EXCEL_DAYS:
        return (EXCEL_DAY_ZERO + timedelta(days=int(plain))).isoformat()
    found = _DATE.fullmatch(plain)
    return _iso(found) or text if found else text


def _iso(found: re.Match[str]) -> str | None:
    era, year, month, of_month = found.groups()
    counted = 1 if year == "元" else int(year)
    if not era and len(year) != 4:  # 26/11/23 could be any year
        return None
    with suppress(ValueError):
        return date(counted + ERAS.get(era, 0), int(month), int(of_month)).isoformat()
    return None


def moment(text: str) -> Any:
    """A date and a time of day in Tokyo, as 2026-11-23T14:05+09:00; a date alone is its first minute; else as typed."""
    plain = re.sub(r"(?<=\d)T(?=\d)", " ", _plain(text))
    with suppress(ValueError):
        given = datetime.fromisoformat(_plain(text))
        return (given if given.tzinfo else given.replace(tzinfo=TOKYO)).isoformat()
    found = _DATE.match(plain)
    if found is None or (on := _iso(found)) is None:
        return text
    rest = plain[found.end() :].strip()
    time = _TIME.fullmatch(rest) if rest else None
    if rest and time is None:
        return text
    hour, minute = (int(time[1]), int(time[2] or 0)) if time else (0, 0)
    with suppress(ValueError):
        return datetime.fromisoformat(on).replace(hour=hour, minute=minute, tzinfo=TOKYO).isoformat()
    return text


def yes_no(text: str) -> Any:
    return {"yes": True, "no": False}.get(text, text)


READ: Mapping[str, Callable[[str], Any]] = {
    "whole": whole, "number": number, "day": day, "moment": moment, "yes_no": yes_no,
}  # fmt: skip
"""Shape -> how its text is read. Every other scalar is taken as it is."""
