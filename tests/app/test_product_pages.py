"""A product: what is shown to whom, its targets, and what a town answers."""

import re

from tests.app.web import reader, statements
from tests.country import (
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KANSA,
    KETTEI,
    KUMOI,
    KUMOI_KESSAI,
    OUTSIDER,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)


def test_a_product_is_public_once_it_is_flagged(small_country: Country) -> None:
    idea, product = small_country.an_idea_ready_for_g4()
    reader(small_country).opens(f"/products/{product}", 404)
    assert "公開前" in reader(small_country, TANTO).opens(f"/products/{product}")
    small_country.decide(small_country.a_review(idea, secure={"rating": "green", "finding": "見た。"}))
    public = reader(small_country)
    text = public.opens(f"/products/{product}")
    for shown in (
        "全国展開中",
        "根拠つきの下書きを出す。",
        "風見市（市）",
        "星守村（村）",
        "95%区間",
        "達成",
        "α′",
    ):
        assert shown in text, shown
    assert "@" not in text
    assert "展開先はまだありません" in reader(small_country, TANTO).opens(f"/products/{product}")
    assert "窓口FAQ下書き支援" in public.opens("/products")
    assert "窓口FAQ下書き支援" in public.opens("/")


def test_the_public_reads_who_uses_a_product_and_not_what_each_town_answered(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.tick()
    small_country.say(KUMOI_KESSAI, "adoption.report", product=product, status="considered_not_adopted")
    small_country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted")
    for who, sees in ((None, False), (OUTSIDER, False), (VENDOR, True), (TANTO, True), (KANSA, True)):
        text = reader(small_country, who).opens(f"/products/{product}?status=considered_not_adopted")
        assert ("雲居町" in text.split("使っている団体")[1]) is sees, who
        assert "星守村" in text.split("使っている団体")[1], who


def test_targets_show_reasons_filters_and_pages(country: Country) -> None:
    _, product = country.a_flagged_product()
    country.say(KUMOI, "idea.demand", product=product, need="年 900 件ある。")
    country.pass_days(1)
    country.tick()
    country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted", since=country.day())
    town = reader(country, TANTO)
    text = town.opens(f"/products/{product}")
    first = text.split('id="targets"')[1].split("<tbody>")[1].split("</tr>")[0]
    assert "風見市" in first, "the best fit comes first"
    towns = town.opens(f"/products/{product}?size_class=town").split("<tbody>")[1].split("</tr>")
    assert "雲居町" in towns[0]
    assert "「うちも使いたい」という声を寄せています。" in towns[0]
    assert "大きな市と町村の導入率の差" in text
    filtered = town.opens(f"/products/{product}?status=adopted").split('id="targets"')[1]
    assert filtered.count('scope="row"') == 1
    assert "星守村" in filtered
    villages = town.opens(f"/products/{product}?size_class=village&prefecture=北海道&status=unknown")
    assert "導入済み" not in villages.split("<tbody>")[-1]
    seen: list[str] = []
    path: str | None = f"/products/{product}?prefecture=北海道"
    while path:
        text = town.opens(path)
        seen += re.findall(r'scope="row" class="name"><b>([^<]+)</b>', text)
        more = re.search(r'href="(/products/[^"]*after=[^"]*)">続きを見る', text)
        path = more[1].replace("&amp;", "&").split("#")[0] if more else None
    assert len(seen) == 180, "179 municipalities of Hokkaido and itself"
    assert "条件に合う団体はありません" in town.opens(f"/products/{product}?status=stopped")


def test_a_product_page_asks_as_much_for_one_target_as_for_all(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    public = reader(small_country)
    public.opens(f"/products/{product}")
    with statements(small_country.engine) as before:
        public.opens(f"/products/{product}")
    small_country.pass_days(1)
    small_country.tick()
    with statements(small_country.engine) as after:
        public.opens(f"/products/{product}")
    assert "1,79" in public.opens(f"/products/{product}")
    assert len(before) == len(after)


def test_a_town_answers_and_reconfirms_its_adoption(country: Country) -> None:
    _, product = country.a_flagged_product()
    person = reader(country, HOSHIMORI_KESSAI)
    person.opens(f"/products/{product}")
    assert "/do/adoption.reconfirm" not in person.forms()
    person.says(
        "adoption.report", product=product, status="adopted", since=country.day(), note="毎日使う。", org=""
    )
    text = person.opens(f"/products/{product}")
    assert "導入状況を記録しました" in text
    assert country.look("adoption", {"product": product, "org": "hoshimori"})["status"] == "adopted"
    country.pass_days(366)
    expired = reader(country, HOSHIMORI_KESSAI)
    assert "回答の期限切れ" in expired.opens(f"/products/{product}")
    expired.says("adoption.reconfirm", product=product, org="hoshimori")
    assert country.look("adoption", {"product": product, "org": "hoshimori"})["expired"] is False


def test_an_adoption_from_tomorrow_is_refused_with_what_was_typed(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    person = reader(small_country, KUMOI_KESSAI)
    person.opens(f"/products/{product}")
    sent = {"status": "adopted", "since": small_country.day(2), "note": "来月から"}
    text = person.says("adoption.report", 422, product=product, **sent).text
    assert "今日より後の日付です" in text
    assert "来月から</textarea>" in text
    assert '<option value="adopted" selected>' in text
    assert "必ず入れてください" in person.says("adoption.report", 422, product=product, note="選び忘れ").text


def test_who_speaks_for_no_town_is_offered_no_statement(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    for who in (None, VENDOR, JIMUKYOKU, SHINSA1):
        person = reader(small_country, who)
        person.opens(f"/products/{product}")
        assert person.forms() <= {"/sign-out"}


def test_a_suspended_product_says_why_and_since_when(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.say(KETTEI, "product.suspend", product=product, because="案内に誤りが見つかったため")
    public = reader(small_country)
    text = public.opens(f"/products/{product}")
    assert "全国展開を止めています" in text
    assert "案内に誤りが見つかったため" in text
    assert product not in public.opens("/products"), "only what can be used today"
