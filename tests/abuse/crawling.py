"""Opening every address of the URL map, filled with every object of two tenants, as everybody: what is opened, and what is noted."""

import io
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader
from sqlmodel import col
from werkzeug.test import TestResponse

from app import invitations
from app.pages import pilot_reports, reports
from app.route import Guard, guard_of, house
from tests.abuse import sights
from tests.abuse.sights import READERS, Reader, Seats, may_see
from tests.abuse.tenants import EVERYWHERE, MARK, Tenants
from tests.app.web import Reader as Browser
from tests.app.web import an_app
from workflows.queries.insights import EVERYBODYS, MEMBERS
from workflows.tables.people import SignIn

ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{0,64}example\.jp")
NAME = "user.invite name"


@dataclass(frozen=True, slots=True)
class Thing:
    """An address that names something: of which tenant, in which state, said by which organization. `idea` is the state of
    the idea that it belongs to."""

    rule: str
    path: str
    tenant: str = ""
    state: str = EVERYWHERE
    speaker: str = ""
    idea: str = EVERYWHERE


def the_app(world: Tenants) -> Flask:
    app = an_app(world, KYOSO_SECURITY_CONTACT="https://example.jp/madoguchi")
    house(app).files = world.files
    return app


def is_opened(rule: str, guard: Guard, methods: set[str]) -> bool:
    """Every page, what signing in shows, and the one file that is written for others; no packaged file, and no link to a file:
    those are followed where they are made."""
    if guard.kind == "signs":
        return "GET" in methods
    return guard.kind == "reads" or rule.startswith("/.well-known/")


def things(world: Tenants, app: Flask) -> list[Thing]:
    """Every page of the URL map for every object of both tenants. Fails for a page whose parameters it cannot fill."""
    named = names(world, app)
    found: list[Thing] = []
    for rule in app.url_map.iter_rules():
        guard = guard_of(rule.endpoint)
        assert guard is not None
        if not is_opened(rule.rule, guard, rule.methods or set()):
            continue
        if "<" not in rule.rule:
            found.append(Thing(rule.rule, rule.rule))
            continue
        segment = rule.rule.split("/")[1]
        filled = named.get(rule.rule, named[segment])
        assert filled, f"{rule.rule}: nobody told the crawl what to fill in"
        for ref, *about in filled:
            found.append(Thing(rule.rule, re.sub("<.+>", ref, rule.rule), *about))
    return found


Names = dict[str, list[tuple[str, str, str, str, str]]]


def names(world: Tenants, app: Flask) -> Names:
    """What fills the parameters, by rule or by first segment: reference, tenant, state, speaker, state of the idea."""
    states = {number: key for key, number in world.numbers.items()}
    named: Names = defaultdict(list)

    def know(segment: str, statement: str, state: Callable[[str, str], str] = lambda own, _: own) -> None:
        """The things of a segment: rows of reference, the idea's number, and what the state or the speaker is read from."""
        for ref, number, more in world.rows(statement):
            tenant, its = states[number]
            named[segment].append((ref, tenant, state(its, more), more, its))

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
    know(
        "evidence",
        "SELECT e.ref, i.number, '' FROM evidence e JOIN idea i ON i.id = e.idea_id WHERE e.upload_id IS NOT NULL",
    )
    named["ledger"], named["rollout"] = named["ideas"], named["products"]
    for segment, statement in (
        ("events", "SELECT slug, slug FROM event"),
        ("municipalities", "SELECT lgcode, slug FROM organization WHERE lgcode IS NOT NULL"),
        ("admin", "SELECT slug, slug FROM organization"),
    ):
        named[segment] = [(ref, "", EVERYWHERE, slug, EVERYWHERE) for ref, slug in world.rows(statement)]
    named["insights"] = [(f, "", "everybody's", "", EVERYWHERE) for f in EVERYBODYS]
    named["insights"] += [(f, "", "members'", "", EVERYWHERE) for f in MEMBERS]
    of_assets = "FROM asset a JOIN idea i ON i.id = a.idea_id"
    with_file = "JOIN asset_version v ON v.asset_id = a.id WHERE v.upload_id IS NOT NULL"
    for segment, statement in (
        ("library", f"SELECT a.ref, i.number {of_assets}"),
        *(
            (f"/library/<asset>/<int:version>/text.{ending}", f"SELECT a.ref || '/1', i.number {of_assets}")
            for ending in ("md", "txt")
        ),
        (
            "/library/<asset>/<int:version>/file",
            f"SELECT a.ref || '/' || v.number, i.number {of_assets} {with_file}",
        ),
    ):
        for ref, number in world.rows(statement):
            named[segment].append((ref, "", EVERYWHERE, "", " ".join(states[number])))
    named["/products/<slug>/spread/<table>.csv"] = [
        (f"{ref}/spread/curves", *about) for ref, *about in named["products"]
    ]
    named["/rollout/tables/<table>.csv"] = [("curves", "", EVERYWHERE, "", EVERYWHERE)]
    named |= secret_links(world, app)
    return named


def secret_links(world: Tenants, app: Flask) -> Names:
    """Links that came by mail, right and made up; and a provider of sign-ins that nobody configured."""
    named: Names = defaultdict(list)
    rule, guessed = "/invitations/<token>", EVERYWHERE
    for about, org in world.rows(
        "SELECT m.about, o.slug FROM message m JOIN invitation v ON m.about = 'invitation:' || v.id"
        " JOIN organization o ON o.id = v.org_id WHERE v.used_at IS NULL AND v.voided_at IS NULL"
    ):
        link = invitations.link(house(app).config.secret, about)
        assert link
        named[rule].append((link.removeprefix("/invitations/"), "", "sent", org, EVERYWHERE))
        named[rule].append((link.removeprefix("/invitations/")[:-1] + "_", "", "guessed", org, EVERYWHERE))
    for rule in ("/sign-in/reset/<token>", "/sign-in/with/<key>", "/sign-in/with/<key>/back"):
        named[rule].append((guessed, "", "guessed", "", EVERYWHERE))
    return named


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


@contextmanager
def the_same_set_once() -> Iterator[None]:
    """A report that is the same to the letter is set as a PDF once: the font alone takes a fifth of a second."""
    once: dict[str, bytes] = {}

    def kept(pdf_of: Callable[[Any, datetime], bytes]) -> Callable[[Any, datetime], bytes]:
        def pdf(report: Any, now: datetime) -> bytes:
            key = f"{report} {now}"
            if key not in once:
                once[key] = pdf_of(report, now)
            return once[key]

        return pdf

    with pytest.MonkeyPatch.context() as patch:
        for module in (reports, pilot_reports):
            patch.setattr(module, "pdf_of", kept(module.pdf_of))
        yield


def crawl(world: Tenants, readers: tuple[Reader, ...] = READERS) -> Crawl:
    """Opens everything as everybody."""
    app, found = the_app(world), Crawl(world)
    everything = things(world, app)
    with the_same_set_once():
        for reader in readers:
            goes_around(found, app, everything, reader)
    return found


def goes_around(found: Crawl, app: Flask, everything: list[Thing], reader: Reader) -> None:
    browser = a_browser(app, found.world, reader)
    before, links = rows(found.world), []
    done: set[Hashable] = {""}
    for thing in everything:
        seats = reader.seats(thing.tenant, thing.speaker)
        sight = the_sight(reader, thing, seats)
        if not reader.opens(thing.tenant) or sight in done:
            continue
        done.add(sight)
        answer = opened(found, browser, reader, thing, seats)
        if answer.status_code == 303 and thing.rule.endswith("/file"):
            links.append((thing, seats, answer.location))
    found.written |= rows(found.world) != before
    for thing, seats, link in links:
        follow(found, app, reader, thing, seats, link)


def the_sight(reader: Reader, thing: Thing, seats: Seats) -> Hashable:
    """What two things have in common of which the reader opens only the first: one address, one tenant, the same seats and the
    same audience; where it reads closely, the same state of idea and thing. Empty: not opened at all."""
    if thing.rule in sights.COSTLY and thing.idea not in ("undecided", "decided", "withheld"):
        return ""
    if reader.reads_closely(thing.tenant):
        return (thing.rule, thing.tenant, thing.state, thing.idea, seats)
    if reader.near and thing.rule in sights.THE_SAME:
        return ""
    audience = sights.PAGES[thing.rule].get(thing.state, sights.PAGES[thing.rule].get("*"))
    told_apart = thing.idea == "withheld" and thing.rule.startswith("/reviews/")
    return (thing.rule, thing.tenant, audience, told_apart, seats)


def opened(found: Crawl, browser: Browser, reader: Reader, thing: Thing, seats: Seats) -> TestResponse:
    answer = browser.client.get(thing.path, base_url=browser.address)
    found.requests += 1
    right = sights.ANSWERS.get(thing.rule, 200)
    should = right if may_see(sights.PAGES[thing.rule], thing.state, seats) else 404
    if answer.status_code != should:
        found.statuses.append(f"{reader.name}: {thing.path} is {answer.status_code}, not {should}")
    look(found, reader, thing, seats, text_of(answer))
    return answer


def follow(found: Crawl, app: Flask, reader: Reader, thing: Thing, seats: Seats, link: str) -> None:
    """The link to a file, as somebody who has no session: once it hands out, and never again."""
    for should in (200, 403):
        answer = app.test_client().get(link, base_url=house(app).config.base_url)
        found.requests += 1
        if answer.status_code != should or (should == 200) != bool(MARK.search(answer.text)):
            found.statuses.append(
                f"{reader.name}: a link from {thing.path} is {answer.status_code}, not {should}"
            )
        look(found, reader, thing, seats, text_of(answer))


def text_of(answer: TestResponse) -> str:
    """All that an answer says, headers too; what a PDF says as its text."""
    if answer.mimetype == "application/pdf":
        return text_of_pdf(answer.data) + str(answer.headers)
    return answer.get_data(as_text=True) + str(answer.headers)


@cache
def text_of_pdf(data: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def look(found: Crawl, reader: Reader, thing: Thing, seats: Seats, text: str) -> None:
    """Notes every mark in an answer, and every one and every mail address that this reader may not see there."""
    for mark in set(MARK.findall(text)):
        typed = found.world.marks[mark]
        if typed.field == NAME:
            if not may_see_name(reader, thing, typed.org, seats):
                found.leaks.append(f"{reader.name}: {thing.path} names {typed.org}")
            continue
        found.shown[typed.field, typed.tenant, typed.state].add(reader.letter)
        beside = reader.seats(typed.tenant, typed.org)
        narrow = sights.NARROW.get(thing.rule, beside) & beside
        if thing.rule in sights.NO_NAMES_OF_FILES and typed.field.endswith(" file name"):
            found.leaks.append(f"{reader.name}: {thing.path} shows the name of a file")
        if not narrow or not may_see(sights.FIELDS[typed.field], typed.state, beside):
            found.leaks.append(f"{reader.name}: {thing.path} shows {typed}")
    for address in set(ADDRESS.findall(text)) if "example.jp" in text else ():
        of_another = thing.rule in sights.ONES_OWN and address != reader.email
        if of_another or not sights.ADDRESSES.get(thing.rule, frozenset()) & seats:
            found.leaks.append(f"{reader.name}: {thing.path} shows {address}")
    numbers = [
        n for (tenant, _), n in found.world.numbers.items() if tenant
    ]  # the first is in the page's example
    if thing.rule in sights.NAME_NO_IDEA and any(n in text for n in numbers):
        found.leaks.append(f"{reader.name}: {thing.path} names an idea")


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
