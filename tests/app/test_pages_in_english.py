"""Every page in English: what stays Japanese is what people wrote, or a sentence of the rules, which says that it is Japanese.

The country is one whose people write in plain ASCII, so whatever kana or kanji a page has comes from the program.
"""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.exceptions import HTTPException

from app.route import guard_of
from tests.app.test_languages import JAPANESE
from tests.app.web import Reader, an_app
from tests.country import (
    HOSHIMORI,
    JIMUKYOKU,
    KANRI,
    KANSA,
    KESSAI,
    KETTEI,
    SHINSA1,
    SHINSA3,
    TANTO,
    VENDOR,
    Country,
)
from tests.shelves import SQLiteShelf
from workflows.insights.making import make_insights
from workflows.registry import Outcome
from workflows.tables.columns import SQLModel

ROLES = (None, TANTO, KESSAI, HOSHIMORI, VENDOR, SHINSA1, SHINSA3, JIMUKYOKU, KETTEI, KANRI, KANSA)
UNSEEN = {
    "ledger_export": "a file for programs",
    "product_publiccode": "a file for programs",
    "products_json": "a file for programs",
    "products_jsonld": "a file for programs",
    "products_feed": "a feed, in Japanese",
    "ledger_anchors_json": "a file for programs",
    "report_json": "a file for programs",
    "risks_json": "a file for programs",
    "risks_csv": "a table to take along, in Japanese",
    "insight_csv": "a table to take along",
    "report_pdf": "a file to be filed, in Japanese",
    "pilot_pdf": "a file to be filed, in Japanese",
    "nationwide_csv": "a table to take along",
    "spread_csv": "a table to take along",
    "evidence_file": "a file of somebody's",
    "asset_file": "a file of somebody's",
    "asset_md": "a text of somebody's, to be saved",
    "asset_txt": "a text of somebody's, to be saved",
    "incident": "nothing went wrong in this country",
    "describe_product": "its product is described already",
}
"""Pages that nobody is led to, or that are no page to read; each with the reason."""
SIZES = {"市": "city", "町": "town", "村": "village"}
VOID = {"meta", "link", "input", "br", "img", "hr", "path", "line", "rect", "circle", "source", "wbr"}
SPOKEN = {"aria-label", "title", "alt", "placeholder", "data-label", "content"}
"""Attributes that people are shown or read out; a value is one too, where it is written in a field."""
NOT_WRITTEN = {"hidden", "radio", "checkbox"}
A_FEW = 4
"""So many pages of a kind are read by a role: what differs between pages of a kind shows in the first few."""


def in_ascii(value: Any) -> Any:
    """What somebody says, as if they wrote in Latin letters; every text stays as long as it was."""
    if isinstance(value, str):
        return "".join(c if c.isascii() else chr(ord("a") + ord(c) % 26) for c in value)
    if isinstance(value, dict):
        return {in_ascii(k): in_ascii(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [in_ascii(v) for v in value]
    return value


class LatinCountry(Country):
    """The country, written in ASCII."""

    def say(self, who: str, verb: str, /, **command: Any) -> Outcome:
        if verb == "org.register" and command["kind"] == "municipality":
            command["size_class"] = SIZES[command["name"][-1]]  # which the verb reads from the name otherwise
        return super().say(who, verb, **in_ascii(command))


def walk(country: Country) -> None:
    """Something of everything a page can show."""
    _, product = country.a_flagged_product()
    again, another = "全国で使うもの", "もう一つの窓口"
    event = country.an_event()
    country.say(
        HOSHIMORI, "challenge.post", event=event, title="困りごと", field="窓口", body_md="人が足りない。"
    )
    country.say(
        JIMUKYOKU, "wave.open", product=product, name="夏", starts_on=country.day(3), where={"kind": "town"}
    )
    country.say(HOSHIMORI, "adoption.report", product=product, status="adopted")
    waiting, _ = country.an_idea_ready_for_g1(again)
    country.a_review(waiting)
    draft = country.a_draft(another, event=event)
    country.say(KESSAI, "idea.submit", idea=draft)
    country.say(HOSHIMORI, "idea.demand", idea=draft, need="うちでも使いたい。", budget_year=2027)
    country.say(HOSHIMORI, "comment.post", idea=draft, body_md="同じです。")
    country.say(VENDOR, "team.ask", idea=draft, org="kazemirai", message="一緒に。")
    country.a_draft("まだ下書き")
    cases = [{"input": "問い", "contains": ["予約"], "lacks": ["無料"], "at_most": 300, "cites": True}]
    prompt = country.say(
        TANTO,
        "asset.publish",
        kind="prompt",
        title="回答案",
        body_md="一。",
        licence="CC-BY-4.0",
        test_cases=cases,
    ).ref
    country.say(TANTO, "asset.revise", asset=prompt, body_md="二。", title="回答案の二", licence="CC0-1.0")
    for who, minutes in ((TANTO, 3.0), (HOSHIMORI, 5.0)):
        country.say(who, "asset.use", asset=prompt, minutes_saved_per_case=minutes)
    country.say(HOSHIMORI, "asset.record_run", asset=prompt, case=1, model="某", output="前日までに。")
    country.say(
        HOSHIMORI,
        "asset.retire",
        asset=country.say(HOSHIMORI, "asset.fork", asset=prompt).ref,
        because="古い。",
    )
    make_insights(country.engine, country.now)


def name_the_nation(country: Country) -> None:
    """The names of the local governments nobody has claimed are the nation's, and in no language but Japanese."""
    town = SQLModel.metadata.tables["organization"]
    with country.engine.begin() as connection:
        connection.execute(sa.update(town).values(kana="", prefecture="Prefecture"))
        connection.execute(sa.update(town).where(town.c.claimed_at.is_(None)).values(name=town.c.slug))


@pytest.fixture(scope="module")
def latin(sqlite_shelf: SQLiteShelf) -> Iterator[LatinCountry]:
    with sqlite_shelf.plot() as plot:
        country = LatinCountry(plot.engine)
        walk(country)
        name_the_nation(country)
        yield country


class Reading(HTMLParser):
    """The Japanese of a page that does not say it is Japanese."""

    def __init__(self) -> None:
        super().__init__()
        self.path: list[tuple[str, bool]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        marked = said.get("lang") == "ja" or bool(self.path and self.path[-1][1])
        if not marked:
            shown = SPOKEN | ({"value"} if tag == "input" and said.get("type") not in NOT_WRITTEN else set())
            self.found += [f"{tag} {k}={v}" for k, v in attrs if k in shown and v and JAPANESE.search(v)]
        if tag not in VOID:
            self.path.append((tag, marked))

    def handle_endtag(self, tag: str) -> None:
        while self.path and self.path.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if JAPANESE.search(data) and not (self.path and self.path[-1][1]):
            self.found.append(f"{'>'.join(t for t, _ in self.path[-3:])}: {data.strip()}")


def japanese_in(html: str) -> list[str]:
    page = Reading()
    page.feed(html)
    return page.found


def endpoint_of(app: Flask, address: str) -> str | None:
    try:
        return str(app.url_map.bind("").match(address.partition("?")[0], "GET")[0])
    except HTTPException:
        return None


def walked(app: Flask, country: Country, who: str | None) -> Iterator[tuple[str, str, str]]:
    """Every page that a reader is led to from their home, in English: what it is, its address, its text."""
    person = Reader(app, country, who)
    person.opens("/nowhere?lang=en", 404)
    ahead, known = ["/", "/styleguide", "/municipalities", "/sign-in"], set()
    times: dict[str, int] = {}
    while ahead:
        address = ahead.pop(0)
        endpoint = endpoint_of(app, address)
        guard = guard_of(endpoint) if endpoint else None
        if address in known or endpoint is None or guard is None or guard.kind == "files":
            continue
        if "to be filed" in UNSEEN.get(endpoint, ""):  # dear to make
            continue
        known.add(address)
        times[endpoint] = times.get(endpoint, 0) + 1
        if times[endpoint] > A_FEW:
            continue
        page = person.client.get(address, base_url=person.address)
        if page.mimetype != "text/html":
            continue
        yield endpoint, address, page.text
        for link in re.findall(r'(?:href|action)="(/[^"#]*)', page.text):
            link = link.replace("&amp;", "&")
            if "lang=" not in link and link.count("=") < 2:
                ahead.append(link)


def test_no_page_speaks_japanese_to_who_reads_english(latin: LatinCountry) -> None:
    app = an_app(latin)
    wrong: dict[str, str] = {}
    seen: set[str] = set()
    for who in ROLES:
        for endpoint, address, text in walked(app, latin, who):
            seen.add(endpoint)
            for found in japanese_in(text):
                wrong.setdefault(f"{endpoint}: {found}", f"{who} {address}")
    assert wrong == {}
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (guard := guard_of(rule.endpoint)) and guard.kind == "reads"
    }
    assert pages - seen == UNSEEN.keys()


def test_names_of_organizations_say_on_an_english_page_that_they_are_japanese(
    sqlite_shelf: SQLiteShelf,
) -> None:
    """A screen reader speaks, and a browser draws, what is marked as Japanese as Japanese."""
    with sqlite_shelf.plot() as plot:
        country = Country(plot.engine)
        walk(country)
        organization = SQLModel.metadata.tables["organization"]
        with country.engine.begin() as connection:
            rows = connection.execute(sa.select(organization.c.name, organization.c.prefecture)).all()
        names = {name for row in rows for name in row if name}
        app = an_app(country)
        bare: set[str] = set()
        marked = 0
        for who in (None, TANTO, VENDOR, JIMUKYOKU):
            for endpoint, _, text in walked(app, country, who):
                marked += text.count('<span lang="ja">')
                for found in japanese_in(text):
                    where, _, said = found.partition(": ")
                    is_text = "=" not in found and not where.endswith("title")
                    if is_text and any(name in said for name in names):
                        bare.add(f"{endpoint}: {found}")
        assert marked > 100
        assert bare == set()
