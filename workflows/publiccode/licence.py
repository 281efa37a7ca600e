"""The licence: an SPDX expression over the SPDX licence list.

Source: publiccode.yml standard 0.7, `legal/license`; SPDX specification 3.0 annex B: identifiers match in any case
(so a wrong case is a warning), operators are written in capitals, `+` means "or later", LicenseRef- is one's own licence.
"""

import re
from functools import cache

from license_expression import Licensing, get_spdx_licensing
from yaml.nodes import Node

from workflows.publiccode.report import Findings, Place, shorten, suggest
from workflows.publiccode.shapes import text_of

_TOKEN = re.compile(r"[()]|[^\s()]+")
_OWN_LICENCE = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_OPERATORS = ("AND", "OR", "WITH")
# Identifiers SPDX has deprecated because they do not say whether a later version is allowed.
_AMBIGUOUS = re.compile(r"A?L?GPL-[123]\.[01]|GFDL-1\.[123]")
_LONGEST = 500
_MEND = "SPDX の識別子（例 MIT、Apache-2.0、AGPL-3.0-or-later）を書いてください。"


@cache
def _licensing() -> Licensing:
    return get_spdx_licensing()


@cache
def _identifiers() -> dict[str, str]:
    """Lower case -> the identifier in its own case. The library's aliases (such as "gpl") are not identifiers."""
    keys = [key for key in _licensing().known_symbols if not _OWN_LICENCE.fullmatch(key)]
    # The library knows "AGPL-3.0" only as an alias; in SPDX it is an identifier still, though deprecated.
    keys += [
        short for key in keys if _AMBIGUOUS.fullmatch(short := key.removesuffix("-only")) and short != key
    ]
    return {key.lower(): key for key in keys}


def licence(found: Findings, place: Place, node: Node) -> None:
    """Check the expression and learn it, in the case of the SPDX list. An unknown identifier is an error."""
    written = text_of(found, place, node)
    if written is None:
        return
    if len(written) > _LONGEST:
        found.wrong(place, f"ライセンスの記載が長すぎます（{len(written):,} 文字）。", _MEND)
        return
    tokens = _TOKEN.findall(written)
    canonical = [_canonical(token) for token in tokens]
    unknown = [token for token, known in zip(tokens, canonical, strict=True) if known is None]
    if not unknown:
        _known(found, place, tokens, [c for c in canonical if c])
    elif any(token.upper() in _OPERATORS for token in tokens) or len(tokens) == 1:
        for token in unknown:
            mend = suggest(token, _identifiers().values(), _MEND)
            found.wrong(place, f"ライセンス「{shorten(token)}」は SPDX の一覧にありません。", mend)
    else:
        found.wrong(place, f"ライセンス「{shorten(written)}」は SPDX の式ではありません。", _MEND)


def _known(found: Findings, place: Place, tokens: list[str], canonical: list[str]) -> None:
    if not _well_formed(canonical):
        found.wrong(
            place,
            "ライセンスの式の組み立てが正しくありません。",
            "「MIT OR Apache-2.0」のように AND・OR・WITH でつないでください。",
        )
        return
    expression = " ".join(canonical).replace("( ", "(").replace(" )", ")")
    found.learn(licence=expression)
    if tokens != canonical:
        found.doubt(
            place,
            "ライセンスの大文字・小文字が SPDX の一覧と違います。",
            f"「{shorten(expression)}」と書いてください。",
        )
    for identifier in dict.fromkeys(canonical):
        if _OWN_LICENCE.fullmatch(identifier):
            found.doubt(
                place,
                f"「{shorten(identifier)}」は独自のライセンスです。",
                "できれば SPDX の一覧にあるライセンスにしてください。",
            )
        elif _AMBIGUOUS.fullmatch(identifier.removesuffix("+")):
            base = identifier.removesuffix("+")
            mend = f"{base}-or-later" if identifier.endswith("+") else f"{base}-only か {base}-or-later"
            found.doubt(
                place, f"「{identifier}」は SPDX で廃止予定の書き方です。", f"{mend} と書いてください。"
            )


def _canonical(token: str) -> str | None:
    """The token in SPDX's own case; None if SPDX does not know it."""
    if token in "()" or _OWN_LICENCE.fullmatch(token):
        return token
    if token.upper() in _OPERATORS:
        return token.upper()
    known = _identifiers()
    if token.lower() in known:
        return known[token.lower()]
    later = known.get(token.removesuffix("+").lower())
    return f"{later}+" if later and not _is_exception(later) else None


def _is_exception(identifier: str) -> bool:
    symbol = _licensing().known_symbols.get(identifier)
    return bool(symbol and symbol.is_exception)


def _well_formed(canonical: list[str]) -> bool:
    """Whether operators, parentheses and exceptions stand where they may; judged by the license-expression library."""
    # The library knows no `+` and no licence of one's own. In the grammar one licence is as good as another.
    plain = [t if t in "()" or t in _OPERATORS or _is_exception(t) else "MIT" for t in canonical]
    try:
        return bool(plain) and not _licensing().validate(" ".join(plain)).errors
    except Exception:  # noqa: BLE001 - the library trips over some broken expressions ("MIT OR") with an AttributeError
        return False
