"""The catalogue: what a clerk chooses by, and what machines read of every public product and of nothing else."""

import json
import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml

from app.catalogue import ATOM, CONTEXT, atom, discreet
from stages.rollout import adoption_expires_on
from tests.app.web import Reader, reader, statements
from tests.country import HOSHIMORI_KESSAI, KETTEI, KUMOI_KESSAI, TANTO, VENDOR, Country
from workflows.calendar import tokyo_day
from workflows.queries.product_history import News
from workflows.queries.products_list import counted_from

DCAT_3 = {
    "Catalog", "Dataset", "Distribution", "Resource", "accessURL", "dataset", "distribution", "downloadURL",
    "keyword", "landingPage", "mediaType", "resource", "version",
}  # fmt: skip
"""The names of https://www.w3.org/TR/vocab-dcat-3/ that are used."""
DCTERMS = {
    "description", "identifier", "issued", "language", "license", "modified", "publisher", "title",
}  # fmt: skip
XML = "{http://www.w3.org/XML/1998/namespace}"


def cards(person: Reader, query: str = "") -> list[str]:
    return re.findall(r'<h3><a href="/products/([^"]+)">', person.opens(f"/products{query}"))


def test_a_clerk_finds_a_product_by_what_fits(small_country: Country) -> None:
    idea, product = small_country.a_flagged_product()
    small_country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted")
    public = reader(small_country)
    text = public.opens("/products")
    for shown in ("根拠つきの下書きを出す。", "α′", "風見市", "95% の確からしさで", "すべての目標に届いた", "導入済み 1 団体"):
        assert shown in text, shown
    field = re.search(r'<select id="by-field".*?<option value="([^"]+)"', text.replace('value=""', ""), re.S)
    assert field
    for query, found in {
        "size=city": True, "size=village": True, "size=town": False, "size=x": False, "network=beta": True,
        "network=alpha": False, "price=known": True, f"field={field[1]}": True, "field=農業": False,
        "flag=suspended": False, "flag=none": True, "q=下書き": True, "sort=new": True, "sort=support": True,
        "sort=x&flag=x": True,
    }.items():  # fmt: skip
        assert (cards(public, f"?{query}") == [product]) is found, query
    small_country.say(KETTEI, "product.suspend", product=product, because="点検のため")
    assert cards(public) == []
    text = public.opens("/products?flag=suspended")
    assert "点検のため" in text
    assert "から停止" in text


def test_products_are_sorted_and_paged_by_key(small_country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.queries.products_list.ROWS_A_PAGE", 1)
    _, first = small_country.a_flagged_product()
    with small_country.engine.begin() as connection:
        second = a_twin(connection, first)
    small_country.say(HOSHIMORI_KESSAI, "adoption.report", product=first, status="adopted")
    public = reader(small_country)
    for sort, order in (("adopted", [first, second]), ("new", [second, first]), ("support", [second, first])):
        text, found = public.opens(f"/products?sort={sort}"), []
        while True:
            found += re.findall(r'<h3><a href="/products/([^"]+)">', text)
            goes_on = re.search(r'href="([^"]*after=[^"]+)"[^>]*>続きを見る', text)
            if goes_on is None:
                break
            text = public.opens(goes_on[1].replace("&amp;", "&"))
        assert found == order, sort
    assert "続きの位置を読み取れません" in public.opens("/products?after=x", 422)
    text = public.opens(f"/products?compare={second}&compare={first}&compare={first}&compare=nothing")
    assert [text.index(f"/products/{slug}\"") for slug in (second, first)] == sorted(
        text.index(f"/products/{slug}\"") for slug in (second, first)
    )
    assert "比べるプロダクトが足りません" in public.opens(f"/products?compare={first}")
