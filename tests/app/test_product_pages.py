"""A product: what is shown to whom, its targets, and what a town answers."""

import re

import sqlalchemy as sa

from app.db import writing
from tests.app.web import reader, statements
from tests.country import (
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KANSA,
    KETTEI,
    KUMOI,
    KUMOI_KESSAI,
    OUTSIDER,
    PUBLICCODE,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)
from workflows.runtime.searchable import write_all
from workflows.tables.columns import SQLModel


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
        "95% 区間",
        "達成",
        "α′",
    ):
        assert shown in text, shown
    assert "@" not in text
    assert "窓口FAQ下書き支援" in public.opens("/products")
    assert "窓口FAQ下書き支援" in public.opens("/")


def test_the_public_reads_who_uses_a_product_and_not_what_each_town_answered(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.tick()
    small_country.say(KUMOI_KESSAI, "adoption.report", product=product, status="considered_not_adopted")
    small_country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted")
    for who, sees in ((None, False), (OUTSIDER, False), (VENDOR, True), (TANTO, True), (KANSA, True)):
        person = reader(small_country, who)
        text = person.opens(f"/products/{product}")
        assert "星守村" in text.split("使っている団体")[1], who
        assert "雲居町" not in text, who
        assert ("団体ごとに、広がりと合う理由を見る" in text) is sees, who


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


def acts(country: Country, who: str | None, path: str) -> set[str]:
    person = reader(country, who)
    person.opens(path)
    return {form.removeprefix("/do/") for form in person.forms()} - {"/sign-out"}


def test_forms_are_shown_only_to_who_may_say_their_verb_now(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    page = f"/products/{product}"
    for who in (None, KANSA):
        assert acts(small_country, who, page) == set(), who
    for who in (OUTSIDER, JIMUKYOKU, SHINSA1):
        assert acts(small_country, who, page) == {"incident.file"}, who
    care = {"product.revise", "product.release", "incident.file"}
    assert acts(small_country, VENDOR, page) == care
    assert acts(small_country, TANTO, page) == care | {"adoption.report", "idea.demand"}
    assert acts(small_country, KUMOI, page) == {"adoption.report", "idea.demand", "incident.file"}
    assert acts(small_country, KETTEI, page) == {"product.suspend", "incident.file"}
    small_country.say(KETTEI, "product.suspend", product=product, because="点検のため")
    assert acts(small_country, KETTEI, page) == {"product.restore", "incident.file"}


def test_describing_a_product_with_a_suggested_address(country: Country) -> None:
    idea, _ = country.an_idea_in_productization()
    address = f"/ideas/{idea}/product"
    assert "いまは登録できません" in reader(country, KUMOI).opens(address)
    person = reader(country, VENDOR)
    text = person.opens(address)
    assert 'value="madoguchi-faq"' in text, "the name of the linked repository"
    assert "仕事の端末はインターネットの側" in text
    typed = {
        "name": "窓口FAQ下書き支援",
        "slug": "madoguchi-faq",
        "summary": "根拠つきの下書きを出す。",
        "networks": ["alpha_prime", "beta"],
        "support_contact": "support@kazemirai.example.jp",
        "support_hours": "平日 9-17時",
        "price_url": "",
    }
    refused = person.says("product.describe", 422, idea=idea, **typed, support_until="来年").text
    assert 'value="来年"' in refused
    assert 'value="beta" checked' in refused
    done = person.says("product.describe", idea=idea, **typed, support_until="令和１２年３月３１日")
    assert done.location == "/products/madoguchi-faq"
    assert "2030年3月31日" in person.opens("/products/madoguchi-faq")
    assert "もう登録されています" in person.opens(address)
    assert person.forms() <= {"/sign-out"}
    for who in (None, OUTSIDER):
        reader(country, who).opens(f"/ideas/{idea}")
        reader(country, who).opens(address, 404)  # nobody else knows of a product before it is flagged


def test_revising_and_releasing_from_the_page(country: Country) -> None:
    _, product = country.a_flagged_product()
    person = reader(country, VENDOR)
    assert 'value="support@kazemirai.example.jp"' in person.opens(f"/products/{product}")
    person.says(
        "product.revise", product=product, summary="回答の下書きを、根拠とともに出す。", networks=["beta"]
    )
    text = person.opens(f"/products/{product}")
    assert "回答の下書きを、根拠とともに出す。" in text
    assert "プロダクトの説明を直しました" in text
    refused = person.says(
        "product.release", 422, product=product, version="二版", tag="v2", released_on=""
    ).text
    assert 'value="二版"' in refused
    person.says("product.release", product=product, version="1.1.0", tag="v1.1.0", released_on=country.day())
    assert "版 1.1.0" in person.opens(f"/products/{product}")


def test_suspending_and_restoring_once_no_cause_is_left(country: Country) -> None:
    _, product = country.a_flagged_product()
    person = reader(country, KETTEI)
    person.opens(f"/products/{product}")
    person.says("product.suspend", product=product, because="案内に誤りが見つかったため")
    files = ["README.md", "LICENSE", "SECURITY.md", "publiccode.yml", "sbom.cdx.json"]
    country.snapshot(files=files, publiccode=PUBLICCODE, archived=True)
    text = person.opens(f"/products/{product}")
    assert "まだ再開できません" in text
    assert "アーカイブ" in text.split("まだ再開できません")[1]
    assert "/do/product.restore" not in person.forms()
    country.snapshot(files=files, publiccode=PUBLICCODE)
    person.opens(f"/products/{product}")
    assert "/do/product.restore" in person.forms()
    person.says("product.restore", product=product, because="誤りを直した。")
    assert "全国展開を再開しました" in person.opens(f"/products/{product}")
    person.says("product.restore", 409, product=product, because="もう一度")


def test_the_list_keeps_unfinished_products_to_who_sees_them(small_country: Country) -> None:
    idea, product = small_country.an_idea_ready_for_g4()
    for who, sees in ((None, False), (OUTSIDER, False), (VENDOR, True), (KUMOI, True)):
        text = reader(small_country, who).opens("/products?flag=none")
        assert (f"/products/{product}" in text) is sees, who
    small_country.decide(small_country.a_review(idea, secure={"rating": "green", "finding": "見た。"}))
    public = reader(small_country)
    assert f"/products/{product}" in public.opens("/products?q=下書き&network=beta")
    assert "条件に合うプロダクトはありません" in public.opens("/products?network=lgwan_asp")


def test_the_list_of_products_pages_by_key_and_asks_no_more_for_many(country: Country) -> None:
    _, product = country.a_flagged_product()
    public = reader(country)

    def asked() -> int:
        with statements(country.engine) as said:
            public.opens("/products")
        return len(said)

    public.opens("/products")
    few = asked()
    many_products(country, product, 60)
    assert asked() == few
    seen: list[str] = []
    path: str | None = "/products?q=窓口"
    while path:
        text = public.opens(path)
        seen += re.findall(r'<h3><a href="/products/([^"]+)"', text)
        more = re.search(r'href="(/products\?[^"]*after=[^"]*)">続きを見る', text)
        path = more[1].replace("&amp;", "&") if more else None
    assert len(seen) == len(set(seen)) == 61
    public.opens("/products?after=x", 422)


def many_products(country: Country, slug: str, count: int) -> None:
    """So many more products like this one, each of an idea like its own."""
    ideas, products = (SQLModel.metadata.tables[name] for name in ("idea", "product"))
    with country.engine.begin() as connection:
        product = dict(
            connection.execute(sa.select(products).where(products.c.slug == slug)).mappings().one()
        )
        idea = dict(
            connection.execute(sa.select(ideas).where(ideas.c.id == product["idea_id"])).mappings().one()
        )
        for i in range(1, count + 1):
            row = {**idea, "id": idea["id"] + 1000 + i, "number": f"R9-{i:04d}"}
            connection.execute(sa.insert(ideas), row)
            copy = {**product, "id": product["id"] + 1000 + i, "idea_id": row["id"], "slug": f"{slug}-{i}"}
            connection.execute(sa.insert(products), copy)
    with writing(country.engine) as session:
        write_all(session)


def test_a_suspended_product_says_why_and_since_when(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.say(KETTEI, "product.suspend", product=product, because="案内に誤りが見つかったため")
    public = reader(small_country)
    text = public.opens(f"/products/{product}")
    assert "全国展開を止めています" in text
    assert "案内に誤りが見つかったため" in text
    assert product not in public.opens("/products"), "only what can be used today"
