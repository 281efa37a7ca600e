"""What a scenario expects of what it looks at: named keys match, and min, max, count, has, lacks compare (VERBS §4)."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

COMPARISONS = ("min", "max", "count", "has", "lacks")
_REFERENCES = ("ref", "number", "slug", "key", "email")


def mismatch(expected: Any, seen: Any, at: str = "") -> str | None:
    """The first thing that is not as expected, as a Japanese sentence that names where; None where all is.

    `seen` is what a look shows: mappings, lists, texts, numbers. A part that has a reference stands for it.
    """
    if isinstance(expected, Mapping):
        return _mapping(expected, seen, at)
    if isinstance(expected, list):
        if not isinstance(seen, list | tuple) or len(seen) != len(expected):
            return _differs(at, expected, seen)
        pairs = enumerate(zip(expected, seen, strict=True))
        return next((found for i, (e, s) in pairs if (found := mismatch(e, s, _inside(at, i)))), None)
    return None if _same(expected, seen) else _differs(at, expected, seen)


def _mapping(expected: Mapping[Any, Any], seen: Any, at: str) -> str | None:
    for key, value in expected.items():
        if isinstance(seen, Mapping) and key in seen:
            found = mismatch(value, seen[key], _inside(at, key))
        elif key in COMPARISONS:
            found = _compare(str(key), value, seen, at)
        elif isinstance(seen, Mapping):
            found = f"「{_inside(at, key)}」という項目がありません。あるのは {'、'.join(map(str, seen)) or 'なし'} です。"
        else:
            found = _differs(at, dict(expected), seen)
        if found:
            return found
    return None


def _compare(how: str, value: Any, seen: Any, at: str) -> str | None:
    if how in ("has", "lacks"):
        wanted = value if isinstance(value, list) else [value]
        wrong = [w for w in wanted if _holds(seen, w) != (how == "has")]
        if not wrong:
            return None
        be = "ありません" if how == "has" else "あってはなりません"
        return f"{_where(at)}に {_shown(wrong[0])} が{be}。見えたのは {_shown(seen)} です。"
    size: Any = len(seen) if isinstance(seen, list | tuple | Mapping) else seen
    if not _is_number(value):
        return f"{_where(at)}: {how} には数を書いてください（{_shown(value)}）。"
    if not _is_number(size):
        return (
            f"{_where(at)}は数でも並びでもないため、{how} で比べられません。見えたのは {_shown(seen)} です。"
        )
    holds, words = {
        "min": (size >= value, "以上"),
        "max": (size <= value, "以下"),
        "count": (size == value, "ちょうど"),
    }[how]
    if holds:
        return None
    return f"{_where(at)}は {value} {words}のはずですが、{size} でした。"


def _holds(seen: Any, wanted: Any) -> bool:
    """Whether there is such a key, such a member, or a message of such a kind."""
    if isinstance(seen, Mapping):
        return wanted in seen if isinstance(wanted, str | int | float) else mismatch(wanted, seen) is None
    if isinstance(seen, list | tuple):
        return any(_member(wanted, part) for part in seen)
    return isinstance(seen, str) and isinstance(wanted, str) and wanted in seen


def _member(wanted: Any, part: Any) -> bool:
    if isinstance(part, Mapping) and not isinstance(wanted, Mapping):
        return any(part.get(name) == wanted for name in ("kind", *_REFERENCES))
    return mismatch(wanted, part) is None


def _same(expected: Any, seen: Any) -> bool:
    if isinstance(seen, Mapping):
        return expected is not None and any(seen.get(name) == expected for name in _REFERENCES)
    if isinstance(expected, bool) or isinstance(seen, bool):
        return expected is seen
    if _is_number(expected) and _is_number(seen):
        # As written in a story, 6.6; as computed, 6.6000000000000005.
        return math.isclose(expected, seen, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(expected, date) or isinstance(seen, date):
        return bool(_as_moment(expected) == _as_moment(seen))
    return bool(expected == seen)


def _as_moment(value: Any) -> Any:
    """A day or a time from its text; two ways to write one moment are one."""
    if isinstance(value, str):
        for kind in (date, datetime):
            try:
                return kind.fromisoformat(value)
            except ValueError:
                continue
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _inside(at: str, key: Any) -> str:
    return f"{at}.{key}" if at else str(key)


def _where(at: str) -> str:
    return f"「{at}」" if at else "見えたもの"


def _differs(at: str, expected: Any, seen: Any) -> str:
    return f"{_where(at)}は {_shown(expected)} のはずですが、{_shown(seen)} でした。"


def _shown(value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else "（空）" if value is None else str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
