"""Measuring: who may measure what and when, which measurements count, and what they say with which interval."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from tests.country import (
    HOSHIMORI,
    HUMAN_G3,
    JIMUKYOKU,
    KANRI,
    KESSAI,
    KUMOI,
    OUTSIDER,
    SHINSA1,
    SHINSA3,
    TANTO,
    VENDOR,
    Country,
)
from workflows.measuring import Arm, estimate, kpis_of, latest_tries
from workflows.runtime.transaction import reading
from workflows.statistics import Summary, bootstrap_difference, difference_of_means, mean_of, proportion
from workflows.tables.ideas import Idea
from workflows.tables.pilots import Measurement, Pilot


def measured(visit: int = 1, **observed: Any) -> Measurement:
    return Measurement(
        ref="M", kpi_id=1, visit_id=visit, arm="pilot", period_from=date(2026, 6, 1), period_to=date(2026, 6, 2),
        method="記録", org_id=1, measured_by_id=1, recorded_at=datetime(2026, 6, 3, tzinfo=UTC), **observed,
    )  # fmt: skip


def shares(successes: int, n: int, visit: int = 1) -> Measurement:
    return measured(visit, successes=successes, n=n)


def means(mean: float, sd: float, n: int) -> Measurement:
    return measured(mean=mean, sd=sd, n=n)


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements an engine sends while inside."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


NOTHING = Arm([])


# -- what the measurements say (no database) -------------------------------------------------------------------------


def test_a_share_pools_successes_and_n_under_wilsons_interval() -> None:
    found = estimate("accuracy", NOTHING, Arm([shares(286, 400), shares(290, 400)]), seed=1)
    assert found == proportion(576, 800)


def test_time_saved_is_the_baseline_less_the_pilot_by_welch() -> None:
    before, tried = Arm([means(12.0, 3.1, 120)]), Arm([means(5.4, 2.2, 400)])
    found = estimate("time_saved", before, tried, seed=1)
    assert found == difference_of_means(Summary(120, 12.0, 3.1), Summary(400, 5.4, 2.2))
    assert found is not None
    assert found.value == 6.6
    assert tried.n == 400


def test_time_saved_without_a_baseline_says_nothing() -> None:
    assert estimate("time_saved", NOTHING, Arm([means(5.4, 2.2, 400)]), seed=1) is None
    assert estimate("satisfaction", Arm([means(3.0, 1.0, 9)]), NOTHING, seed=1) is None


def test_samples_are_resampled_only_where_every_measurement_has_them() -> None:
    before, tried = [12.0, 13.0, 11.0, 12.5], [5.0, 6.0, 5.5]
    with_samples = Arm([measured(samples=tried, n=3, mean=5.5, sd=0.5)])
    both = estimate(
        "time_saved", Arm([measured(samples=before, n=4, mean=12.125, sd=0.85)]), with_samples, seed=7
    )
    assert both == bootstrap_difference(before, tried, 7)
    one = estimate("time_saved", Arm([means(12.125, 0.85, 4)]), with_samples, seed=7)
    assert one == difference_of_means(Summary(4, 12.125, 0.85), Summary(3, 5.5, 0.5))
    mixed = Arm([*with_samples.measurements, means(6.0, 0.5, 3)])
    pooled = estimate("satisfaction", NOTHING, mixed, seed=7)
    assert pooled is not None
    assert pooled == mean_of(mixed.group)
    assert (pooled.value, pooled.n) == (5.75, 6)


def test_incidents_are_counted_without_an_interval() -> None:
    found = estimate("incident_count", NOTHING, Arm([shares(2, 300), shares(1, 200)]), seed=1)
    assert found is not None
    assert (found.value, found.low, found.high, found.n) == (3.0, None, None, 500)


def test_the_first_pass_over_pilot_and_evaluation_pools() -> None:
    pilot_stage, evaluation_stage = shares(286, 400, visit=2), shares(290, 400, visit=3)
    assert latest_tries([pilot_stage, evaluation_stage], retries=[]) == [pilot_stage, evaluation_stage]


def test_measured_again_after_a_recycle_only_the_new_ones_count() -> None:
    old, new = shares(286, 400, visit=3), shares(381, 400, visit=4)
    assert latest_tries([old, new], retries=[4]) == [new]
    assert latest_tries([old], retries=[4]) == [old]  # not measured again: what was measured still stands
    assert latest_tries([], retries=[4]) == []


def test_a_retry_of_the_pilot_stage_pools_with_the_evaluation_that_follows_it() -> None:
    first, second, evaluated = shares(1, 9, visit=2), shares(2, 9, visit=3), shares(3, 9, visit=4)
    assert latest_tries([first, second, evaluated], retries=[3]) == [second, evaluated]


# -- who may measure, and when ---------------------------------------------------------------------------------------


def share_of(country: Country, pilot: str, **changes: Any) -> dict[str, Any]:
    """A command measuring the accuracy of a pilot, of the pilot arm, over the last days."""
    days = {"period_from": country.day(-5), "period_to": country.day()}
    fields = {"kpi": f"{pilot}-accuracy", "arm": "pilot", "method": "二人で採点", "measured_by": "kazami"}
    return fields | days | {"successes": 481, "n": 500} | changes


def test_the_baseline_waits_for_the_freeze_and_the_pilot_arm_for_the_start(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    pilot = country.plan_a_pilot(idea)
    country.say(
        TANTO,
        "kpi.define",
        pilot=pilot,
        key="accuracy",
        type="accuracy",
        name="正答率",
        unit="ratio",
        direction="up",
        target=0.9,
        min_n=10,
    )
    baseline = share_of(country, pilot, arm="baseline")
    country.refused("wrong_status", TANTO, "kpi.measure", **baseline)
    country.say(KESSAI, "kpi.freeze", pilot=pilot)
    country.refused("wrong_status", TANTO, "kpi.measure", **share_of(country, pilot))
    assert country.say(TANTO, "kpi.measure", **baseline).ref == f"{idea}-M1"


def test_measuring_goes_on_until_the_end_of_evaluation(country: Country) -> None:
    idea, pilot = country.an_idea_in_evaluation()
    country.say(TANTO, "kpi.measure", **share_of(country, pilot))
    country.prepare_g3(idea, pilot)
    country.decide(country.a_review(idea, **HUMAN_G3))
    country.refused("wrong_stage", TANTO, "kpi.measure", **share_of(country, pilot))
    replica = country.plan_a_pilot(idea, site="hoshimori", starts_in=1)
    country.freeze_the_targets(replica)
    country.say(TANTO, "pilot.start", pilot=replica)
    country.say(HOSHIMORI, "kpi.measure", **share_of(country, replica, measured_by="hoshimori"))


def test_owner_partner_other_towns_and_reviewers_measure_for_their_own_organization(country: Country) -> None:
    _, pilot = country.a_running_pilot()
    for who, org in ((TANTO, "kazami"), (VENDOR, "kazemirai"), (KUMOI, "kumoi"), (SHINSA3, "digital-agency")):
        country.say(who, "kpi.measure", **share_of(country, pilot, measured_by=org))
    for who, org in ((TANTO, "kazemirai"), (KUMOI, "kazami"), (SHINSA1, "kazami"), (VENDOR, "kazami")):
        refusal = country.refused("invalid", who, "kpi.measure", **share_of(country, pilot, measured_by=org))
        assert list(refusal.errors) == ["measured_by"]
    for who in (JIMUKYOKU, KANRI):
        country.refused(
            "not_permitted", who, "kpi.measure", **share_of(country, pilot, measured_by="digital-agency")
        )
    country.refused("unknown", OUTSIDER, "kpi.measure", **share_of(country, pilot, measured_by="yosomono"))
    country.refused("unknown", TANTO, "kpi.measure", **share_of(country, pilot, measured_by="nowhere"))


def test_who_belongs_to_two_vendors_measures_for_the_partner_alone(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    small_country.say("system", "user.invite", email=VENDOR, name="兼務", org="yosomono", roles=["member"])
    small_country.say(VENDOR, "kpi.measure", **share_of(small_country, pilot, measured_by="kazemirai"))
    small_country.refused(
        "invalid", VENDOR, "kpi.measure", **share_of(small_country, pilot, measured_by="yosomono")
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"successes": 501},
        {"successes": -1},
        {"n": 0, "successes": 0},
        {"n": None},
        {"successes": None, "n": None},
        {"mean": 5.4, "sd": 2.2},
        {"successes": None, "mean": 5.4, "sd": 2.2},  # a share is measured in successes
        {"successes": None, "n": None, "samples": [0.9, 1.0]},
        {"arm": "control"},
        {"method": ""},
        {"period_to": "2020-01-01"},
        {"period_to": "2099-01-01"},
    ],
)
def test_a_share_measured_wrongly_is_invalid(small_country: Country, wrong: dict[str, Any]) -> None:
    _, pilot = small_country.a_running_pilot()
    small_country.refused("invalid", TANTO, "kpi.measure", **share_of(small_country, pilot, **wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        {"successes": 4, "n": 5},
        {"mean": 5.4, "n": 400},
        {"mean": 5.4, "sd": -1, "n": 400},
        {"mean": -5.4, "sd": 1, "n": 400},
        {"samples": []},
        {"samples": [5.0, None]},
        {"samples": [5.0, -1.0]},
        {"samples": [5.0] * 20_001},
        {"samples": [5.0], "n": 1},
    ],
)
def test_a_mean_measured_wrongly_is_invalid(small_country: Country, wrong: dict[str, Any]) -> None:
    _, pilot = small_country.a_running_pilot()
    shape = {"kpi": f"{pilot}-time", "successes": None, "n": None}
    small_country.refused("invalid", TANTO, "kpi.measure", **share_of(small_country, pilot, **shape | wrong))


def test_satisfaction_is_between_one_and_five(small_country: Country) -> None:
    first = small_country.plan_a_pilot(small_country.an_idea_with_a_team())
    small_country.say(
        TANTO,
        "kpi.define",
        pilot=first,
        key="liked",
        type="satisfaction",
        name="満足度",
        unit="points",
        direction="up",
        target=4,
        min_n=10,
    )
    small_country.say(KESSAI, "kpi.freeze", pilot=first)
    liked = share_of(small_country, first, kpi=f"{first}-liked", arm="baseline", successes=None)
    small_country.refused("invalid", TANTO, "kpi.measure", **liked | {"mean": 5.2, "sd": 0.4, "n": 20})
    small_country.refused("invalid", TANTO, "kpi.measure", **liked | {"samples": [4, 0], "n": None})
    small_country.say(TANTO, "kpi.measure", **liked | {"samples": [4, 5, 3], "n": None})


def test_nothing_is_measured_of_what_was_given_up(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    small_country.say(TANTO, "kpi.abandon", kpi=f"{pilot}-accuracy", because="採点できない。")
    small_country.refused("wrong_status", TANTO, "kpi.measure", **share_of(small_country, pilot))
    small_country.say(TANTO, "pilot.cancel", pilot=pilot, because="やめる。")
    time = {"kpi": f"{pilot}-time", "successes": None, "mean": 5.4, "sd": 2.2, "n": 400}
    small_country.refused("wrong_status", TANTO, "kpi.measure", **share_of(small_country, pilot, **time))


# -- what counts -----------------------------------------------------------------------------------------------------


def test_the_pilot_shows_estimate_interval_and_verdict(country: Country) -> None:
    _, pilot = country.a_running_pilot()
    country.measure(pilot)
    kpis = country.look("pilot", pilot)["kpis"]
    welch = difference_of_means(Summary(120, 12.0, 3.1), Summary(400, 5.4, 2.2))
    assert kpis["time"]["estimate"] == 6.6
    assert kpis["time"]["interval"] == [welch.low, welch.high]
    assert (kpis["time"]["n"], kpis["time"]["verdict"]) == (400, "green")
    assert kpis["accuracy"]["estimate"] == 0.962
    assert kpis["accuracy"]["verdict"] == "green"


def test_a_voided_measurement_stays_shown_and_no_longer_counts(country: Country) -> None:
    _, pilot = country.a_running_pilot()
    first = country.say(TANTO, "kpi.measure", **share_of(country, pilot, successes=1)).ref
    country.say(TANTO, "kpi.measure", **share_of(country, pilot))
    assert country.look("pilot", pilot)["kpis"]["accuracy"]["n"] == 1000
    country.refused("not_permitted", KUMOI, "kpi.void", measurement=first, because="違うと思う。")
    country.refused("not_permitted", VENDOR, "kpi.void", measurement=first, because="違うと思う。")
    country.refused("unknown", OUTSIDER, "kpi.void", measurement=first, because="違うと思う。")
    country.say(KESSAI, "kpi.void", measurement=first, because="採点を誤った。")
    shown = country.look("pilot", pilot)["kpis"]["accuracy"]
    assert (shown["n"], shown["estimate"]) == (500, 0.962)
    country.refused("wrong_status", TANTO, "kpi.void", measurement=first, because="もう一度。")


def test_a_measurement_that_a_review_froze_is_not_voided(country: Country) -> None:
    idea, pilot = country.a_running_pilot()
    mine = country.say(TANTO, "kpi.measure", **share_of(country, pilot)).ref
    review = country.say(KESSAI, "review.request", idea=idea).ref
    country.refused("wrong_status", TANTO, "kpi.void", measurement=mine, because="直したい。")
    country.say(JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA1)
    country.say(SHINSA1, "review.return", review=review, because="アンケートがない。")
    country.refused("frozen", TANTO, "kpi.void", measurement=mine, because="直したい。")


def test_after_a_recycle_a_new_measurement_replaces_the_earlier_ones_of_its_arm_alone(
    country: Country,
) -> None:
    idea, pilot = country.an_idea_in_evaluation()
    country.say(
        SHINSA3, "kpi.measure", **share_of(country, pilot, successes=290, n=400, measured_by="digital-agency")
    )
    assert country.look("pilot", pilot)["kpis"]["accuracy"]["n"] == 900
    country.decide(country.a_review(idea, **HUMAN_G3), "recycle")
    assert country.look("pilot", pilot)["kpis"]["accuracy"]["n"] == 900
    country.say(
        SHINSA3, "kpi.measure", **share_of(country, pilot, successes=381, n=400, measured_by="digital-agency")
    )
    kpis = country.look("pilot", pilot)["kpis"]
    assert (kpis["accuracy"]["n"], kpis["accuracy"]["estimate"]) == (400, 0.9525)
    assert (kpis["time"]["n"], kpis["time"]["estimate"]) == (400, 6.6)


def test_independent_is_who_is_neither_vendor_owner_nor_site_and_it_takes_four_statements(
    country: Country,
) -> None:
    _, pilot = country.a_running_pilot()
    for who, org, n in (
        (TANTO, "kazami", 11),
        (VENDOR, "kazemirai", 13),
        (KUMOI, "kumoi", 17),
        (SHINSA3, "digital-agency", 19),
    ):
        country.say(who, "kpi.measure", **share_of(country, pilot, measured_by=org, n=n, successes=n))
    with reading(country.engine) as session:
        row = session.exec(select(Pilot).where(Pilot.ref == pilot)).one()
        idea = session.exec(select(Idea).where(Idea.id == row.idea_id)).one()
        with statements(country.engine) as seen:
            accuracy = next(k for k in kpis_of(session, row, idea) if k.key == "accuracy")
    assert accuracy.n == 60
    assert accuracy.independent_n == 36
    assert len(seen) == 4


def test_twenty_thousand_samples_are_taken_and_give_the_same_interval_each_time(
    small_country: Country,
) -> None:
    _, pilot = small_country.a_running_pilot()
    many = [5.0 + (i % 7) / 10 for i in range(20_000)]
    time = {"kpi": f"{pilot}-time", "successes": None, "n": None}
    small_country.say(TANTO, "kpi.measure", **share_of(small_country, pilot, **time, samples=many))
    small_country.say(
        TANTO,
        "kpi.measure",
        **share_of(small_country, pilot, **time, arm="baseline", samples=[12.0, 11.0, 13.0]),
    )
    first = small_country.look("pilot", pilot)["kpis"]["time"]
    assert first == small_country.look("pilot", pilot)["kpis"]["time"]
    assert first["n"] == 20_000
    assert first["interval"][0] < first["estimate"] < first["interval"][1]
