"""The figures of the road: each counted by hand on a few lives, and what is made of a walked road for which audience."""

from datetime import date, timedelta

import pytest
from scipy import stats
from sqlmodel import select

from tests.country import VENDOR, Country
from workflows.calendar import tokyo_day, working_days_between
from workflows.forecasting import HOLD, LEFT, REVIEW, WORK, Wait
from workflows.insights import future
from workflows.insights.blockers import grouped
from workflows.insights.cohorts import MONTH, cohorts
from workflows.insights.figures import _working_days, ages, funnel
from workflows.insights.future import calibration, capacity, quarter_after
from workflows.insights.lives import Asked, Life, lives_of, opens_at, spells
from workflows.insights.making import make_insights
from workflows.insights.reviewing import weighted_kappa
from workflows.runtime.transaction import reading
from workflows.tables.machinery import Insight

DAY = date(2026, 4, 1).toordinal()


def a_life(number: int = 1, status: str = "active", since: int = 0, **more: object) -> Life:
    """Submitted on DAY; returned once, held once, passed G1 on day 90, in a pilot since."""
    reviews = [
        Asked(1, "G1", DAY + 10, DAY + 15, "returned", False),
        Asked(2, "G1", DAY + 20, DAY + 30, "hold", False),
        Asked(3, "G1", DAY + 70, DAY + 90, "go", False),
    ]
    life = Life(number, DAY, 1, status, DAY + 90, DAY + since, True, [(0, DAY, reviews), (1, DAY + 90, [])])
    for name, value in more.items():
        setattr(life, name, value)
    return life


def test_a_life_is_told_as_its_waits_and_looking_back_knows_no_more_than_the_day_did() -> None:
    whole = [wait for wait, _, _ in spells(a_life(), DAY + 100)]
    assert whole == [
        Wait((WORK, 0), 10, "asked"), Wait((REVIEW, 0), 5, "returned"), Wait((WORK, 0), 5, "asked"),
        Wait((REVIEW, 0), 10, "hold"), Wait((HOLD, 0), 40, "asked"), Wait((REVIEW, 0), 20, "go"), Wait((WORK, 1), 10),
    ]  # fmt: skip
    assert [w for w, _, _ in spells(a_life(), DAY + 25)] == [*whole[:3], Wait((REVIEW, 0), 5)]
    assert [w for w, _, _ in spells(a_life(), DAY + 40)][-1] == Wait((HOLD, 0), 10)
    assert [w for w, _, _ in spells(a_life(status="withdrawn", since=97), DAY + 100)][-1] == Wait(
        (WORK, 1), 7, LEFT
    )
    assert list(spells(a_life(), DAY)) == []


def test_what_was_open_on_a_day_is_told_with_what_came_of_it() -> None:
    (then,) = opens_at([a_life()], DAY + 25, 0, DAY + 100)
    assert (then.place, then.age, then.came_after) == ((REVIEW, 0), 5, 5)
    (later,) = opens_at([a_life()], DAY + 95, 0, DAY + 100)
    assert (later.place, later.age, later.came_after, later.watched) == ((WORK, 1), 5, None, 5)
    assert opens_at([a_life(status="withdrawn", since=97)], DAY + 95, 0, DAY + 100) == []
    assert opens_at([a_life()], DAY + 25, 1, DAY + 100) == []


def test_funnel_and_ages_count_each_idea_once_a_stage() -> None:
    lives = [a_life(1), a_life(2, status="killed"), a_life(3, status_since=DAY)]
    lives[2].visits, lives[2].stage, lives[2].stage_since = [(0, DAY, [])], 0, DAY
    assert funnel(lives)["all"][:2] == [[3, 2, 0, 1], [2, 0, 1, 1]]
    assert funnel(lives).keys() == {"2026", "all"}
    found = ages(lives, DAY + 100)
    assert found["ideathon"] == {"n": 1, "q1": 100.0, "median": 100.0, "q3": 100.0, "oldest": [[100, 3]]}
    assert found["pilot"]["n"] == 1


def test_working_days_are_those_of_the_calendar() -> None:
    between, day = _working_days(), date(2025, 12, 20)
    for ahead in (0, 1, 13, 64, 65, 200):
        to = day + timedelta(days=ahead)
        assert between(day.toordinal(), to.toordinal()) == working_days_between(day, to)


def test_kappa_is_that_of_the_books() -> None:
    """One distribution of colours for both, linear weights; of two colours alone that is Scott's pi."""
    yes, no = "green", "red"
    pairs = [(yes, yes)] * 45 + [(yes, no)] * 15 + [(no, yes)] * 25 + [(no, no)] * 15
    share = (2 * 45 + 40) / 200
    chance = share**2 + (1 - share) ** 2
    assert weighted_kappa(pairs) == pytest.approx((0.6 - chance) / (1 - chance))
    graded = [(yes, yes)] * 2 + [(yes, "amber"), (no, no)]
    by_chance = 2 * (5 * 1 * 1 + 5 * 2 * 2 + 1 * 2 * 1) / 64
    assert weighted_kappa(graded) == pytest.approx(1 - (2 / 8) / by_chance)
    assert weighted_kappa([]) is None
    assert weighted_kappa([(yes, yes)]) is None, "chance alone would agree"


def test_blockers_in_alike_words_are_one() -> None:
    said = [
        ("個人情報の入力の手順", "P1"),
        ("個人情報の入力手順", "P2"),
        ("大雨", "P3"),
        ("個人情報の入力の手順", "P1"),
    ]
    first, second = grouped(said)
    assert (first["text"], first["pilots"], first["reports"]) == ("個人情報の入力の手順", 2, 3)
    assert first["also"] == ["個人情報の入力手順"]
    assert (second["text"], second["pilots"]) == ("大雨", 1)


def test_a_cohort_is_counted_with_those_that_stopped_and_those_still_on_their_way() -> None:
    lives = [a_life(n) for n in range(3)] + [
        a_life(9, status="killed", visits=[(0, DAY, [])]) for _ in range(3)
    ]
    (year,) = cohorts(lives, DAY + 200, 0)["years"].values()
    assert year["stages"]["pilot"][-1] == 0.5
    curve = stats.ecdf(stats.CensoredData([90] * 3, right=[200] * 3)).cdf
    assert year["stages"]["pilot"] == [float(curve.evaluate(m * MONTH)) for m in range(7)]
    assert cohorts(lives[:4], DAY + 200, 0)["years"]["2026"]["stages"] is None


def as_known(review: Asked) -> Asked:
    if review.closed is None or review.closed < DAY:
        return review
    return Asked(review.id, review.gate, review.on, None, None, False)


def test_a_history_held_back_is_foretold_from_what_was_known_by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred ideas, one a week, each like the last: forecasts hold, and one product a week comes."""
    monkeypatch.setattr(future, "LOOKS_BACK_MONTHS", 4)
    monkeypatch.setattr(future, "QUARTERS_BACK", 2)
    lives = []
    for n in range(100):
        visits, at = [], DAY - 700 + 7 * n
        life = Life(n, at, 0, "active", at, at, True)
        for stage in range(4):
            asked, closed = at + 20 + n % 5, at + 30 + n % 7
            visits.append((stage, at, [Asked(4 * n + stage, f"G{stage + 1}", asked, closed, "go", False)]))
            at = closed
        visits.append((4, at, []))
        life.visits = [(s, d, [as_known(r) for r in rs if r.on < DAY]) for s, d, rs in visits if d < DAY]
        lives.append(life)
    said = calibration(lives, DAY, 0)["said"]
    assert said["by 85"][1] > 50
    assert said["by 85"][0] / said["by 85"][1] > 0.85
    found = capacity(lives, DAY, 0)
    *_, low, high, _ = found["periods"][1]
    assert low <= 13 <= high
    assert found["past"]["80"] == [2, 2]
    assert quarter_after(date(2026, 2, 10).toordinal()) == DAY


@pytest.fixture
def walked(small_country: Country) -> Country:
    """One idea that a gate let into its pilot, with a blocker, and one of which nothing is published."""
    _, pilot = small_country.a_running_pilot()
    small_country.say(VENDOR, "pilot.report", pilot=pilot, health="amber", progress=10, summary="遅れ。", blockers=["人手不足"])  # fmt: skip
    small_country.an_idea("まだ公表されていない")
    return small_country


def made(country: Country) -> dict[tuple[str, str], dict]:
    with reading(country.engine) as session:
        return {(row.scope, row.figure): row.facts for row in session.exec(select(Insight))}


def test_what_is_published_is_made_of_what_everybody_may_read(walked: Country) -> None:
    assert make_insights(walked.engine, walked.now) == 20
    found = made(walked)
    assert found["published", "funnel"]["years"]["all"][0] == [1, 1, 0, 0]
    assert found["whole", "funnel"]["years"]["all"][0] == [2, 1, 0, 1]
    assert {f for scope, f in found if scope == "whole"} - {f for scope, f in found if scope == "published"} == {
        "load", "blockers",
    }  # fmt: skip
    assert found["whole", "blockers"]["groups"][0]["text"] == "人手不足"
    assert found["whole", "service"]["gates"]["all"]["n"] == 1
    assert found["whole", "load"]["all"]["reviewers"] == 2
    assert make_insights(walked.engine, walked.now) == 20
    assert made(walked) == found, "the same ideas and the same day give the same figures"


def test_a_decision_that_withholds_parts_gives_no_red_criterion_away(country: Country) -> None:
    idea = country.an_idea()
    country.decide(country.a_review(idea), "kill", withhold_because="個人の事情")
    make_insights(country.engine, country.now)
    found = made(country)
    assert found["whole", "stops"]["decisions"] == {"G1": {"kill": 1}}
    assert found["whole", "stops"]["criteria"]
    assert found["published", "stops"] == {"decisions": {}, "criteria": []}
    with reading(country.engine) as session:
        (life,) = lives_of(session)
    assert life.visits[0][2][0].end == "kill"
    assert life.status_since == tokyo_day(country.now).toordinal()
