"""Forms of every verb go through one address: done once, refused on their page, never lost."""

import re
import sqlite3

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from tests.app.web import Reader, an_app, person_id, reader
from tests.country import HOSHIMORI, KESSAI, TANTO, Country
from workflows.registry import perform


def comments(country: Country, idea: str) -> int:
    page = reader(country, TANTO).opens(f"/ideas/{idea}")
    return len(re.findall(rf'id="{idea}-C\d+"', page))


def once_of(page: str, verb: str) -> str:
    form = page.split(f'action="/do/{verb}"')[1].split("</form>")[0]
    found = re.search(r'name="once" value="([^"]+)"', form)
    assert found
    return found[1]


def test_a_form_sent_twice_is_done_once(country: Country) -> None:
    idea = country.an_idea()
    person = reader(country, TANTO)
    key = once_of(person.opens(f"/ideas/{idea}"), "comment.post")
    for _ in range(2):
        person.says("comment.post", idea=idea, body_md="二度押しました。", once=key)
        person.opens(f"/ideas/{idea}")
    assert comments(country, idea) == 1
    person.says("comment.post", idea=idea, body_md="直して送り直しました。", once=key)
    assert comments(country, idea) == 2, "other words with the same key are another comment"


def test_going_back_and_sending_the_same_text_again_adds_nothing(country: Country) -> None:
    """The form that a browser goes back to is a fresh one, with another key, and holds what was typed."""
    idea = country.an_idea()
    person = reader(country, TANTO)
    for _ in range(2):
        key = once_of(person.opens(f"/ideas/{idea}"), "comment.post")
        person.says("comment.post", idea=idea, body_md="ありがとうございます。", once=key)
    assert comments(country, idea) == 1
    country.pass_days(1)
    person = reader(country, TANTO)
    person.opens(f"/ideas/{idea}")
    person.says("comment.post", idea=idea, body_md="ありがとうございます。")
    assert comments(country, idea) == 2, "the same words another day are another comment"


def test_two_people_with_the_same_key_are_two(country: Country) -> None:
    idea = country.an_idea()
    said = {"idea": idea, "body_md": "同じ言葉。"}
    first, second = (
        perform(country.engine, "comment.post", said, who, country.now, "key").ref for who in (TANTO, KESSAI)
    )
    assert first != second
    again = perform(country.engine, "comment.post", said, TANTO, country.now, "key")
    assert again.ref == first


def test_a_refused_form_takes_no_key(country: Country) -> None:
    idea = country.an_idea()
    person = reader(country, TANTO)
    key = once_of(person.opens(f"/ideas/{idea}"), "comment.post")
    before = country.everything()
    person.says("comment.post", 422, idea=idea, body_md=" ", once=key)
    assert country.everything() == before


def test_a_sign_in_that_ended_while_typing_keeps_what_was_typed(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    small_country.now = small_country.now.replace(year=2027)
    asked = person.says("comment.post", 403, idea=idea, body_md="長い\r\n文章です。")
    kept = MultiDict(re.findall(r'name="(kept\.[^"]+)" value="([^"]*)"', asked.text))
    assert kept["kept.field.body_md"] == "長い\r\n文章です。"
    small_country.say("system", "user.invite", email=TANTO, name="担当", org="kazami", roles=["submitter"])
    app = an_app(small_country, demo=True)
    person.client = app.test_client()
    person.page = person.client.get("/sign-in", base_url=person.address)
    goes_to = {"next": f"/ideas/{idea}", "person": str(person_id(small_country, TANTO))}
    shown = person.posts("/sign-in/as", 200, **goes_to, **kept)
    assert "もう一度送ってください" in shown.text
    assert "文章です。</textarea>" in shown.text
    person.says("comment.post", idea=idea, body_md="長い\r\n文章です。")
    assert comments(small_country, idea) == 1


def test_who_signs_in_as_somebody_who_may_not_see_the_page_is_signed_in_and_can_copy_what_was_typed(
    small_country: Country,
) -> None:
    draft = small_country.a_draft()
    person = Reader(an_app(small_country, demo=True), small_country)
    person.opens("/sign-in")
    typed = {"kept.verb": "idea.revise", "kept.field.idea": draft, "kept.field.challenge": "長い文章です。"}
    goes_to = {"next": f"/ideas/{draft}/edit", "person": str(person_id(small_country, HOSHIMORI))}
    shown = person.posts("/sign-in/as", 200, **goes_to, **typed)
    assert "送られなかった文章" in shown.text
    assert "長い文章です。" in shown.text
    assert draft not in shown.text
    assert "星守村" in person.opens("/me")


def test_a_busy_database_loses_nothing_that_was_typed(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorname = "SQLITE_BUSY"

    def locked(*_: object) -> None:
        raise sa.exc.OperationalError("BEGIN IMMEDIATE", {}, busy)

    with monkeypatch.context() as patched:
        patched.setattr("app.pages.doing.perform", locked)
        said = person.says("comment.post", 503, idea=idea, body_md="長い文章です。").text
    assert "混み合って" in said
    assert "長い文章です。</textarea>" in said
    person.says("comment.post", idea=idea, body_md="長い文章です。")
    assert comments(small_country, idea) == 1


def test_a_field_that_is_only_a_number_is_refused_by_its_name(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    assert "この項目はありません" in person.says("idea.follow", 422, idea=idea, **{"0": "x"}).text


def test_a_form_from_before_a_later_sign_in_is_shown_again_and_not_done(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    before = small_country.everything()
    shown = person.says("comment.post", 400, idea=idea, body_md="前の画面から。", csrf_token="of before")
    assert "前の画面から。</textarea>" in shown.text
    assert "もう一度送ってください" in shown.text
    assert small_country.everything() == before


def test_where_to_come_back_to_cannot_lead_elsewhere(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""):
        person.opens(f"/ideas/{idea}")
        sent = person.says("idea.follow", idea=idea, back=back)
        assert sent.headers["Location"] == "/", back


def test_a_refusal_about_what_is_typed_comes_back_on_its_page_even_where_it_is_unknown(
    small_country: Country,
) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    shown = person.says("team.ask", 404, idea=idea, org="no-such-org", message="ご一緒に。")
    assert "団体 no-such-org が見つかりません" in shown.text.replace("no-such-orgが", "no-such-org が")
    assert "窓口FAQ下書き支援</h1>" in shown.text


def test_what_may_not_be_seen_is_not_shown_by_a_refusal(small_country: Country) -> None:
    draft = small_country.a_draft("内緒の下書き")
    person = reader(small_country, HOSHIMORI)
    person.opens("/")
    shown = person.says("comment.post", 404, idea=draft, body_md="?", back=f"/ideas/{draft}")
    assert "内緒の下書き" not in shown.text


def test_focus_goes_to_the_summary_that_leads_to_each_field(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, HOSHIMORI)
    person.opens(f"/ideas/{idea}")
    text = person.says("idea.demand", 422, idea=idea, need="", budget_year="来年").text
    summary = text.split('id="problem"')[1].split("</div>")[0]
    assert "autofocus" in summary
    for id_, label in re.findall(r'<a href="#([^"]+)">([^<]+)</a>', summary):
        assert f'id="{id_}"' in text, label
    assert re.findall(r">([^<]+)</a>: ", summary) == ["どんな業務で使いたいか", "予算を考えている年度"]
