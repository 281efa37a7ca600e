"""The register of incidents and one of them: who sees what, and every verb said once from its page."""

import re
from datetime import timedelta
from typing import Any

from tests.app.test_pilots_pages import forms, more_of, says
from tests.app.web import reader, statements
from tests.country import (
    HOSHIMORI,
    JIMUKYOKU,
    KUMOI,
    OUTSIDER,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)


def file(country: Country, who: str = TANTO, title: str = "誤った案内", **about: Any) -> str:
    told = {
        "people_affected": 3, "sensitive": False, "malicious": False, "body_md": "窓口で気づいた。",
        "occurred_at": country.now.isoformat(), "known_at": country.now.isoformat(),
    }  # fmt: skip
    return country.say(who, "incident.file", title=title, **told | about).ref


def test_an_incident_goes_from_filing_to_its_lesson(country: Country) -> None:
    _, pilot = country.a_running_pilot()
    person = reader(country, VENDOR)
    person.opens(f"/pilots/{pilot}")
    typed = {
        "title": "誤った案内が渡った", "body_md": "窓口で**気づいた**。", "people_affected": "１２ 人", "sensitive": "no",
        "malicious": "no", "occurred_at": "令和8年4月20日 9:30",
    }  # fmt: skip
    text = says(person, "incident.file", 422, **typed, known_at="2026/4/19")
    assert "知った日時が、起きた日時より前です" in text
    assert 'value="誤った案内が渡った"' in text
    person.opens(f"/pilots/{pilot}")
    text = says(person, "incident.file", **typed, known_at="2026/4/20 10:00")
    for shown in (
        "リスクケースを届け出ました",
        "<strong>気づいた</strong>",
        "速報をしてください",
        "2026年4月25日 まで（あと 4 日）",
        "12 人",
    ):
        assert shown in text, shown
    text = says(person, "incident.report", kind="preliminary", body_md="止めた。", filed_at="2026/4/21 8:30")
    assert "最終報告をしてください" in text
    reviewer = reader(country, SHINSA1)
    assert "最終報告を受けてから終結させます" in reviewer.opens(person.path)
    says(person, "incident.report", kind="final", body_md="直した。", filed_at="2026/4/21 9:00")
    reviewer.opens(person.path)
    text = says(reviewer, "incident.close", lesson_md="要綱の版を確かめる。")
    assert "要綱の版を確かめる。" in text
    assert "終結しました" in text


def test_who_sees_an_incident(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    ref = file(small_country, pilot=pilot)
    for who in (TANTO, VENDOR, HOSHIMORI, JIMUKYOKU):
        assert "誤った案内" in reader(small_country, who).opens(f"/incidents/{ref}")
        assert ref in reader(small_country, who).opens("/incidents")
    for who in (OUTSIDER, None):
        reader(small_country, who).opens(f"/incidents/{ref}", 404)
    assert ref not in reader(small_country, OUTSIDER).opens("/incidents")
    reader(small_country).opens("/incidents", 404)
    assert forms(small_country, TANTO, f"/incidents/{ref}") == {"incident.report"}
    assert forms(small_country, JIMUKYOKU, f"/incidents/{ref}") == {"incident.report"}


def test_who_filed_on_a_public_product_finds_it_again_but_not_the_idea(small_country: Country) -> None:
    idea, product = small_country.a_flagged_product()
    ref = file(small_country, OUTSIDER, product=product)
    person = reader(small_country, OUTSIDER)
    text = person.opens(f"/incidents/{ref}")
    assert f"/products/{product}" in text
    assert f"/ideas/{idea}" not in text
    assert ref in person.opens("/incidents")


def test_the_register_shows_what_is_open_first_and_what_is_late(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    late = file(small_country, title="遅れているもの", pilot=pilot)
    small_country.now += timedelta(days=6)
    fresh = file(small_country, title="新しいもの", pilot=pilot, people_affected=500)
    person = reader(small_country, JIMUKYOKU)
    text = person.opens("/incidents")
    assert text.index(fresh) < text.index(late)
    assert "報告が遅れています" in text
    text = person.opens("/incidents?state=overdue")
    assert late in text
    assert fresh not in text
    text = person.opens("/incidents?severity=high&state=")
    assert fresh in text
    assert late not in text
    assert "当てはまるリスクケースはありません" in person.opens("/incidents?state=closed")
    person.opens("/incidents?after=x", 422)
    assert "1 日過ぎています" in person.opens(f"/incidents/{late}")


def test_the_register_pages_by_key_with_the_same_number_of_statements(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    file(small_country, pilot=pilot)
    person = reader(small_country, JIMUKYOKU)
    person.opens("/incidents")

    def asked() -> int:
        with statements(small_country.engine) as said:
            person.opens("/incidents")
        return len(said)

    few = asked()
    more_of(small_country, "incident", 65)
    assert asked() == few
    text, seen = person.opens("/incidents"), 0
    for _ in range(66):
        seen += text.count('<th scope="row">')
        further = re.search(r'href="(/incidents\?after=[^"]+)">続きを見る', text)
        if further is None:
            break
        text = person.opens(further[1])
    assert seen == 66


def test_a_user_of_a_product_files_an_incident_on_its_page(country: Country) -> None:
    _, product = country.a_flagged_product()
    place = f"/products/{product}"
    public = reader(country)
    public.opens(place)
    assert "/do/incident.file" not in public.forms()
    person = reader(country, HOSHIMORI)
    person.opens(place)
    at = f"{country.now:%Y/%m/%d %H:%M}"
    text = says(
        person, "incident.file", title="止まった", body_md="朝から動かない。", people_affected="3", sensitive="no",
        malicious="no", occurred_at=at, known_at=at,
    )  # fmt: skip
    assert "リスクケースを届け出ました" in text
    assert "止まった" in person.opens(place)


def test_a_grave_incident_stands_at_the_top_until_it_is_closed(small_country: Country) -> None:
    idea, product = small_country.a_flagged_product()
    grave = file(small_country, title="個人情報が流出した", product=product, sensitive=True)
    file(small_country, title="小さな誤り", product=product)
    for place in (f"/ideas/{idea}", f"/products/{product}", f"/pilots/{idea}-P1"):
        text = reader(small_country, TANTO).opens(place)
        banner = text.split('class="emergency"')[1].split("</ul>")[0]
        assert "個人情報が流出した" in banner
        assert f"/incidents/{grave}" in banner
        assert "小さな誤り" not in banner
    assert "個人情報が流出した" not in reader(small_country).opens(f"/products/{product}")
    for kind in ("preliminary", "final"):
        told = {"kind": kind, "body_md": "直した。", "filed_at": small_country.now.isoformat()}
        small_country.say(TANTO, "incident.report", incident=grave, **told)
    small_country.say(SHINSA1, "incident.close", incident=grave, lesson_md="学び。")
    assert 'class="emergency"' not in reader(small_country, TANTO).opens(f"/products/{product}")


def test_a_grave_incident_stands_on_top_where_the_product_is_used(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.say(KUMOI, "adoption.report", product=product, status="adopted", since=small_country.day())
    small_country.say(HOSHIMORI, "adoption.report", product=product, status="considering")
    ref = file(small_country, title="広く誤った案内", product=product, people_affected=500, org="kazami")

    def warned(who: str | None, path: str) -> bool:
        text = reader(small_country, who).opens(path)
        return f"/incidents/{ref}" in text.partition('class="emergency"')[2].partition("</ul>")[0]

    assert warned(KUMOI, f"/products/{product}")
    for path in ("/", "/municipalities/kumoi"):
        assert warned(KUMOI, path), path
    assert warned(JIMUKYOKU, "/municipalities/kumoi")
    for who, path in (
        (HOSHIMORI, "/"),
        (HOSHIMORI, "/municipalities/kumoi"),
        (None, "/municipalities/kumoi"),
        (None, "/"),
    ):
        assert not warned(who, path), (who, path)
    now = small_country.now.isoformat()
    small_country.say(TANTO, "incident.report", incident=ref, kind="final", filed_at=now, body_md="直した。")
    small_country.say(SHINSA1, "incident.close", incident=ref, lesson_md="学んだ。")
    assert not warned(KUMOI, "/")
