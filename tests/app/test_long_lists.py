"""Lists within a page that grow with the years: a page at a time, each row within reach, what counts from the newest row still told."""

import re

from tests.app.test_incidents_pages import file
from tests.app.web import Reader, reader
from tests.country import TANTO, VENDOR, Country


def read_through(person: Reader, path: str, key: str, row: str) -> list[str]:
    """What the pattern finds on each page of a list, to its end."""
    found, text = [], person.opens(path)
    while True:
        found += re.findall(row, text)
        goes_on = re.search(rf'href="([^"]*[?&;]{key}=[^"#]+)#{key}"[^>]*>続きを見る', text)
        if goes_on is None:
            return found
        text = person.opens(goes_on[1].replace("&amp;", "&"))


def test_the_reports_of_a_pilot(small_country: Country) -> None:
    _, pilot = small_country.a_running_pilot()
    for n in range(1, 36):
        small_country.now = small_country.now.replace(minute=n)
        said = {"health": "amber" if n == 35 else "green", "progress": n, "summary": f"報告その{n}。"}
        small_country.say(VENDOR, "pilot.report", pilot=pilot, **said)
    person = reader(small_country, TANTO)
    found = read_through(person, f"/pilots/{pilot}", "updates", r"報告その(\d+)。")
    assert [int(n) for n in found] == list(range(35, 0, -1))
    assert person.page is not None
    last = person.page.text  # the last page still tells how it stands now
    assert "これまでの報告（35 件）" in last
    assert "注意" in last.split("<h1>")[0].split('class="page-head"')[1]
    assert 'value="35"' in last.split('id="report"')[1]
    person.opens(f"/pilots/{pilot}?updates=x", 422)


def test_the_releases_of_a_product(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    for n in range(1, 36):
        release = {"version": f"2.{n}.0", "tag": f"v2.{n}.0", "released_on": small_country.day()}
        small_country.say(VENDOR, "product.release", product=product, **release)
    person = reader(small_country)
    found = read_through(person, f"/products/{product}", "releases", r"2\.(\d+)\.0（")
    assert [int(n) for n in found] == list(range(35, 0, -1))
    assert person.page is not None
    assert "版 2.35.0" in person.page.text


def test_the_versions_of_an_asset(small_country: Country) -> None:
    says = {"kind": "prompt", "title": "下書き", "body_md": "根拠を示す。", "licence": "CC0-1.0"}
    asset = small_country.say(TANTO, "asset.publish", **says).ref
    for n in range(2, 37):
        small_country.say(TANTO, "asset.revise", asset=asset, title=f"題{n}")
    person = reader(small_country)
    found = read_through(person, f"/library/{asset}", "versions", r"<h3>第 (\d+) 版")
    assert [int(n) for n in found] == list(range(35, 0, -1))
    assert person.page is not None
    assert "前の版（35）" in person.page.text
    assert "題36" in person.page.text


def test_the_incidents_of_a_pilot_and_of_a_product(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    pilot = "R8-0001-P1"
    for n in range(1, 36):
        for about in ({"pilot": pilot}, {"product": product}):
            file(small_country, title=f"誤りその{n}", **about)
    person = reader(small_country, TANTO)
    for path in (f"/pilots/{pilot}", f"/products/{product}"):
        found = read_through(person, path, "incidents", r"<b>誤りその(\d+)</b>")
        assert [int(n) for n in found] == list(range(35, 0, -1))
        person.opens(f"{path}?incidents=x", 422)
