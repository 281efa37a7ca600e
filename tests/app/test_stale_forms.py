"""Two people have the same form open: the second one is told, sees what the first one stored, and decides."""

import re

from tests.app.web import Reader, reader
from tests.country import JIMUKYOKU, KANRI, TANTO, VENDOR, Country


def version_in(person: Reader, verb: str) -> str:
    assert person.page is not None
    form = person.page.text.split(f'action="/do/{verb}"')[1].split("</form>")[0]
    found = re.search(r'name="seen_version" value="(\d+)"', form)
    assert found, "the form does not say which version was seen"
    return found[1]


def test_the_second_of_two_open_forms_is_refused_and_shows_what_stands(country: Country) -> None:
    _, product = country.a_flagged_product()
    first, second = reader(country, VENDOR), reader(country, VENDOR)
    for person in (first, second):
        person.opens(f"/products/{product}")
    seen = version_in(second, "product.revise")
    first.says("product.revise", product=product, seen_version=seen, support_hours="毎日", networks=["beta"])
    typed = {"product": product, "support_hours": "平日のみ", "networks": ["alpha"], "price_url": ""}
    text = second.says("product.revise", 409, seen_version=seen, **typed).text
    assert country.look("product", product)["version"] == int(seen) + 1
    assert 'value="平日のみ" id="refused-support_hours"' in text
    assert "毎日" in text.split('id="refused-support_hours-stands"')[1].split("</p>")[0]
    networks = text.split('id="refused-networks"')[1].split("</fieldset>")[0]
    assert "β（" in networks.split('id="refused-networks-stands"')[1].split("</p>")[0]
    again = version_in(second, "product.revise")
    assert int(again) == int(seen) + 1
    second.says("product.revise", 303, seen_version=again, **typed)
    assert "平日のみ" in second.opens(f"/products/{product}")


def test_a_wrong_field_is_mended_on_the_version_that_was_seen(small_country: Country) -> None:
    event = small_country.an_event("hack-2026")
    person = reader(small_country, JIMUKYOKU)
    person.opens(f"/events/{event}")
    seen = version_in(person, "event.revise")
    small_country.say(JIMUKYOKU, "event.revise", event=event, theme="別のテーマ")
    person.says("event.revise", 422, event=event, seen_version=seen, starts_at="あした")
    assert version_in(person, "event.revise") == seen
    refused = person.says("event.revise", 409, event=event, seen_version=seen, theme="三つ目").text
    assert "別のテーマ" in refused.split('id="refused-theme-stands"')[1].split("</p>")[0]


def test_every_whole_form_names_the_version_it_was_opened_on(small_country: Country) -> None:
    idea = small_country.an_idea_with_a_team()
    small_country.plan_a_pilot(idea)
    small_country.say(KANRI, "org.revise", org="kazami", kana="かざみし")
    says = {"kind": "prompt", "title": "下書き", "body_md": "根拠を示す。", "licence": "CC0-1.0"}
    asset = small_country.say(TANTO, "asset.publish", **says).ref
    small_country.say(TANTO, "asset.revise", asset=asset, title="次の題")
    for who, address, verb, version in (
        (TANTO, f"/ideas/{idea}/pilot", "pilot.revise", "1"),
        (KANRI, "/admin/organizations/kazami", "org.revise", "2"),
        (TANTO, f"/library/{asset}", "asset.revise", "2"),
    ):
        person = reader(small_country, who)
        person.opens(address)
        assert version_in(person, verb) == version, address
