"""The rollout of a product: where it spreads, where not and why, and the waves by which it is offered."""

import re
from html import unescape

from tests.app.web import reader, statements
from tests.country import (
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KANSA,
    KUMOI,
    KUMOI_KESSAI,
    OUTSIDER,
    TANTO,
    VENDOR,
    Country,
)
from workflows.runtime.clock import Setting
from workflows.runtime.jobs import tell_waves


def test_each_answer_and_reason_is_for_towns_the_agency_and_the_makers(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    assert "展開先はまだありません" in reader(small_country, TANTO).opens(f"/rollout/{product}")
    small_country.tick()
    small_country.say(
        KUMOI_KESSAI,
        "adoption.report",
        product=product,
        status="considered_not_adopted",
        note="端末が足りない。",
    )
    for who in (None, OUTSIDER):
        reader(small_country, who).opens(f"/rollout/{product}", 404)
    for who in (VENDOR, TANTO, KANSA):
        text = reader(small_country, who).opens(f"/rollout/{product}?status=considered_not_adopted")
        row = text.split('id="targets"')[1].split("<tbody>")[1].split("</tbody>")[0]
        assert row.count('scope="row"') == 1, who
        assert "雲居町" in row
        assert "端末が足りない。" in row


def test_targets_show_reasons_filters_and_pages(country: Country) -> None:
    _, product = country.a_flagged_product()
    country.say(KUMOI, "idea.demand", product=product, need="年 900 件ある。")
    country.pass_days(1)
    country.tick()
    country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted", since=country.day())
    town = reader(country, TANTO)

    def rows(query: str = "") -> str:
        return town.opens(f"/rollout/{product}{query}").split('id="targets"')[1].split("<tbody>")[1]

    text = town.opens(f"/rollout/{product}")
    assert "風見市" in rows().split("</tr>")[0], "the best fit comes first"
    for shown in ("大きな市と町村の導入率の差", "規模ごと", "都道府県ごと", "/municipalities/992011"):
        assert shown in text, shown
    villages = re.search(r">村</a></th>(.*?)</tr>", text, re.S)
    assert villages
    assert "<b>1</b>" in villages[1]
    towns = rows("?size_class=town").split("</tr>")
    assert "雲居町" in towns[0]
    assert "「うちも使いたい」という声を寄せています。" in towns[0]
    assert "雲居町" in rows("?demand=yes")
    assert rows("?demand=yes").count('scope="row"') == 1
    assert rows("?status=adopted").split("</tbody>")[0].count('scope="row"') == 1
    assert "星守村" in rows("?status=adopted")
    seen: list[str] = []
    path: str | None = f"/rollout/{product}?prefecture=北海道"
    while path:
        text = town.opens(path)
        seen += re.findall(r'class="name"><a href="/municipalities/[^"]+"><b>([^<]+)</b>', text)
        more = re.search(r'href="(/rollout/[^"]*after=[^"]*)">続きを見る', text)
        path = more[1].replace("&amp;", "&").split("#")[0] if more else None
    assert len(seen) == 180, "179 municipalities of Hokkaido and itself"
    assert "条件に合う団体はありません" in town.opens(f"/rollout/{product}?status=stopped")
    town.opens(f"/rollout/{product}?after=x", 422)


def test_a_towns_network_is_told_to_the_agency_alone(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.pass_days(1)
    small_country.tick()
    asked = f"/rollout/{product}?network=alpha_prime"
    everyone = reader(small_country, KUMOI).opens(asked)
    assert 'name="network"' not in everyone
    assert "1,79" in everyone.split('id="targets"')[1].split("</div>")[0]
    agency = reader(small_country, JIMUKYOKU).opens(asked)
    assert "3 団体" in agency.split('id="targets"')[1].split("</div>")[0]


def test_a_wave_is_opened_to_those_the_filters_reach_and_no_others(country: Country) -> None:
    _, product = country.a_flagged_product()
    country.say(KUMOI, "idea.demand", product=product, need="年 900 件ある。")
    country.pass_days(1)
    country.tick()
    for who in (TANTO, VENDOR, KANSA):
        person = reader(country, who)
        person.opens(f"/rollout/{product}")
        assert "/do/wave.open" not in person.forms(), who
    person = reader(country, JIMUKYOKU)
    nobody = f"/rollout/{product}?size_class=village&demand=yes"
    assert "どの団体にも届きません" in person.opens(nobody)
    assert "/do/wave.open" not in person.forms()
    text = person.opens(f"/rollout/{product}?demand=yes&size_class=town")
    assert "1 団体が対象です" in text
    where = {"where.size_class": "town", "where.demand": "yes"}
    for name, value in where.items():
        assert f'name="{name}" value="{value}"' in text
    refused = person.says("wave.open", 422, product=product, name="第一陣", starts_on="", **where).text
    assert 'value="第一陣"' in refused
    assert "1 団体が対象です" in refused
    done = person.says("wave.open", product=product, name="第一陣", starts_on="２０２６／１２／１", **where)
    assert done.location == f"/rollout/{product}#waves"
    waves = person.opens(f"/rollout/{product}").split("これまでの案内")[-1]
    assert "第一陣" in waves
    assert "町・「うちも使いたい」の声がある" in waves


def test_a_wave_may_go_to_the_whole_nation(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.pass_days(1)
    small_country.tick()
    person = reader(small_country, JIMUKYOKU)
    text = person.opens(f"/rollout/{product}")
    reach = re.search(r">([\d,]+) 団体が対象です", text)
    assert reach
    person.says("wave.open", product=product, name="全国へ", starts_on=small_country.day(7))
    waves = person.opens(f"/rollout/{product}").split("これまでの案内")[-1]
    assert "すべての団体" in waves
    assert reach[1] in waves


def test_who_has_not_answered_a_wave_is_listed_where_their_number_leads(small_country: Country) -> None:
    """The number counts lapsed answers, the list behind it did not."""
    country = small_country
    _, product = country.a_flagged_product()
    country.tick()
    where = {"where": {"prefecture": "架空の県"}, "starts_on": country.day()}
    country.say(JIMUKYOKU, "wave.open", product=product, name="県内へ", **where)
    tell_waves(country.engine, country.now, Setting())
    country.say(KUMOI, "adoption.report", product=product, status="considering")
    country.pass_days(360)
    country.say(TANTO, "adoption.report", product=product, status="planned")
    country.pass_days(10)
    person = reader(country, JIMUKYOKU)
    waves = person.opens(f"/rollout/{product}").split("これまでの案内")[-1]
    number = re.search(r'href="([^"]+)">まだ答えていない <b class="number">(\d+)', waves)
    assert number
    listed = person.opens(unescape(number[1])).split('id="targets"')[1]
    assert number[2] == "2"
    assert "2 団体" in listed[:200]
    assert "selected>まだ答えていない（期限切れを含む）" in listed


def test_the_rollout_asks_as_much_for_one_target_as_for_all(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    person = reader(small_country, JIMUKYOKU)
    person.opens(f"/rollout/{product}")
    with statements(small_country.engine) as before:
        person.opens(f"/rollout/{product}")
    small_country.pass_days(1)
    small_country.tick()
    small_country.say(
        JIMUKYOKU,
        "wave.open",
        product=product,
        name="村へ",
        where={"kind": "village"},
        starts_on="2027-06-01",
    )
    person = reader(small_country, JIMUKYOKU)
    person.opens("/ideas")
    with statements(small_country.engine) as after:
        person.opens(f"/rollout/{product}?size_class=village")
    assert len(before) == len(after)
