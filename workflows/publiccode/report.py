"""What the validator says: problems with their place in the file, what to write instead, and the facts it read."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Any

WHOLE_FILE = "publiccode.yml"
MOST_PROBLEMS = 100
_LONGEST_ECHO = 60
# Control characters (tab and line ends aside) and lone surrogates: no text needs them, PostgreSQL stores neither.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Problem:
    """One thing wrong: the dotted key, its line (from 1; None where nothing is written), what is wrong, what to write."""

    key: str
    line: int | None
    message: str
    mend: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Report:
    """The verdict on one file. Errors make it invalid; warnings do not. Facts are None where absent or unusable.

    `licence` is the SPDX expression in the case of the SPDX list. `names` holds (language, localised name).
    """

    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    version: str | None = None
    licence: str | None = None
    name: str | None = None
    names: tuple[tuple[str, str], ...] = ()
    url: str | None = None
    software_version: str | None = None

    @property
    def valid(self) -> bool:
        return not self.errors

    def as_dict(self) -> dict[str, Any]:
        """Plain dicts, lists and strings, fit for JSON; `valid` is told too."""
        return {
            **asdict(self),
            "valid": self.valid,
            "errors": [p.as_dict() for p in self.errors],
            "warnings": [p.as_dict() for p in self.warnings],
            "names": dict(self.names),
        }


@dataclass(frozen=True)
class Place:
    """Where something stands: its dotted key and its line, from 1 (None: it is not in the file)."""

    key: str
    line: int | None = None

    def inside(self, key: str, line: int | None) -> "Place":
        shown = shorten(key)
        return Place(shown if self.key == WHOLE_FILE else f"{self.key}.{shown}", line)

    def item(self, index: int, line: int) -> "Place":
        return Place(f"{self.key}[{index}]", line)


class Findings:
    """Collects while a file is read. `today` (None: not asked) is only used to warn of dates gone by."""

    def __init__(self, today: date | None = None) -> None:
        self.today = today
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self.facts = Report()

    def wrong(self, place: Place, message: str, mend: str) -> None:
        self.errors.append(Problem(place.key, place.line, message, mend))

    def doubt(self, place: Place, message: str, mend: str) -> None:
        self.warnings.append(Problem(place.key, place.line, message, mend))

    def learn(self, **facts: Any) -> None:
        self.facts = replace(self.facts, **facts)

    def report(self) -> Report:
        return replace(self.facts, errors=_bounded(self.errors), warnings=_bounded(self.warnings))


def _bounded(problems: list[Problem]) -> tuple[Problem, ...]:
    """In the order of the file, each said once, and no more than a person will read."""
    ordered = sorted(dict.fromkeys(problems), key=lambda p: p.line or 0)
    left = len(ordered) - MOST_PROBLEMS
    if left <= 0:
        return tuple(ordered)
    more = Problem(
        WHOLE_FILE,
        None,
        f"ほかに {left} 件あります。",
        "まず上のものを直してから、もう一度確かめてください。",
    )
    return (*ordered[:MOST_PROBLEMS], more)


def shorten(text: str) -> str:
    """A piece of the file as it may be shown in a message: one line, no control characters, cut at 60 characters."""
    shown = " ".join(FORBIDDEN.sub("?", text.strip()[: _LONGEST_ECHO * 4]).split())
    return shown if len(shown) <= _LONGEST_ECHO else shown[:_LONGEST_ECHO] + "…"


def suggest(written: str, words: Iterable[str], otherwise: str) -> str:
    """What to write instead: the word of `words` most like the one written, whatever its case, or else `otherwise`."""
    by_folded = {word.lower(): word for word in words}
    found = get_close_matches(written[:_LONGEST_ECHO].lower(), by_folded, n=1, cutoff=0.75)
    return f"「{by_folded[found[0]]}」のことであれば書き直してください。" if found else otherwise
