"""A served demo country, and the system's Chromium in front of it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Error, Playwright, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from app.route import house
from tests.app.web import an_app
from tests.country import Country
from tests.databases import has_room_in_memory, is_required
from tests.shelves import Shelf

CHROMIUM = next(
    (
        p
        for p in (
            "/usr/bin/chromium-headless-shell",  # the same without what surrounds a page on a desk: 40 % less work
            "/usr/bin/chromium",
            "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome",
        )
        if os.path.exists(p)
    ),
    "",
)
ALONE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
"""Switches that keep the browser from anything but our pages."""
ON_DISK = "--disable-dev-shm-usage"
"""Playwright's own switch for machines with little memory for files: pictures of pages then go from one of the browser's
processes to the other through files on a disk, a third of all its work."""


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One browser for the run; its tests are skipped where there is none, and fail where one is required."""
    yield from _launched(playwright, ALONE)


@pytest.fixture(scope="session")
def plain_chromium(playwright: Playwright) -> Iterator[Browser]:
    """The same in the faces that are installed: to read ours anew for each window takes longer than the pages do. For all
    tests but those of what a page asks for and how its text fits."""
    yield from _launched(playwright, [*ALONE, "--disable-remote-fonts"])


def _launched(playwright: Playwright, switches: list[str]) -> Iterator[Browser]:
    try:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM or None,
            args=switches,
            ignore_default_args=[ON_DISK] if has_room_in_memory() else None,
        )
    except Error as error:
        if is_required("browser"):
            raise
        pytest.skip(f"Chromium: {error.message.splitlines()[0]}")
    yield browser
    browser.close()


class Quiet(WSGIRequestHandler):
    """Answers without a line a request, which would bury what a test says."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def serving(country: Country) -> Iterator[str]:
    """The application over a country, by the country's clock, at an address of this machine; it calls itself `localhost`,
    since browsers make passkeys for names only."""
    app = an_app(country, demo=True)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    house(app).config = replace(house(app).config, base_url=f"http://localhost:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:  # a failed test must not leave the run waiting for the thread
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def served(sqlite_shelf: Shelf) -> Iterator[tuple[Country, str]]:
    """A demo with a product flagged for the nation and an idea on its way, at an address of this machine."""
    with sqlite_shelf.plot() as plot:
        country = Country(plot)
        country.a_flagged_product()
        country.pass_days(1)
        country.tick()
        with serving(country) as address:
            yield country, address
