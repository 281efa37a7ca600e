"""The two-tenant crawl: every address of the URL map, filled with every object of two tenants, opened by every role.

What each reader may see is written by hand in `sights`; what was typed where is known from the marks of `tenants`. A new route is
in the crawl by itself, a new verb's texts must be named, and what each role was shown is kept in `fields_by_role.txt`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import col

from app.route import guard_of
from tests.abuse import sights
from tests.abuse.acts import acts_on, as_typed
from tests.abuse.sights import READERS, Reader, Seats, may_see
from tests.abuse.tenants import EVERYWHERE, MARK, NOT_TYPED, OWNERS, TYPED, Tenants
from tests.app.web import Reader as Browser
from tests.app.web import an_app
from tests.conftest import SUMMARY
from tests.scenes import CAST
from tests.shelves import Shelf
from tests.workflows.test_refusals import expected, rehearsed
from workflows.registry import REGISTRY
from workflows.runtime.refusal import HTTP_STATUS
from workflows.tables.people import SignIn

ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{0,64}example\.jp")
SNAPSHOT = Path(__file__).with_name("fields_by_role.txt")
NAME = "user.invite name"
IN_PLACE = {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True, slots=True)
class Thing:
    """An address that names something: of which tenant, in which state, said by which organization."""

    rule: str
    path: str
    tenant: str = ""
    state: str = EVERYWHERE
    speaker: str = ""


def things(world: Tenants, app: Flask) -> list[Thing]:
    """Every page of the URL map for every object of both tenants. Fails for a page whose parameters it cannot fill."""
    states = {number: key for key, number in world.numbers.items()}
    named: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)

    def know(segment: str, statement: str, state: Callable[[str, str], str] = lambda own, _: own) -> None:
        """The things of a segment: rows of reference, the idea's number, and what the state or the speaker is read from."""
        for ref, number, more in world.rows(statement):
            tenant, its = states[number]
            named[segment].append((ref, tenant, state(its, more), more))

    know("ideas", "SELECT number, number, '' FROM idea")
    know("pilots", "SELECT p.ref, i.number, '' FROM pilot p JOIN idea i ON i.id = p.idea_id")
    know("products", "SELECT p.slug, i.number, '' FROM product p JOIN idea i ON i.id = p.idea_id")
    know(
        "reviews",
        "SELECT r.ref, i.number, r.status FROM review r JOIN idea i ON i.id = r.idea_id",
        lambda _, status: status,
    )
    know(
        "incidents",
        "SELECT c.ref, i.number, o.slug FROM incident c JOIN idea i ON i.id = c.idea_id JOIN organization o ON o.id = c.filed_org_id",
    )
    know(
        "repositories",
        "SELECT r.full_name, i.number, '' FROM repository r JOIN repository_link l ON l.repository_id = r.id"
        " JOIN idea i ON i.id = l.idea_id",
    )
    named["ledger"], named["rollout"] = named["ideas"], named["products"]
    for segment, statement in (
        ("events", "SELECT slug, slug FROM event"),
        ("library", "SELECT ref, ref FROM asset"),
        ("municipalities", "SELECT lgcode, slug FROM organization WHERE lgcode IS NOT NULL"),
        ("admin", "SELECT slug, slug FROM organization"),
    ):
        named[segment] = [(ref, "", EVERYWHERE, slug) for ref, slug in world.rows(statement)]
    found: list[Thing] = []
    for rule in app.url_map.iter_rules():
        guard = guard_of(rule.endpoint)
        assert guard is not None
        if guard.kind != "reads":
            continue
        if "<" not in rule.rule:
            found.append(Thing(rule.rule, rule.rule))
            continue
        segment = rule.rule.split("/")[1]
        assert named[segment], f"{rule.rule}: nobody told the crawl what to fill in"
        assert re.fullmatch(r"[^<]*(<[^>]+>|<owner>/<repo>)[^<]*", rule.rule), f"{rule.rule}: too many parts"
        for ref, tenant, state, speaker in named[segment]:
            found.append(Thing(rule.rule, re.sub("<.+>", ref, rule.rule), tenant, state, speaker))
    return found


@dataclass
class Crawl:
    """What came of it."""

    world: Tenants
    requests: int = 0
    shown: dict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """Field, tenant and state -> letters of the readers who were shown it."""
    leaks: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    """Answers that are not what the policy says."""
    written: bool = False


def crawl(world: Tenants, readers: tuple[Reader, ...] = READERS) -> Crawl:
    """Opens everything as everybody."""
    app, found = an_app(world), Crawl(world)
    everything = things(world, app)
    for reader in readers:
        browser = a_browser(app, world, reader)
        before = rows(world)
        for thing in everything:
            if reader.near and thing.tenant == "B":
                continue
            answer = browser.client.get(thing.path, base_url=browser.address)
            found.requests += 1
            seats = reader.seats(thing.tenant, thing.speaker)
            should = 200 if may_see(sights.PAGES[thing.rule], thing.state, seats) else 404
            if answer.status_code != should:
                found.statuses.append(f"{reader.name}: {thing.path} is {answer.status_code}, not {should}")
            look(found, reader, thing, seats, answer.get_data(as_text=True) + str(answer.headers))
        found.written |= rows(world) != before
    return found


def look(found: Crawl, reader: Reader, thing: Thing, seats: Seats, text: str) -> None:
    """Notes every mark in an answer, and every one and every mail address that this reader may not see there."""
    for mark in set(MARK.findall(text)):
        typed = found.world.marks[mark]
        if typed.field == NAME:
            if not may_see_name(reader, thing, typed.org, seats):
                found.leaks.append(f"{reader.name}: {thing.path} names {typed.org}")
            continue
        found.shown[typed.field, typed.tenant, typed.state].add(reader.letter)
        if not may_see(sights.FIELDS[typed.field], typed.state, reader.seats(typed.tenant, typed.org)):
            found.leaks.append(f"{reader.name}: {thing.path} shows {typed}")
    for address in set(ADDRESS.findall(text)):
        of_another = thing.rule == "/me" and address != reader.email
        if of_another or not sights.ADDRESSES.get(thing.rule, frozenset()) & seats:
            found.leaks.append(f"{reader.name}: {thing.path} shows {address}")


def may_see_name(reader: Reader, thing: Thing, person: str, seats: Seats) -> bool:
    if person == reader.email and "signed in" in seats:
        return True
    if thing.tenant:
        return bool(seats & sights.SAID)
    return bool(seats & sights.NAMES_IN_LISTS.get(thing.rule, frozenset()))


def a_browser(app: Flask, world: Tenants, reader: Reader) -> Browser:
    browser = Browser(app, world, reader.email)
    if reader.expired:
        with world.engine.begin() as connection:
            latest = sa.select(sa.func.max(SignIn.id)).scalar_subquery()
            past = world.now - timedelta(seconds=1)
            connection.execute(sa.update(SignIn).where(col(SignIn.id) == latest).values(expires_at=past))
    return browser


def rows(world: Tenants) -> dict[str, list[str]]:
    """Every row but the sign-ins, of which each tells when it was last seen."""
    return {name: found for name, found in world.everything().items() if name != "sign_in"}


@pytest.fixture(scope="module")
def crawled(sqlite_shelf: Shelf) -> Iterator[Crawl]:
    with sqlite_shelf.plot() as plot:
        yield crawl(Tenants(plot))


def test_nobody_is_shown_what_is_not_theirs_to_see(
    crawled: Crawl, record_property: Callable[[str, object], None]
) -> None:
    record_property(
        SUMMARY, f"two-tenant crawl: {crawled.requests:,} pages opened, {len(crawled.leaks)} leaks"
    )
    assert crawled.requests > 2_000
    assert crawled.leaks == []


def test_every_address_answers_whom_the_policy_lets_in_and_nobody_else(crawled: Crawl) -> None:
    assert crawled.statuses == []


def test_opening_pages_writes_nothing(crawled: Crawl) -> None:
    """Writing under a reading permission: no page changes a row, for anybody."""
    assert not crawled.written


def test_the_fields_shown_to_each_role_are_those_of_the_snapshot(crawled: Crawl) -> None:
    """Not only nothing too much: nothing else than before. A wanted change is read in the difference of this file."""
    letters = [reader.letter for reader in READERS]
    lines = [f"{reader.letter} = {reader.name}" for reader in READERS]
    lines += ["", f"{'field':34} of {'state':10} {' '.join(letters)}"]
    for (name, tenant, state), seen in sorted(crawled.shown.items()):
        row = " ".join(letter if letter in seen else "-" for letter in letters)
        lines.append(f"{name:34} {tenant or '-':2} {state:10} {row}")
    shown = "\n".join(lines) + "\n"
    if not SNAPSHOT.exists():
        SNAPSHOT.write_text(shown, "utf-8")
    assert shown == SNAPSHOT.read_text("utf-8")


def test_every_text_is_marked_and_its_readers_are_named(crawled: Crawl) -> None:
    """A text that nobody marks cannot be seen to leak: every field of every verb is one of texts or is known to be none."""
    fields = {name for verb in REGISTRY.values() for name in typed_fields(verb.command.model_json_schema())}
    assert fields - TYPED - NOT_TYPED == set()
    typed = {mark.field for mark in crawled.world.marks.values()} - {NAME}
    assert typed == sights.FIELDS.keys()
    shown = {name for name, _, _ in crawled.shown}
    assert typed - shown == sights.SHOWN_NOWHERE, "what nobody is shown proves nothing"


def typed_fields(schema: dict[str, Any]) -> Iterator[str]:
    """The names of a command's fields that take a text, also inside others."""
    definitions = schema.get("$defs", {})
    for part in (schema, *definitions.values()):
        for name, field_ in part.get("properties", {}).items():
            if '"type": "string"' in json.dumps(field_) or "$ref" in json.dumps(field_):
                yield name


SEARCHES = ("/ideas?q={}", "/library?q={}", "/products?q={}", "/events?q={}", "/ledger?q={}")
NUMBERED = re.compile(r'href="/(?:ideas|library|products|events|ledger)/[^"?#]*\d')


def test_no_search_finds_by_what_the_reader_may_not_see(crawled: Crawl) -> None:
    """Whether a hidden text holds a word is told by no list: asked for the very words, it finds nothing at all. What resembles
    a hidden title is not shown either."""
    world, app = crawled.world, an_app(crawled.world)
    hidden: dict[tuple[str, str], str] = {}
    for mark, typed in world.marks.items():
        if typed.tenant == "B" and typed.field != NAME:
            hidden.setdefault(
                (typed.field, typed.state if typed.field.startswith("idea.draft") else ""), mark
            )
    asked, told = 0, []
    for reader in (r for r in READERS if r.letter in "poVS"):
        browser = a_browser(app, world, reader)
        for (name, _), mark in hidden.items():
            typed = world.marks[mark]
            if may_see(sights.FIELDS[name], typed.state, reader.seats("B", typed.org)):
                continue
            for search in SEARCHES if name.startswith("idea.draft") else SEARCHES[:1]:
                asked += 1
                if NUMBERED.search(browser.client.get(search.format(mark), base_url=browser.address).text):
                    told.append(f"{reader.name}: {search} finds {typed}")
            if name == "idea.draft title":
                page = Thing("/ideas/similar", f"/ideas/similar?title={mark}")
                text = browser.client.get(page.path, base_url=browser.address).text
                look(crawled, reader, page, reader.seats(""), text.replace(mark, ""))
    assert asked > 50
    assert told == crawled.leaks == []


def test_every_verb_about_either_tenant_is_refused_to_whom_the_policy_refuses_it(
    crawled: Crawl, record_property: Callable[[str, object], None]
) -> None:
    """Said through the form of the page by everybody: 404 for what one may not see, 403 for what one may not do, no word of the
    thing in the answer, and nothing written. What the policy allows is rehearsed and taken back. The expectation is read from
    docs/policy/permissions.md."""
    world, app = crawled.world, an_app(crawled.world)
    acts = {tenant: acts_on(world, tenant) for tenant in OWNERS}
    assert {verb for verb, _ in acts["A"]} == REGISTRY.keys()
    before, wrong, sent = rows(world), [], 0
    for reader in (r for r in READERS if r.email in CAST and not r.expired):
        assert reader.email is not None
        browser = Browser(app, world, reader.email)
        browser.opens("/sign-in")
        token = browser.token()
        for verb, scene in acts["A"] + ([] if reader.near else acts["B"]):
            should = expected(verb, reader.email, scene)
            if should == "allowed":
                outcome = rehearsed(world, verb, scene.command, reader.email)
                fine = outcome not in ("unknown", "not_permitted", "not_assigned", "invalid")
            else:
                sent += 1
                form = {"csrf_token": token, "back": "/", **as_typed(scene.command)}
                answer = browser.client.post(
                    f"/do/{verb}", base_url=browser.address, data=form, headers=IN_PLACE
                )
                outcome = str(answer.status_code)
                fine = outcome == str(HTTP_STATUS[should])
                here = Thing(f"/do/{verb}", f"/do/{verb}")
                look(crawled, reader, here, reader.seats(""), answer.text)
            if not fine:
                wrong.append(f"{reader.name}: {verb} {scene.command} is {outcome}, the table says {should}")
    record_property(SUMMARY, f"two-tenant crawl: {sent:,} acts refused, {len(crawled.leaks)} leaks")
    assert wrong == []
    assert crawled.leaks == []
    assert sent > 1_000
    assert rows(world) == before
