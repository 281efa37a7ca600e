"""Rights that outlive what gave them, or are used where they were not given."""

import pytest
from sqlmodel import select

from app import identity
from app.db import reading
from tests.app.web import reader
from tests.country import (
    JIMUKYOKU,
    KANRI,
    KESSAI,
    KETTEI,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)  # fmt: skip
from workflows.tables.people import SignIn


def test_a_grant_does_not_outlive_the_removal_of_its_holder(country: Country) -> None:
    """Gitea CVE-2026-20883: who was removed kept what was given to them. Here every request reads grants anew."""
    idea = country.a_draft()
    person = reader(country, TANTO)
    person.opens(f"/ideas/{idea}")
    country.say(KANRI, "user.revoke", user=TANTO, org="kazami")
    asked = person.says("idea.revise", 403, idea=idea, seen_version=1, title="あとから").text
    assert "サインイン" in asked, "who belongs nowhere any more is signed out"
    person.opens(f"/ideas/{idea}", 404)
    assert country.look("idea", idea)["version"] == 1
    with reading(country.engine) as session:
        assert [(row.acting_org_id, row.ended_at) for row in session.exec(select(SignIn))] == [
            (None, country.now)
        ]


def test_a_session_is_not_used_in_another_organization(small_country: Country) -> None:
    """CVE-2026-45414: a token of one organization opened another. Here a session acts for the one that it names, and a form
    cannot name another."""
    country = small_country
    country.say(KANRI, "user.invite", email=TANTO, name="kazami 担当", org="hoshimori", roles=["submitter"])
    idea = country.a_draft(who=KESSAI)
    person = reader(country, TANTO)  # acts for 星守村
    person.opens(f"/ideas/{idea}")
    assert "切り替えてください" in person.says("idea.withdraw", 403, idea=idea, reason="やめます。").text
    said = person.says("idea.draft", 403, title="市の", field="窓口", challenge="長い。", org="kazami").text
    assert "代表して行う役割がありません" in said


def test_a_second_role_does_not_approve_what_the_first_asked_for(country: Country) -> None:
    """Decidim CVE-2026-40869: the author of an amendment accepted it by a second role. Here a tie counts whichever
    organization one acts for."""
    idea, _ = country.an_idea_ready_for_g1()
    country.say(KANRI, "user.invite", email=KETTEI, name="決裁者", org="kazami", roles=["approver"])
    country.say(KANRI, "user.invite", email=SHINSA1, name="審査者", org="kazami", roles=["submitter"])
    review = country.say(KETTEI, "review.request", idea=idea).ref
    country.refused("conflict_of_interest", JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA1)
    person = reader(country, KETTEI)
    person.opens("/")
    person.posts("/acting", org="digital-agency", next="/")
    person.opens(f"/reviews/{review}")
    version = country.look("review", review)["version"]
    said = person.says(
        "review.decide", 403, review=review, seen_version=version, decision="kill", rationale="自分で決める。"
    ).text
    assert "属している（いた）ため" in said
    # Nor after leaving the organization that asked.
    country.say(KANRI, "user.revoke", user=KETTEI, org="kazami")
    country.refused(
        "conflict_of_interest", KETTEI, "review.decide", review=review, seen_version=version, decision="kill",
        rationale="抜けてから決める。",
    )  # fmt: skip


@pytest.mark.parametrize(
    "address",
    ["https://evil.example.com", "//evil.example.com", "/\\evil.example.com", "/%0d//evil", "\t//evil"],
)
def test_signing_in_and_switching_lead_to_no_other_site(small_country: Country, address: str) -> None:
    """Open redirect at sign-in: `next` is an address of this site, or is left out."""
    identity.set_password(small_country.engine, VENDOR, "風見の丘に三本の杉がある")
    person = reader(small_country)
    person.opens("/sign-in")
    came = person.posts("/sign-in", email=VENDOR, password="風見の丘に三本の杉がある", next=address)
    assert came.headers["Location"] in ("/", "/%0d//evil")
    person.opens("/")
    came = person.posts("/acting", org="kazemirai", next=address)
    assert came.headers["Location"] in ("/", "/%0d//evil")
