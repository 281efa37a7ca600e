"""Japanese lines: where a line may end. Kinsoku after JIS X 4051, with words and figures of the Latin script kept whole."""

import re
from collections.abc import Callable

NEVER_FIRST = frozenset(
    "、。，．・：；？！」』）〕］｝〉》】’”)]}>,.:;?!%％‰℃々〻ゝゞヽヾーァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎ゛゜…‥"
)
"""Closing marks, small kana, marks of repetition: no line begins with one."""
NEVER_LAST = frozenset("「『（〔［｛〈《【‘“([{<￥¥＃#№")
"""Opening marks and signs that belong to what follows: no line ends with one."""
PIECES = re.compile(r"[!-~À-ɏ]+|\s|.", re.DOTALL)
"""A word of the Latin script or a figure; a space; or one character."""

Width = Callable[[str], float]
"""The width of a text, which is that of its characters added up."""


def _bound(text: str) -> list[str]:
    """The text as pieces between which a line may end."""
    bound: list[str] = []
    for piece in PIECES.findall(text):
        if bound and (piece[0] in NEVER_FIRST or bound[-1][-1] in NEVER_LAST):
            bound[-1] += piece
        else:
            bound.append(piece)
    return bound


def _cut(piece: str, room: float, width: Width) -> list[str]:
    """A piece that is longer than a line, as an address is, in parts that are not."""
    parts, held = [""], 0.0
    for character in piece:
        more = width(character)
        if parts[-1] and held + more > room:
            parts.append("")
            held = 0.0
        parts[-1] += character
        held += more
    return parts


def lines_of(text: str, room: float, width: Width) -> list[str]:
    """The lines of a text in so much room; `width` measures. A text's own line ends stand."""
    lines = []
    for paragraph in text.splitlines() or [""]:
        line, held = "", 0.0
        for piece in _bound(paragraph):
            if held + width(piece.rstrip()) <= room:
                line += piece
                held += width(piece)
                continue
            if line.strip():
                lines.append(line.rstrip())
            *full, line = _cut(piece.lstrip(), room, width)
            lines += full
            held = width(line)
        lines.append(line.rstrip())
    return lines
