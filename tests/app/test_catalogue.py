"""The catalogue: what a clerk chooses by, and what machines read of every public product and of nothing else."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from app.catalogue import ATOM, CONTEXT, atom, discreet
from stages.dossier import Kpi
from tests.app.web import Reader, reader, statements
from tests.country import HOSHIMORI_KESSAI, KETTEI, TANTO, VENDOR, Country
from workflows.queries.idea_pilots import Measured
from workflows.queries.product_history import News
from workflows.queries.product_proof import Proof, proven_sizes
from workflows.tables.columns import SQLModel

DCAT_3 = {
    "Catalog", "Dataset", "Distribution", "Resource", "accessURL", "dataset", "distribution", "downloadURL",
    "keyword", "landingPage", "mediaType", "resource", "version",
}  # fmt: skip
"""The names of https://www.w3.org/TR/vocab-dcat-3/ that are used."""
DCTERMS = {
    "description", "identifier", "issued", "language", "license", "modified", "publisher", "title",
}  # fmt: skip


def cards(person: Reader, query: str = "") -> list[str]:
    return re.findall(r'<h3><a href="/products/([^"]+)">', person.opens(f"/products{query}"))


def test_a_clerk_finds_a_product_by_what_fits(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    small_country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted")
    public = reader(small_country)
    text = public.opens("/products")
    for shown in (
        "根拠つきの下書きを出す。",
        "α′",
        "風見市",
        "95% の確からしさで",
        "すべての目標に届いた",
        "導入済み 1 団体",
    ):
        assert shown in text, shown
    field = re.search(r'<select id="by-field".*?<option value="([^"]+)"', text.replace('value=""', ""), re.S)
    assert field
    for query, found in {
        "size=city": True, "size=village": True, "size=town": False, "size=x": False, "network=beta": True,
        "network=alpha": False, "network=%25": False, "price=known": True, f"field={field[1]}": True, "field=農業": False,
        "flag=suspended": False, "flag=none": True, "q=下書き": True, "sort=new": True, "sort=support": True,
        "sort=x&flag=x": True,
    }.items():  # fmt: skip
        assert (cards(public, f"?{query}") == [product]) is found, query
    small_country.say(KETTEI, "product.suspend", product=product, because="点検のため")
    assert cards(public) == []
    text = public.opens("/products?flag=suspended")
    assert "点検のため" in text
    assert "から停止" in text


def test_products_are_sorted_and_paged_by_key(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.queries.products_list.ROWS_A_PAGE", 1)
    _, first = small_country.a_flagged_product()
    second = a_twin(small_country, first)
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
    assert re.findall(r'<th scope="row"><a href="/products/([^"]+)">', text) == [second, first]
    assert "比べるプロダクトが足りません" in public.opens(f"/products?compare={first}")


def a_twin(country: Country, product: str) -> str:
    """A second product like the first, of another idea, flagged a day later and kept up ten days longer; its own slug."""
    with country.engine.begin() as connection:

        def again(table: str, where: str, **changes: Any) -> int:
            made = SQLModel.metadata.tables[table]
            row = connection.execute(sa.select(made).where(sa.text(where))).mappings().one()
            copy = {k: v for k, v in row.items() if k != "id"} | {
                k: change(row[k]) if callable(change) else change for k, change in changes.items()
            }
            return connection.execute(sa.insert(made).values(copy)).inserted_primary_key[0]

        of = f"id = (SELECT idea_id FROM product WHERE slug = '{product}')"
        idea = again("idea", of, number="R8-0999")
        later = {name: lambda at: at + timedelta(days=1) for name in ("flagged_at", "flag_since")}
        again(
            "product",
            f"slug = '{product}'",
            slug="futatsume",
            idea_id=idea,
            support_until=lambda day: day + timedelta(days=10),
            **later,
        )
    return "futatsume"


def test_machines_read_every_public_product_and_nothing_else(country: Country) -> None:
    idea, product = country.an_idea_ready_for_g4()
    files = ("catalog.json", "catalog.jsonld", "feed.atom")
    before = {file: reader(country, TANTO).opens(f"/products/{file}") for file in files}
    assert not any(product in text or "下書き" in text for text in before.values())
    country.pass_days(1)
    country.decide(country.a_review(idea, secure={"rating": "green", "finding": "見た。"}))
    said = {"requirements_md": "困ったときは tasuke@example.jp へ。"}
    country.say(VENDOR, "product.revise", product=product, **said)
    country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted")
    country.pass_days(3)
    country.say(KETTEI, "product.suspend", product=product, because="点検のため")
    country.pass_days(2)
    country.say(KETTEI, "product.restore", product=product, because="内輪の言葉")
    country.say(
        VENDOR, "product.release", product=product, version="1.1.0", tag="v1.1.0", released_on=country.day()
    )
    public = reader(country)
    texts = {file: public.opens(f"/products/{file}") for file in files}
    for file, text in texts.items():
        assert "@kazemirai" not in text, file
        assert "@example.jp" not in text, file
        assert "内輪の言葉" not in text, file
        etag = public.client.get(f"/products/{file}").headers["ETag"]
        assert public.client.get(f"/products/{file}", headers={"If-None-Match": etag}).status_code == 304
        assert f"/products/{file}" in public.opens("/products").split("</head>")[0]
    is_the_publiccode(
        json.loads(texts["catalog.json"]), yaml.safe_load(public.opens(f"/products/{product}/publiccode.yml"))
    )
    is_dcat(json.loads(texts["catalog.jsonld"]))
    assert entries_of(texts["feed.atom"].encode()) == [
        "released",
        "restored",
        "suspended",
        "flagged",
        "released",
    ]
    text = public.opens(f"/products/{product}")
    told = text.split('id="flag"')[1]
    assert re.findall("全国展開(?:が決まった|を止めた|を再開した)", told) == [
        "全国展開が決まった",
        "全国展開を止めた",
        "全国展開を再開した",
    ]
    assert "点検のため" in told
    assert "内輪の言葉" not in text
    assert "/blob/HEAD/sbom.cdx.json" in text


def is_the_publiccode(found: Any, file: Any) -> None:
    (product,) = found["products"]
    ours = product.pop("kyoso")
    assert product == file
    assert ours["flag"] == "nationwide"
    assert ours["provenSizeClasses"] == ["city", "village"]
    assert ours["adopted"] == 1
    assert ours["supportContact"] is None
    assert ours["sbomURL"].endswith("/blob/HEAD/sbom.cdx.json")
    assert [r["version"] for r in ours["releases"]] == ["1.0.0", "1.1.0"]
    kpi = ours["pilots"][0]["kpis"][0]
    assert kpi["low"] < kpi["estimate"] < kpi["high"]
    assert kpi["verdict"] == "green"


def names_in(node: Any) -> Iterator[str]:
    """Every property and class of a JSON-LD document."""
    if isinstance(node, list):
        for part in node:
            yield from names_in(part)
    elif isinstance(node, dict):
        kinds = node.get("@type", [])
        yield from [kinds] if isinstance(kinds, str) else kinds
        for key, value in node.items():
            if not key.startswith("@"):
                yield key
            yield from names_in(value)


def is_dcat(found: Any) -> None:
    assert found.pop("@context") == CONTEXT
    assert found["@type"] == "dcat:Catalog"
    used = {tuple(name.split(":", 1)) for name in names_in(found)}
    assert {name for prefix, name in used if prefix == "dcat"} == DCAT_3
    assert {name for prefix, name in used if prefix == "dcterms"} == DCTERMS
    assert {prefix for prefix, _ in used} <= CONTEXT.keys()
    for needed in ("title", "description", "publisher"):  # what DCAT-AP 3 makes mandatory
        assert found[f"dcterms:{needed}"]
    (product,) = found["dcat:resource"]
    assert product["dcterms:license"] == {"@id": "https://spdx.org/licenses/MIT"}
    assert product["dcat:version"] == "1.1.0"


def entries_of(feed: bytes) -> list[str]:
    """What each entry tells, the last first. Fails where RFC 4287 is not kept (§4.1.1, §4.1.2, §4.2.6)."""
    root = ET.fromstring(feed)
    assert root.tag == f"{{{ATOM}}}feed"

    def one(node: ET.Element, name: str) -> str:
        (found,) = node.findall(f"{{{ATOM}}}{name}")
        assert found.text
        return found.text

    assert root.findtext(f"{{{ATOM}}}author/{{{ATOM}}}name")
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{{{ATOM}}}link")}
    assert links["self"] == one(root, "id")
    entries = root.findall(f"{{{ATOM}}}entry")
    times = []
    for node in (root, *entries):
        assert one(node, "title")
        times.append(datetime.fromisoformat(one(node, "updated")))
        assert times[-1].tzinfo is not None
    assert times[0] == max(times)
    assert times[1:] == sorted(times[1:], reverse=True)
    ids = [one(entry, "id") for entry in entries]
    assert len(set(ids)) == len(ids)
    assert all(i.startswith("urn:uuid:") for i in ids)
    assert all(entry.find(f"{{{ATOM}}}link[@rel='alternate']") is not None for entry in entries)
    return [entry.find(f"{{{ATOM}}}category").get("term") or "" for entry in entries]  # type: ignore[union-attr]


def test_a_feed_of_nothing_and_of_strange_names_is_valid() -> None:
    assert entries_of(atom([], "https://a.example.jp")) == []
    at = datetime(2026, 11, 28, tzinfo=UTC)
    strange = News("a", "<b>&\x0b\ufffe a@b.example.jp", at, "suspended", ["]]>"], "x")
    feed = atom([strange], "https://a.example.jp")
    assert entries_of(feed) == ["suspended"]
    assert "b.example.jp" not in feed.decode()
    assert discreet({"a": ["m@x.jp", 1]}) == {"a": ["…", 1]}


def test_files_and_lists_ask_as_often_for_two_products_as_for_one(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    public = reader(small_country)
    pages = (
        "/products?size=city",
        "/products/catalog.json",
        "/products/catalog.jsonld",
        "/products/feed.atom",
    )
    counts = []
    for _ in range(2):
        for path in pages:
            public.opens(path)
            with statements(small_country.engine) as said:
                public.opens(path)
            counts.append(len(said))
        if len(counts) == len(pages):
            a_twin(small_country, product)
    assert counts[: len(pages)] == counts[len(pages) :]
    assert max(counts) <= 8


def test_support_that_ends_within_a_year_is_warned_of(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    public = reader(small_country)
    for days, warned in ((800, False), (300, True)):
        small_country.say(VENDOR, "product.revise", product=product, support_until=small_country.day(days))
        assert ("一年以内" in public.opens(f"/products/{product}")) is warned
        assert ("保守がまもなく終わります" in public.opens("/products")) is warned


def test_a_pilot_short_of_a_target_proves_no_size() -> None:
    reached = Measured(
        Kpi("a", "accuracy", "正答率", "ratio", "up", 0.9, 10, estimate=0.95, low=0.92, high=0.97, n=100),
        "green",
    )
    short = Measured(reached.kpi, "amber")
    proofs = [
        Proof("風見市", "city", [reached]),
        Proof("雲居町", "town", [reached, short]),
        Proof("星守村", "village", []),
        Proof("団体", None, [reached]),
    ]
    assert proven_sizes(proofs) == {"city"}
