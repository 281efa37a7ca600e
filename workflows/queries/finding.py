"""Finding things by words: every word must be in one of the places that are looked through."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from sqlmodel import col, or_, select

from workflows.queries.looks import Eyes
from workflows.search import fold
from workflows.tables.people import Organization

MOST_WORDS = 5
MOST_FOUND = 12
"""So many choices a search shows; more say that the words should be longer."""


@dataclass(frozen=True, slots=True)
class Found:
    """What words found, as choices. `more`: there are others."""

    choices: Sequence[tuple[str, str]]
    more: bool


def found(named: Sequence[tuple[str, str]]) -> Found:
    """Of `MOST_FOUND + 1` that were asked for."""
    return Found(named[:MOST_FOUND], len(named) > MOST_FOUND)


def words_in(text: str | None) -> list[str]:
    """The words of a search; full-width letters are the same as half-width ones."""
    return normalize("NFKC", text or "").split()[:MOST_WORDS]


def has_words(text: str | None, *places: Any) -> list[Any]:
    """The conditions under which each word of a text is in one of these columns."""
    return [
        or_(*(col(place).icontains(word, autoescape=True) for place in places)) for word in words_in(text)
    ]


def is_named(text: str | None) -> list[Any]:
    """The conditions under which an organization is meant: by its name, reading, prefecture, code or slug."""
    o = Organization
    places = (o.name, o.kana, o.prefecture, o.lgcode, o.slug)
    return [
        or_(
            *(col(place).icontains(word, autoescape=True) for place in places),
            col(o.kana).icontains(fold(word), autoescape=True),
        )
        for word in words_in(text)
    ]


def full_name(name: str, prefecture: str | None) -> str:
    """Names repeat (府中市 is two cities), so each carries its prefecture."""
    return f"{name}（{prefecture}）" if prefecture and prefecture != name else name


def orgs_found(eyes: Eyes, text: str, kinds: Sequence[str], but: Iterable[str] = ()) -> Found | None:
    """Organizations, not closed, that the words name; None where none were typed. One statement."""
    named = is_named(text)
    if not named:
        return None
    o = Organization
    rows = eyes.session.exec(
        select(o.slug, o.name, o.prefecture)
        .where(col(o.kind).in_(kinds), col(o.closed_on).is_(None), col(o.slug).not_in(list(but)), *named)
        .order_by(o.name, o.slug)
        .limit(MOST_FOUND + 1)
    )
    return found([(slug, full_name(name, prefecture)) for slug, name, prefecture in rows])
