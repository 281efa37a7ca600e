"""A reminder's link: who it is for, once, for thirty days, and nothing by opening it; two people who answer differently."""

from sqlmodel import col, select

from app import adoption_links
from app.db import reading
from app.route import house
from tests.app.web import an_app, reader
from tests.country import HOSHIMORI, HOSHIMORI_KESSAI, JIMUKYOKU, KANRI, KUMOI, Country
from workflows.tables.machinery import Message
from workflows.tables.products import Adoption

SAME = "いまも同じです"


def links(country: Country, who: str) -> list[str]:
    """The links of the reminders to somebody, the newest first."""
    with reading(country.engine) as session:
        abouts = session.exec(
            select(Message.about)
            .where(
                Message.recipient == who, col(Message.kind).in_(["adoption_expiring_30", "adoption.expired"])
            )
            .order_by(col(Message.id).desc())
        ).all()
    secret = house(an_app(country)).config.secret
    return [link for about in abouts if (link := adoption_links.link(secret, about))]


def a_statement_about_to_lapse(country: Country) -> str:
    _, product = country.a_flagged_product()
    member = {"email": "hoka@hoshimori.example.jp", "name": "ほか", "org": "hoshimori", "roles": ["member"]}
    country.say(KANRI, "user.invite", **member)
    country.say(HOSHIMORI, "adoption.report", product=product, status="adopted")
    country.pass_days(340)
    country.tick()
    return product


def standing(country: Country) -> Adoption:
    with reading(country.engine) as session:
        return session.exec(select(Adoption).where(col(Adoption.replaced_at).is_(None))).one()


def test_a_link_confirms_once_and_opening_it_does_nothing(country: Country) -> None:
    a_statement_about_to_lapse(country)
    (link,) = links(country, HOSHIMORI)
    assert links(country, "hoka@hoshimori.example.jp") == [], "who may not speak for the town gets no link"
    assert link.rpartition(".")[2] not in str(country.everything()), "nothing stored opens anything"
    before = country.everything()
    guest = reader(country)
    for _ in range(3):
        text = guest.opens(link)
        assert SAME in text
        assert "導入済み" in text
    assert guest.client.head(link, base_url=guest.address).status_code == 200
    assert country.everything() == before
    assert guest.page is not None
    assert guest.page.headers["Cache-Control"] == "no-store"
    for wrong in (
        f"{link[:-1]}{'A' if link[-1] != 'A' else 'B'}",
        link.replace(".", ".9", 1),
        "/adoptions/x",
    ):
        reader(country).opens(wrong, 404)
    guest.opens(link)
    done = guest.posts(link)
    assert "記録しました" in guest.opens(done.location)
    said = standing(country)
    assert (said.by_link, said.confirmed_at) == (True, country.now)
    told = [m for m in country.look("mail", HOSHIMORI_KESSAI) if m["kind"] == "adoption.reconfirmed"]
    assert len(told) == 1, "the town's other people are told"
    guest.opens(links(country, HOSHIMORI_KESSAI)[0], 410)
    assert SAME not in guest.opens(link, 410)
    assert "（メールのリンクから）" not in reader(country).opens("/municipalities/993514")


def test_a_link_ends_with_the_right_the_statement_and_its_days(small_country: Country) -> None:
    product = a_statement_about_to_lapse(small_country)
    (first,), (second,) = links(small_country, HOSHIMORI), links(small_country, HOSHIMORI_KESSAI)
    guest = reader(small_country)
    guest.opens(first)
    small_country.say(KANRI, "user.revoke", user=HOSHIMORI, org="hoshimori")
    refused = guest.posts(first, 410).text
    assert "いまは答えられません" in refused
    assert "導入済み" not in refused, "who has left is shown nothing of it"
    small_country.pass_days(31)
    assert "期限が過ぎています" in guest.opens(second, 410)
    small_country.tick()
    third = links(small_country, HOSHIMORI_KESSAI)[0]
    assert third != second
    guest.opens(third)
    small_country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="stopped")
    assert SAME not in guest.posts(third, 410).text
    assert standing(small_country).status == "stopped"
    small_country.refused("stale", HOSHIMORI_KESSAI, "adoption.reconfirm", product=product, statement=1)


def test_two_who_differ_are_both_told_and_see_it_until_one_confirms(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.say(HOSHIMORI, "adoption.report", product=product, status="adopted")
    small_country.pass_days(5)
    person = reader(small_country, HOSHIMORI_KESSAI)
    # From the town's page: one click to the form, one to answer.
    assert f'href="/products/{product}#adoption"' in person.opens("/municipalities/993514")
    person.opens(f"/products/{product}")
    person.says("adoption.report", product=product, status="planned")
    for who in (HOSHIMORI, HOSHIMORI_KESSAI):
        (mail,) = (m for m in small_country.look("mail", who) if m["kind"] == "adoption.contradicted")
        assert mail["about"] == "/municipalities/993514#stated"
        assert "別の担当" in reader(small_country, who).opens("/municipalities/993514")
    for who in (None, KUMOI):
        assert "別の担当" not in reader(small_country, who).opens("/municipalities/993514")
    person.opens("/municipalities/993514")
    person.says("adoption.reconfirm", product=product, org="hoshimori")
    assert "別の担当" not in person.opens("/municipalities/993514")
    small_country.pass_days(40)
    small_country.say(HOSHIMORI, "adoption.report", product=product, status="adopted")
    told = [m for m in small_country.look("mail", HOSHIMORI) if m["kind"] == "adoption.contradicted"]
    assert len(told) == 1, "a month later it is news, and no contradiction"


def test_the_figures_say_the_same_drawn_in_tables_and_as_files(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.pass_days(1)
    small_country.tick()
    small_country.say(
        JIMUKYOKU,
        "wave.open",
        product=product,
        name="=村へ",
        where={"kind": "village"},
        starts_on=small_country.day(),
    )
    small_country.pass_days(9)
    small_country.tick()
    town = "北海道の団体"
    answers = [{"lgcode": code, "product": product, "status": "adopted"} for code in ("011002", "012025")]
    small_country.say("system", "adoption.import", survey=town, answered_on=small_country.day(), rows=answers)
    small_country.say(HOSHIMORI, "adoption.report", product=product, status="adopted")
    public = reader(small_country)
    for page, files in (
        ("/rollout", "/rollout/tables"),
        (f"/products/{product}", f"/products/{product}/spread"),
    ):
        text = public.opens(page)
        assert "大きな市と町村の導入率の差" in text, page
        assert "北海道: 180 団体のうち 2（1.1%）" in text, page
        assert text.count("japan.svg#p") == 47, page
        assert "地図にない団体" in text, page
        assert "CC BY 4.0" in text, page
        assert '<path class="line line-' in text, page
        assert '"北海道",180,2,1.11' in public.opens(f"{files}/prefectures.csv"), page
        assert '"村",' in public.opens(f"{files}/sizes.csv"), page
        assert ",1,1" in public.opens(f"{files}/curves.csv"), page
        public.opens(f"{files}/nothing.csv", 404)
    assert '"\'=村へ"' in public.opens(f"/products/{product}/spread/waves.csv"), "no cell is run as a formula"
