"""What an asset brings, when it is the country's, what a prompt's answer is looked at for, and how two texts differ."""

import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from workflows.library_effect import Measured, mean_effect, shared_nationwide, spread_of
from workflows.prompt_cases import checked, expected
from workflows.texts_compared import compared, how_much

START = datetime(2026, 4, 1, tzinfo=UTC)


def measured(*minutes: tuple[str, str, float]) -> list[Measured]:
    return [Measured(org, org, kind, m, 1, START + timedelta(n)) for n, (org, kind, m) in enumerate(minutes)]


def test_what_two_organizations_measured_is_the_countrys() -> None:
    towns = measured(("a", "municipality", 3.0), ("b", "municipality", 7.0), ("c", "municipality", 8.0))
    assert shared_nationwide([]) == shared_nationwide(towns[:1]) == ()
    assert [m.org for m in shared_nationwide(towns)] == ["a", "b"], "the first two, whatever came later"
    assert shared_nationwide(measured(("a", "municipality", 3.0), ("b", "municipality", 0.0))) == ()
    assert shared_nationwide(measured(("a", "municipality", 3.0), ("b", "vendor", 9.0))) == ()
    assert len(shared_nationwide(measured(("a", "agency", 3.0), ("b", "municipality", 9.0)))) == 2


def test_no_figure_without_its_spread() -> None:
    one = measured(("a", "municipality", 4.0))
    assert spread_of([]) is None
    assert mean_effect(one) is None
    found = mean_effect(measured(("a", "municipality", 3.0), ("b", "municipality", 7.0)))
    # 5 ± t(1, 0.975) · sd / √2 = 5 ± 12.7062 · 2.8284 / 1.4142
    assert found is not None
    assert found.low is not None
    assert (found.value, found.n) == (5.0, 2)
    assert found.low == pytest.approx(5 - 12.7062 * 2, abs=1e-3)
    spread = spread_of(
        measured(("a", "municipality", 3.0), ("b", "municipality", 9.0), ("c", "municipality", 4.0))
    )
    assert spread is not None
    assert (spread.least, spread.middle, spread.most, spread.n) == (3.0, 4.0, 9.0, 3)


@pytest.mark.parametrize(
    ("case", "output", "held"),
    [
        (
            {"contains": ["予約 が必要", "ＡＩ"]},
            "前の日までに予約が\n必要です。ai は使えません。",
            [True, True],
        ),
        ({"contains": ["無料"]}, "有料です。", [False]),
        ({"lacks": ["たぶん"]}, "タブンではなく、たぶん。", [False]),
        ({"lacks": ["たぶん"]}, "三千円です。", [True]),
        ({"at_most": 4}, "\r\n四文字だ\r\n", [True]),
        ({"at_most": 3}, "四文字だ", [False]),
        ({"cites": True}, "要綱第３条の二による。", [True]),
        ({"cites": True}, "手引 12 頁", [True]),
        ({"cites": True}, "出典：市の要綱", [True]),
        ({"cites": True}, "https://a.example.jp/youkou", [True]),
        ({"cites": True}, "根拠のない答えです。第三者に聞いてください。", [False]),
    ],
)
def test_an_expected_property_is_looked_for(case: dict[str, object], output: str, held: list[bool]) -> None:
    assert [result["held"] for result in checked(case, output)] == held
    assert len(expected(case)) == len(held)


def test_two_texts_side_against_side() -> None:
    lines = compared("同じ\n三日で答える。\n古い\n末尾", "同じ\n五日で答える。\n末尾\n追加")
    assert [(line.kind, "".join(part.text for part in line.parts)) for line in lines] == [
        ("same", "同じ"), ("went", "三日で答える。"), ("went", "古い"), ("came", "五日で答える。"),
        ("same", "末尾"), ("came", "追加"),
    ]  # fmt: skip
    assert how_much(lines) == (2, 2)
    (went, came) = compared("窓口は三階です。", "窓口は五階です。")
    assert [part.text for part in went.parts if part.changed] == ["三"]
    assert [part.text for part in came.parts if part.changed] == ["五"]
    long = [str(n) for n in range(100)]
    changed = compared("\n".join(long), "\n".join([*long[:50], "x", *long[51:]]))
    assert [line.count for line in changed if line.kind == "skipped"] == [48, 47]
    assert compared("", "") == []
    assert [line.kind for line in compared("", "始め")] == ["came"]


def test_comparing_is_bounded_and_loses_no_line() -> None:
    """Texts of the longest form there is, in the orders that cost difflib most."""
    chance = random.Random(1)
    few = [str(n % 40) for n in range(1_999)]
    shuffled = chance.sample(few, len(few))
    letters = ["".join(chance.choices("あいうえおかきく", k=95)) for _ in range(400)]
    started = time.process_time()
    for before, after in (
        ("\n".join(few), "\n".join(shuffled)),
        ("ab" * 10_000, "ba" * 10_000),
        ("\n".join(letters[:200]), "\n".join(letters[200:])),
    ):
        found = compared(before, after)
        kept = [line for line in found if line.kind in ("same", "went")]
        skipped = sum(line.count for line in found if line.kind == "skipped")
        assert len(kept) + skipped == before.count("\n") + 1
    assert time.process_time() - started < 5
