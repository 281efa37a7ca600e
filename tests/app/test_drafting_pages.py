"""Writing an idea down: has somebody solved it, the draft that is kept while it is typed, and what two people do to it at once."""

import re

import pytest

from tests.app.web import Reader, reader
from tests.country import HOSHIMORI, JIMUKYOKU, KESSAI, OUTSIDER, TANTO, VENDOR, Country

HTMX = {"HX-Request": "true"}
TYPED = {
    "title": "窓口の質問に答える下書き",
    "field": "窓口",
    "challenge": "回答に時間がかかる。\r\n一件に 12 分。",
    "as_is": "",
    "to_be": "",
    "cases_per_year": "１，８２０",
    "minutes_each": "12.5",
    "users": "",
    "data_classes": "",
    "expected_effect": "",
    "event": "",
    "challenge_ref": "",
}
"""What a clerk types first: the rest later."""


def hidden(person: Reader) -> dict[str, str]:
    """The version that the open form was made from, and what stood in its fields."""
    assert person.page is not None
    found = re.findall(
        r'<input type="hidden" name="(seen_version|was\.\w+)"[^>]*? value="([^"]*)"', person.page.text
    )
    return {**dict(found), "seen_version": dict(found)["seen_version"]}


def test_a_draft_is_kept_with_three_fields_and_finished_later(country: Country) -> None:
    clerk = reader(country, TANTO)
    assert "この画面を閉じると入力したものは消えます" in clerk.opens("/ideas/new")
    assert "/do/idea.draft" in clerk.forms()
    sent = clerk.says("idea.draft", 303, **TYPED)
    assert sent.headers["Location"] == "/ideas/R8-0001/edit"
    text = clerk.opens("/ideas/R8-0001/edit")
    assert "入力するたびに保存されます" in text
    assert "年 379 時間" in text
    later = TYPED | {"as_is": "紙を探している。", "data_classes": ["", "公開情報", "個人情報"]}
    clerk.says("idea.revise", 303, idea="R8-0001", **hidden(clerk), **later)
    seen = country.look("idea", "R8-0001")
    assert (seen["as_is"], seen["cases_per_year"], seen["minutes_each"]) == ("紙を探している。", 1820, 12.5)
    text = clerk.opens("/ideas/R8-0001/edit")
    assert 'value="個人情報" checked' in text
    clerk.says("idea.revise", 303, idea="R8-0001", **hidden(clerk), **TYPED)
    assert 'value="個人情報" checked' not in clerk.opens("/ideas/R8-0001/edit"), "unticked is emptied"


def test_a_revision_leaves_a_number_as_exact_as_it_was(small_country: Country) -> None:
    draft = small_country.a_draft(minutes_each=12.3456789)
    assert 'value="12.3456789"' in reader(small_country, TANTO).opens(f"/ideas/{draft}/edit")


def test_a_second_click_makes_no_second_draft(country: Country) -> None:
    clerk = reader(country, TANTO)
    clerk.opens("/ideas/new")
    sent = TYPED | {"once": "the key of this form"}
    first = clerk.says("idea.draft", 303, **sent).headers["Location"]
    clerk.opens("/ideas/new")
    assert clerk.says("idea.draft", 303, **sent).headers["Location"] == first
    assert "R8-0002" not in clerk.opens("/ideas")


def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(small_country: Country) -> None:
    clerk = reader(small_country, TANTO)
    clerk.opens("/ideas/new")
    for wrong, sentence in (
        ({"challenge": " "}, "必ず入れてください"),
        ({"cases_per_year": "たくさん"}, "整数を入れてください"),
        ({"title": "あ" * 201}, "200 文字までにしてください"),
    ):
        text = clerk.says("idea.draft", 422, **(TYPED | wrong)).text
        assert sentence in text
        assert 'value="窓口"' in text
        assert "一件に 12 分。" in text or "challenge" in wrong
    assert small_country.refused("unknown", TANTO, "idea.submit", idea="R8-0001")


def test_only_a_municipality_may_write_an_idea(small_country: Country) -> None:
    for who in (VENDOR, JIMUKYOKU, None):
        someone = reader(small_country, who)
        text = someone.opens("/ideas/new")
        assert "/do/idea.draft" not in someone.forms()
        assert ("サインインが必要です" if who is None else "下書きを作れるのは") in text
        assert "アイデアを書く</a>" not in someone.opens("/ideas")
    assert 'href="/ideas/new"' in reader(small_country, TANTO).opens("/ideas")


def test_look_alikes_are_shown_before_the_idea_is_sent(small_country: Country) -> None:
    small_country.an_idea("窓口FAQ下書き支援")
    small_country.a_draft("窓口FAQ下書きの試み", HOSHIMORI)
    clerk = reader(small_country, TANTO)
    part = clerk.client.get("/ideas/similar?title=窓口FAQの下書き", headers=HTMX).text
    assert "<html" not in part
    assert "窓口FAQ下書き支援" in part
    assert "違いの説明が要ります" in part
    assert "窓口FAQ下書きの試み" not in part, "another town's draft is nobody's business"
    assert "窓口FAQ下書き支援" in clerk.opens("/ideas/new?title=窓口FAQの下書き"), "and without scripts"
    assert "見つかりませんでした" in clerk.client.get("/ideas/similar?title=除雪", headers=HTMX).text
    clerk.opens("/ideas/new")
    clerk.says("idea.draft", 303, **(TYPED | {"title": "窓口FAQの下書き"}))
    assert "窓口FAQ下書き支援" in clerk.opens("/ideas/R8-0003/edit")


def test_a_look_alike_tells_no_more_than_the_reader_may_see(small_country: Country) -> None:
    small_country.an_idea("窓口FAQ下書き支援")
    asked = "/ideas/similar?title=窓口FAQ下書き支援"
    assert "風見市" in reader(small_country, HOSHIMORI).opens(asked)
    outsider = reader(small_country, OUTSIDER).opens(asked)
    assert "窓口FAQ下書き支援<" in outsider
    assert "風見市" not in outsider
    assert "R8-0001" not in reader(small_country).opens(asked)


def test_what_is_already_a_product_is_offered(small_country: Country) -> None:
    small_country.a_flagged_product()
    text = reader(small_country, HOSHIMORI).opens("/ideas/new?title=窓口の質問の下書き")
    assert "すぐ使えるプロダクトになっています" in text
    assert 'href="/products/madoguchi-faq"' in text


def test_a_draft_saves_itself_and_the_form_learns_the_new_version(small_country: Country) -> None:
    small_country.a_draft()
    clerk = reader(small_country, TANTO)
    clerk.opens("/ideas/R8-0001/edit")
    before = hidden(clerk)
    once = re.findall(r'name="once" value="([^"]+)"', clerk.page.text)[-1]  # type: ignore[union-attr]
    typed = TYPED | {"as_is": "一度目"}
    saved = clerk.says("idea.revise", 200, headers=HTMX, idea="R8-0001", once=once, **before, **typed).text
    assert "保存しました" in saved
    assert '<input type="hidden" name="seen_version" id="seen-version" value="2"' in saved
    assert 'name="was.as_is" value="一度目"' in saved
    clerk.opens("/ideas/R8-0001/edit")
    typed |= {"as_is": "二度目"}
    again = {"seen_version": "2", "once": once}
    assert 'value="3"' in clerk.says("idea.revise", 200, headers=HTMX, idea="R8-0001", **again, **typed).text
    assert small_country.look("idea", "R8-0001")["as_is"] == "二度目"


def test_a_save_that_is_refused_says_so_in_its_line(small_country: Country) -> None:
    small_country.a_draft()
    clerk = reader(small_country, TANTO)
    clerk.opens("/ideas/R8-0001/edit")
    sent = {"idea": "R8-0001", **hidden(clerk)}
    text = clerk.says("idea.revise", 422, headers=HTMX, **sent, **(TYPED | {"title": ""})).text
    assert "まだ保存していません: 題名 必ず入れてください" in text
    assert "<html" not in text
    clerk.opens("/ideas/R8-0001/edit")
    small_country.say(TANTO, "idea.revise", idea="R8-0001", seen_version=1, users="職員")
    text = clerk.says("idea.revise", 409, headers=HTMX, **sent, **TYPED).text
    assert "違いを見比べてから保存できます" in text
    clerk.opens("/ideas/R8-0001/edit")
    other = clerk.says(
        "idea.revise", 400, headers=HTMX, **sent, **TYPED, csrf_token="of another sign-in"
    ).text
    assert "まだ行っていません" in other
    assert "<html" not in other
    clerk.opens("/ideas/R8-0001/edit")
    token = clerk.token()
    clerk.client.delete_cookie("kyoso", domain="localhost")
    sent |= {"csrf_token": token, "back": "/ideas/R8-0001/edit"}
    ended = clerk.client.post(
        "/do/idea.revise", data={**sent, **TYPED}, headers=HTMX | {"Sec-Fetch-Site": "same-origin"}
    )
    assert ended.status_code == 403
    assert "サインインの期限が切れました" in ended.text
    assert "<html" not in ended.text


def test_two_people_at_one_draft_are_shown_what_the_other_wrote(country: Country) -> None:
    country.a_draft(users="職員 3 人")
    mine, theirs = reader(country, TANTO), reader(country, KESSAI)
    mine.opens("/ideas/R8-0001/edit")
    opened = hidden(mine)
    theirs.opens("/ideas/R8-0001/edit")
    stood = {
        "title": "窓口FAQ下書き支援", "field": "窓口", "challenge": "回答に時間がかかる。", "as_is": "手で探している。",
        "to_be": "下書きを確かめて答える。", "cases_per_year": "1820", "minutes_each": "12", "users": "職員 3 人",
    }  # fmt: skip
    changed = stood | {"challenge": "相手の課題", "users": "職員 30 人"}
    theirs.says("idea.revise", 303, idea="R8-0001", **hidden(theirs), **changed)
    typed = stood | {"challenge": "私の課題", "to_be": "私の姿"}
    text = mine.says("idea.revise", 409, idea="R8-0001", **opened, **typed).text
    assert "どちらも直しています" in text
    assert "相手の課題" in text
    assert "私の課題</textarea>" in text
    assert "私の姿</textarea>" in text
    assert "あなたは触れていないので" in text
    assert "職員 30 人</textarea>" in text, "what only the other changed is taken over"
    told = re.sub(r"<[^>]+>|\s+", "", text.split('id="differences"')[1].split("</section>")[0])
    assert "2026年4月1日09:00風見市:課題、使う人" in told, "when, who, and which fields"
    assert "開いたとき回答に時間がかかる。いま相手の課題" in told, "what stood, and what stands"
    now = hidden(mine)
    assert now["seen_version"] == "2"
    assert now["was.challenge"] == "相手の課題"
    mine.path = "/ideas/R8-0001/edit"
    mine.says("idea.revise", 303, idea="R8-0001", **now, **(typed | {"users": "職員 30 人"}))
    seen = country.look("idea", "R8-0001")
    assert (seen["challenge"], seen["to_be"]) == ("私の課題", "私の姿")


def test_a_mistake_is_mended_against_the_version_that_was_seen(small_country: Country) -> None:
    """Else a refusal in between would quietly write over what somebody else has done."""
    small_country.a_draft()
    clerk = reader(small_country, TANTO)
    clerk.opens("/ideas/R8-0001/edit")
    opened = hidden(clerk)
    small_country.say(KESSAI, "idea.revise", idea="R8-0001", seen_version=1, challenge="相手の課題")
    clerk.says("idea.revise", 422, idea="R8-0001", **opened, **(TYPED | {"minutes_each": "長い"}))
    assert hidden(clerk)["seen_version"] == "1"
    assert hidden(clerk)["was.challenge"] == "回答に時間がかかる。"


def test_what_was_typed_into_a_locked_idea_can_still_be_copied(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    clerk = reader(small_country, TANTO)
    assert "ボタンを押したときに保存され" in clerk.opens(f"/ideas/{idea}/edit")
    assert "hx-post" not in clerk.opens(f"/ideas/{idea}/edit"), "a submitted idea is not saved by itself"
    opened = hidden(clerk)
    small_country.say(KESSAI, "review.request", idea=idea)
    text = clerk.says("idea.revise", 409, idea=idea, **opened, **(TYPED | {"as_is": "長い文章"})).text
    assert "「審査中」のアイデアではできません" in text
    assert "長い文章</textarea>" in text
    assert "保存する</button>" not in text


@pytest.mark.parametrize("who", [HOSHIMORI, VENDOR, JIMUKYOKU, OUTSIDER])
def test_nobody_else_is_given_the_form(small_country: Country, who: str) -> None:
    idea = small_country.an_idea_with_a_team()
    someone = reader(small_country, who)
    text = someone.opens(f"/ideas/{idea}/edit")
    assert "/do/idea.revise" not in someone.forms()
    assert "手で探している。" not in text
    someone.opens(f"/ideas/{small_country.a_draft('ほかの困りごと')}/edit", 404)


def test_events_and_challenges_are_chosen_by_name(country: Country) -> None:
    event = country.an_event()
    posted = country.say(
        HOSHIMORI, "challenge.post", event=event, title="返事が遅い", body_md="四日", field="移住"
    ).ref
    clerk = reader(country, TANTO)
    text = clerk.opens(f"/ideas/new?event={event}&challenge={posted}")
    assert f'value="{event}" selected>春のアイデアソン' in text
    assert f'value="{posted}" selected>返事が遅い（春のアイデアソン）' in text
    clerk.says("idea.draft", 303, **(TYPED | {"event": event, "challenge_ref": posted}))
    country.pass_days(60)
    clerk = reader(country, TANTO)
    assert f'value="{event}" selected' in clerk.opens("/ideas/R8-0001/edit"), "its own stays a choice"
    assert event not in clerk.opens("/ideas/new"), "what takes nothing more is none"
    clerk.opens("/ideas/R8-0001/edit")
    clerk.says("idea.revise", 303, idea="R8-0001", **hidden(clerk), **TYPED)
    assert f'value="{event}" selected' not in clerk.opens("/ideas/R8-0001/edit")


def test_who_belongs_to_several_towns_drafts_for_the_one_they_act_for(small_country: Country) -> None:
    small_country.say("system", "user.invite", email=TANTO, name="担当", org="kumoi", roles=["submitter"])
    clerk = reader(small_country, TANTO)
    for number, town in enumerate(("kumoi", "kazami"), start=1):
        clerk.opens("/ideas/new")
        clerk.posts("/acting", 303, org=town, next="/ideas/new")
        assert 'name="org"' not in clerk.opens("/ideas/new").partition("<main")[2].partition("<main")[2]
        clerk.says("idea.draft", 303, **TYPED)
        assert small_country.look("idea", f"R8-000{number}")["owner"] == town
