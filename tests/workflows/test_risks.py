"""Risks: data, triage, the CAIO's decision, the board's report, and the answers to checklists."""

from typing import Any

import pytest
from sqlmodel import Session, select

from tests.country import (
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KESSAI,
    KETTEI,
    KUMOI,
    KUMOI_KESSAI,
    LOW_RISK,
    SHINSA1,
    TANTO,
    VENDOR,
    YES_CONTRACT,
    Country,
)
from workflows.dossiers import dossier
from workflows.tables.ideas import Idea
from workflows.tables.risks import ChecklistAnswers, DataProfile, RiskAssessment

PROFILE = {
    "personal": False,
    "confidential": False,
    "legal_basis": "not_personal",
    "recurring": True,
    "vendor_trains_on_input": False,
    "region": "jp",
}
HIGH_RISK = {"A": "public", "B": "rights", "C": "no", "D": "always"}


def assess(country: Country, idea: str, answers: dict[str, str] | None = None, who: str = TANTO) -> None:
    country.say(who, "risk.assess", idea=idea, checklist_version="high_risk-1", answers=answers or LOW_RISK)


def rows(country: Country, kind: type[Any]) -> list[Any]:
    with Session(country.engine) as session:
        return list(session.exec(select(kind).order_by(kind.id)))


def test_the_latest_profile_counts_and_the_earlier_one_stays(country: Country) -> None:
    idea = country.an_idea()
    country.say(TANTO, "risk.profile", idea=idea, **PROFILE)
    country.say(TANTO, "risk.profile", idea=idea, **PROFILE | {"personal": True, "legal_basis": "69-2"})
    assert [p.personal for p in rows(country, DataProfile)] == [False, True]
    with Session(country.engine) as session:
        found = dossier(session, session.exec(select(Idea)).one(), country.now.date(), look_alikes=False)
    assert found.profile is not None
    assert found.profile.legal_basis == "69-2"


@pytest.mark.parametrize(
    "wrong", [{"legal_basis": "because"}, {"personal": "no"}, {"region": ""}, {"personal": None}]
)
def test_a_wrong_profile_is_invalid(small_country: Country, wrong: dict[str, Any]) -> None:
    idea = small_country.an_idea()
    small_country.refused("invalid", TANTO, "risk.profile", idea=idea, **PROFILE | wrong)


@pytest.mark.parametrize(
    ("answers", "suggested"),
    [
        (LOW_RISK, "low"),
        (HIGH_RISK, "high"),
        (LOW_RISK | {"D": "none"}, "high"),
        (LOW_RISK | {"C": "yes"}, "low"),
    ],
)
def test_the_triage_suggests_a_level(small_country: Country, answers: dict[str, str], suggested: str) -> None:
    idea = small_country.an_idea()
    assess(small_country, idea, answers)
    seen = small_country.look("idea", idea)
    assert (seen["risk_suggested"], seen["risk_level"]) == (suggested, None)


@pytest.mark.parametrize(
    ("answers", "fields"),
    [
        ({"A": "one_office"}, {"answers.B", "answers.C", "answers.D"}),
        (LOW_RISK | {"E": "yes"}, {"answers.E"}),
        (LOW_RISK | {"D": "perhaps"}, {"answers.D"}),
    ],
)
def test_a_triage_answers_exactly_the_items_of_its_checklist(
    small_country: Country, answers: dict[str, str], fields: set[str]
) -> None:
    idea = small_country.an_idea()
    refusal = small_country.refused(
        "invalid", TANTO, "risk.assess", idea=idea, checklist_version="high_risk-1", answers=answers
    )
    assert set(refusal.errors) == fields


@pytest.mark.parametrize("name", ["high_risk-99", "contract-1", "procurement-1", "high_risk"])
def test_a_triage_names_a_published_high_risk_checklist(small_country: Country, name: str) -> None:
    idea = small_country.an_idea()
    refusal = small_country.refused(
        "invalid", TANTO, "risk.assess", idea=idea, checklist_version=name, answers=LOW_RISK
    )
    assert list(refusal.errors) == ["checklist_version"]


def test_the_caio_decides_after_the_triage_and_may_differ(country: Country) -> None:
    idea = country.an_idea()
    decision = {"idea": idea, "level": "high", "reason": "慎重に扱う。"}
    country.refused("incomplete", KESSAI, "risk.decide", **decision)
    assess(country, idea)
    for who in (TANTO, VENDOR, KETTEI, SHINSA1, HOSHIMORI_KESSAI):
        country.refused("not_permitted", who, "risk.decide", **decision)
    country.say(KESSAI, "risk.decide", **decision)
    assert country.look("idea", idea)["risk_level"] == "high"
    assert rows(country, RiskAssessment)[-1].decided_as == "caio"


def test_deciding_again_replaces_and_keeps_the_earlier_decision(country: Country) -> None:
    idea = country.an_idea()
    assess(country, idea)
    country.say(KESSAI, "risk.decide", idea=idea, level="low", reason="職員が確かめる。")
    country.say(KESSAI, "risk.decide", idea=idea, level="high", reason="考え直した。")
    assert [r.level for r in rows(country, RiskAssessment)] == ["low", "high"]
    assert country.look("idea", idea)["risk_level"] == "high"


def test_assessing_again_makes_the_decision_void(country: Country) -> None:
    idea = country.an_idea()
    assess(country, idea)
    country.say(KESSAI, "risk.decide", idea=idea, level="low", reason="職員が確かめる。")
    assess(country, idea, HIGH_RISK)
    seen = country.look("idea", idea)
    assert (seen["risk_suggested"], seen["risk_level"]) == ("high", None)


def test_where_the_owner_has_no_caio_an_approver_of_the_agency_decides(country: Country) -> None:
    idea = country.an_idea(who=KUMOI, approver=KUMOI_KESSAI)
    assess(country, idea, who=KUMOI)
    decision = {"idea": idea, "level": "low", "reason": "職員が必ず確かめる。"}
    for who in (KUMOI_KESSAI, KESSAI, JIMUKYOKU):
        country.refused("not_permitted", who, "risk.decide", **decision)
    country.say(KETTEI, "risk.decide", **decision)
    assert rows(country, RiskAssessment)[-1].decided_as == "agency"


def test_the_board_has_read_it_by_today(country: Country) -> None:
    idea = country.an_idea()
    report = {"idea": idea, "summary": "職員が必ず判断する形に改めた。"}
    country.refused("invalid", TANTO, "risk.report_to_board", reported_on=country.day(1), **report)
    country.say(TANTO, "risk.report_to_board", reported_on=country.day(), **report)


def test_risk_is_worked_on_while_on_hold_and_not_while_in_review(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea)
    answer = {"checklist": "contract-1", "answers": {"audit_right": "no"}}
    country.refused("wrong_status", TANTO, "risk.profile", idea=idea, **PROFILE)
    country.refused("wrong_status", TANTO, "checklist.answer", idea=idea, **answer)
    country.decide(review, "hold", hold_until=country.day(30))
    assess(country, idea)
    country.say(KESSAI, "risk.decide", idea=idea, level="low", reason="職員が確かめる。")
    country.say(KESSAI, "risk.report_to_board", idea=idea, reported_on=country.day(), summary="報告した。")
    country.refused("wrong_status", TANTO, "checklist.answer", idea=idea, **answer)


def test_a_draft_is_not_assessed(small_country: Country) -> None:
    idea = small_country.a_draft()
    small_country.refused("wrong_status", TANTO, "risk.profile", idea=idea, **PROFILE)
    small_country.refused("unknown", KUMOI, "risk.profile", idea=idea, **PROFILE)


def test_later_answers_to_a_checklist_merge_with_earlier_ones(country: Country) -> None:
    idea = country.an_idea()
    country.say(TANTO, "checklist.answer", idea=idea, checklist="contract-1", answers=YES_CONTRACT)
    notes = {"audit_right": "次の更新で定める。"}
    country.say(
        TANTO,
        "checklist.answer",
        idea=idea,
        checklist="contract-1",
        answers={"audit_right": "no"},
        notes=notes,
    )
    country.say(
        TANTO, "checklist.answer", idea=idea, checklist="procurement-1", answers={"governance_owner": "yes"}
    )
    contract, procurement = rows(country, ChecklistAnswers)
    assert contract.answers == YES_CONTRACT | {"audit_right": "no"}
    assert contract.notes == notes
    assert procurement.answers == {"governance_owner": "yes"}


@pytest.mark.parametrize(
    ("checklist", "given", "field"),
    [
        ("contract-99", {"answers": {"audit_right": "yes"}}, "checklist"),
        ("high_risk-1", {"answers": {"A": "yes"}}, "checklist"),
        ("contract-1", {"answers": {"governance_owner": "yes"}}, "answers.governance_owner"),
        ("contract-1", {"answers": {"audit_right": "maybe"}}, "answers.audit_right"),
        ("contract-1", {"answers": {}, "notes": {"nothing": "x"}}, "notes.nothing"),
        ("contract-1", {}, "answers"),
    ],
)
def test_a_checklist_answered_wrongly_is_invalid_and_says_where(
    small_country: Country, checklist: str, given: dict[str, Any], field: str
) -> None:
    idea = small_country.an_idea()
    refusal = small_country.refused(
        "invalid", TANTO, "checklist.answer", idea=idea, checklist=checklist, **given
    )
    assert list(refusal.errors) == [field]


def test_an_answer_rests_on_evidence_of_its_own_idea(small_country: Country) -> None:
    idea, other = small_country.an_idea(), small_country.an_idea("ごみの分別案内")
    evidence = {"kind": "note", "title": "契約書の写し", "body_md": "第 5 条。"}
    mine, theirs = (
        small_country.say(TANTO, "evidence.attach", idea=i, **evidence).ref for i in (idea, other)
    )
    answer = {"idea": idea, "checklist": "contract-1", "answers": {"audit_right": "yes"}}
    small_country.refused("unknown", TANTO, "checklist.answer", **answer, evidence=theirs)
    small_country.say(TANTO, "checklist.answer", **answer, evidence=mine)
