"""Incidents: filed on a pilot or a product, graded, reported in time, closed with a lesson."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from tests.country import (
    HOSHIMORI,
    JIMUKYOKU,
    KANSA,
    KESSAI,
    KETTEI,
    KUMOI,
    OUTSIDER,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)
from workflows.tables.risks import Incident


def incident(country: Country, **changes: Any) -> dict[str, Any]:
    """What happened an hour ago and is known since then."""
    hour_ago = (country.now - timedelta(hours=1)).isoformat()
    return {
        "title": "誤った案内が出た",
        "people_affected": 3,
        "sensitive": False,
        "malicious": False,
        "occurred_at": hour_ago,
        "known_at": hour_ago,
        "body_md": "三人に誤った窓口を案内した。",
    } | changes


def report(country: Country, kind: str = "final", **changes: Any) -> dict[str, Any]:
    return {"kind": kind, "filed_at": country.now.isoformat(), "body_md": "原因と対策。"} | changes


def filed(country: Country, ref: str) -> Incident:
    with Session(country.engine) as session:
        return session.exec(select(Incident).where(Incident.ref == ref)).one()


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        ({}, "medium"),
        ({"severity": "low"}, "low"),
        ({"severity": "low", "people_affected": 100}, "low"),
        ({"severity": "low", "people_affected": 101}, "high"),
        ({"severity": "low", "sensitive": True}, "high"),
        ({"severity": "high"}, "high"),
    ],
)
def test_many_people_or_sensitive_data_make_it_high(
    small_country: Country, facts: dict[str, Any], severity: str
) -> None:
    _, pilot = small_country.an_idea_in_pilot()
    ref = small_country.say(TANTO, "incident.file", pilot=pilot, **incident(small_country, **facts)).ref
    assert filed(small_country, ref).severity == severity


def test_its_clocks_run_from_the_tokyo_day_it_was_known(country: Country) -> None:
    _, pilot = country.an_idea_in_pilot()
    late = {"occurred_at": "2026-04-01T10:00:00+09:00", "known_at": "2026-03-31T16:00:00+00:00"}
    late["occurred_at"] = "2026-03-31T01:00:00+00:00"
    honest = country.say(TANTO, "incident.file", pilot=pilot, **incident(country, **late)).ref
    attack = country.say(TANTO, "incident.file", pilot=pilot, **incident(country, malicious=True, **late)).ref
    assert filed(country, honest).preliminary_due_on == date(2026, 4, 6)
    assert filed(country, honest).final_due_on == date(2026, 5, 1)
    assert filed(country, attack).final_due_on == date(2026, 5, 31)


def test_owner_partner_site_and_agency_are_told(country: Country) -> None:
    idea, pilot = country.an_idea_in_pilot()
    ref = country.say(VENDOR, "incident.file", pilot=pilot, **incident(country)).ref

    def told(address: str) -> list[dict[str, str]]:
        return [m for m in country.look("mail", address) if m["kind"] == "incident.filed"]

    for address in (TANTO, KESSAI, JIMUKYOKU, SHINSA1):
        (mail,) = told(address)
        assert mail["about"] == idea
        assert ref in mail["body"]
    assert not any(told(address) for address in (VENDOR, KUMOI, OUTSIDER))


@pytest.mark.parametrize(
    "wrong",
    [
        {"product": "madoguchi-faq"},  # besides the pilot
        {"people_affected": -1},
        {"severity": "grave"},
        {"known_at": "2026-04-01T08:00:00"},  # without a zone
        {"known_at": "2020-01-01T00:00:00+09:00"},  # before it happened
        {"known_at": "2099-01-01T00:00:00+09:00"},
        {"occurred_at": "2099-01-01T00:00:00+09:00", "known_at": "2099-01-02T00:00:00+09:00"},
    ],
)
def test_an_incident_that_cannot_be_is_invalid(small_country: Country, wrong: dict[str, Any]) -> None:
    _, pilot = small_country.an_idea_in_pilot()
    small_country.refused("invalid", TANTO, "incident.file", **incident(small_country, pilot=pilot, **wrong))


def test_an_incident_is_about_something(small_country: Country) -> None:
    small_country.refused("invalid", TANTO, "incident.file", **incident(small_country))
    small_country.refused("unknown", TANTO, "incident.file", pilot="R8-9999-P1", **incident(small_country))
    small_country.refused("unknown", TANTO, "incident.file", product="nothing", **incident(small_country))


def test_who_cannot_see_the_pilot_or_has_no_role_files_nothing(small_country: Country) -> None:
    _, pilot = small_country.an_idea_in_pilot()
    small_country.refused("unknown", OUTSIDER, "incident.file", pilot=pilot, **incident(small_country))
    small_country.refused("not_permitted", KANSA, "incident.file", pilot=pilot, **incident(small_country))
    small_country.say(HOSHIMORI, "incident.file", pilot=pilot, **incident(small_country))


def test_it_closes_after_its_final_report_with_a_lesson_once(country: Country) -> None:
    _, pilot = country.an_idea_in_pilot()
    ref = country.say(TANTO, "incident.file", pilot=pilot, **incident(country)).ref
    country.refused("incomplete", SHINSA1, "incident.close", incident=ref, lesson_md="確かめてから渡す。")
    country.say(TANTO, "incident.report", incident=ref, **report(country, "preliminary"))
    country.refused("incomplete", SHINSA1, "incident.close", incident=ref, lesson_md="確かめてから渡す。")
    country.say(VENDOR, "incident.report", incident=ref, **report(country))
    for who in (TANTO, KESSAI, VENDOR, JIMUKYOKU):
        country.refused("not_permitted", who, "incident.close", incident=ref, lesson_md="確かめてから渡す。")
    country.say(KETTEI, "incident.close", incident=ref, lesson_md="**確かめて**から渡す。")
    assert filed(country, ref).lesson_html == "<p><strong>確かめて</strong>から渡す。</p>"
    country.refused("wrong_status", KETTEI, "incident.close", incident=ref, lesson_md="もう一度。")
    country.refused("wrong_status", TANTO, "incident.report", incident=ref, **report(country))


def test_a_report_is_filed_between_knowing_and_now_by_those_concerned(country: Country) -> None:
    _, pilot = country.an_idea_in_pilot()
    ref = country.say(TANTO, "incident.file", pilot=pilot, **incident(country)).ref
    country.refused("not_permitted", KUMOI, "incident.report", incident=ref, **report(country))
    country.refused("unknown", OUTSIDER, "incident.report", incident=ref, **report(country))
    for moved in (-3, 3):
        at = (country.now + timedelta(hours=moved)).isoformat()
        country.refused("invalid", TANTO, "incident.report", incident=ref, **report(country, filed_at=at))
    country.refused("invalid", TANTO, "incident.report", incident=ref, **report(country, "interim"))
    country.say(JIMUKYOKU, "incident.report", incident=ref, **report(country))


def test_another_town_reports_on_what_it_filed_itself(small_country: Country) -> None:
    _, pilot = small_country.an_idea_in_pilot()
    ref = small_country.say(KUMOI, "incident.file", pilot=pilot, **incident(small_country)).ref
    small_country.say(KUMOI, "incident.report", incident=ref, **report(small_country, "preliminary"))


def test_a_high_incident_suspends_a_flagged_product_at_once(country: Country) -> None:
    _, product = country.a_flagged_product()
    country.say(KUMOI, "incident.file", product=product, **incident(country))
    assert country.look("product", product)["flag"] == "nationwide"
    country.say(KUMOI, "incident.file", product=product, **incident(country, sensitive=True))
    assert country.look("product", product)["flag"] == "suspended"


def test_a_vendor_that_uses_a_flagged_product_finds_its_own_incident_again(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    ref = small_country.say(OUTSIDER, "incident.file", product=product, **incident(small_country)).ref
    small_country.say(OUTSIDER, "incident.report", incident=ref, **report(small_country))


def due_mails(country: Country, who: str) -> list[tuple[str, str]]:
    """What the clock wrote of reports that are due or stay away."""
    mails = [m for m in country.look("mail", who) if m["kind"] in ("incident.due_soon", "incident.late")]
    return [(m["kind"].removeprefix("incident."), m["subject"].partition(":")[0]) for m in mails]


@pytest.mark.parametrize(("malicious", "final"), [(False, 30), (True, 60)])
def test_the_clock_reminds_who_filed_and_escalates_what_stays_away(
    country: Country, malicious: bool, final: int
) -> None:
    _, pilot = country.a_running_pilot()
    ref = country.say(VENDOR, "incident.file", pilot=pilot, **incident(country, malicious=malicious)).ref
    first = country.now

    def until(day: int) -> None:
        while country.now < first + timedelta(days=day):
            country.pass_days(1)
            country.tick()

    until(3)
    assert due_mails(country, VENDOR) == []
    until(4)
    in_five = country.day(1)
    reminded = ("due_soon", f"リスクケースの速報の期限は {in_five} です")
    assert due_mails(country, VENDOR) == [reminded]
    assert due_mails(country, TANTO) == due_mails(country, JIMUKYOKU) == []
    until(12)
    late = ("late", "リスクケースの速報が 7 日遅れています")
    assert due_mails(country, VENDOR) == [reminded, late]
    assert due_mails(country, TANTO) == due_mails(country, JIMUKYOKU) == [late]
    country.say(VENDOR, "incident.report", incident=ref, **report(country, "preliminary"))
    until(final - 7)
    by = (first + timedelta(days=final)).date().isoformat()
    told = ("due_soon", f"リスクケースの最終報告の期限は {by} です")
    assert due_mails(country, VENDOR) == [reminded, late, told]
    country.pass_days(
        9
    )  # the clock stood still for the rest: what had to be said is said once, and what is past is not
    country.tick()
    country.tick()
    assert due_mails(country, VENDOR) == [reminded, late, told, told]
    until(final + 7)
    country.say(VENDOR, "incident.report", incident=ref, **report(country))
    assert due_mails(country, KETTEI)[1:] == [("late", "リスクケースの最終報告が 7 日遅れています")]
    country.pass_days(20)
    country.tick()
    assert len(due_mails(country, VENDOR)) == 5
