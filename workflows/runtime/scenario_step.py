"""A step of a scenario (VERBS §4): what it may say, and the names it refers to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Kind = Literal["do", "look", "tick", "github"]

LOOKS = (
    "idea",
    "pilot",
    "review",
    "product",
    "adoption",
    "municipality",
    "mail",
    "flags",
    "ledger",
    "policy",
)
ABOUT_EVERYTHING = ("ledger", "policy")
"""Looks that need no at_ref."""
KEYS: Mapping[Kind, frozenset[str]] = {
    "do": frozenset({"at", "as", "do", "with", "save", "refuse"}),
    "look": frozenset({"at", "as", "look", "at_ref", "expect", "refuse"}),
    "tick": frozenset({"tick"}),
    "github": frozenset({"at", "github"}),
}
REFERENCE = re.compile(r"\$(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<path>(?:\.[^.\s]+)*)")
CURRENT = "@current"


@dataclass(frozen=True, slots=True)
class Step:
    """One step, checked: its place, its time, what is done (a verb), looked at (a kind), or neither for the clock and GitHub."""

    file: str
    file_number: int
    number: int
    at: datetime
    kind: Kind
    name: str = ""
    who: str | None = None
    given: Any = None
    """The command of a verb, the at_ref of a look, the facts for GitHub; names not yet filled in."""
    save: str | None = None
    refuse: str | None = None
    expect: Any = None

    @property
    def place(self) -> str:
        return f"{self.file} の {self.number} 番目の手順"


def references(value: Any) -> Iterator[re.Match[str]]:
    """Every `$name` in a value, however deep."""
    if isinstance(value, str):
        if found := REFERENCE.fullmatch(value):
            yield found
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)
