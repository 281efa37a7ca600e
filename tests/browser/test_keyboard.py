"""The commonest acts of a town and a vendor without a mouse: every key pressed is Tab, Enter, Space, an arrow or a letter."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import serving
from tests.browser.people import PHONE, a_window
from tests.country import TANTO, VENDOR, Country
from tests.shelves import Shelf

REACHED = 120
"""So many presses of Tab are more than any of these pages asks."""


@pytest.fixture(scope="module")
def running(sqlite_shelf: Shelf) -> Iterator[tuple[Country, str, str]]:
    """A country with a running pilot, where it is served, and the pilot."""
    with sqlite_shelf.plot() as plot:
        country = Country(plot)
        _, pilot = country.a_running_pilot()
        country.pass_days(20)
        with serving(country) as address:
            yield country, address, pilot


def tabs_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until this has the focus."""
    for _ in range(REACHED):
        page.keyboard.press("Tab")
        if wanted.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {wanted}")


def types_into(page: Page, label: str, text: str) -> None:
    tabs_to(page, page.get_by_label(label).first)
    page.keyboard.type(text)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_clerk_writes_a_draft(
    plain_chromium: Browser, running: tuple[Country, str, str], scripts: bool
) -> None:
    country, address, _ = running
    with a_window(plain_chromium, country, address, TANTO, java_script_enabled=scripts) as window:
        page = window.new_page()
        page.goto("/")
        tabs_to(page, page.get_by_role("link", name="新しいアイデアを書く"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("アイデアを書く")
        types_into(page, "題名", "道路の穴の知らせ")
        types_into(page, "分野", "土木")
        types_into(page, "課題", "電話が多い。")
        tabs_to(page, page.get_by_role("button", name="下書きを保存"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("下書きを書く")
        expect(page.get_by_label("題名")).to_have_value("道路の穴の知らせ")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_vendor_reports_on_a_pilot(
    plain_chromium: Browser, running: tuple[Country, str, str], scripts: bool
) -> None:
    country, address, pilot = running
    summary = f"予定どおり進んでいる（{'一' if scripts else '二'}）。"
    with a_window(
        plain_chromium, country, address, VENDOR, viewport=PHONE, java_script_enabled=scripts
    ) as window:
        page = window.new_page()
        page.goto("/")
        tabs_to(page, page.get_by_role("link", name="実証の様子を報告する"))
        page.keyboard.press("Enter")
        form = page.locator("form[action='/do/pilot.report']")
        expect(form).to_be_visible()
        tabs_to(page, form.locator("[name=health]").first)
        page.keyboard.press("Space")
        tabs_to(page, form.locator("[name=progress]"))
        page.keyboard.press("Control+A")
        page.keyboard.type("４０")
        tabs_to(page, form.locator("[name=summary]"))
        page.keyboard.type(summary)
        tabs_to(page, form.get_by_role("button", name="報告する"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").first).to_contain_text("報告")
        expect(page.locator("#updates")).to_contain_text(summary)
        expect(page).to_have_url(re.compile(f"/pilots/{pilot}"))
