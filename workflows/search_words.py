"""The words of a text as the search keeps them, the same on both databases.

A run of Japanese becomes its two-character tokens in order, then its last character alone: so any two characters that stand together
are a token, and any one begins one. A run of other letters or digits stays whole. 「AI面接」 is `ai 面接 接`. Spelling is
folded first: width, case, katakana to hiragana, dashes that stand for a prolonged sound, and that sound at the end of a word.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

MOST_TOKENS = 8_000
"""So many of each part of a thing are kept: PostgreSQL counts the positions of all parts together, up to 16,383."""
MOST_LETTERS, MOST_WORDS = 200, 8
"""Of what somebody asks for."""
_DASHES = re.compile(r"(?<=[ぁ-ゖァ-ヶｦ-ﾟー])[‐‑‒–—―−─━－](?=[ぁ-ゖァ-ヶｦ-ﾟー])")
_LAST_SOUND = re.compile(r"(?<=[ァ-ヶー]{3})ー(?![ァ-ヶー])|(?<=[ぁ-ゖー]{3})ー(?![ぁ-ゖー])")
"""サーバー and サーバ are one word; of words of fewer than four characters (キー, ミラー) it is no ending."""
_KANA = str.maketrans({chr(c): chr(c - 0x60) for c in range(ord("ァ"), ord("ヶ") + 1)})
_RUN = re.compile(r"[^\W_]+")
_PIECE = re.compile(r"[^\u2e80-\U0010ffff]+|[\u2e80-\U0010ffff]+")
_AROUND_A_WORD = re.compile(r"^[のをがはにでとへもや]+|(?:[のをがはにでとへもや]|[ぁ-ゖー]{2,})$")
"""Particles before and after a word, and endings of two characters or more."""
_CLUSTER = re.compile(r".[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*", re.DOTALL)


def _normal(text: str) -> str:
    return normalize("NFKC", _DASHES.sub("ー", text)).lower()


def folded(text: str) -> str:
    """One spelling for all of them: 「ｹｱﾌﾟﾗﾝ」「ケアプラン」「けあぷらん」."""
    return _LAST_SOUND.sub("", _normal(text)).translate(_KANA)


def _tokens(run: str, ends: bool) -> Iterator[str]:
    """Those of a run of letters. `ends`: nothing follows in what is asked for, so its last character needs no token alone."""
    pieces = _PIECE.findall(run)
    for n, piece in enumerate(pieces, 1):
        if piece[0] < "\u2e80":
            yield piece
            continue
        yield from (piece[i : i + 2] for i in range(len(piece) - 1))
        if len(piece) == 1 or not (ends and n == len(pieces)):
            yield piece[-1]


def tokens_in_order(text: str) -> list[str]:
    """The tokens of a text, as it reads, at most MOST_TOKENS."""
    # A character makes at most two tokens and NFKC at most eighteen characters; only the first part can matter.
    found: list[str] = []
    for run in _RUN.findall(folded(text[: MOST_TOKENS * 2])):
        found.extend(_tokens(run, ends=False))
        if len(found) >= MOST_TOKENS:
            break
    return found[:MOST_TOKENS]


def kept(text: str) -> str:
    """A text as the index keeps it: its tokens, with spaces between them."""
    return " ".join(tokens_in_order(text))


@dataclass(frozen=True, slots=True)
class Word:
    """One word that is asked for: its tokens must follow one another. `opens`: the last one may be the beginning of a longer one."""

    tokens: tuple[str, ...]
    opens: bool
    letters: str
    """As it is marked in an extract: folded, without what separates."""

    def times_in(self, kept_text: str) -> int:
        """How often it stands in a text of the index."""
        end = "" if self.opens else " "
        return f" {kept_text} ".count(f" {' '.join(self.tokens)}{end}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: every word must be there. `cut`: more was typed than is looked for."""

    words: Sequence[Word]
    cut: bool = False


def asked(text: str | None) -> Asked:
    """The words of what was typed, separated by spaces; signs alone are no word. Anything may be typed."""
    typed = (text or "").strip()
    found: list[Word] = []
    for part in folded(typed[:MOST_LETTERS]).split():
        runs = _RUN.findall(part)
        mine = [t for n, run in enumerate(runs, 1) for t in _tokens(run, ends=n == len(runs))]
        if mine:
            last = mine[-1]
            japanese = last[0] >= "\u2e80"
            opens = len(last) == 1 if japanese else len(last) >= 3 or len(mine) > 1
            found.append(Word(tuple(mine), opens, "".join(runs)))
    return Asked(found[:MOST_WORDS], len(typed) > MOST_LETTERS or len(found) > MOST_WORDS)


def _spelled(text: str) -> list[tuple[str, tuple[int, int]]]:
    """The letters of a text as `folded` leaves them, each with where it stands in the text."""
    found = [
        (letter, cluster.span())
        for cluster in _CLUSTER.finditer(_DASHES.sub("ー", text))
        for letter in normalize("NFKC", cluster[0]).lower()
    ]
    whole = "".join(letter for letter, _ in found)
    silent = {m.start() for m in _LAST_SOUND.finditer(whole)}
    return [(c.translate(_KANA), at) for i, (c, at) in enumerate(found) if i not in silent]


Extract = list[tuple[str, bool]]
"""Parts of a text, and whether each is one of the words."""


def marked(text: str, words: Sequence[Word]) -> Extract:
    """A text in parts, those marked that are one of the words."""
    heard = [(letter, at) for letter, at in _spelled(text) if _RUN.fullmatch(letter)]
    letters, at = "".join(letter for letter, _ in heard), [at for _, at in heard]
    spans: list[tuple[int, int]] = []
    for word in words:
        start = letters.find(word.letters)
        while start >= 0:
            spans.append((at[start][0], at[start + len(word.letters) - 1][1]))
            start = letters.find(word.letters, start + len(word.letters))
    parts: Extract = []
    end = 0
    for first, last in sorted(spans):
        if last <= end:
            continue
        first = max(first, end)
        if first > end:
            parts.append((text[end:first], False))
        parts.append((text[first:last], True))
        end = last
    if end < len(text):
        parts.append((text[end:], False))
    return parts


AROUND, LENGTH = 40, 120
LOOKED_AT = 8_000
"""So many characters of a text are looked through for an extract."""


def extract(text: str, words: Sequence[Word]) -> Extract:
    """The part of a text in which the first of the words stands, some LENGTH characters; empty where none does."""
    text = re.sub(r"\s+", " ", text[:LOOKED_AT])
    parts = marked(text, words)
    before = next((sum(len(p) for p, _ in parts[:n]) for n, (_, hit) in enumerate(parts) if hit), None)
    if before is None:
        return []
    first = max(0, before - AROUND)
    last = min(len(text), first + LENGTH)
    shown = marked(text[first:last], words)
    return [*([("…", False)] if first else []), *shown, *([("…", False)] if last < len(text) else [])]


def in_common(text: str, weights: Mapping[str, float], most: int) -> list[str]:
    """The weightiest stretches of a text all of whose tokens have a weight, as the text spells them: the words it shares with
    another one, without endings and particles."""
    letters = _spelled(text)
    found: dict[str, tuple[float, str]] = {}
    for run in _RUN.finditer("".join(letter for letter, _ in letters)):
        for piece in _PIECE.finditer(run[0]):
            for first, last, weight in _stretches(piece[0], weights):
                begin, end = (letters[run.start() + piece.start() + i][1] for i in (first, last))
                word = _AROUND_A_WORD.sub("", text[begin[0] : end[1]])
                if len(word) > 1:
                    found.setdefault(folded(word), (weight, word))
    return [word for _, word in sorted(found.values(), key=lambda f: -f[0])[:most]]


def _stretches(piece: str, weights: Mapping[str, float]) -> Iterator[tuple[int, int, float]]:
    """First and last letter of each, and its weight."""
    if piece[0] < "\u2e80":
        if piece in weights:
            yield 0, len(piece) - 1, weights[piece]
        return
    start, weight = 0, 0.0
    for i in range(len(piece)):
        token = piece[i : i + 2]
        if len(token) == 2 and token in weights:
            weight += weights[token]
            continue
        if weight:
            yield start, i, weight
        start, weight = i + 1, 0.0
