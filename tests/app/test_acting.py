"""One person in several organizations acts for one of them at a time, visibly; sees by all of them; is tied by all of them."""

from sqlmodel import select

from app import identity
from app.db import reading
from tests.app.web import Reader, an_app, person_id, reader
from tests.country import KANRI, TANTO, VENDOR, Country
from workflows.tables.ledger import LedgerEntry
from workflows.tables.people import SignIn


def in_two(country: Country, email: str = TANTO, org: str = "hoshimori") -> None:
    """The clerk of 風見市 works for 星守村 too."""
    country.say(KANRI, "user.invite", email=email, name="kazami 担当", org=org, roles=["submitter"])


def switches(person: Reader, org: str, page: str = "/ideas", status: int = 303) -> None:
    person.opens(page)
    person.posts("/acting", status, org=org, next=page)


def draft_of(person: Reader, title: str, status: int = 303) -> None:
    person.opens("/ideas/new")
    person.says("idea.draft", status, title=title, field="窓口", challenge="待ち時間が長い。")


def test_with_one_organization_it_is_named_and_there_is_nothing_to_switch(small_country: Country) -> None:
    page = reader(small_country, TANTO).opens("/")
    assert "風見市" in page.partition("<main")[0]
    assert "/acting" not in page


def test_acts_are_those_of_the_chosen_organization_and_the_ledger_says_so(country: Country) -> None:
    idea = country.a_draft()
    in_two(country)
    person = reader(country, TANTO)
    assert "星守村として操作中" in person.opens("/")  # the first by name
    # What 風見市 alone may do is not done for 星守村; it is seen all the same, and said how.
    assert "提案団体として操作します" in person.opens(f"/ideas/{idea}")  # the one next step is to switch
    said = person.says("idea.withdraw", 403, idea=idea, reason="やめます。").text
    assert "切り替えてください" in said
    draft_of(person, "村のアイデア")
    switches(person, "kazami", f"/ideas/{idea}")
    page = person.opens(f"/ideas/{idea}")
    assert "風見市として操作中" in page
    assert "提案団体として操作します" not in page
    person.says("idea.withdraw", idea=idea, reason="やめます。")
    with reading(country.engine) as session:
        by = [
            e.actor.partition("/")[0]
            for e in session.exec(select(LedgerEntry).order_by(LedgerEntry.id))  # type: ignore[arg-type]
            if e.action in ("idea.drafted", "idea.withdrawn")
        ]
    assert by[-2:] == ["hoshimori", "kazami"]
    # The next sign-in goes on where this one was.
    assert "風見市として操作中" in reader(country, TANTO).opens("/")


def test_a_form_opened_for_one_organization_is_not_done_for_another(small_country: Country) -> None:
    in_two(small_country)
    person = reader(small_country, TANTO)
    person.opens("/ideas/new")
    stale = person.token()
    switches(person, "kazami")
    person.opens("/ideas/new")
    said = person.says(
        "idea.draft", 400, csrf_token=stale, title="村のアイデア", field="窓口", challenge="長い。"
    ).text
    assert "まだ行っていません" in said
    assert "村のアイデア" in said


def test_nobody_acts_for_what_is_not_theirs_or_no_longer(country: Country) -> None:
    in_two(country)
    person = reader(country, TANTO)
    switches(person, "kumoi", status=404)
    switches(person, "hoshimori")
    country.say(KANRI, "user.revoke", user=TANTO, org="hoshimori")
    page = person.opens("/")  # the very next request
    assert "星守村" not in page.partition("<main")[0]
    assert "風見市" in page.partition("<main")[0]
    switches_to = person.client.post("/acting", data={"org": "hoshimori"}, base_url=person.address)
    assert switches_to.status_code == 400  # without a token of the page
    with reading(country.engine) as session:
        assert all(row.acting_org_id is None for row in session.exec(select(SignIn)))


def test_who_left_the_one_they_acted_for_chooses_among_several(small_country: Country) -> None:
    in_two(small_country)
    in_two(small_country, org="kumoi")
    person = reader(small_country, TANTO)
    switches(person, "kumoi")
    small_country.say(KANRI, "user.revoke", user=TANTO, org="kumoi")
    assert "操作する団体を選んでください" in person.opens("/")
    person.opens("/me")
    person.says("idea.draft", 403, title="どこの", field="窓口", challenge="長い。")


def test_a_way_in_for_some_kinds_enters_no_other(small_country: Country) -> None:
    small_country.say(KANRI, "user.invite", email=VENDOR, name="技術 担当", org="kazami", roles=["submitter"])
    secret, _ = identity.start(
        small_country.engine,
        person_id(small_country, VENDOR),
        small_country.now,
        how="oidc:x",
        kinds=["vendor"],
    )
    person = Reader(an_app(small_country), small_country)
    person.client.set_cookie("kyoso", secret)
    page = person.opens("/me")
    assert "カゼミライ" in page.partition("<main")[0]
    draft = small_country.a_draft()
    person.opens(f"/ideas/{draft}", 404)
    Reader(an_app(small_country), small_country, VENDOR).opens(f"/ideas/{draft}")


def test_the_command_line_and_stories_speak_with_every_membership(small_country: Country) -> None:
    idea = small_country.a_draft()
    in_two(small_country)
    small_country.say(TANTO, "idea.revise", idea=idea, seen_version=1, title="書き直した")
