"""The demo country: its stories keep their sense wherever the calendar puts them, and play whole on both databases."""

from datetime import date, timedelta
from itertools import combinations

import pytest
import sqlalchemy as sa
import yaml
from sqlmodel import Session, col, func, select

import workflows.registry  # noqa: F401  (the verbs that stories say)
from stages import risk
from stages.lifecycle import STAGE_KEYS, STATUS_NAMES
from stages.rollout import FLAG_NAMES
from workflows import search
from workflows.calendar import tokyo_day
from workflows.demo import ACCEPTANCE, moved_back, placed, stories, years_back
from workflows.demo_roads import written_out
from workflows.runtime import verification
from workflows.runtime.scenario import play, read_scenarios
from workflows.tables.ideas import Idea
from workflows.tables.people import Membership
from workflows.tables.products import Product, RolloutTarget
from workflows.tables.reviews import Assignment, GateDecision
from workflows.tables.risks import Incident

TODAY = date(2026, 11, 24)
DAYS = [TODAY, date(2026, 5, 5), date(2027, 4, 1), date(2028, 2, 29), date(2031, 1, 1)]
"""An ordinary day, one in a row of holidays, the first of a fiscal year, a leap day, one long after the stories."""


def steps_on(today: date) -> list:
    return read_scenarios([(name, text.encode()) for name, text in stories(today)])


def test_dates_years_and_numbers_move_together_and_nothing_else_does() -> None:
    told = "{at: '2026-04-01T09:00:00+09:00', slug: ideathon-2026-spring, lgcode: '992020', number: R8-0001, n: 1820, cost: 2400}"
    moved = "{at: '2024-04-01T09:00:00+09:00', slug: ideathon-2024-spring, lgcode: '992020', number: R6-0001, n: 1820, cost: 2400}"
    assert moved_back(told, 2) == moved


def test_a_leap_day_cannot_be_moved_by_whole_years() -> None:
    with pytest.raises(ValueError, match="2028-02-29"):
        moved_back("since: '2028-02-29'", 2)


@pytest.mark.parametrize(
    ("today", "years"),
    [
        (date(2028, 5, 11), 0),  # thirty days after the last step
        (date(2028, 5, 10), 1),
        (date(2027, 5, 11), 1),
        (date(2026, 11, 24), 2),
        (date(2029, 12, 1), -1),
    ],
)
def test_the_stories_move_by_the_fewest_years_that_leave_a_month(today: date, years: int) -> None:
    assert (
        years_back(["- at: '2026-04-01T09:00:00+09:00'\n- {tick: '2028-04-11T06:00:00+09:00'}"], today)
        == years
    )


def test_a_record_older_than_the_first_checklist_is_judged_by_it() -> None:
    """The moved stories ask for reviews before the day on which the checklists were published."""
    first = risk.current("high_risk", date(2020, 1, 1))
    assert first is not None
    assert first.published_on == min(
        c.published_on for c in risk.checklists().values() if c.kind == "high_risk"
    )


def test_places_are_counted_from_today() -> None:
    told = "{D-30} {D+1} {D} {D-1T09:30} {FY} {FY+1} R8-0001"
    assert placed(told, date(2027, 3, 31), 2) == (
        "2027-03-01 2027-04-01 2027-03-31 2027-03-30T09:30:00+09:00 2026 2027 R6-0001"
    )


def test_a_road_is_written_out_in_the_order_of_time_between_the_steps_around_it() -> None:
    story = """
    - cast: {owner: toudai, vendor: tomoshibi, repository: tomoshibi/tenken}
    - {at: 2026-04-01, as: tanto@toudai.example.jp, do: idea.draft, with: {title: 点検}, save: idea}
    - {at: 2026-04-02, road: prototype, with: {message: 一緒に作ります。}}
    - {at: 2026-04-02T12:00:00+09:00, as: kessai@toudai.example.jp, do: comment.post, with: {idea: $idea, body_md: 待っています。}}
    """
    steps = yaml.safe_load(written_out(story))
    assert [s["do"] for s in steps] == [
        "idea.draft",
        "team.ask",
        "comment.post",
        "team.accept",
        "repo.link",
        "repo.snapshot",
    ]
    assert steps[0]["at"] == "2026-04-01T09:00:00+09:00"
    assert steps[3] == {
        "at": "2026-04-03T09:00:00+09:00",
        "as": "tanto@toudai.example.jp",
        "do": "team.accept",
        "with": {"idea": "$idea", "org": "tomoshibi"},
    }


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_every_story_reads_and_no_step_lies_in_the_future(today: date) -> None:
    steps = steps_on(today)
    assert max(tokyo_day(s.at) for s in steps) < today
    last = max(s.at for s in steps if ACCEPTANCE.fullmatch(s.file))
    assert timedelta(days=30) <= today - tokyo_day(last) <= timedelta(days=30 + 366)


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_the_other_towns_come_after_the_counts_that_the_acceptance_stories_look_at(today: date) -> None:
    """01 expects at most 1,800 targets, and counts who adopted its product up to its last step."""
    steps = steps_on(today)
    counted = max(s.at for s in steps if ACCEPTANCE.fullmatch(s.file) and "targets" in (s.expect or {}))
    last = max(s.at for s in steps if ACCEPTANCE.fullmatch(s.file))
    others = [s for s in steps if not ACCEPTANCE.fullmatch(s.file)]
    registered = min(s.at for s in others if s.name == "org.register")
    adopted = min(
        s.at for s in others if s.name == "adoption.report" and s.given["product"] == "madoguchi-faq"
    )
    assert registered > counted
    assert adopted > last


def test_titles_that_look_alike_are_compared_or_kin() -> None:
    """Otherwise `not_duplicate` would be red where a story says that all is green."""
    titles = {s.given["title"]: s.file for s in steps_on(TODAY) if s.name == "idea.draft"}
    tokens = {title: search.tokens(title) for title in titles}
    alike = {
        frozenset({a, b})
        for a, b in combinations(titles, 2)
        if 2 * len(tokens[a] & tokens[b]) >= len(tokens[a] | tokens[b])
    }
    assert alike == {
        frozenset({"窓口FAQ下書き支援", "福祉窓口FAQ下書き支援"}),
        frozenset({"避難所の開設の知らせの文づくり", "避難所の開設の知らせの文案"}),
    }


def test_an_empty_database_becomes_a_living_country(engine: sa.Engine) -> None:
    for _ in play(engine, steps_on(TODAY)):
        pass
    with Session(engine) as session:
        ideas = session.exec(select(Idea.stage, Idea.status)).all()
        products = dict(session.exec(select(Product.slug, Product.flag)).all())
        targets = dict(
            session.exec(select(Product.slug, func.count()).join(RolloutTarget).group_by(Product.slug)).all()
        )
        verified = verification.verify(session, None)
        withheld = session.exec(
            select(GateDecision).where(col(GateDecision.withhold_because).is_not(None))
        ).all()
        recused = session.exec(select(Assignment).where(col(Assignment.recused_at).is_not(None))).all()
        open_incidents = session.exec(select(Incident).where(col(Incident.closed_at).is_(None))).all()
        places = session.exec(select(Membership.user_id, Membership.org_id)).all()
    assert len(ideas) >= 34
    # What the decision report, the risk register and the acting organization show is not empty.
    assert any(d.resolutions for d in withheld)
    assert {r.review_id for r in recused} & {d.review_id for d in withheld}
    assert {i.severity for i in open_incidents} == {"low", "medium", "high"}
    assert any(i.preliminary_due_on < TODAY for i in open_incidents)
    assert len({user for user, _ in places}) < len(set(places))
    assert {stage for stage, _ in ideas} == set(STAGE_KEYS)
    assert {status for _, status in ideas} == set(STATUS_NAMES)
    assert {s for s, status in ideas if status == "in_review"} == set(STAGE_KEYS) - {"rollout"}
    assert set(products.values()) == set(FLAG_NAMES)
    assert all(targets[slug] >= 1788 for slug, flag in products.items() if flag != "none")
    assert verified.verified
