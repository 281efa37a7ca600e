"""What a single value may be: a length, a word of a list, a day, a media type, a country, a language.

Sources: publiccode.yml standard 0.7 (`schema.core`); where it is silent, the behaviour of italia/publiccode-parser-go.
"""

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from yaml.nodes import Node

from workflows.publiccode.report import Findings, Place, shorten, suggest
from workflows.publiccode.shapes import Check, text_of
from workflows.publiccode.vocabulary import COUNTRIES, LANGUAGES, MISTAKEN_LANGUAGES

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]{0,126}/[A-Za-z0-9][\w!#$&^.+-]{0,126}", re.ASCII)
_LONGEST_TAG = 100
_LANGUAGE_TAG = re.compile(  # RFC 5646 §2.1; a tag of private use alone is refused: the standard wants a primary language
    r"([a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-([a-z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.IGNORECASE,
)


def length_of(written: str) -> int:
    """Characters as a reader counts them: a mark or a joiner belongs to the character before it (nearly UAX #29)."""
    return sum(
        unicodedata.category(c) not in ("Mn", "Me", "Cf") for c in unicodedata.normalize("NFC", written)
    )


def sized(at_least: int, at_most: int) -> Check:
    """A text of so many characters; Japanese counts like any other script."""

    def check(found: Findings, place: Place, node: Node) -> None:
        written = text_of(found, place, node)
        if written is None:
            return
        length = length_of(written)
        if length > at_most:
            found.wrong(place, f"長すぎます（{length:,} 文字）。", f"{at_most:,} 文字までにしてください。")
        elif length < at_least:
            found.wrong(place, f"短すぎます（{length:,} 文字）。", f"{at_least:,} 文字以上書いてください。")

    return check


def word_of(words: Sequence[str], what: str) -> Check:
    """One word of a closed list, in its exact case."""

    def check(found: Findings, place: Place, node: Node) -> None:
        written = text_of(found, place, node)
        if written is None or written in words:
            return
        choices = "、".join(words) if len(words) <= 16 else "標準の一覧にある語"
        mend = suggest(written, words, f"次から選んでください: {choices}。")
        found.wrong(place, f"{what}「{shorten(written)}」は標準にありません。", mend)

    return check


def day_of(found: Findings, place: Place, node: Node) -> date | None:
    """A day of the calendar, YYYY-MM-DD and nothing else; None if it is not one, which is then an error."""
    written = text_of(found, place, node)
    if written is None:
        return None
    if _DAY.fullmatch(written):
        with suppress(ValueError):
            return date.fromisoformat(written)
    found.wrong(
        place,
        f"日付「{shorten(written)}」が正しくありません。",
        "実在の日付を YYYY-MM-DD の形（例 2026-04-01）で書いてください。",
    )
    return None


def release_day(found: Findings, place: Place, node: Node) -> None:
    day = day_of(found, place, node)
    if day and found.today and day > found.today:
        found.doubt(place, f"リリース日（{day}）がまだ来ていません。", "実際に公開した日を書いてください。")


def contract_end(found: Findings, place: Place, node: Node) -> None:
    day = day_of(found, place, node)
    if day and found.today and day < found.today:
        found.doubt(
            place,
            f"保守の契約が {day} に終わっています。",
            "契約を更新し、新しい終わりの日を書いてください。",
        )


def media_type(found: Findings, place: Place, node: Node) -> None:
    written = text_of(found, place, node)
    if written is not None and not _MEDIA_TYPE.fullmatch(written.strip(" ")):
        found.wrong(
            place,
            f"「{shorten(written)}」は MIME タイプではありません。",
            "text/plain の形で書いてください。",
        )


def country(found: Findings, place: Place, node: Node) -> None:
    """An ISO 3166-1 alpha-2 code; lower case is deprecated, mixed case is no code."""
    written = text_of(found, place, node)
    if written is None or written in COUNTRIES:
        return
    if written.upper() in COUNTRIES and written.islower():
        found.doubt(
            place, f"国コードの小文字（{written}）は廃止予定です。", f"{written.upper()} と書いてください。"
        )
    else:
        found.wrong(
            place,
            f"国コード「{shorten(written)}」がありません。",
            "ISO 3166-1 の二文字（日本は JP）で書いてください。",
        )


def language(found: Findings, place: Place, node: Node) -> None:
    written = text_of(found, place, node)
    if written is not None:
        language_tag(found, place, written)


def language_tag(found: Findings, place: Place, written: str) -> bool:
    """Whether this is a BCP 47 tag. Two-letter languages and regions must exist; three-letter ones are taken by form."""
    tag = _LANGUAGE_TAG.fullmatch(written) if len(written) <= _LONGEST_TAG else None
    primary = written.replace("_", "-").split("-")[0].lower()
    known = tag and (primary in LANGUAGES or (len(primary) == 3 and primary not in MISTAKEN_LANGUAGES))
    region = tag[2] if tag else None
    if known and (region is None or region.isdigit() or region.upper() in COUNTRIES):
        return True
    right = MISTAKEN_LANGUAGES.get(primary)
    mend = (
        f"「{right}」と書いてください。"
        if right
        else "BCP 47 の言語コード（日本語は ja、英語は en）をハイフン区切りで書いてください。"
    )
    found.wrong(place, f"言語コード「{shorten(written)}」が正しくありません。", mend)
    return False
