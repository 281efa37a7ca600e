"""Two versions of a text, side against side: which lines went, which came, and which words in them.

Bounded in time whatever the texts are: they are at most 20,000 characters in 2,000 lines, and where comparing would cost too
much (many equal lines in another order, lines without end) whole stretches are said to be replaced.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

AROUND = 2
"""So many unchanged lines are shown before and after a change."""
FEWEST_SKIPPED = 3
MOST_PAIRS = 200_000
"""Of places at which two lines, or two words, are the same: what a comparison costs."""
MOST_WORDS = 600
"""In one line; a longer one is shown as replaced."""
ALIKE = 0.4
"""Lines less alike than this are others: marking what they happen to share would only confuse."""
_WORDS = re.compile(r"[A-Za-z0-9_]+|\s+|.", re.DOTALL)
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Part:
    """Words of a line; `changed` where the other side has others."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """`kind`: same, went, came, or skipped: `count` lines that are the same and not shown."""

    kind: str
    parts: tuple[Part, ...] = ()
    count: int = 1


def compared(before: str, after: str) -> list[Compared]:
    """The lines of both in their order: unchanged ones around a change, those that went before those that came."""
    old, new = _lines(before), _lines(after)
    found: list[Compared] = []
    budget = [MOST_PAIRS]
    changes = list(_changes(old, new, budget))
    for place, (tag, i1, i2, j1, j2) in enumerate(changes):
        if tag == "equal":
            found += _unchanged(old[i1:i2], place == 0, place == len(changes) - 1)
        else:
            found += _replaced(old[i1:i2], new[j1:j2], budget)
    return found


def how_much(lines: Sequence[Compared]) -> tuple[int, int]:
    """How many lines came, and how many went."""
    kinds = Counter(line.kind for line in lines)
    return kinds["came"], kinds["went"]


def _lines(text: str) -> list[str]:
    return [line.rstrip("\n") for line in _LINES.findall(text.replace("\r\n", "\n"))]


Change = tuple[str, int, int, int, int]


def _changes(old: Sequence[str], new: Sequence[str], budget: list[int]) -> Iterator[Change]:
    """What difflib finds between the equal beginning and the equal end, which cost nothing."""
    start, least = 0, min(len(old), len(new))
    while start < least and old[start] == new[start]:
        start += 1
    end = 0
    while end < least - start and old[-1 - end] == new[-1 - end]:
        end += 1
    a, b = old[start : len(old) - end], new[start : len(new) - end]
    if start:
        yield "equal", 0, start, 0, start
    if a or b:
        if _affordable(a, b, budget):
            for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
                yield tag, i1 + start, i2 + start, j1 + start, j2 + start
        else:
            yield "replace", start, start + len(a), start, start + len(b)
    if end:
        yield "equal", len(old) - end, len(old), len(new) - end, len(new)


def _affordable(a: Sequence[str], b: Sequence[str], budget: list[int]) -> bool:
    """Whether the budget bears the comparison; takes it out. difflib walks all pairs of equal items each time it splits, and
    splits as often as there are stretches: pairs, times the logarithm in the ordinary case, bounded by their root here."""
    times = Counter(b)
    pairs = sum(times[item] for item in a)
    cost = (pairs + len(a)) * (1 + min(len(a), len(b)) // 100)
    if cost > budget[0]:
        return False
    budget[0] -= cost
    return True


def _unchanged(lines: Sequence[str], first: bool, last: bool) -> list[Compared]:
    head = 0 if first else AROUND
    tail = 0 if last else AROUND
    if len(lines) < head + tail + FEWEST_SKIPPED:
        return [_line("same", line) for line in lines]
    return [
        *(_line("same", line) for line in lines[:head]),
        Compared("skipped", count=len(lines) - head - tail),
        *(_line("same", line) for line in lines[len(lines) - tail :]),
    ]


def _line(kind: str, text: str) -> Compared:
    return Compared(kind, (Part(text, False),))


def _replaced(old: Sequence[str], new: Sequence[str], budget: list[int]) -> list[Compared]:
    """Lines replaced by others are compared word by word, the first with the first and so on, as far as both go."""
    pairs = [_words(a, b, budget) for a, b in zip(old, new, strict=False)]
    return [
        *(Compared("went", went) for went, _ in pairs),
        *(_line("went", line) for line in old[len(pairs) :]),
        *(Compared("came", came) for _, came in pairs),
        *(_line("came", line) for line in new[len(pairs) :]),
    ]


def _words(old: str, new: str, budget: list[int]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(a), len(b)) > MOST_WORDS or not _affordable(a, b, budget):
        return (Part(old, False),), (Part(new, False),)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < ALIKE:
        return (Part(old, False),), (Part(new, False),)
    went, came = [], []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if i2 > i1:
            went.append(Part("".join(a[i1:i2]), tag != "equal"))
        if j2 > j1:
            came.append(Part("".join(b[j1:j2]), tag != "equal"))
    return tuple(went), tuple(came)
