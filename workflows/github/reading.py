"""What an answer says: its JSON, its page numbers, and how long to wait. Nothing in it is believed beyond its form."""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

LARGEST_INTEGER = 2**63 - 1
LONGEST_WAIT = timedelta(hours=1)
"""A primary limit is reset within the hour; whoever says more is asked again after it."""
A_WHILE = timedelta(minutes=1)
"""What GitHub wants of whoever met a secondary limit that names no time."""
LAST_PAGE = re.compile(r'<[^<>]*[?&]page=([0-9]{1,6})(?:&[^<>]*)?>\s*;\s*rel="last"')
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parsed(body: bytes) -> Any:
    """The object or list that the body is. Raises ValueError where it is anything else, or holds a number that no database takes.

    NUL and halves of characters, which no database takes either, become U+FFFD.
    """
    try:
        found = json.loads(
            body.decode("utf-8"), parse_int=_integer, parse_float=_number, parse_constant=_no_number
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict | list):
        raise ValueError("neither an object nor a list")
    return _storable(found) if b"\\u" in body or b"\x00" in body else found


def message_of(body: bytes) -> str | None:
    """What GitHub says in a refusal; None where it was not GitHub that refused."""
    try:
        said = parsed(body)
    except ValueError:
        return None
    message = said.get("message") if isinstance(said, dict) else None
    return message if isinstance(message, str) else None


def last_page(headers: Mapping[str, str]) -> int:
    """How many pages there are, as Link says; 1 where it says nothing. Its address is read for the number and never followed."""
    found = LAST_PAGE.search(headers.get("Link", "")[:4000])
    return max(int(found[1]), 1) if found else 1


def remaining(headers: Mapping[str, str]) -> int | None:
    """How many requests are left until the limit; None where nothing is said."""
    said = headers.get("X-RateLimit-Remaining", "").strip()
    return int(said) if re.fullmatch(r"[0-9]{1,9}", said) else None


def resets_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the limit is counted anew, by our clock (the answer's own Date tells how far the clocks are apart); None if not said."""
    said = headers.get("X-RateLimit-Reset", "").strip()
    if not re.fullmatch(r"[0-9]{1,11}", said):
        return None
    wait = datetime.fromtimestamp(int(said), UTC) - (_date(headers.get("Date")) or now)
    return now + min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long to wait, as Retry-After says in seconds or as a date; None where it says nothing that can be read."""
    said = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        wait = timedelta(seconds=int(said))
    elif at := _date(said):
        wait = at - (_date(headers.get("Date")) or now)
    else:
        return None
    return min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _integer(text: str) -> int:
    if len(text) > 20 or abs(found := int(text)) > LARGEST_INTEGER:
        raise ValueError("a number too large")
    return found


def _number(text: str) -> float:
    if not math.isfinite(found := float(text)):
        raise ValueError("a number too large")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number in JSON")


def _storable(value: Any) -> Any:
    match value:
        case str():
            return UNSTORABLE.sub("\ufffd", value)
        case list():
            return [_storable(each) for each in value]
        case dict():
            return {_storable(key): _storable(each) for key, each in value.items()}
    return value
