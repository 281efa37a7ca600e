"""Look-alikes on real ideas by cluster, and the time of a search over many ideas on both databases.

The real ideas are no part of the repository: KYOSO_BENCH_IDEAS names the file (JSON lines with title, summary, and cluster: the same idea
in different towns has the same one). `make bench PYTEST_ARGS="tests/bench/bench_search.py"`.
"""

import json
import os
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest
import sqlalchemy as sa

from app.db import reading
from tests.country import TANTO, Country
from tests.nation import a_nation_of_ideas
from workflows.queries.alike import NEAR, alike
from workflows.queries.ideas_list import Filters as IdeaFilters
from workflows.queries.ideas_list import ideas_list
from workflows.queries.looks import Eyes
from workflows.queries.search import Filters, search
from workflows.runtime.actors import speaker
from workflows.search import closest

FIRST = 5
WORDS = ("窓口", "水道", "通訳", "防災 要約", "AI", "窓", "窓口の問合せ", "除雪")


def the_ideas() -> list[dict[str, Any]]:
    file = os.environ.get("KYOSO_BENCH_IDEAS")
    if not file:
        pytest.skip("KYOSO_BENCH_IDEAS names no file of ideas")
    return [json.loads(line) for line in Path(file).read_text("utf-8").splitlines()]


def test_the_same_idea_of_another_town_is_among_the_first_five(country: Country) -> None:
    ideas = the_ideas()
    numbers = [
        country.an_idea(i["title"][:200], challenge=i["summary"], as_is="今の様子。", to_be="先の様子。")
        for i in ideas
    ]
    clusters: dict[str, set[int]] = defaultdict(set)
    for n, idea in enumerate(ideas):
        if idea["cluster"]:
            clusters[idea["cluster"]].add(n)
    with reading(country.engine) as session:
        eyes = Eyes(session, speaker(session, TANTO), country.now)
        ids = dict(session.execute(sa.text("SELECT number, id FROM idea")).all())  # type: ignore[arg-type]

        def by_text(n: int) -> list[str]:
            found = alike(eyes, ideas[n]["title"], ideas[n]["summary"], ids[numbers[n]])
            return [a.row.number for a in found]

        def by_typed_title(n: int) -> list[str]:
            return [a.row.number for a in alike(eyes, ideas[n]["title"], "", ids[numbers[n]])]

        def by_binding_rule(n: int) -> list[str]:
            found = closest(session, ideas[n]["title"], sa.text(f"idea.id <> {ids[numbers[n]]}"))  # type: ignore[arg-type]
            return [a.number for a in found]

        print(f"\n{country.engine.dialect.name}: {len(ideas)} ideas, shown from a cosine of {NEAR}")
        figures = [
            measured(name, find, numbers, clusters)
            for name, find in (
                ("whole text", by_text),
                ("title typed", by_typed_title),
                ("binding rule alone", by_binding_rule),
            )
        ]
    assert figures[0][0] > 0.7


def measured(
    name: str, find: Callable[[int], list[str]], numbers: list[str], clusters: dict[str, set[int]]
) -> tuple[float, float]:
    """Recall at FIRST (of as many as could be there) and precision of what is shown, over ideas that have kin; and by cluster."""
    recall: dict[str, list[float]] = defaultdict(list)
    right = shown = 0
    took = []
    for cluster, members in clusters.items():
        for n in members if len(members) > 1 else ():
            began = time.perf_counter()
            found = find(n)[:FIRST]
            took.append(time.perf_counter() - began)
            kin = {numbers[m] for m in members - {n}}
            hits = len(kin & set(found))
            recall[cluster].append(hits / min(FIRST, len(kin)))
            right, shown = right + hits, shown + len(found)
    whole = mean(r for rs in recall.values() for r in rs)
    worst = sorted((round(mean(rs), 2), cluster, len(rs)) for cluster, rs in recall.items())[:5]
    print(
        f"{name:20} recall@{FIRST} {whole:.3f}, by cluster {mean(mean(rs) for rs in recall.values()):.3f};"
        f" precision {right / max(1, shown):.3f}; {median(took) * 1000:.0f} ms; weakest {worst}"
    )
    return whole, right / max(1, shown)


def test_the_time_of_a_search_beside_a_bare_select(country: Country, request: pytest.FixtureRequest) -> None:
    size = max(int(n) for n in request.config.getoption("--ideas").split(","))
    country.a_flagged_product()
    began = time.perf_counter()
    a_nation_of_ideas(country, 1, size)
    print(f"\n{country.engine.dialect.name}: {size:,} ideas filled in {time.perf_counter() - began:.0f} s")
    with reading(country.engine) as session:
        eyes = Eyes(session, speaker(session, TANTO), country.now)
        bare = sa.text(
            "SELECT number, title, status FROM idea WHERE status = 'active' ORDER BY status_since DESC LIMIT 20"
        )
        floor = milliseconds(lambda: session.execute(bare).all())
        print(f"bare indexed select of 20 rows: {floor:.2f} ms")
        for q in WORDS:
            found = search(eyes, q, Filters())
            page = milliseconds(lambda: search(eyes, q, Filters()))  # noqa: B023
            narrow = milliseconds(lambda: search(eyes, q, Filters(kind="idea", field="窓口")))  # noqa: B023
            listed = milliseconds(lambda: ideas_list(eyes, IdeaFilters(q=q)))  # noqa: B023
            print(
                f"{q:12} {found.counts['idea']:>5} ideas: /search {page:7.1f} ms ({page / floor:6.0f}), narrowed {narrow:7.1f},"
                f" /ideas {listed:7.1f} ({listed / floor:6.0f})"
            )
        near = milliseconds(
            lambda: alike(eyes, "窓口の問合せをAIで下書きする", "回答に時間がかかる。手で探している。")
        )
        print(f"look-alikes: {near:.1f} ms ({near / floor:.0f})")


def milliseconds(do: Callable[[], object], times: int = 5) -> float:
    """The median, after one that warms up."""
    do()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        do()
        took.append(time.perf_counter() - began)
    return median(took) * 1000
