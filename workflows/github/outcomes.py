"""What may come of asking GitHub, as types: whoever asks decides what each means, and none is mistaken for another.

Three of them are answers about the thing asked for (`Fresh`, `Unchanged`, `Gone`, and `Blocked` for what the law took down);
the others say that nothing was seen, so that what was seen before still stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

REFUSALS = ("gone", "blocked", "forbidden", "limited", "unavailable", "malformed")
OUTCOMES = ("fresh", "unchanged", *REFUSALS)
"""How the last look at a repository ended; stored with it."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new answer. `data` is parsed JSON (None for 204: there is nothing in it), `etag` its mark, if it has one."""

    data: Any
    etag: str | None = None
    last_page: int = 1
    """The number of pages there are, as far as the Link header says; it is never followed by its address."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """304: what was kept under the mark is still so."""


@dataclass(frozen=True, slots=True)
class Gone:
    """404 or 410: it is not there, or this token may not know that it is."""

    status: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """451: taken down for legal reasons."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """401, or 403 that is not a limit: this token may not see it. `because` is a Japanese sentence."""

    because: str


@dataclass(frozen=True, slots=True)
class Limited:
    """A rate limit, primary or secondary (403 or 429): ask nothing before `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No answer in time, none at all, a 5xx, or 202 for ever: try later. `because` is a Japanese sentence."""

    because: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """An answer that is not what GitHub answers: HTML, cut, too large, another host. `because` is a Japanese sentence."""

    because: str


Refusal = Gone | Blocked | Forbidden | Limited | Unavailable | Malformed
Reply = Fresh | Unchanged | Refusal
"""What came of one request."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer as it is kept for the next look: its mark, and the part of it that facts are made of."""

    etag: str | None
    piece: Any
    """JSON, bounded."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A whole look at a repository. Facts that could not be seen are left out, never said to be absent."""

    full_name: str
    """As GitHub spells it now: another name than the one asked for is a rename or a transfer."""
    forge_id: int
    facts: Mapping[str, Any]
    pages: Mapping[str, Page]
    """By path, what to ask conditionally with the next time."""
    requests: int
    is_unchanged: bool = False
    """The one conditional request said that nothing has changed; facts and pages are those of before."""
    seen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By fact, when and how it was seen: ISO time and path. Empty where nothing has changed."""


Look = Seen | Refusal
"""What came of looking at a repository: seen whole, or not seen at all (nothing half seen is kept)."""
