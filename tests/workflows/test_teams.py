"""Who asks, the other side answers; who has joined may leave unless a pilot depends on it."""

import pytest
from sqlmodel import Session

from tests.country import (
    HOSHIMORI,
    JIMUKYOKU,
    KANRI,
    KESSAI,
    KETTEI,
    OUTSIDER,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)
from workflows.runtime import ledger, verification

ASK = {"org": "kazemirai", "message": "一緒に作りませんか。"}


def mails(country: Country, address: str) -> list[str]:
    return [m["kind"] for m in country.look("mail", address)]


def test_a_vendor_asks_and_the_owner_accepts(country: Country) -> None:
    idea = country.an_idea()
    country.say(VENDOR, "team.ask", idea=idea, **ASK)
    assert "team.asked" in mails(country, TANTO)
    country.refused("duplicate", TANTO, "team.ask", idea=idea, **ASK)
    refusal = country.refused("not_permitted", VENDOR, "team.accept", idea=idea, org="kazemirai")
    assert "相手" in refusal.message
    country.refused("not_permitted", OUTSIDER, "team.accept", idea=idea, org="kazemirai")
    country.say(TANTO, "team.accept", idea=idea, org="kazemirai")
    assert "team.joined" in mails(country, VENDOR)
    country.refused("duplicate", VENDOR, "team.ask", idea=idea, **ASK)
    # A partner sees and does what an outsider cannot.
    country.say(VENDOR, "comment.post", idea=idea, body_md="よろしくお願いします。")
    country.refused("not_permitted", OUTSIDER, "comment.post", idea=idea, body_md="どうですか。")


def test_the_owner_asks_and_the_vendor_answers(country: Country) -> None:
    idea = country.an_idea()
    country.say(TANTO, "team.ask", idea=idea, **ASK)
    country.refused("not_permitted", TANTO, "team.accept", idea=idea, org="kazemirai")
    country.say(VENDOR, "team.decline", idea=idea, org="kazemirai")
    assert "team.declined" in mails(country, TANTO)
    for verb in ("team.accept", "team.decline", "team.leave"):
        country.refused("wrong_status", VENDOR, verb, idea=idea, org="kazemirai")
    country.say(TANTO, "team.ask", idea=idea, **ASK)
    country.say(VENDOR, "team.accept", idea=idea, org="kazemirai")


def test_another_town_may_join_too(country: Country) -> None:
    idea = country.an_idea()
    country.say(HOSHIMORI, "team.ask", idea=idea, org="hoshimori", message="うちの村でも困っています。")
    country.say(TANTO, "team.accept", idea=idea, org="993514")
    country.say(HOSHIMORI, "team.leave", idea=idea, org="hoshimori")


def test_who_is_on_neither_side_cannot_ask(country: Country) -> None:
    idea, draft = country.an_idea(), country.a_draft("下書きのまま")
    for nobody in (OUTSIDER, HOSHIMORI, JIMUKYOKU, KANRI):
        country.refused("not_permitted", nobody, "team.ask", idea=idea, **ASK)
    country.refused("unknown", VENDOR, "team.ask", idea=draft, **ASK)
    country.refused("wrong_status", TANTO, "team.ask", idea=draft, **ASK)
    country.refused("unknown", TANTO, "team.ask", idea=idea, org="nowhere", message="?")
    country.refused("unknown", TANTO, "team.ask", idea="R8-9999", **ASK)
    for not_a_partner in ("kazami", "digital-agency"):
        refusal = country.refused("invalid", TANTO, "team.ask", idea=idea, org=not_a_partner, message="?")
        assert "org" in refusal.errors


@pytest.mark.parametrize("leaver", [TANTO, VENDOR])
def test_a_vendor_whose_pilot_is_planned_cannot_leave(country: Country, leaver: str) -> None:
    idea = country.an_idea_with_a_team()
    pilot = country.plan_a_pilot(idea)
    assert pilot in country.refused("wrong_status", leaver, "team.leave", idea=idea, org="kazemirai").message
    country.say(TANTO, "pilot.cancel", pilot=pilot, because="日程が合わない。")
    country.refused("not_permitted", OUTSIDER, "team.leave", idea=idea, org="kazemirai")
    country.say(leaver, "team.leave", idea=idea, org="kazemirai")
    country.refused("not_permitted", VENDOR, "repo.link", idea=idea, full_name="kazemirai/x")
    country.say(VENDOR, "team.ask", idea=idea, **ASK)


AMBER = {"rating": "amber", "finding": "試作は小さい。", "action": "広げて試す。"}


def with_conditions_of(country: Country, *owners: str) -> tuple[str, str, list[str]]:
    """An idea back in ideathon with a condition of each owner, and no pilot in the way of leaving; its review, its conditions."""
    idea, pilot = country.an_idea_ready_for_g1()
    review = country.a_review(idea, feasible=AMBER)
    wishes = [
        {"criterion": "feasible", "text": f"{owner} が試す。", "owner": owner, "due_on": country.day(30)}
        for owner in owners
    ]
    country.decide(review, "recycle", actions=wishes)
    country.say(TANTO, "pilot.cancel", pilot=pilot, because="計画を練り直す。")
    return idea, review, [a["ref"] for a in country.look("review", review)["actions"]]


def owners_of(country: Country, review: str) -> list[tuple[str, str]]:
    return [(a["owner"], a["status"]) for a in country.look("review", review)["actions"]]


@pytest.mark.parametrize("leaver", [TANTO, VENDOR])
def test_the_conditions_of_a_vendor_that_leaves_are_not_left_without_anybody_to_close_them(
    country: Country, leaver: str
) -> None:
    idea, review, actions = with_conditions_of(country, "kazemirai", "kazemirai", "kazemirai", "hoshimori")
    first, second, third, theirs = actions
    country.say(VENDOR, "action.close", action=first, note="済ませた。")
    country.say(SHINSA1, "action.verify", action=first)
    country.say(VENDOR, "action.close", action=second, note="済ませた。")
    country.say(leaver, "team.leave", idea=idea, org="kazemirai")
    assert owners_of(country, review) == [
        ("kazemirai", "verified"),
        ("kazami", "closed"),
        ("kazami", "open"),
        ("hoshimori", "open"),
    ]
    for address in {KESSAI, KETTEI, TANTO, VENDOR} - {leaver}:
        told = [m for m in country.look("mail", address) if m["kind"] == "action.passed_on"]
        assert [m["about"] for m in told] == [idea]
        assert "風見市が引き継ぎました" in told[0]["body"]
        assert third in told[0]["body"]
        assert first not in told[0]["body"]
    country.refused("unknown", VENDOR, "action.close", action=third, note="済ませた。")
    country.say(TANTO, "action.close", action=third, note="代わりに済ませた。")
    for action in (second, third):
        country.say(SHINSA1, "action.verify", action=action)
    country.say(HOSHIMORI, "action.close", action=theirs, note="済ませた。")
    with Session(country.engine) as session:
        said = [e.facts for e in ledger.entries_of(session, idea) if e.action == "action.passed_on"]
        assert verification.verify(session, idea).verified
    assert said == [f'{{"actions":["{second}","{third}"],"before":"kazemirai","owner":"kazami"}}']


def test_a_town_that_leaves_sees_on_and_keeps_its_conditions(country: Country) -> None:
    idea, review, actions = with_conditions_of(country, "hoshimori")
    country.say(HOSHIMORI, "team.ask", idea=idea, org="hoshimori", message="一緒に。")
    country.say(TANTO, "team.accept", idea=idea, org="hoshimori")
    country.say(HOSHIMORI, "team.leave", idea=idea, org="hoshimori")
    assert owners_of(country, review) == [("hoshimori", "open")]
    assert "action.passed_on" not in mails(country, TANTO)
    country.say(HOSHIMORI, "action.close", action=actions[0], note="済ませた。")
