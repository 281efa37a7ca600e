"""Gate reviews and decisions: frozen at the request, rated by two without an interest, decided by a third."""

from dataclasses import replace

import pytest

import stages
from stages.kernel import Criterion, green
from tests.country import (
    GREEN,
    HOSHIMORI,
    JIMUKYOKU,
    KANRI,
    KESSAI,
    KETTEI,
    KETTEI2,
    SHINSA1,
    SHINSA2,
    SHINSA3,
    TANTO,
    VENDOR,
    Country,
)

AMBER = {"rating": "amber", "finding": "一部が足りない。", "action": "補う。"}
RED = {"rating": "red", "finding": "届かない。", "action": "やり直す。"}


def test_the_dossier_is_frozen_when_the_review_is_asked_for(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea)
    country.say(
        TANTO,
        "evidence.attach",
        idea=idea,
        criterion="feasible",
        kind="note",
        title="後から",
        body_md="後から。",
    )
    assert country.look("review", review)["proposals"]["feasible"] == "green"
    refused = country.refused("wrong_status", TANTO, "risk.profile", idea=idea, personal=True, confidential=False,
                              legal_basis="69-2", recurring=True, vendor_trains_on_input=True, region="jp")  # fmt: skip
    assert "審査中" in refused.message
    country.decide(review)
    assert country.look("idea", idea)["stage"] == "pilot"


def test_two_must_have_rated_and_a_third_decides(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea, rated=False)
    decision = {"review": review, "decision": "go", "rationale": "揃っている。"}
    version = country.look("review", review)["version"]
    country.refused("quorum", KETTEI, "review.decide", seen_version=version, **decision)
    country.say(
        "system", "user.invite", email=KETTEI, name="庁", org="digital-agency", roles=["approver", "reviewer"]
    )
    country.say(JIMUKYOKU, "review.assign", review=review, reviewer=KETTEI)
    for reviewer in (SHINSA1, KETTEI):
        country.say(reviewer, "review.rate", review=review, ratings={})
    version = country.look("review", review)["version"]
    country.refused("same_person", KETTEI, "review.decide", seen_version=version, **decision)
    country.refused("stale", KETTEI2, "review.decide", seen_version=version - 1, **decision)
    country.say(KETTEI2, "review.decide", seen_version=version, **decision)
    country.refused("wrong_status", KETTEI2, "review.decide", seen_version=version, **decision)


def test_an_automatic_red_on_a_mandatory_criterion_stands(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    review = country.a_review(idea, rated=False)
    country.refused("mandatory_red", SHINSA1, "review.rate", review=review, ratings={"risk_decided": GREEN})
    for reviewer in (SHINSA1, SHINSA2):
        country.say(reviewer, "review.rate", review=review, ratings={})
    version = country.look("review", review)["version"]
    for decision in ("go", "conditional_go"):
        country.refused(
            "mandatory_red",
            KETTEI,
            "review.decide",
            review=review,
            seen_version=version,
            decision=decision,
            rationale="急ぐ。",
        )
    country.decide(review, "recycle")
    seen = country.look("idea", idea)
    assert (seen["stage"], seen["status"], seen["visit"]) == ("ideathon", "active", 2)


def test_what_only_people_can_rate_must_be_given_with_an_action_unless_green(country: Country) -> None:
    idea, pilot = country.a_running_pilot()
    country.run_a_pilot(pilot)
    review = country.a_review(idea, rated=False)
    refused = country.refused("incomplete", SHINSA1, "review.rate", review=review, ratings={})
    assert refused.about == ("staff_heard",)
    bare = {"rating": "amber", "finding": "半分しか答えていない。"}
    country.refused("invalid", SHINSA1, "review.rate", review=review, ratings={"staff_heard": bare})
    country.refused("invalid", SHINSA1, "review.rate", review=review, ratings={"problem_sized": GREEN})
    country.refused("not_assigned", SHINSA3, "review.rate", review=review, ratings={"staff_heard": GREEN})
    country.refused("not_permitted", VENDOR, "review.rate", review=review, ratings={"staff_heard": GREEN})


def test_the_worse_colour_counts_until_the_approver_resolves_it(country: Country) -> None:
    idea, pilot = country.a_running_pilot()
    country.run_a_pilot(pilot)
    review = country.a_review(idea, rated=False)
    country.say(SHINSA1, "review.rate", review=review, ratings={"staff_heard": GREEN})
    country.say(SHINSA2, "review.rate", review=review, ratings={"staff_heard": RED})
    assert country.look("review", review)["ratings"]["staff_heard"] == "red"
    version = country.look("review", review)["version"]
    plain = {"review": review, "seen_version": version, "rationale": "裁定する。"}
    country.refused("incomplete", KETTEI, "review.decide", decision="go", **plain)
    resolved = {"staff_heard": {"rating": "green", "because": "追加の聞き取りで確かめた。"}}
    country.refused(
        "invalid",
        KETTEI,
        "review.decide",
        decision="go",
        resolutions={"measured": {"rating": "green", "because": "同じ。"}},
        **plain,
    )
    country.say(KETTEI, "review.decide", decision="go", resolutions=resolved, **plain)
    assert country.look("review", review)["ratings"]["staff_heard"] == "green"


def test_a_conditional_go_sets_conditions_that_stay_open_until_verified(country: Country) -> None:
    idea, pilot = country.a_running_pilot()
    country.run_a_pilot(pilot)
    review = country.a_review(idea, staff_heard=AMBER)
    version = country.look("review", review)["version"]
    plain = {
        "review": review,
        "seen_version": version,
        "decision": "conditional_go",
        "rationale": "補えば足りる。",
    }
    action = {"criterion": "staff_heard", "text": "聞き直す。", "owner": "kazami", "due_on": country.day(60)}
    country.refused("incomplete", KETTEI, "review.decide", **plain)
    country.refused(
        "invalid", KETTEI, "review.decide", actions=[action | {"due_on": country.day(100)}], **plain
    )
    country.refused("invalid", KETTEI, "review.decide", actions=[action | {"owner": "yosomono"}], **plain)
    country.refused("unknown", KETTEI, "review.decide", actions=[action | {"owner": "doko"}], **plain)
    country.say(KETTEI, "review.decide", actions=[action, action | {"owner": "digital-agency"}], **plain)
    item, of_the_agency = country.look("review", review)["actions"]
    assert country.look("idea", idea)["open_actions"] == 2
    country.refused("wrong_status", SHINSA1, "action.verify", action=item["ref"])
    country.refused("not_permitted", VENDOR, "action.close", action=item["ref"], note="代わりに。")
    other = country.an_idea("ほかの困りごと")
    note = {"kind": "note", "title": "別の話", "body_md": "別の話。"}
    elsewhere = country.say(TANTO, "evidence.attach", idea=other, **note).ref
    country.refused("unknown", TANTO, "action.close", action=item["ref"], note="済。", evidence=elsewhere)
    country.say(TANTO, "action.close", action=item["ref"], note="聞き直した。")
    country.refused("not_assigned", SHINSA3, "action.verify", action=item["ref"])
    country.say(SHINSA1, "action.verify", action=item["ref"])
    # A reviewer who closes a condition of the agency's own does not verify it: another of that review does.
    country.say(SHINSA1, "action.close", action=of_the_agency["ref"], note="確かめた。")
    country.refused("same_person", SHINSA1, "action.verify", action=of_the_agency["ref"])
    country.say(SHINSA2, "action.verify", action=of_the_agency["ref"])
    assert country.look("idea", idea)["open_actions"] == 0


def test_nobody_with_a_tie_is_assigned_rates_or_decides(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    country.say("system", "user.invite", email=SHINSA3, name="庁", org="kazemirai", roles=["member"])
    country.say("system", "user.invite", email=KETTEI, name="庁", org="kazami", roles=["member"])
    review = country.a_review(idea)
    country.refused("conflict_of_interest", JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA3)
    country.say(KANRI, "user.revoke", user=SHINSA3, org="kazemirai")
    country.pass_days(360)
    country.refused("conflict_of_interest", JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA3)
    version = country.look("review", review)["version"]
    country.refused(
        "conflict_of_interest",
        KETTEI,
        "review.decide",
        review=review,
        seen_version=version,
        decision="go",
        rationale="良い。",
    )
    country.pass_days(6)
    country.say(JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA3)


def test_who_measured_a_kpi_does_not_rate_its_gates(country: Country) -> None:
    idea, pilot = country.a_running_pilot()
    country.run_a_pilot(pilot)
    tried = {
        "arm": "pilot",
        "period_from": country.day(-3),
        "period_to": country.day(-1),
        "measured_by": "digital-agency",
    }
    country.say(SHINSA3, "kpi.measure", kpi=f"{pilot}-accuracy", method="採点", successes=95, n=100, **tried)
    review = country.a_review(idea, rated=False)
    country.refused("conflict_of_interest", JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA3)


def test_a_recused_reviewer_no_longer_counts(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea)
    country.say(SHINSA1, "review.recuse", review=review, because="親族が関わっている。")
    version = country.look("review", review)["version"]
    country.refused(
        "quorum",
        KETTEI,
        "review.decide",
        review=review,
        seen_version=version,
        decision="go",
        rationale="良い。",
    )
    country.refused("not_assigned", SHINSA1, "review.rate", review=review, ratings={})


def test_a_returned_review_is_no_judgement(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea)
    country.say(SHINSA1, "review.return", review=review, because="費用の内訳がない。")
    assert country.look("review", review)["status"] == "returned"
    seen = country.look("idea", idea)
    assert (seen["status"], seen["stage"], seen["visit"], seen["waits_for"]) == (
        "active",
        "ideathon",
        1,
        "kazami",
    )
    assert {"kind": "review.returned"}.items() <= country.look("mail", KESSAI)[-1].items()


def test_a_hold_has_a_future_date_and_is_resumed_by_the_agency(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea)
    version = country.look("review", review)["version"]
    plain = {"review": review, "seen_version": version, "rationale": "待つ。"}
    country.refused("invalid", KETTEI, "review.decide", decision="hold", **plain)
    country.refused("invalid", KETTEI, "review.decide", decision="hold", hold_until=country.day(), **plain)
    country.refused(
        "invalid", KETTEI, "review.decide", decision="recycle", hold_until=country.day(9), **plain
    )
    country.say(KETTEI, "review.decide", decision="hold", hold_until=country.day(9), **plain)
    country.refused(
        "wrong_status",
        TANTO,
        "checklist.answer",
        idea=idea,
        checklist="contract-1",
        answers={"inputs_identified": "yes"},
    )
    country.refused("not_permitted", KESSAI, "idea.resume", idea=idea, because="急ぐ。")
    country.say(KETTEI2, "idea.resume", idea=idea, because="報告を受けた。")
    assert country.look("idea", idea)["status"] == "active"


def test_a_challenge_is_answered_by_somebody_new_and_reopens_when_upheld(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea)
    country.refused("wrong_status", KESSAI, "review.challenge", review=review, because="早すぎる。")
    country.decide(review, "kill")
    country.refused("not_permitted", TANTO, "review.challenge", review=review, because="決裁がない。")
    country.say(KESSAI, "review.challenge", review=review, because="測り方の誤りが直った。")
    country.refused("duplicate", KESSAI, "review.challenge", review=review, because="もう一度。")
    country.refused("same_person", KETTEI, "review.answer_challenge", review=review, answer="認めない。")
    country.say(KETTEI2, "review.answer_challenge", review=review, answer="認める。", upheld=True)
    seen = country.look("idea", idea)
    assert (seen["status"], seen["stage"], seen["visit"]) == ("active", "ideathon", 2)


def test_a_challenge_after_the_tenth_working_day_is_too_late(country: Country) -> None:
    """Decided on Wednesday 1 April 2026: the tenth working day is Wednesday the 15th."""
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea)
    country.decide(review, "kill")
    country.pass_days(15)
    country.refused("too_late", KESSAI, "review.challenge", review=review, because="遅れた。")
    country.pass_days(-1)
    country.say(KESSAI, "review.challenge", review=review, because="間に合った。")


def test_a_sixth_open_review_is_too_many(country: Country) -> None:
    for n in range(6):
        idea = country.an_idea(title=f"{'甲乙丙丁戊己'[n]}{n}の案")
        review = country.say(KESSAI, "review.request", idea=idea).ref
        if n < 5:
            country.say(JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA1)
    country.refused("too_many", JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA1)
    country.refused("invalid", JIMUKYOKU, "review.assign", review=review, reviewer=KETTEI)
    country.refused("unknown", JIMUKYOKU, "review.assign", review=review, reviewer="dare@example.jp")


def test_a_killed_idea_lives_on_as_a_clone_that_shows_its_ancestor(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    country.decide(country.a_review(idea), "kill")
    country.refused("wrong_status", KESSAI, "review.request", idea=idea)
    child = country.say(HOSHIMORI, "idea.clone", idea=idea, because="やり方を変える。").ref
    seen = country.look("idea", child)
    assert (seen["derived_from"], seen["status"], seen["owner"], seen["pilots"]) == (
        idea,
        "draft",
        "hoshimori",
        [],
    )


def test_a_criterion_added_in_one_entry_is_asked_everywhere(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = stages.STAGES["ideathon"].gate
    assert gate is not None
    entry = Criterion(
        "explained",
        "住民に説明したか",
        True,
        lambda d: green("説明会を開いた。") if d.evidence_for("explained") else None,
    )
    wider = replace(gate, criteria=(*gate.criteria, entry))
    idea, _ = small_country.an_idea_ready_for_g1()
    monkeypatch.setitem(stages.STAGES, "ideathon", replace(stages.STAGES["ideathon"], gate=wider))
    review = small_country.a_review(idea, rated=False)
    small_country.refused("incomplete", SHINSA1, "review.rate", review=review, ratings={})
    for reviewer in (SHINSA1, SHINSA2):
        small_country.say(reviewer, "review.rate", review=review, ratings={"explained": GREEN})
    small_country.decide(review)
    assert small_country.look("review", review)["ratings"]["explained"] == "green"


def test_who_rated_and_recused_themselves_is_still_no_third_person(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea)
    country.say(
        "system",
        "user.invite",
        email=SHINSA1,
        name="兼務",
        org="digital-agency",
        roles=["reviewer", "approver"],
    )
    country.say(JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA3)
    country.say(SHINSA3, "review.rate", review=review, ratings={})
    country.say(SHINSA1, "review.recuse", review=review, because="知人が関わっている。")
    seen = {"review": review, "seen_version": country.look("review", review)["version"]}
    country.refused("same_person", SHINSA1, "review.decide", **seen, decision="go", rationale="よい。")
    country.say(KETTEI, "review.decide", **seen, decision="recycle", rationale="もう一度。")
    country.say(KESSAI, "review.challenge", review=review, because="足りている。")
    country.refused("same_person", SHINSA1, "review.answer_challenge", review=review, answer="よい。")
