"""People in front of a browser: each has a window of their own, already signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from app import identity
from tests.app.web import person_id
from tests.country import Country

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


@contextmanager
def a_window(
    browser: Browser, country: Country, address: str, who: str | None, **more: Any
) -> Iterator[BrowserContext]:
    """A window in which somebody (None: the public) is signed in; closed at the end."""
    settings = {"base_url": address, "viewport": DESK, "locale": "ja-JP"}
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
