"""People in front of a browser: each has a window of their own, already signed in; what they do there, counted."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Self

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from app import identity
from tests.app.web import person_id
from tests.country import Country

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


@contextmanager
def a_window(
    browser: Browser, country: Country, address: str, who: str | None, **more: Any
) -> Iterator[BrowserContext]:
    """A window in which somebody (None: the public) is signed in; closed at the end."""
    # Pages scroll smoothly to what is clicked, for a second, unless somebody has asked for less motion.
    settings = {"base_url": address, "viewport": DESK, "locale": "ja-JP", "reduced_motion": "reduce"}
    context = browser.new_context(**(settings | more))
    context.set_default_timeout(15_000)
    if who is not None:
        sign_in(context, country, address, who)
    yield context
    context.close()


def sign_in(context: BrowserContext, country: Country, address: str, who: str) -> None:
    """Signs somebody in now, without the page for it."""
    secret, _ = identity.start(country.engine, person_id(country, who), country.now)
    context.add_cookies([{"name": "kyoso", "value": secret, "url": address}])


class Listener:
    """What a page asks of the network, answers with, and complains about."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.policies: set[str] = set()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.complaints.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("response", lambda r: self.policies.add(r.headers.get("content-security-policy", "none")))

    def elsewhere(self, address: str) -> list[str]:
        """What was asked of another host."""
        return [url for url in self.asked if not url.startswith(address)]


class Person:
    """Somebody in front of their browser. Counts what they do, from the moment that they stand at their home page."""

    def __init__(self, page: Page, signs_in: Callable[[], None]) -> None:
        self.page, self.signs_in = page, signs_in
        self.clicks, self.fields, self.began = 0, 0, time.monotonic()

    def goes_home(self) -> Self:
        self.opens("/")
        self.clicks, self.fields, self.began = 0, 0, time.monotonic()
        return self

    def took(self) -> str:
        return f"{self.clicks} clicks, {self.fields} fields, {time.monotonic() - self.began:.1f} s"

    def opens(self, path: str) -> Self:
        """An address that they kept, or that a mail told them."""
        self.signs_in()  # days may have passed, and a sign-in with them
        self.page.goto(path)
        return self

    def clicks_on(self, found: Locator) -> None:
        self.clicks += 1
        found.click()

    def follows(self, name: str) -> Self:
        """The first link with this in its name. The main part comes before the header: it is what the page is about."""
        self.clicks_on(self.page.locator("main").get_by_role("link", name=re.compile(re.escape(name))).first)
        return self

    def form(self, verb: str, *about: str) -> "Form":
        """The form of a verb that the page shows; of several, the one whose fixed fields say this."""
        found = self.page.locator(f"form[action='/do/{verb}']")
        for text in about:
            found = found.filter(has=self.page.locator(f"input[type=hidden][value='{text}']"))
        return Form(self, found.first)

    def says(self, verb: str, *about: str, **fields: str) -> None:
        """Fills in a form, if it asks for anything, and sends it; waits to be told that it was done."""
        self.form(verb, *about).fills(**fields).sends()

    def is_told(self, text: str) -> None:
        expect(self.page.get_by_role("status").filter(has_text=text).first).to_be_visible()


KINDS = "form => Object.fromEntries([...form.elements].filter(e => e.type != 'hidden').map(e => [e.name, e.type]))"
"""What each field of a form is, by name."""


class Form:
    def __init__(self, person: Person, found: Locator) -> None:
        self.person, self.found = person, found
        self.is_open = False

    def unfolds(self) -> Self:
        # The outermost first: what is inside a folded part cannot be clicked.
        folded = self.found.locator("xpath=ancestor::details[not(@open)]/summary")
        while not self.is_open and folded.count():
            self.person.clicks_on(folded.first)
        self.is_open = True
        return self

    def fills(self, **fields: str) -> Self:
        """Types into fields by their names (`__` for a dot); chooses where there is something to choose."""
        kinds = self.unfolds().found.evaluate(KINDS) if fields else {}
        for name, value in ((name.replace("__", "."), value) for name, value in fields.items()):
            self.person.fields += 1
            match kinds[name]:
                case "radio" | "checkbox":
                    self.person.clicks_on(self.found.locator(f"label:has([name='{name}'][value='{value}'])"))
                case "select-one":
                    self.found.locator(f"[name='{name}']").select_option(value)
                case _:
                    self.found.locator(f"[name='{name}']:not([type=hidden])").fill(value)
        return self

    def sends(self) -> None:
        """Presses the button, and is told that it was done."""
        self.unfolds()
        self.person.clicks_on(self.found.locator("button:not([name=check]):visible").last)
        expect(self.person.page.locator("main .notice.good[role=status]").first).to_be_visible()


def japanese(day: str) -> str:
    """As a clerk writes it: 令和8年6月1日."""
    d = date.fromisoformat(day)
    return f"令和{d.year - 2018}年{d.month}月{d.day}日"
