"""Where adoption is drawn: the map's steps, and curves as steps of an SVG; the tables that say the same, as rows for a spreadsheet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from stages.local_government import INVENTED_PREFECTURE, PREFECTURES, SIZE_CLASSES
from workflows.queries.adoption_curves import MARKS, Curve, Curves
from workflows.queries.spread import Group
from workflows.runtime.tables_out import Cell

BOUNDS = (0.0, 5.0, 15.0, 30.0, 60.0)
"""Percent above which the map is one step darker."""
WIDTH, HEIGHT = 640, 280
LEFT, RIGHT, TOP, BOTTOM = 64, 10, 14, 34
TOPS = (5, 10, 25, 50, 100)
CODE_OF = {name: code for code, name in PREFECTURES.items()}


@dataclass(frozen=True)
class Place:
    """A prefecture on the map: the number of its path (None: beside the map), its share, and how dark that is (0 to 5)."""

    number: str | None
    name: str
    group: Group
    step: int


def places(by_prefecture: Mapping[str, Group]) -> list[Place]:
    """In the order of their codes; prefectures that are not on the map are invented ones (99), or have no name."""
    found = []
    for name, group in by_prefecture.items():
        percent = group.share.percent or 0.0
        found.append(Place(CODE_OF.get(name), name, group, sum(percent > bound for bound in BOUNDS)))
    return found


@dataclass(frozen=True)
class Line:
    """A curve as drawn: its name, the way it is dashed and coloured (1 to 7), the path, and where its end stands."""

    name: str
    style: int
    path: str
    curve: Curve


@dataclass(frozen=True)
class Drawing:
    """Lines over days; `across` and `up` are the ticks: where each stands, and what is written at it."""

    lines: Sequence[Line]
    across: Sequence[tuple[float, str]]
    up: Sequence[tuple[float, str]]


def drawing(named: Sequence[tuple[str, Curve]]) -> Drawing | None:
    """The curves of a figure; None where nobody has begun, or no day has passed: a line along the bottom says nothing."""
    days = max((curve.seen_for for _, curve in named), default=0)
    most = max((step.share for _, curve in named for step in curve.steps), default=0.0)
    if not days or not most:
        return None
    top = next(t for t in TOPS if most * 100 <= t)

    def x(day: int) -> float:
        return round(LEFT + day / days * (WIDTH - LEFT - RIGHT), 1)

    def y(share: float) -> float:
        return round(HEIGHT - BOTTOM - share * 100 / top * (HEIGHT - TOP - BOTTOM), 1)

    lines = []
    for n, (name, curve) in enumerate(named):
        path = f"M{x(0)} {y(0)}" + "".join(f"H{x(s.day)}V{y(s.share)}" for s in curve.steps)
        lines.append(Line(name, n % 7 + 1, f"{path}H{x(curve.seen_for)}", curve))
    ticks = sorted({0, *(round(days * part / 4) for part in range(1, 5))})
    return Drawing(
        lines,
        [(x(day), f"{day:,}") for day in ticks],
        [(y(top / 100 * part / 4), f"{top * part / 4:g}%") for part in range(5)],
    )


def sizes(curves: Curves) -> list[tuple[str, Curve]]:
    return [(gettext(SIZE_CLASSES[curve.key or ""]), curve) for curve in curves.by_size]


def waves(curves: Curves) -> list[tuple[str, Curve]]:
    """The waves by name; the last one holds later ones too, where there are more than are drawn."""
    named = [name for name, _ in curves.by_wave if name is not None]
    return [
        (
            gettext("案内していない団体")
            if name is None
            else gettext("%(name)s と、その後の案内", name=name)
            if curves.more_waves and name == named[-1]
            else name,
            curve,
        )
        for name, curve in curves.by_wave
    ]


def table_of_places(by_prefecture: Mapping[str, Group]) -> Iterator[list[Cell]]:
    yield [gettext("都道府県"), gettext("団体の数"), gettext("導入済み"), gettext("導入率（パーセント）")]
    for place in places(by_prefecture):
        share = place.group.share
        yield [place.name or gettext("不明"), share.of, share.adopted, round(share.percent or 0, 2)]


def table_of_sizes(by_size: Mapping[str, Group]) -> Iterator[list[Cell]]:
    yield [gettext("規模"), gettext("団体の数"), gettext("導入済み"), gettext("導入率（パーセント）")]
    for size, group in by_size.items():
        if group.of:
            percent = round(group.share.percent or 0, 2)
            yield [gettext(SIZE_CLASSES[size]), group.of, group.share.adopted, percent]


def table_of_curves(named: Sequence[tuple[str, Curve]]) -> Iterator[list[Cell]]:
    """Every step of every curve; who has none yet has one row of nought."""
    yield [
        gettext("区分"), gettext("団体の数"), gettext("使い始めた団体"), gettext("全国展開からの日数"),
        gettext("使い始めた割合（パーセント）"), gettext("95パーセント区間の下端"), gettext("95パーセント区間の上端"),
    ]  # fmt: skip
    for name, curve in named:
        if not curve.steps:
            yield [name, curve.of, 0, curve.seen_for, 0, None, None]
        for s in curve.steps:
            bounds = [None if bound is None else round(bound * 100, 2) for bound in (s.low, s.high)]
            yield [name, curve.of, curve.began, s.day, round(s.share * 100, 2), *bounds]


IN_TEMPLATES = {
    "MARKS": MARKS,
    "BOUNDS": BOUNDS,
    "INVENTED": INVENTED_PREFECTURE,
    "places": places,
    "drawing": drawing,
    "sizes_of": sizes,
    "waves_of": waves,
}
