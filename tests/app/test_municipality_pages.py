"""A local government's own page, what others see of it, and finding one among 1,788."""

import re

from tests.app.web import reader
from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KUMOI,
    KUMOI_KESSAI,
    OUTSIDER,
    TANTO,
    VENDOR,
    Country,
)


def a_town_with_an_offer(country: Country) -> str:
    """A flagged product, offered to the nation and wanted by 雲居町."""
    _, product = country.a_flagged_product()
    country.say(KUMOI, "idea.demand", product=product, need="年 900 件ある。")
    country.pass_days(1)
    country.tick()
    return product


def test_a_town_finds_what_to_do_what_fits_and_why(country: Country) -> None:
    product = a_town_with_an_offer(country)
    text = reader(country, KUMOI).opens("/municipalities/993026")
    to_do = text.split('id="to-do"')[1].split("</section>")[0]
    assert "導入状況を答えてください" in to_do
    assert f"/products/{product}#adoption" in to_do
    fitting = text.split('id="fitting"')[1].split("</section>")[0]
    assert "合う度合い 3 点" in fitting
    assert "「うちも使いたい」という声を寄せています（3 点）。" in fitting
    assert text.split('id="to-do"')[1].split("</section>")[0] in reader(country, KUMOI).opens(
        "/municipalities/kumoi"
    ), "its slug leads to the same page"


def test_an_answer_that_lapses_is_confirmed_in_one_click(country: Country) -> None:
    product = a_town_with_an_offer(country)
    country.say(KUMOI_KESSAI, "adoption.report", product=product, status="adopted")
    person = reader(country, KUMOI_KESSAI)
    text = person.opens("/municipalities/993026")
    assert "導入済み" in text.split('id="stated"')[1]
    assert "/do/adoption.reconfirm" in person.forms()
    assert product not in text.split('id="fitting"')[1].split("</section>")[0], "it is used already"
    country.pass_days(345)
    person = reader(country, KUMOI_KESSAI)
    text = person.opens("/municipalities/993026")
    to_do = text.split('id="to-do"')[1].split("</section>")[0]
    assert "まもなく期限切れ" in to_do
    assert "/do/adoption.reconfirm" in to_do
    assert text.count('action="/do/adoption.reconfirm"') == 1, "one button for one thing"
    person.says("adoption.reconfirm", product=product, org="kumoi")
    text = person.opens("/municipalities/993026")
    assert "前の回答が今も正しいことを記録しました" in text
    assert "まもなく期限切れ" not in text


def test_others_see_what_is_used_and_the_rest_only_where_they_may(small_country: Country) -> None:
    product = a_town_with_an_offer(small_country)
    small_country.say(KUMOI_KESSAI, "adoption.report", product=product, status="considering", note="要検討。")
    small_country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted", note="良い。")
    for who in (None, OUTSIDER):
        text = reader(small_country, who).opens("/municipalities/993026")
        for hidden in ("すること", "合う度合い", "導入検討中", "要検討。", "α′"):
            assert hidden not in text, (who, hidden)
        uses = reader(small_country, who).opens("/municipalities/993514")
        assert "導入済み" in uses, who
        assert "良い。" not in uses, who
    for who in (HOSHIMORI, VENDOR):
        text = reader(small_country, who).opens("/municipalities/993026")
        assert "導入検討中" in text, who
        assert "合う度合い" in text, who
        assert 'id="to-do"' not in text, who
        assert "/do/" not in text, who
    assert 'id="to-do"' in reader(small_country, JIMUKYOKU).opens("/municipalities/993026")


def test_a_draft_is_on_its_owners_page_alone(small_country: Country) -> None:
    draft = small_country.a_draft()
    assert draft in reader(small_country, TANTO).opens("/municipalities/kazami")
    for who in (None, OUTSIDER, KUMOI, JIMUKYOKU):
        assert draft not in reader(small_country, who).opens("/municipalities/kazami"), who


def test_what_a_vendor_may_not_know_of_an_idea_is_not_told_by_its_owners_page(small_country: Country) -> None:
    idea = small_country.an_idea()
    assert idea in reader(small_country, KUMOI).opens("/municipalities/kazami")
    assert idea not in reader(small_country, OUTSIDER).opens("/municipalities/kazami")


def test_who_is_no_local_government_has_no_page(small_country: Country) -> None:
    for code in ("kazemirai", "digital-agency", "000000", "x"):
        reader(small_country, JIMUKYOKU).opens(f"/municipalities/{code}", 404)


def test_finding_one_of_all_by_name_reading_or_prefecture(country: Country) -> None:
    public = reader(country)
    found = public.opens("/municipalities?q=府中市")
    assert found.count('scope="row"') == 2, "two cities have the name"
    assert "東京都" in found
    assert "広島県" in found
    assert "札幌市" in public.opens("/municipalities?q=サッポロ")
    assert "札幌市" in public.opens("/municipalities?q=011002")
    assert "条件に合う団体はありません" in public.opens("/municipalities?q=%25")
    seen: list[str] = []
    path: str | None = "/municipalities?prefecture=北海道"
    while path:
        text = public.opens(path)
        seen += re.findall(r'href="/municipalities/(\d{6})"', text)
        more = re.search(r'href="(/municipalities\?[^"]*after=[^"]*)">続きを見る', text)
        path = more[1].replace("&amp;", "&") if more else None
    assert len(seen) == len(set(seen)) == 180
