"""Pictures of `/insights`, drawn by the template as SVG 320 units wide: where each mark goes, computed here."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, LEFT, RIGHT = 320, 2, 58
ROW = 40
TALL, BASE = 150, 128


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: its name above, pieces (x, width, class) side by side, a mark (x), a line from low to high with a point, a value."""

    name: str
    value: str
    y: int
    pieces: Sequence[tuple[float, float, str]] = ()
    mark: float | None = None
    span: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    rows: Sequence[Bar]
    legend: Sequence[tuple[str, str]] = ()
    """Class and name of the pieces."""

    @property
    def height(self) -> int:
        return ROW * len(self.rows) + 4


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    points: str
    end: tuple[float, float]
    style: str


@dataclass(frozen=True, slots=True)
class Curves:
    """Shares (0 to 1) by month, as steps. `ticks`: x and month."""

    title: str
    lines: Sequence[Line]
    ticks: Sequence[tuple[float, int]]


def bars(
    rows: Sequence[tuple[str, str, Sequence[tuple[float, str]]]],
    legend: Sequence[tuple[str, str]] = (),
    most: float | None = None,
    marks: Sequence[float] = (),
) -> Bars:
    """Rows of a name, a value in words and the pieces (size, class); `most` is the whole width, by default the longest row's."""
    most = most or max((sum(size for size, _ in pieces) for _, _, pieces in rows), default=1) or 1
    found = []
    for n, (name, value, pieces) in enumerate(rows):
        x, placed = float(LEFT), []
        for size, style in pieces:
            width = size / most * (WIDTH - LEFT - RIGHT)
            placed.append((round(x, 1), round(width, 1), style))
            x += width
        mark = _x(marks[n], most) if marks else None
        found.append(Bar(name, value, ROW * n, placed, mark))
    return Bars(found, legend)


def spans(rows: Sequence[tuple[str, str, float, float, float]]) -> Bars:
    """Rows of a name, a value in words, low, middle and high, on one scale from 0."""
    most = max((high for *_, high in rows), default=1) or 1
    return Bars(
        [
            Bar(name, value, ROW * n, span=(_x(low, most), _x(middle, most), _x(high, most)))
            for n, (name, value, low, middle, high) in enumerate(rows)
        ]
    )


def _x(value: float, most: float) -> float:
    return round(LEFT + value / most * (WIDTH - LEFT - RIGHT), 1)


def curves(title: str, shares: Sequence[tuple[str, Sequence[float]]], months: int) -> Curves:
    """One line for each (name, share by month)."""

    def at(month: float, share: float) -> tuple[float, float]:
        return round(28 + month / max(1, months) * 210, 1), round(BASE - share * 112, 1)

    lines = []
    for n, (name, of) in enumerate(shares):
        points = [at(0, of[0])]
        for month in range(1, len(of)):
            points += [(at(month, 0)[0], points[-1][1]), at(month, of[month])]
        drawn = " ".join(f"{x},{y}" for x, y in points)
        lines.append(Line(name, drawn, points[-1], f"line-{n % 4}"))
    step = max(3, -(-months // 12) * 3)
    return Curves(title, lines, [(at(m, 0)[0], m) for m in range(0, months + 1, step)])
