"""「うちも使いたい」 on its way: counted at the gate, answered by its owner in a click, and joined instead of beginning anew."""

import re

from tests.app.web import reader
from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KETTEI,
    KUMOI,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)


def section(text: str, name: str) -> str:
    return text.split(f'id="{name}"')[1].split("</section>")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every table's rows, without their markup."""
    found = re.findall(r"<tr>(?=<th scope=\"row\"|\s*<th scope=\"row\")(.*?)</tr>", text, re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", c).strip() for c in re.findall(r"<t[hd].*?</t[hd]>", r)] for r in found]


def test_a_gate_counts_who_wants_it_now_beside_what_was_frozen(small_country: Country) -> None:
    country = small_country
    idea, _ = country.an_idea_ready_for_g1()
    country.say(KUMOI, "idea.demand", idea=idea, need="問合せが多い。", budget_year=2027)
    review = country.a_review(idea, rated=False)
    country.pass_days(1)
    country.say(HOSHIMORI, "idea.demand", idea=idea, need="村でも使う。", constraints="端末が古い。")
    country.say(KUMOI, "idea.demand", idea=idea, need="窓口の問合せが多い。", budget_year=2028)
    for who in (SHINSA1, TANTO):
        shown = section(reader(country, who).opens(f"/reviews/{review}"), "demand")
        assert "いま 2 団体、申請のとき 1 団体" in re.sub(r"<[^>]+>", "", shown)
        sizes, years = rows(shown)[:2], rows(shown)[2:]
        assert sizes == [["町", "1", "1"], ["村", "1", "0"]]
        assert years == [["令和9年度", "0", "1"], ["令和10年度", "1", "0"], ["まだ決めていない", "1", "0"]]
        assert shown.count("申請のあと") == 2
        assert shown.index("村でも使う。") > shown.index("雲居町"), "who spoke last stands first"
        assert "条件: 端末が古い。" in shown


def test_a_wish_becomes_a_consideration_in_one_click_and_carries_its_words(small_country: Country) -> None:
    country = small_country
    idea, product = country.a_flagged_product()
    another = country.an_idea("議事録の下書き")
    country.say(KUMOI, "idea.demand", idea=another, need="会議が多い。")
    wish = {"need": "年 900 件ある。", "budget_year": 2027, "constraints": "端末が古い。"}
    country.say(KUMOI, "idea.demand", product=product, **wish)
    person = reader(country, KUMOI)
    own, page = "/municipalities/993026", f"/products/{product}"
    assert "導入の検討に進める" in person.opens(page)
    shown = section(person.opens(own), "wishes")
    assert shown.count("/do/adoption.report") == 1, "nothing can be adopted of an idea that is no product yet"
    assert shown.count("使えるようになりました") == shown.count("プロダクトになるのを待っています") == 1
    country.say(KETTEI, "product.suspend", product=product, because="点検する。")
    suspended = section(person.opens(own), "wishes")
    assert "全国展開を止めています" in suspended
    assert "使えるようになりました" not in suspended
    assert "導入の検討に進める" not in suspended + person.opens(page)
    country.say(KETTEI, "product.restore", product=product, because="点検を終えた。")
    person.opens(own)
    pressed = dict(re.findall(r'name="(product|org|status|note)" value="([^"]*)"', shown))
    assert pressed == {
        "product": product,
        "org": "kumoi",
        "status": "considering",
        "note": "年 900 件ある。\n予算を考えている年度: 2027\n条件: 端末が古い。",
    }
    person.says("adoption.report", **pressed)
    assert country.look("adoption", {"product": product, "org": "kumoi"})["status"] == "considering"
    text = person.opens(own)
    assert "回答: 導入検討中" in section(text, "wishes")
    assert "/do/adoption.report" not in section(text, "wishes")
    assert "年 900 件ある。" in section(text, "stated")
    assert "導入の検討に進める" not in person.opens(page)
    assert "導入検討中" in reader(country, TANTO).opens(f"/ideas/{idea}").split('id="demand"')[1]
    for who, sees in ((JIMUKYOKU, True), (HOSHIMORI, False), (VENDOR, False), (None, False)):
        assert ('id="wishes"' in reader(country, who).opens(own)) is sees, who
    country.pass_days(400)
    assert "導入の検討に進める" in section(reader(country, KUMOI).opens(own), "wishes"), "its answer lapsed"


TYPED = {
    "title": "窓口FAQの下書き",
    "field": "窓口",
    "challenge": "回答に時間がかかる。\r\n年 900 件ある。",
    "as_is": "手で探す。",
}


def test_who_writes_an_idea_joins_a_look_alike_in_one_press_and_loses_nothing(small_country: Country) -> None:
    country = small_country
    found = country.an_idea("窓口FAQ下書き支援")
    own = country.an_idea("窓口FAQ下書きの案内", HOSHIMORI, HOSHIMORI_KESSAI)
    clerk = reader(country, HOSHIMORI)
    text = clerk.opens("/ideas/new?title=窓口FAQの下書き")
    assert re.findall(r'name="join" value="([^"]+)"', text) == [found], "one's own idea is nothing to join"
    form = text.split('action="/do/idea.draft"')[1]
    first = re.search(r"<button[^>]*>", form)
    assert first
    assert "join" not in first[0], "Enter is no press of it"
    assert not re.search(r"\shidden[\s>]", first[0]), "WebKit passes over a button that is not drawn"
    stale = clerk.says("idea.demand", 400, csrf_token="of an earlier sign-in", join=found, **TYPED).text
    assert all(said in stale for said in TYPED.values())
    clerk.opens("/ideas/new?title=窓口FAQの下書き")
    kept = clerk.says("idea.demand", 200, join=found, **TYPED).text
    assert [country.look("idea", i)["demand"] for i in (found, own)] == [["hoshimori"], []]
    assert all(said in kept for said in TYPED.values())
    assert f"{found} に加わっています" in kept
    assert 'name="join"' not in kept
    draft = clerk.says("idea.draft", 303, **TYPED).location.split("/")[2]
    text = clerk.opens(f"/ideas/{draft}/edit")
    assert f'value="{found} に加わったため"' in text
    typed = TYPED | {"idea": draft, "seen_version": 1, "as_is": "紙で探す。"}
    assert "紙で探す。" in clerk.says("idea.demand", 404, join="R8-0099", **typed).text, (
        "refused, and still there"
    )
    clerk.opens(f"/ideas/{draft}/edit")
    assert "紙で探す。" in clerk.says("idea.demand", 200, join=found, **typed).text
    assert country.look("idea", draft, HOSHIMORI)["version"] == 1
    nothing = clerk.says("idea.demand", 422, join=found, **(typed | {"title": " ", "challenge": ""})).text
    assert "何に使いたいかが書かれていません" in nothing
    clerk.says("idea.withdraw", idea=draft, reason=f"{found} に加わったため")
    assert country.look("idea", draft, HOSHIMORI)["status"] == "withdrawn"
    searched = reader(country, KUMOI).opens("/ideas/similar?title=窓口FAQの下書き")
    assert f'name="idea" value="{found}"' in searched
    assert 'name="need" value="窓口FAQの下書き"' in searched
