"""Who asks, the other side answers; who has joined may leave unless a pilot depends on it."""

import pytest

from tests.country import HOSHIMORI, JIMUKYOKU, KANRI, OUTSIDER, TANTO, VENDOR, Country

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
