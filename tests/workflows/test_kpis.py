"""KPIs: promised before the pilot, frozen by the approver, never eased in any later pilot of the idea."""

import pytest

from stages.dossier import BASELINE_TYPES, EFFECT_TYPES, QUALITY_TYPES
from tests.country import ACCURACY, HOSHIMORI_KESSAI, KESSAI, KUMOI, TANTO, TIME, VENDOR, Country
from workflows.kpis import LESS_IS_BETTER
from workflows.measuring import PROPORTIONS, SHARES
from workflows.tables.pilots import KPI_TYPES


def a_pilot(country: Country) -> str:
    return country.plan_a_pilot(country.an_idea_with_a_team())


def a_later_pilot(country: Country) -> str:
    """The second pilot of an idea whose first one was frozen and cancelled."""
    idea, first = country.an_idea_in_pilot()
    country.say(TANTO, "pilot.cancel", pilot=first, because="場所を替える。")
    return country.plan_a_pilot(idea, site="hoshimori")


def test_every_type_named_in_a_rule_is_a_kpi_type() -> None:
    assert set(KPI_TYPES) >= LESS_IS_BETTER | PROPORTIONS | EFFECT_TYPES | QUALITY_TYPES | BASELINE_TYPES
    assert SHARES < PROPORTIONS


def test_a_kpi_is_defined_and_shown_unmeasured(country: Country) -> None:
    pilot = a_pilot(country)
    assert country.say(TANTO, "kpi.define", pilot=pilot, **TIME).ref == f"{pilot}-time"
    shown = {"estimate": None, "interval": None, "n": 0, "target": 4.0, "verdict": "unmeasured"}
    assert country.look("pilot", pilot)["kpis"] == {"time": shown}


def test_a_key_is_defined_once(country: Country) -> None:
    pilot = a_pilot(country)
    country.say(TANTO, "kpi.define", pilot=pilot, **TIME)
    country.refused("duplicate", TANTO, "kpi.define", pilot=pilot, **TIME | {"target": 9})


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "happiness"},
        {"direction": "sideways"},
        {"direction": "down"},  # less time saved is not better
        {"min_n": 0},
        {"min_n": True},
        {"target": "4"},
        {"target": 1e300},
        {"key": "Time Saved"},
        {"weight": 2},
    ],
)
def test_a_kpi_with_a_wrong_field_is_invalid(small_country: Country, wrong: dict[str, object]) -> None:
    pilot = a_pilot(small_country)
    refusal = small_country.refused("invalid", TANTO, "kpi.define", pilot=pilot, **TIME | wrong)
    assert list(refusal.errors) == list(wrong)


def test_a_kpi_is_revised_before_the_freeze_and_keeps_its_reference(country: Country) -> None:
    pilot = a_pilot(country)
    kpi = country.say(TANTO, "kpi.define", pilot=pilot, **TIME).ref
    assert country.say(TANTO, "kpi.revise", kpi=kpi, target=5.0, key="minutes").ref == kpi
    country.say(TANTO, "kpi.revise", kpi=kpi, min_n=120)
    assert country.look("pilot", pilot)["kpis"]["minutes"]["target"] == 5.0
    second = country.say(TANTO, "kpi.define", pilot=pilot, **TIME).ref
    assert second != kpi
    country.refused("duplicate", TANTO, "kpi.revise", kpi=second, key="minutes")
    country.refused("invalid", TANTO, "kpi.revise", kpi=second, type="cost_per_case")
    country.say(KESSAI, "kpi.freeze", pilot=pilot)
    country.refused("frozen", TANTO, "kpi.revise", kpi=kpi, target=1.0)


def test_only_the_approver_freezes_once_and_not_nothing(country: Country) -> None:
    pilot = a_pilot(country)
    country.refused("incomplete", KESSAI, "kpi.freeze", pilot=pilot)
    country.say(TANTO, "kpi.define", pilot=pilot, **TIME)
    country.refused("not_permitted", TANTO, "kpi.freeze", pilot=pilot)
    country.refused("not_permitted", VENDOR, "kpi.freeze", pilot=pilot)
    country.say(KESSAI, "kpi.freeze", pilot=pilot)
    country.refused("frozen", KESSAI, "kpi.freeze", pilot=pilot)
    country.refused("frozen", TANTO, "kpi.define", pilot=pilot, **ACCURACY)


def test_a_frozen_pilot_takes_no_kpi_whatever_became_of_it(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    small_country.refused("frozen", TANTO, "kpi.define", pilot=pilot, **TIME | {"key": "more"})
    small_country.say(TANTO, "pilot.cancel", pilot=pilot, because="やめる。")
    small_country.refused("frozen", TANTO, "kpi.define", pilot=pilot, **TIME | {"key": "more"})
    small_country.refused("frozen", KESSAI, "kpi.freeze", pilot=pilot)


def test_a_pilot_cancelled_before_its_freeze_takes_no_kpi(small_country: Country) -> None:
    pilot = a_pilot(small_country)
    kpi = small_country.say(TANTO, "kpi.define", pilot=pilot, **TIME).ref
    small_country.say(TANTO, "pilot.cancel", pilot=pilot, because="やめる。")
    small_country.refused("wrong_status", TANTO, "kpi.define", pilot=pilot, **ACCURACY)
    small_country.refused("wrong_status", TANTO, "kpi.revise", kpi=kpi, target=5)
    small_country.refused("wrong_status", KESSAI, "kpi.freeze", pilot=pilot)
    small_country.refused("wrong_status", TANTO, "kpi.abandon", kpi=kpi, because="やめる。")


def test_kpis_are_not_touched_while_the_gate_is_open_nor_after_the_pilot_stages(
    small_country: Country,
) -> None:
    idea, pilot = small_country.an_idea_ready_for_g1()
    small_country.say(KESSAI, "review.request", idea=idea)
    small_country.refused("wrong_status", TANTO, "kpi.define", pilot=pilot, **TIME | {"key": "more"})
    small_country.refused("wrong_status", TANTO, "kpi.abandon", kpi=f"{pilot}-time", because="やめる。")


def test_in_evaluation_nothing_is_defined(small_country: Country) -> None:
    _, pilot = small_country.an_idea_in_evaluation()
    small_country.refused("wrong_stage", TANTO, "kpi.define", pilot=pilot, **TIME | {"key": "more"})
    small_country.refused("wrong_stage", KESSAI, "kpi.freeze", pilot=pilot)


def test_an_abandoned_kpi_stays_and_counts_as_not_met(country: Country) -> None:
    _, pilot = country.a_running_pilot()
    country.measure(pilot)
    assert country.look("pilot", pilot)["kpis"]["time"]["verdict"] == "green"
    country.say(TANTO, "kpi.abandon", kpi=f"{pilot}-time", because="記録できなくなった。")
    assert country.look("pilot", pilot)["kpis"]["time"]["verdict"] == "red"
    country.refused("wrong_status", TANTO, "kpi.abandon", kpi=f"{pilot}-time", because="もう一度。")


def test_a_kpi_abandoned_before_the_freeze_is_defined_all_the_same(small_country: Country) -> None:
    pilot = a_pilot(small_country)
    kpi = small_country.say(TANTO, "kpi.define", pilot=pilot, **TIME).ref
    small_country.say(TANTO, "kpi.abandon", kpi=kpi, because="測れない。")
    small_country.refused("duplicate", TANTO, "kpi.define", pilot=pilot, **TIME)
    small_country.refused("wrong_status", TANTO, "kpi.revise", kpi=kpi, target=5)
    small_country.say(KESSAI, "kpi.freeze", pilot=pilot)


@pytest.mark.parametrize(
    "eased",
    [
        {"target": 3.9},
        {"min_n": 99},
        {"direction": "down"},
        {"type": "uses_per_user"},
        {"key": "another"},
    ],
)
def test_a_later_pilot_may_not_promise_less_or_something_else(
    small_country: Country, eased: dict[str, object]
) -> None:
    pilot = a_later_pilot(small_country)
    small_country.refused("frozen", TANTO, "kpi.define", pilot=pilot, **TIME | eased)
    kpi = small_country.say(TANTO, "kpi.define", pilot=pilot, **TIME).ref
    small_country.refused("frozen", TANTO, "kpi.revise", kpi=kpi, **eased)


def test_a_later_pilot_may_promise_more_and_must_repeat_every_key(country: Country) -> None:
    pilot = a_later_pilot(country)
    country.say(TANTO, "kpi.define", pilot=pilot, **TIME | {"target": 5, "min_n": 200, "name": "別の名前"})
    missing = country.refused("incomplete", KESSAI, "kpi.freeze", pilot=pilot)
    assert missing.about == ("accuracy",)
    country.say(TANTO, "kpi.define", pilot=pilot, **ACCURACY)
    country.say(HOSHIMORI_KESSAI, "kpi.freeze", pilot=pilot)


def test_a_higher_target_is_the_easier_one_where_less_is_better(small_country: Country) -> None:
    cost = {"key": "cost", "type": "cost_per_case", "name": "一件費用", "unit": "yen", "direction": "down"}
    idea = small_country.an_idea_with_a_team()
    first = small_country.plan_a_pilot(idea)
    small_country.say(TANTO, "kpi.define", pilot=first, target=300, min_n=50, **cost)
    small_country.say(KESSAI, "kpi.freeze", pilot=first)
    small_country.say(TANTO, "pilot.cancel", pilot=first, because="やり直す。")
    second = small_country.plan_a_pilot(idea)
    small_country.refused("frozen", TANTO, "kpi.define", pilot=second, target=301, min_n=50, **cost)
    small_country.say(TANTO, "kpi.define", pilot=second, target=299, min_n=50, **cost)


def test_a_pilot_cancelled_before_any_freeze_binds_nobody(small_country: Country) -> None:
    idea = small_country.an_idea_with_a_team()
    first = small_country.plan_a_pilot(idea)
    small_country.say(TANTO, "kpi.define", pilot=first, **TIME)
    small_country.say(TANTO, "pilot.cancel", pilot=first, because="やり直す。")
    second = small_country.plan_a_pilot(idea)
    small_country.say(TANTO, "kpi.define", pilot=second, **TIME | {"target": 1.0, "key": "other"})


def test_who_may_not_see_a_kpi_is_not_told_that_it_exists(small_country: Country) -> None:
    pilot = a_pilot(small_country)
    kpi = small_country.say(TANTO, "kpi.define", pilot=pilot, **TIME).ref
    stranger = "eigyo@yosomono.example.jp"
    hidden = small_country.refused("unknown", stranger, "kpi.revise", kpi=kpi, target=5)
    absent = small_country.refused("unknown", stranger, "kpi.revise", kpi="R8-9999-P1-time", target=5)
    assert hidden.message.replace(kpi, "") == absent.message.replace("R8-9999-P1-time", "")
    small_country.refused("not_permitted", KUMOI, "kpi.revise", kpi=kpi, target=5)


def test_a_target_that_nothing_could_reach_is_refused_before_it_is_frozen(small_country: Country) -> None:
    """94 where 94 % is meant would never be met, and a frozen target is never changed."""
    pilot = a_pilot(small_country)
    for out_of_reach in (94, 1.01, -0.1):
        small_country.refused(
            "invalid", TANTO, "kpi.define", pilot=pilot, **ACCURACY | {"target": out_of_reach}
        )
    liked = {"key": "liked", "type": "satisfaction", "name": "満足度", "unit": "points", "direction": "up"}
    small_country.refused("invalid", TANTO, "kpi.define", pilot=pilot, **liked, target=80, min_n=20)
    kpi = small_country.say(TANTO, "kpi.define", pilot=pilot, **ACCURACY | {"target": 1}).ref
    small_country.refused("invalid", TANTO, "kpi.revise", kpi=kpi, target=94)
