"""SQLModel rows, one module a room. Input is validated by commands; these constraints make nonsense unstorable."""

from workflows.tables import (
    assets,
    events,
    files,
    ideas,
    keys,
    ledger,
    machinery,
    people,
    pilots,
    products,
    repositories,
    reviews,
    risks,
    searching,
)

__all__ = [
    "assets",
    "events",
    "files",
    "ideas",
    "keys",
    "ledger",
    "machinery",
    "people",
    "pilots",
    "products",
    "repositories",
    "reviews",
    "risks",
    "searching",
]
