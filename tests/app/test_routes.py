"""Every address names its verb or its reading permission, and is guarded: read from the URL map, not believed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import fingerprints, route
from app.pages.done import DONE
from app.pages.field_words import words_of
from app.pages.shapes import Shape, asked_at, asked_by, asked_by_verb
from stages.permissions import ROWS
from tests.app.web import Reader, an_app
from tests.country import JIMUKYOKU, KESSAI, OUTSIDER, TANTO, VENDOR, Country
from tests.shelves import Shelf
from workflows.registry import REGISTRY

NAMED = {
    "number": "R8-0001",
    "slug": "madoguchi-faq",
    "part": "look",
    "mark": "x",
    "name": "frame.css",
    "lgcode": "992011",
    "asset": "L-0001",
    "owner": "kazemirai",
    "repo": "madoguchi-faq",
    "version": "1",
    "link": "x",
    "figure": "funnel",
    "table": "curves",
}
REFS = {"reviews": "R8-0001-V1", "pilots": "R8-0001-P1", "incidents": "R8-0001-I1", "evidence": "R8-0001-E1"}
"""The first part of an address -> what `<ref>` stands for behind it."""


@pytest.fixture
def app(small_country: Country) -> Flask:
    return an_app(small_country)


@pytest.fixture(scope="module")
def flagged(sqlite_shelf: Shelf) -> Iterator[Country]:
    """A country with a product flagged for the nation, for tests after which everything is as before."""
    with sqlite_shelf.plot() as plot:
        country = Country(plot)
        country.a_flagged_product()
        yield country


def addresses(app: Flask, kind: str) -> list[tuple[str, str]]:
    """The addresses of one kind of guard, filled in, with what guards them."""
    found = []
    for rule in app.url_map.iter_rules():
        guard = route.guard_of(rule.endpoint)
        assert guard is not None
        if guard.kind == kind:
            named = {**NAMED, "ref": REFS.get(rule.rule.split("/")[1], "")}
            built = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: named[m[1]], rule.rule)  # noqa: B023
            found.append((built, guard.name))
    return sorted(found)


def test_every_address_is_guarded(app: Flask) -> None:
    assert route.unguarded(app) == []
    kinds = {route.guard_of(r.endpoint).kind for r in app.url_map.iter_rules()}  # type: ignore[union-attr]
    assert kinds == {"reads", "says", "signs", "hears", "hands", "answers", "declines", "files"}


def test_every_act_says_a_verb_of_the_registry(app: Flask) -> None:
    acts = addresses(app, "says")
    assert len(acts) >= 9
    for address, verb in acts:
        assert verb in REGISTRY, address
        assert verb in ROWS, address


def test_only_signing_in_and_out_and_signed_messages_change_something_without_a_verb(app: Flask) -> None:
    unsafe = {
        r.endpoint for r in app.url_map.iter_rules() if (r.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    without_verb = {e for e in unsafe if route.guard_of(e).kind != "says"}  # type: ignore[union-attr]
    by_link = {"outside_back"}  # back from a provider
    assert without_verb | by_link == route.SIGNING | route.HEARING | route.ANSWERING | route.DECLINING


def test_an_address_that_declares_nothing_is_found(app: Flask) -> None:
    app.add_url_rule("/back-door", "back_door", lambda: "come in")
    assert route.unguarded(app) == ["/back-door (back_door)"]


def test_a_page_that_could_be_posted_to_is_found(app: Flask) -> None:
    app.add_url_rule("/ideas", "ideas", methods=["POST"])
    assert route.unguarded(app) == ["/ideas (ideas)"]


def test_a_page_cannot_be_declared_without_a_known_permission() -> None:
    with pytest.raises(TypeError):
        route.page("/somewhere")  # type: ignore[call-arg]
    with pytest.raises(KeyError):
        route.page("/somewhere", reads="anything")


def test_an_act_cannot_be_declared_without_a_verb_of_the_registry() -> None:
    with pytest.raises(ValueError, match="no such verb"):
        route.says("/somewhere", "idea.delete", lambda: "")


def test_every_verb_has_an_address_and_its_words(app: Flask) -> None:
    assert {verb for _, verb in addresses(app, "says")} == REGISTRY.keys() == DONE.keys()
    for verb, path in every_field():
        assert words_of(verb, path).label != path.rpartition(".")[2], f"{verb}: {path} has no label"
        asked = asked_at(verb, path)
        if asked.shape.kind in ("choice", "choices"):
            missing = set(asked.shape.options) - words_of(verb, path).options.keys()
            assert not missing, f"{verb}: {path} has unnamed choices {missing}"


def every_field() -> Iterator[tuple[str, str]]:
    """Verb and path of every field that a form can have, the parts of entries too."""

    def below(path: str, shape: Shape) -> Iterator[str]:
        yield path
        inner = {"table": Shape("entry", of=shape.of), "by_key": shape.of, "entry": shape}.get(shape.kind)
        if inner is not None and inner.kind == "entry":
            key = {"table": ".0", "by_key": ".key", "entry": ""}[shape.kind]
            for part in asked_by(inner.of).values():
                yield from below(f"{path}{key}.{part.name}", part.shape)

    for verb in REGISTRY:
        for asked in asked_by_verb(verb).values():
            yield from ((verb, path) for path in below(asked.name, asked.shape))


def test_neither_signing_in_nor_a_signed_message_is_a_way_around_a_verb() -> None:
    def delete_everything() -> str:
        return ""

    for way in (route.sign("/somewhere", "POST"), route.hears("/somewhere")):
        with pytest.raises(ValueError, match="name a verb"):
            way(delete_everything)


def test_the_public_is_asked_to_sign_in_before_any_act_and_keeps_what_was_typed(flagged: Country) -> None:
    app = an_app(flagged)
    before = flagged.everything()
    public = Reader(app, flagged)
    for address, _ in addresses(app, "says"):
        public.opens("/sign-in")
        sent = public.posts(address, 403, body_md="x", status="adopted", need="typed before")
        assert "サインインが必要です" in sent.text, address
        assert 'name="kept.field.need" value="typed before"' in sent.text
    assert flagged.everything() == before


def test_no_act_is_done_without_the_token_of_a_form(flagged: Country) -> None:
    app = an_app(flagged)
    reader = Reader(app, flagged, KESSAI)
    before = flagged.everything()
    for address, _ in [*addresses(app, "says"), ("/sign-out", "")]:
        for token in ({}, {"csrf_token": "made up"}):
            sent = reader.client.post(
                address, data={"body_md": "x", "need": "x", "status": "adopted", **token}
            )
            assert sent.status_code == 400, address
            kept = address.startswith("/do/")
            assert ("まだ行っていません" if kept else "送信を確かめられませんでした") in sent.text
    assert flagged.everything() == before


def test_the_token_of_another_person_is_refused(app: Flask, small_country: Country) -> None:
    idea = small_country.an_idea()
    other = Reader(app, small_country, JIMUKYOKU)
    other.opens(f"/ideas/{idea}")
    mine = Reader(app, small_country, TANTO)
    mine.opens(f"/ideas/{idea}")
    mine.says("idea.follow", 400, idea=idea, csrf_token=other.token())


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_act_even_with_a_token(
    app: Flask, small_country: Country, headers: dict[str, str]
) -> None:
    idea = small_country.an_idea()
    reader = Reader(app, small_country, TANTO)
    reader.opens(f"/ideas/{idea}")
    before = small_country.everything()
    refused = reader.says("idea.follow", 403, idea=idea, headers=headers)
    assert "ほかのサイト" in refused.text
    assert small_country.everything() == before


@pytest.mark.parametrize("who", [None, TANTO, VENDOR, OUTSIDER, JIMUKYOKU])
def test_every_page_answers_everybody(flagged: Country, who: str | None) -> None:
    app = an_app(flagged)
    reader = Reader(app, flagged, who)
    for address, _ in addresses(app, "reads"):
        answer = reader.client.get(address)
        assert answer.status_code in (200, 404), (address, answer.status_code)
        reader.client.get(address, query_string={"after": "nonsense", "stage": "x", "q": "%_'\""})


def test_every_answer_carries_the_headers_and_nothing_inline(flagged: Country) -> None:
    app = an_app(flagged)
    reader = Reader(app, flagged, TANTO)
    pages = [a for a, _ in addresses(app, "reads") + addresses(app, "files")]
    for address in [*pages, "/sign-in", "/nowhere"]:
        answer = reader.client.get(address)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]
        assert answer.mimetype
        if answer.mimetype.startswith("text/"):
            assert "charset=utf-8" in answer.headers["Content-Type"].lower(), address
        if answer.mimetype == "text/html":
            assert answer.headers["Cache-Control"] == "no-store"
            assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son[a-z]+=|javascript:", answer.text), (
                address
            )
            loaded = r'(?:src|<link(?! rel="alternate")[^>]* href)="([^"]+)"'
            for source in re.findall(loaded, answer.text):
                assert source.startswith("/static/"), (address, source)


def test_static_files_are_kept_for_ever_under_their_fingerprint(app: Flask) -> None:
    client = app.test_client()
    with app.test_request_context():
        address = fingerprints.static_url("look/frame.css")
    kept = client.get(f"{address}?lang=en").headers
    assert kept["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Vary" not in kept
    assert "Set-Cookie" not in kept
    former = address.replace(fingerprints.fingerprint("look"), "0" * 16)
    assert client.get(former).headers["Cache-Control"] == "no-cache"
    assert client.get("/static/look/x/../../config.py").status_code == 404
    assert client.get("/static/look/x/nothing.css").status_code == 404


def test_style_sheets_name_only_files_that_are_there() -> None:
    sheets = list(fingerprints.FOLDER.rglob("*.css"))
    assert len(sheets) >= 3
    named = 0
    for sheet in sheets:
        for address in re.findall(r"url\(([^)]+)\)", sheet.read_text("utf-8")):
            assert (sheet.parent / Path(address.strip("'\""))).is_file(), (sheet, address)
            named += 1
    assert named > 100


def test_what_others_made_comes_with_its_licence() -> None:
    for folder in (fingerprints.FOLDER / "vendor").iterdir():
        assert (folder / "LICENSE").is_file(), folder


def test_a_form_too_large_is_refused_in_the_look_of_the_others(app: Flask, small_country: Country) -> None:
    idea = small_country.an_idea()
    reader = Reader(app, small_country, TANTO)
    reader.opens(f"/ideas/{idea}")
    refused = reader.says("comment.post", 413, idea=idea, body_md="あ" * 1_000_000)
    assert "大きすぎます" in refused.text


def test_an_address_for_posting_says_so_when_it_is_opened(app: Flask, small_country: Country) -> None:
    answer: Any = app.test_client().get("/do/idea.follow")
    assert answer.status_code == 405
    assert "直接開けません" in answer.text
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "asked", ["_scheme=javascript&_external=1", "endpoint=x&self=x&_method=POST", "number=R8-0009", "slug=x"]
)
def test_what_an_address_asks_never_leads_its_page_elsewhere(flagged: Country, asked: str) -> None:
    """A field of the query is a field of the query, whatever `url_for` would make of its name."""
    person = Reader(an_app(flagged), flagged, TANTO)
    for path in ("/ideas", "/ideas/R8-0001", "/products/madoguchi-faq", "/rollout/madoguchi-faq"):
        text = person.opens(f"{path}?{asked}")
        to_this_page = re.findall(
            r'(?:href="|name="back" value=")([^"]*\blang=en|[^"]*=(?:1|POST|R8-0009|x))', text
        )
        assert to_this_page
        assert all(address.startswith(f"{path}?") for address in to_this_page), to_this_page
        backs = re.findall(r'name="back" value="([^"?#]*)', text)
        assert set(backs) <= {path}
