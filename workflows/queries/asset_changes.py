"""What two versions of an asset say differently, or an asset and the one it was copied from. A constant number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import select

from workflows.queries.asset_page import seen_asset
from workflows.queries.looks import Eyes
from workflows.runtime.refusal import invalid, unknown
from workflows.tables.assets import Asset, AssetVersion
from workflows.texts_compared import Compared, compared, how_much

FACTS = ("title", "licence", "model", "permitted_data_class", "url")
NUMBER = 6
"""So many digits has a version's number in an address at most."""


@dataclass(frozen=True, slots=True)
class Side:
    asset: Asset
    version: AssetVersion


@dataclass(frozen=True, slots=True)
class Changes:
    before: Side
    after: Side
    facts: Sequence[tuple[str, str, str]]
    """Of each fact that differs: its name, and what it was and is."""
    file: bool
    """Another file is attached."""
    cases: bool
    """Its test cases differ."""
    lines: Sequence[Compared]

    @property
    def how_much(self) -> tuple[int, int]:
        """Lines that came, and lines that went."""
        return how_much(self.lines)

    @property
    def nothing(self) -> bool:
        return not (self.facts or self.file or self.cases or any(self.how_much))


def changes_between(eyes: Eyes, asset: Asset, first: str | None, second: str | None) -> Changes:
    """Two versions by their numbers; without them the last two. Refused `invalid` for one that does not exist."""
    to = _number("to", second, asset.current_version)
    since = _number("from", first, max(to - 1, 1))
    return _changes(_side(eyes, asset, since, "from"), _side(eyes, asset, to, "to"))


def changes_from_source(eyes: Eyes, asset: Asset) -> Changes:
    """The asset now, and what it was copied from as it was then. Refused `unknown` where the reader may not see that one."""
    source = eyes.session.get(Asset, asset.forked_from_id) if asset.forked_from_id is not None else None
    if source is None:
        raise unknown(f"資料 {asset.ref} のもとの資料")
    seen_asset(eyes, source.ref)
    before = _side(eyes, source, asset.forked_version or source.current_version, "from")
    return _changes(before, _side(eyes, asset, asset.current_version, "to"))


def _number(name: str, typed: str | None, otherwise: int) -> int:
    if typed is None:
        return otherwise
    if not (typed.isascii() and typed.isdigit() and len(typed) <= NUMBER):
        raise invalid(name, "版は、1 からの番号で入れてください。")
    return int(typed)


def _side(eyes: Eyes, asset: Asset, number: int, name: str) -> Side:
    found = eyes.session.exec(
        select(AssetVersion).where(AssetVersion.asset_id == asset.id, AssetVersion.number == number)
    ).first()
    if found is None:
        raise invalid(
            name, f"第 {number} 版はありません。1 から {asset.current_version} までで選んでください。"
        )
    return Side(asset, found)


def _changes(before: Side, after: Side) -> Changes:
    old, new = before.version, after.version
    facts: list[tuple[str, str, str]] = [
        (name, _said(old, name), _said(new, name)) for name in FACTS if _said(old, name) != _said(new, name)
    ]
    return Changes(
        before,
        after,
        facts,
        old.upload_id != new.upload_id,
        (old.test_cases or []) != (new.test_cases or []),
        compared(old.body_md, new.body_md),
    )


def _said(version: AssetVersion, name: str) -> str:
    said: Any = getattr(version, name)
    return said or ""
