"""Pilots: planned once, frozen before they start, reported on while they run, ended in words."""

import pytest

from tests.country import HOSHIMORI, JIMUKYOKU, KESSAI, KUMOI, OUTSIDER, TANTO, VENDOR, Country

PLAN = {
    "site": "kazami",
    "vendor": "kazemirai",
    "starts_on": "2026-05-01",
    "ends_on": "2026-06-30",
    "plan_md": "三課で使い、前後を比べる。",
    "stop_rule": "誤った案内が渡ったら止める。",
    "cost_yen": 480000,
    "budget_deadline": "2026-09-01",
}


def a_planned_pilot(country: Country) -> tuple[str, str]:
    idea = country.an_idea_with_a_team()
    return idea, country.plan_a_pilot(idea)


def test_a_pilot_takes_the_next_reference_of_its_idea_and_is_planned(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    pilot = country.say(TANTO, "pilot.plan", idea=idea, **PLAN)
    assert pilot.ref == f"{idea}-P1"
    seen = country.look("pilot", pilot.ref)
    assert (seen["status"], seen["health"], seen["kpis"]) == ("planned", None, {})


def test_a_second_pilot_waits_until_the_first_is_cancelled(country: Country) -> None:
    idea, pilot = a_planned_pilot(country)
    refusal = country.refused("duplicate", TANTO, "pilot.plan", idea=idea, **PLAN)
    assert refusal.about == (pilot,)
    country.say(TANTO, "pilot.cancel", pilot=pilot, because="場所が使えなくなった。")
    assert country.look("pilot", pilot)["status"] == "cancelled"
    assert country.say(TANTO, "pilot.plan", idea=idea, **PLAN).ref == f"{idea}-P2"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vendor", "yosomono"),  # never asked to join
        ("vendor", "hoshimori"),  # a town is no vendor
        ("site", "kazemirai"),
        ("site", "digital-agency"),
        ("cost_yen", -1),
        ("cost_yen", 1.5),
        ("plan_md", ""),
        ("budget_deadline", "2026-02-30"),
    ],
)
def test_a_plan_with_a_wrong_field_is_invalid_and_says_which(
    small_country: Country, field: str, value: object
) -> None:
    idea = small_country.an_idea_with_a_team()
    refusal = small_country.refused("invalid", TANTO, "pilot.plan", idea=idea, **PLAN | {field: value})
    assert list(refusal.errors) == [field]


def test_a_vendor_that_asked_and_was_not_accepted_is_no_partner(small_country: Country) -> None:
    idea = small_country.an_idea_with_a_team()
    small_country.say(OUTSIDER, "team.ask", idea=idea, org="yosomono", message="加わりたい。")
    refusal = small_country.refused(
        "invalid", TANTO, "pilot.plan", idea=idea, **PLAN | {"vendor": "yosomono"}
    )
    assert list(refusal.errors) == ["vendor"]


def test_a_town_that_joined_the_team_is_still_no_vendor(small_country: Country) -> None:
    idea = small_country.an_idea_with_a_team()
    small_country.say(HOSHIMORI, "team.ask", idea=idea, org="hoshimori", message="試したい。")
    small_country.say(TANTO, "team.accept", idea=idea, org="hoshimori")
    refusal = small_country.refused(
        "invalid", TANTO, "pilot.plan", idea=idea, **PLAN | {"vendor": "hoshimori"}
    )
    assert list(refusal.errors) == ["vendor"]


def test_a_pilot_that_ends_before_it_starts_is_invalid_even_for_who_may_not_plan(
    small_country: Country,
) -> None:
    idea = small_country.an_idea_with_a_team()
    backwards = PLAN | {"starts_on": "2026-07-01"}
    small_country.refused("invalid", OUTSIDER, "pilot.plan", idea=idea, **backwards)
    small_country.say(TANTO, "pilot.plan", idea=idea, **PLAN | {"ends_on": PLAN["starts_on"]})


def test_unknown_comes_before_permission_and_permission_before_status(small_country: Country) -> None:
    draft = small_country.a_draft()
    small_country.refused("unknown", OUTSIDER, "pilot.plan", idea=draft, **PLAN)
    small_country.refused("unknown", TANTO, "pilot.plan", idea=draft, **PLAN | {"site": "nowhere"})
    small_country.refused("wrong_status", TANTO, "pilot.plan", idea=draft, **PLAN)
    idea = small_country.an_idea("別の題名")
    for who in (VENDOR, HOSHIMORI, JIMUKYOKU):
        small_country.refused("not_permitted", who, "pilot.plan", idea=idea, **PLAN)


def test_a_plan_is_revised_until_its_targets_are_frozen(country: Country) -> None:
    _, pilot = a_planned_pilot(country)
    country.say(TANTO, "pilot.revise", pilot=pilot, site="hoshimori", cost_yen=500000)
    country.refused("invalid", TANTO, "pilot.revise", pilot=pilot, ends_on=country.day(1))
    country.refused("invalid", TANTO, "pilot.revise", pilot=pilot, vendor="yosomono")
    country.freeze_the_targets(pilot)
    country.refused("frozen", TANTO, "pilot.revise", pilot=pilot, cost_yen=1)


def test_a_cancelled_plan_is_not_revised(small_country: Country) -> None:
    _, pilot = a_planned_pilot(small_country)
    small_country.say(TANTO, "pilot.cancel", pilot=pilot, because="やめる。")
    small_country.refused("wrong_status", TANTO, "pilot.revise", pilot=pilot, cost_yen=1)
    small_country.refused("wrong_status", TANTO, "pilot.cancel", pilot=pilot, because="やめる。")


def test_a_frozen_pilot_is_replanned_until_it_starts(country: Country) -> None:
    idea, pilot = country.an_idea_in_pilot()
    days = {"starts_on": country.day(1), "ends_on": country.day(50)}
    country.refused(
        "invalid",
        TANTO,
        "pilot.replan",
        pilot=pilot,
        starts_on=country.day(2),
        ends_on=country.day(1),
        because="x",
    )
    country.say(TANTO, "pilot.replan", pilot=pilot, because="審査を待ったため。", **days)
    country.say(TANTO, "pilot.start", pilot=pilot)
    country.refused("wrong_status", TANTO, "pilot.replan", pilot=pilot, because="もう一度。", **days)
    assert country.look("ledger", idea)["verified"]


def test_a_pilot_starts_after_its_gate_once_and_not_before(country: Country) -> None:
    _, pilot = country.an_idea_ready_for_g1()
    country.refused("wrong_stage", TANTO, "pilot.start", pilot=pilot)
    country.refused("not_permitted", VENDOR, "pilot.start", pilot=pilot)
    country.decide(country.a_review(pilot.rsplit("-", 1)[0]))
    country.say(TANTO, "pilot.start", pilot=pilot)
    assert country.look("pilot", pilot)["status"] == "running"
    country.refused("wrong_status", TANTO, "pilot.start", pilot=pilot)


def test_a_pilot_without_frozen_targets_does_not_start(country: Country) -> None:
    idea, first = country.an_idea_in_pilot()
    country.say(TANTO, "pilot.cancel", pilot=first, because="場所を替える。")
    pilot = country.plan_a_pilot(idea, site="hoshimori")
    country.refused("incomplete", TANTO, "pilot.start", pilot=pilot)


def test_the_latest_report_is_the_health_of_a_pilot(country: Country) -> None:
    _, pilot = country.a_running_pilot()
    told = {"progress": 40, "summary": "遅れている。", "blockers": ["端末が足りない"]}
    first = country.say(VENDOR, "pilot.report", pilot=pilot, health="red", **told)
    assert first.ref.endswith("-U1")
    assert country.look("pilot", pilot)["health"] == "red"
    country.say(TANTO, "pilot.report", pilot=pilot, health="amber", **told)
    assert country.look("pilot", pilot)["health"] == "amber"


def test_only_a_running_pilot_is_reported_on(small_country: Country) -> None:
    _, pilot = small_country.an_idea_in_pilot()
    told = {"health": "green", "progress": 10, "summary": "順調。"}
    small_country.refused("wrong_status", VENDOR, "pilot.report", pilot=pilot, **told)
    small_country.say(TANTO, "pilot.start", pilot=pilot)
    small_country.refused("not_permitted", KUMOI, "pilot.report", pilot=pilot, **told)
    small_country.refused("unknown", OUTSIDER, "pilot.report", pilot=pilot, **told)
    for wrong in (
        {"progress": 101},
        {"progress": -1},
        {"progress": True},
        {"health": "blue"},
        {"mood": "ok"},
    ):
        small_country.refused("invalid", VENDOR, "pilot.report", pilot=pilot, **told | wrong)


def test_what_happens_in_a_pilot_is_reported_while_its_gate_is_open(country: Country) -> None:
    idea, pilot = country.a_running_pilot()
    country.say(KESSAI, "review.request", idea=idea)
    country.say(VENDOR, "pilot.report", pilot=pilot, health="green", progress=90, summary="続いている。")
    country.refused("wrong_status", TANTO, "pilot.finish", pilot=pilot, summary="終えた。")


def test_the_site_speaks_for_its_own_pilot(country: Country) -> None:
    idea, first = country.an_idea_in_pilot()
    country.refused("not_permitted", HOSHIMORI, "pilot.start", pilot=first)
    country.say(TANTO, "pilot.cancel", pilot=first, because="場所を替える。")
    pilot = country.plan_a_pilot(idea, site="hoshimori")
    country.freeze_the_targets(pilot)
    country.say(HOSHIMORI, "pilot.start", pilot=pilot)
    country.say(HOSHIMORI, "pilot.report", pilot=pilot, health="green", progress=5, summary="始めた。")
    country.refused("not_permitted", HOSHIMORI, "pilot.plan", idea=idea, **PLAN)


def test_a_finished_pilot_is_over(country: Country) -> None:
    _, pilot = country.a_running_pilot()
    country.say(TANTO, "pilot.finish", pilot=pilot, summary="予定どおり終えた。")
    assert country.look("pilot", pilot)["status"] == "finished"
    country.refused("wrong_status", TANTO, "pilot.finish", pilot=pilot, summary="もう一度。")
    country.refused("wrong_status", TANTO, "pilot.cancel", pilot=pilot, because="やめる。")
    country.refused(
        "wrong_status", VENDOR, "pilot.report", pilot=pilot, health="green", progress=100, summary="後から。"
    )


def test_an_idea_whose_pilot_started_ends_by_a_review_even_if_the_pilot_is_cancelled(
    country: Country,
) -> None:
    idea, pilot = country.a_running_pilot()
    country.say(KESSAI, "pilot.cancel", pilot=pilot, because="事業者の都合。")
    country.refused("wrong_stage", TANTO, "idea.withdraw", idea=idea, reason="やめたい。")
