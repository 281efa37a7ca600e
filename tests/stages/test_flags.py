"""Every flag of POLICY §6 on its first day: not the day before, on that day, gone with its cause, and who can clear it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

import stages
from stages.dossier import Action, Adoption, Dossier, Incident, OpenReview, Unanswered, Update
from stages.everywhere import FLAGS as ANYWHERE
from tests.stages.dossiers import ACCURACY, CITY, TIME, VILLAGE, dossier, pilot, product, repository
from workflows.standing import flags

AGENCY = ("digital-agency",)
STARTED = date(2026, 6, 1)
RUNNING = {"status": "running", "started_on": STARTED}


def running(**more: Any) -> Dossier:
    """A pilot of 80 days at the village, begun on 1 June, with all its samples."""
    days = {"starts_on": STARTED, "ends_on": date(2026, 8, 20), "budget_deadline": date(2026, 9, 1)}
    return dossier(stage="pilot", pilots=(pilot(site=VILLAGE, **(RUNNING | days | more)),))


def in_review(raters: int = 0) -> Dossier:
    review = OpenReview("R8-0001-V1", date(2026, 5, 7), date(2026, 5, 21), date(2026, 5, 28), raters, 2)
    return dossier(status="in_review", review=review)


def action(status: str = "open") -> Dossier:
    return dossier(
        stage="rollout", actions=(Action("R8-0001-A1", "safe", "kazemirai", date(2026, 7, 31), status),)
    )


def incident(**more: Any) -> Dossier:
    facts = {"open": True, "preliminary_filed": False, "final_filed": False} | more
    due = {"preliminary_due_on": date(2026, 6, 6), "final_due_on": date(2026, 7, 1)}
    return dossier(
        stage="rollout", incidents=(Incident("R8-0001-I1", "low", filed_by="hoshimori", **due, **facts),)
    )


def making(**more: Any) -> Dossier:
    facts = {"stage_since": date(2026, 6, 1), "product": product(releases=()), "repository": None} | more
    return dossier(stage="productization", pilots=(), **facts)


def spread(**more: Any) -> Dossier:
    return dossier(stage="rollout", pilots=(), repository=None, product=product(flag="nationwide", **more))


def kpis(time: int, accuracy: int) -> dict[str, Any]:
    return {"kpis": (replace(TIME, n=time), replace(ACCURACY, n=accuracy))}


OWNER, PILOT = ("kazami",), ("kazami", "hoshimori", "kazemirai")
FIRST_DAYS: list[tuple[str, Dossier, date, tuple[str, ...]]] = [
    ("draft_idle_60", dossier(status="draft", touched_on=date(2026, 4, 1)), date(2026, 5, 31), OWNER),
    ("owner_idle_30", dossier(owner_acted_on=date(2026, 4, 1)), date(2026, 5, 1), OWNER),
    ("silent_14", running(), date(2026, 6, 15), PILOT),
    ("silent_14", running(updates=(Update(date(2026, 6, 10), "green"),)), date(2026, 6, 24), PILOT),
    ("silent_30", running(), date(2026, 7, 1), PILOT),
    ("silent_30", running(updates=(Update(date(2026, 6, 10), "green"),)), date(2026, 7, 10), PILOT),
    ("past_end", running(), date(2026, 8, 21), PILOT),
    ("sample_behind", running(**kpis(400, 0)), date(2026, 7, 11), PILOT),
    ("sample_behind", running(**kpis(400, 300)), date(2026, 8, 1), PILOT),
    ("no_release_90", making(), date(2026, 8, 30), OWNER),
    ("no_release_90", making(product=None), date(2026, 8, 30), OWNER),
    ("no_release_90", making(product=product()), date(2026, 11, 12), OWNER),
    ("repository_silent_60", making(repository=repository()), date(2026, 10, 13), OWNER),
    ("adoption_expiring_30", spread(adoptions=(Adoption("kumoi", "adopted", date(2027, 5, 10)),)), date(2027, 4, 10), ("kumoi",)),
    ("target_unanswered_60", spread(unanswered=(Unanswered("kumoi", date(2026, 4, 1)),)), date(2026, 5, 31), ("kumoi",)),
    ("unrated_10", in_review(1), date(2026, 5, 22), AGENCY),
    ("decision_overdue", in_review(2), date(2026, 5, 29), AGENCY),
    ("action_due_soon", action(), date(2026, 7, 17), ("kazemirai",)),
    ("action_overdue", action(), date(2026, 8, 1), ("kazemirai",)),
    ("action_overdue", action("closed"), date(2026, 8, 1), ("kazemirai",)),
    ("hold_date_reached", dossier(status="on_hold", hold_until=date(2026, 6, 1)), date(2026, 6, 1), AGENCY),
    ("budget_window_open", running(), date(2026, 8, 1), OWNER),
    ("budget_window_closing", running(), date(2026, 8, 25), OWNER),
    ("preliminary_report_overdue", incident(), date(2026, 6, 7), ("hoshimori", *AGENCY)),
    ("final_report_overdue", incident(preliminary_filed=True), date(2026, 7, 2), ("hoshimori", *AGENCY)),
]  # fmt: skip
"""A flag, the facts, the first day it stands, and the organizations that can clear it."""


def standing(d: Dossier, day: date) -> dict[str, tuple[str, ...]]:
    return {s.flag.key: s.clears for s in flags(d, day, AGENCY)}


@pytest.mark.parametrize(("key", "facts", "first", "who"), FIRST_DAYS)
def test_a_flag_rises_on_its_day(key: str, facts: Dossier, first: date, who: tuple[str, ...]) -> None:
    assert key not in standing(facts, first - timedelta(days=1))
    assert standing(facts, first)[key] == who
    reason = next(s.raised.reason for s in flags(facts, first, AGENCY) if s.flag.key == key)
    assert any("ぁ" <= c <= "ん" for c in reason)


GONE: list[tuple[str, Dossier, date]] = [
    ("draft_idle_60", dossier(status="active", touched_on=date(2026, 4, 1)), date(2026, 9, 1)),
    ("draft_idle_60", dossier(status="withdrawn", touched_on=date(2026, 4, 1)), date(2026, 9, 1)),
    ("owner_idle_30", dossier(stage="pilot", owner_acted_on=date(2026, 4, 1)), date(2026, 9, 1)),
    ("owner_idle_30", dossier(status="in_review", owner_acted_on=date(2026, 4, 1)), date(2026, 9, 1)),
    ("silent_14", running(updates=(Update(date(2026, 7, 1), "green"),)), date(2026, 7, 14)),
    ("silent_30", running(updates=(Update(date(2026, 7, 1), "green"),)), date(2026, 7, 30)),
    ("silent_14", running(status="planned", started_on=None), date(2026, 9, 1)),
    ("red_health", running(updates=(Update(date(2026, 7, 1), "red"), Update(date(2026, 7, 2), "amber"))), date(2026, 7, 2)),
    ("past_end", running(status="finished", finished_on=date(2026, 9, 1)), date(2026, 9, 2)),
    ("sample_behind", running(**kpis(100, 400)), date(2026, 8, 20)),
    ("sample_behind", running(kpis=(replace(ACCURACY, n=0, abandoned=True),)), date(2026, 8, 20)),
    ("no_release_90", making(status="in_review"), date(2026, 12, 1)),
    ("repository_silent_60", making(repository=repository(last_commit_on=None)), date(2026, 12, 1)),
    ("adoption_expiring_30", spread(adoptions=(Adoption("kumoi", "adopted", date(2027, 5, 10)),)), date(2027, 5, 10)),
    ("target_unanswered_60", spread(), date(2027, 5, 10)),
    ("unrated_10", in_review(2), date(2026, 12, 1)),
    ("decision_overdue", dossier(status="active"), date(2026, 12, 1)),
    ("action_due_soon", action("closed"), date(2026, 7, 20)),
    ("action_due_soon", action(), date(2026, 8, 1)),
    ("action_overdue", action("verified"), date(2026, 8, 1)),
    ("hold_date_reached", dossier(status="active", hold_until=None), date(2026, 12, 1)),
    ("budget_window_open", running(), date(2026, 9, 2)),
    ("budget_window_closing", running(), date(2026, 9, 2)),
    ("budget_window_open", dossier(stage="productization"), date(2026, 8, 10)),
    ("budget_window_open", running(budget_deadline=date(2027, 9, 1)), date(2026, 8, 10)),
    ("preliminary_report_overdue", incident(preliminary_filed=True), date(2026, 12, 1)),
    ("preliminary_report_overdue", incident(open=False), date(2026, 12, 1)),
    ("final_report_overdue", incident(final_filed=True), date(2026, 12, 1)),
    ("final_report_overdue", incident(open=False), date(2026, 12, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("key", "facts", "day"), GONE)
def test_a_flag_is_gone_with_its_cause(key: str, facts: Dossier, day: date) -> None:
    assert key not in standing(facts, day)


def test_red_health_stands_while_the_last_report_is_red() -> None:
    red = running(updates=(Update(date(2026, 6, 5), "green"), Update(date(2026, 6, 9), "red")))
    assert standing(red, date(2026, 6, 9))["red_health"] == PILOT


def test_every_flag_of_the_policy_has_its_first_day_here() -> None:
    declared = [f.key for f in (*(f for s in stages.PIPELINE for f in s.flags), *ANYWHERE)]
    assert len(declared) == len(set(declared))
    assert set(declared) == {key for key, *_ in FIRST_DAYS} | {"red_health"}
    assert set(declared) == {key for key, *_ in GONE}


@pytest.mark.parametrize(("key", "facts", "first", "who"), FIRST_DAYS)
def test_an_imported_idea_raises_none_until_its_owner_acts(
    key: str, facts: Dossier, first: date, who: tuple[str, ...]
) -> None:
    assert standing(replace(facts, imported_untouched=True), first) == {}


def test_what_left_the_road_keeps_only_what_is_due_in_the_world() -> None:
    for status in ("killed", "withdrawn", "merged", "completed"):
        late = date(2027, 12, 1)
        assert "silent_30" not in standing(replace(running(), status=status), late)
        assert "final_report_overdue" in standing(replace(incident(), status=status), late)
        assert "action_overdue" not in standing(replace(action(), status=status), late)


def test_a_flag_of_the_site_that_owns_the_idea_names_it_once() -> None:
    d = dossier(stage="pilot", pilots=(pilot(site=CITY, **RUNNING),))
    assert standing(d, date(2026, 6, 15))["silent_14"] == ("kazami", "kazemirai")


def test_a_condition_that_is_due_is_named_with_its_owner_and_its_day() -> None:
    """A flag that only says that some condition is late sends its reader searching."""
    action = Action(
        "R8-0001-A1", "safe", "kazemirai", date(2026, 7, 31), "open", "操作の記録を残す。\n細目", "風未来"
    )
    named = "「操作の記録を残す。」（担当 風未来、期限 2026年7月31日）"
    late = raised("action_overdue", dossier(stage="pilot", actions=(action,)), date(2026, 8, 1))
    assert late == [f"是正事項が期限を過ぎています: {named}"]
    soon = raised("action_due_soon", dossier(stage="pilot", actions=(action,)), date(2026, 7, 20))
    assert soon == [f"是正事項の期限が近づいています: {named}"]
    old = replace(action, text="", owner_name="")
    assert old.named == "「R8-0001-A1」（担当 kazemirai、期限 2026年7月31日）"
    assert len(replace(action, text="あ" * 500).named) < 100


def raised(key: str, facts: Dossier, today: date) -> list[str]:
    return [r.reason for r in stages.FLAGS[key].when(facts, today)]
