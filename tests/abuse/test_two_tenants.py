"""The two-tenant crawl: every address of the URL map, filled with every object of two tenants, opened by every role.

What each reader may see is written by hand in `sights`; what was typed where is known from the marks of `tenants`. A new route is
in the crawl by itself, a new verb's texts must be named, and what each role was shown is kept in `fields_by_role.txt`.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.abuse import sights
from tests.abuse.acts import acts_on, as_typed
from tests.abuse.crawling import NAME, Crawl, Thing, a_browser, crawl, look, rows, the_app
from tests.abuse.sights import READERS, may_see
from tests.abuse.tenants import NOT_TYPED, OWNERS, TYPED, Tenants
from tests.app.web import Reader as Browser
from tests.conftest import SUMMARY
from tests.scenes import CAST
from tests.shelves import Shelf
from tests.workflows.test_refusals import expected, rehearsed
from workflows.registry import REGISTRY
from workflows.runtime.refusal import HTTP_STATUS

SNAPSHOT = Path(__file__).with_name("fields_by_role.txt")
IN_PLACE = {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}


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
    assert crawled.requests > 1_500
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
        pytest.fail(f"{SNAPSHOT.name} was not there and has been written: read it, and keep it")
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


SEARCHES = ("/search?q={}", "/ideas?q={}", "/library?q={}", "/products?q={}", "/events?q={}", "/ledger?q={}")
NUMBERED = re.compile(r'href="/(?:ideas|library|products|events|ledger|reviews)/[^"?#]*\d')


def test_no_search_finds_by_what_the_reader_may_not_see(crawled: Crawl) -> None:
    """Whether a hidden text holds a word is told by no list: asked for the very words, it finds nothing at all. What resembles
    a hidden title is not shown either."""
    world, app = crawled.world, the_app(crawled.world)
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
                if reader.letter in "po":  # what is found shows no more than the page of it
                    page = Thing("/search", f"/search?q={mark}")
                    text = browser.client.get(page.path, base_url=browser.address).text
                    look(crawled, reader, page, reader.seats(""), text)
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
    world, app = crawled.world, the_app(crawled.world)
    acts = {tenant: acts_on(world, tenant) for tenant in OWNERS}
    assert {verb for verb, _ in acts["A"]} == REGISTRY.keys()
    said = [(tenant, act) for tenant, found in acts.items() for act in found]
    before, wrong, sent = rows(world), [], 0
    for reader in (r for r in READERS if r.email in CAST and not r.expired):
        assert reader.email is not None
        browser = Browser(app, world, reader.email)
        browser.opens("/sign-in")
        token = browser.token()
        done: set[tuple[str, str]] = set()
        for tenant, (verb, scene) in said:
            should = expected(verb, reader.email, scene)
            alike = (verb, "" if reader.near else should)
            if not reader.opens(tenant) or alike in done or (reader.near and should == "allowed"):
                continue
            if reader.near or reader.org not in OWNERS[tenant]:
                done.add(alike)
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
