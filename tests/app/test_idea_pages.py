"""What each reader finds of the ideas, and what they may do there."""

import re

from tests.app.web import many_ideas, reader
from tests.country import (
    HOSHIMORI,
    JIMUKYOKU,
    KANSA,
    KESSAI,
    KETTEI,
    OUTSIDER,
    TANTO,
    VENDOR,
    Country,
)
from workflows.queries.ideas_list import waits_for


def test_a_draft_is_there_for_its_own_organization_alone(small_country: Country) -> None:
    draft = small_country.a_draft()
    assert "下書き" in reader(small_country, TANTO).opens(f"/ideas/{draft}")
    for who in (HOSHIMORI, VENDOR, JIMUKYOKU, None):
        assert "見つかりません" in reader(small_country, who).opens(f"/ideas/{draft}", 404)
        assert draft not in reader(small_country, who).opens("/ideas")


def test_the_public_sees_an_idea_from_its_first_published_decision_on(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    public = reader(small_country)
    public.opens(f"/ideas/{idea}", 404)
    review = small_country.a_review(idea)
    public.opens(f"/ideas/{idea}", 404)
    small_country.decide(review)
    text = public.opens(f"/ideas/{idea}").partition("<footer")[0]
    for shown in ("窓口FAQ下書き支援", "風見市", "継続", "根拠が揃っている。", "基準ごとの判定を読む"):
        assert shown in text, shown
    for hidden in (
        "回答に時間がかかる。",
        "手で探している。",
        "kazami 担当",
        "digital-agency 担当",
        "話し合い",
        "台帳",
        "@",
    ):
        assert hidden not in text, hidden
    assert idea in public.opens("/ideas")


def test_what_is_withheld_is_not_on_the_public_page_and_says_why(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    small_country.decide(small_country.a_review(idea), withhold_because="契約の交渉中のため")
    text = reader(small_country).opens(f"/ideas/{idea}")
    assert "契約の交渉中のため" in text
    assert "継続" in text
    assert "根拠が揃っている。" not in text
    assert "根拠が揃っている。" in reader(small_country, TANTO).opens(f"/ideas/{idea}")


def test_a_vendor_that_is_no_partner_sees_title_field_challenge_and_status_only(
    small_country: Country,
) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    text = reader(small_country, OUTSIDER).opens(f"/ideas/{idea}")
    assert "回答に時間がかかる。" in text
    for hidden in ("風見市", "いっしょに進める", "次にすること", 'id="reviews"', "手で探している。"):
        assert hidden not in text, hidden
    outsider, partner = reader(small_country, OUTSIDER), reader(small_country, VENDOR)
    row = outsider.opens("/ideas").split("<tbody>")[1].split("</tbody>")[0]
    assert idea in row
    assert "風見市" not in row
    assert "アイデアソン" not in row
    assert idea not in outsider.opens("/ideas?stage=ideathon"), "a filter must not tell what the list hides"
    assert "kazami" not in outsider.opens("/ideas")
    assert idea in partner.opens("/ideas?stage=ideathon&owner=kazami")


def test_a_vendor_sees_no_less_of_a_decided_idea_than_the_public(small_country: Country) -> None:
    idea, _ = small_country.an_idea_in_pilot()
    for who in (None, OUTSIDER):
        someone = reader(small_country, who)
        text = someone.opens(f"/ideas/{idea}")
        for shown in ("風見市", "実証", "根拠が揃っている。"):
            assert shown in text, (who, shown)
        assert "手で探している。" not in text
        assert idea in someone.opens("/ideas?stage=pilot&owner=kazami")
    assert "回答に時間がかかる。" in reader(small_country, OUTSIDER).opens(f"/ideas/{idea}")
    seen = small_country.look("idea", idea, OUTSIDER)
    assert (seen["owner"], seen["stage"], seen["challenge"]) == ("kazami", "pilot", "回答に時間がかかる。")
    assert "as_is" not in seen


def test_an_idea_says_what_is_next_who_must_move_and_since_when(country: Country) -> None:
    idea, _ = country.an_idea_in_pilot()
    country.pass_days(3)
    text = reader(country, TANTO).opens(f"/ideas/{idea}")
    seen = country.look("idea", idea)
    top = text.split("次にすること")[1].split('class="steps"')[0]
    assert re.sub(r"\d{4}-(\d\d)-(\d\d) ?", "", seen["next_step"])[:8] in top
    assert "風見市" in top
    assert "2026年4月1日（令和8年度）" in top
    assert "3 日" in top


def test_whose_turn_the_list_says_is_whose_turn_the_idea_says(small_country: Country) -> None:
    """The list knows status and stage alone; the idea's page asks the whole dossier."""

    def agree(idea: str) -> None:
        seen = small_country.look("idea", idea)
        expected = {"owner": "kazami", "agency": "digital-agency", None: None}[
            waits_for(seen["status"], seen["stage"])
        ]
        assert seen["waits_for"] == expected, seen

    agree(small_country.a_draft("ひとつ目の下書き"))
    idea, product = small_country.an_idea_ready_for_g4()
    agree(idea)
    review = small_country.a_review(idea, secure={"rating": "green", "finding": "見た。"})
    agree(idea)
    small_country.decide(review)
    agree(idea)
    small_country.say(KETTEI, "product.suspend", product=product, because="点検のため")
    agree(idea)
    stopped, _ = small_country.an_idea_ready_for_g1("ほかの困りごと")
    held = small_country.a_review(stopped)
    small_country.decide(held, "hold", hold_until=small_country.day(30))
    agree(stopped)


def test_the_list_pages_by_key_through_every_idea_once(country: Country) -> None:
    many_ideas(country, 65)
    person = reader(country, JIMUKYOKU)
    found: list[str] = []
    path: str | None = "/ideas?field=%E7%AA%93%E5%8F%A3"
    while path:
        text = person.opens(path)
        found += re.findall(r'class="narrow number">(R\d+-\d{4})<', text)
        more = re.search(r'href="(/ideas\?[^"]*after=[^"]*)">続きを見る', text)
        path = more[1].replace("&amp;", "&") if more else None
        assert path is None or "field=" in path
    assert len(found) == len(set(found)) == 66


def test_filters_live_in_the_address_and_an_empty_list_says_what_to_do(small_country: Country) -> None:
    small_country.an_idea("窓口の案内")
    small_country.an_idea("道路の点検", field="土木")
    person = reader(small_country, HOSHIMORI)
    assert "道路の点検" not in person.opens("/ideas?q=窓口")
    assert "道路の点検" in person.opens("/ideas?field=土木&status=active&stage=ideathon&owner=kazami")
    assert "道路の点検" in person.opens("/ideas?q=ｒ8-0002")
    assert "条件に合うアイデアはありません" in person.opens("/ideas?q=%25")
    assert "最初から見てください" in person.opens("/ideas?after=gibberish", 422)


def test_following_commenting_and_demanding_from_the_page(country: Country) -> None:
    idea = country.an_idea()
    person = reader(country, HOSHIMORI)
    person.opens(f"/ideas/{idea}")
    assert "/do/idea.follow" in person.forms()
    person.says("idea.follow", idea=idea)
    assert "見守りを始めました" in person.opens(f"/ideas/{idea}")
    assert "/do/idea.unfollow" in person.forms()
    person.says("idea.unfollow", idea=idea)
    person.opens(f"/ideas/{idea}")
    person.says("comment.post", idea=idea, body_md="うちの村でも\r\n**同じ**です。")
    person.opens(f"/ideas/{idea}")
    person.says("idea.demand", idea=idea, need="年に ９００ 件ある。", budget_year="２０２７", constraints="")
    text = person.opens(f"/ideas/{idea}")
    for shown in (
        "<strong>同じ</strong>",
        "hoshimori 担当",
        "年に ９００ 件ある。",
        "令和9年度",
        "「うちも使いたい」を伝えました",
    ):
        assert shown in text, shown
    assert country.look("idea", idea)["demand"] == ["hoshimori"]


def test_forms_are_shown_only_to_who_may_say_their_verb_now(small_country: Country) -> None:
    draft = small_country.a_draft()
    idea = small_country.an_idea("ほかの困りごと")

    def forms(who: str, number: str) -> set[str]:
        person = reader(small_country, who)
        person.opens(f"/ideas/{number}")
        return {f.removeprefix("/do/") for f in person.forms()} - {"/sign-out"}

    talk = {"idea.follow", "comment.post"}
    take_up = {"idea.demand", "idea.clone"}
    own = {"idea.withdraw", "evidence.attach", "repo.link"}
    assert forms(TANTO, draft) == talk | {"idea.withdraw"}
    assert forms(KESSAI, draft) == talk | {"idea.withdraw", "idea.submit"}
    assert forms(TANTO, idea) == talk | take_up | own
    assert forms(KESSAI, idea) == talk | take_up | own | {"review.request"}
    assert forms(HOSHIMORI, idea) == talk | take_up | {"team.ask"}
    assert forms(JIMUKYOKU, idea) == talk
    assert forms(KANSA, idea) == talk
    assert forms(OUTSIDER, idea) == {"team.ask"}


def test_submitting_and_asking_for_the_gate(country: Country) -> None:
    draft = country.a_draft()
    person = reader(country, KESSAI)
    person.opens(f"/ideas/{draft}")
    person.says("idea.submit", idea=draft)
    text = person.opens(f"/ideas/{draft}")
    assert "提出しました" in text
    assert "次のゲート G1" in text
    person.says("review.request", idea=draft)
    assert "審査を申請しました" in person.opens(f"/ideas/{draft}")
    assert country.look("idea", draft)["status"] == "in_review"


def test_a_refused_act_says_why_on_its_page_and_writes_nothing(small_country: Country) -> None:
    draft = small_country.a_draft(as_is="", to_be="")
    person = reader(small_country, KESSAI)
    person.opens(f"/ideas/{draft}")
    before = small_country.everything()
    text = person.says("idea.submit", 409, idea=draft).text
    assert "現状とあるべき姿が空です。書いてから提出してください。" in text
    assert "<h1>窓口FAQ下書き支援</h1>" in text
    assert small_country.everything() == before


def test_a_form_that_was_on_the_screen_too_long_is_refused_politely(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, KESSAI)
    person.opens(f"/ideas/{idea}")
    small_country.say(KESSAI, "review.request", idea=idea)
    refused = person.says("review.request", 409, idea=idea)
    assert "「審査中」のアイデアではできません" in refused.text


def test_what_somebody_may_see_but_not_do_is_forbidden_in_words(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, HOSHIMORI)
    person.opens(f"/ideas/{idea}")
    refused = person.says("review.request", 403, idea=idea)
    assert "この操作をする役割がありません" in refused.text


def test_what_somebody_may_not_see_cannot_be_acted_on(small_country: Country) -> None:
    draft, idea = small_country.a_draft(), small_country.an_idea("ほかの困りごと")
    person = reader(small_country, HOSHIMORI)
    person.opens(f"/ideas/{idea}")
    person.says("comment.post", 404, idea=draft, body_md="見えますか")


def test_a_refused_text_is_kept_with_the_sentence_at_its_field(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, TANTO)
    for body, status, sentence in (
        ("あ" * 100_000, 413, "100000 文字は長すぎます"),
        ("[" * 19_000, 413, "括弧や記号（` * _ ~ &gt;）が多すぎます"),
        ("   ", 422, "必ず入れてください"),
    ):
        person.opens(f"/ideas/{idea}")
        text = person.says("comment.post", status, idea=idea, body_md=body).text
        assert sentence in text
        assert body in text
        assert 'aria-invalid="true"' in text


def test_a_number_that_is_none_is_kept_and_refused_at_its_field(small_country: Country) -> None:
    idea = small_country.an_idea()
    person = reader(small_country, HOSHIMORI)
    person.opens(f"/ideas/{idea}")
    text = person.says("idea.demand", 422, idea=idea, need="ぜひ使いたい", budget_year="来年").text
    assert "整数を入れてください" in text
    assert 'value="来年"' in text
    assert "ぜひ使いたい</textarea>" in text


def test_markup_in_a_comment_and_a_title_stays_text(small_country: Country) -> None:
    idea = small_country.an_idea("<script>alert(1)</script>")
    person = reader(small_country, TANTO)
    person.opens(f"/ideas/{idea}")
    person.says("comment.post", idea=idea, body_md='<img src=x onerror="alert(1)"> [x](javascript:alert(1))')
    text = person.opens(f"/ideas/{idea}")
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "javascript:" not in text


def test_an_imported_idea_says_what_was_reported(small_country: Country) -> None:
    row = {"title": "窓口の要約", "summary": "長い。", "field": "窓口", "owner": "風見市", "lgcode": "992011"}
    told = row | {"stage_reported": "本格導入", "source": "https://example.jp/jirei"}
    small_country.say(JIMUKYOKU, "idea.import", rows=[told])
    assert "報告では「本格導入」とされています" in reader(small_country, TANTO).opens("/ideas/R8-0001")


def test_an_address_no_page_gave_is_refused_without_a_trace(country: Country) -> None:
    """On PostgreSQL a NUL, on both a key beyond their integers, once ended as an error of ours."""
    public = reader(country)
    for path in ("/ideas?q=%00", "/ideas/%00", "/products/%00", "/ledger/R8-0001%00"):
        public.opens(path, 404)
    public.opens("/ideas?after=20260101T000000000000-99999999999999999999", 422)
    public.opens("/sign-in")
    public.posts("/sign-in", 403, email="tanto\x00@kazami.example.jp", password="x" * 12)
