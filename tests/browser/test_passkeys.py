"""Passkeys in a real browser with an authenticator of its own: made, used alone, used after a password, refused, taken away."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app import identity
from tests.browser.conftest import serving
from tests.browser.people import PHONE, Listener, a_window
from tests.browser.test_accessible import Walk
from tests.country import TANTO, Country
from tests.keychain import PASSWORD
from tests.shelves import Shelf


@pytest.fixture
def town(sqlite_shelf: Shelf) -> Iterator[tuple[Country, str]]:
    with sqlite_shelf.plot() as plot:
        country = Country(plot)
        identity.set_password(country.engine, TANTO, PASSWORD, country.now)
        with serving(country) as address:
            yield country, address.replace("127.0.0.1", "localhost")


def with_authenticator(window: BrowserContext) -> Page:
    """A page whose device asks for no finger: its authenticator says at once that its owner is there."""
    page = window.new_page()
    tools = window.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    tools.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    return page


def test_a_passkey_is_made_and_signs_in_alone(plain_chromium: Browser, town: tuple[Country, str]) -> None:
    country, address = town
    with a_window(plain_chromium, country, address, TANTO, viewport=PHONE) as window:
        page = with_authenticator(window)
        listener, walk = Listener(page), Walk()
        page.goto("/me/security")
        expect(page.get_by_role("alert")).to_have_count(0)
        page.get_by_label("パスキーの呼び名").fill("庁内のパソコン")
        page.get_by_role("button", name="パスキーを加える").click()
        expect(page.get_by_role("heading", name="回復用コード", level=1)).to_be_visible()
        expect(page.locator(".codes li")).to_have_count(10)
        walk.look(page, "recovery codes")
        page.get_by_role("link", name="控えました").click()
        expect(page.get_by_text("庁内のパソコン", exact=True)).to_be_visible()
        expect(page.get_by_text("残り 10 個")).to_be_visible()

        page.get_by_role("button", name="パスキーを加える").click()  # the device has one already
        expect(page.get_by_role("alert").filter(has_text="パスキーを作れませんでした")).to_be_visible()

        def signs_out() -> None:
            page.goto("/")
            page.get_by_role("button", name="サインアウト").click()
            page.goto("/sign-in?next=/me/security")

        signs_out()
        page.get_by_role("button", name="パスキーで入る").click()
        expect(page.get_by_text("サインイン（パスキー）")).to_be_visible()

        signs_out()
        page.locator("#email").fill(TANTO)
        page.locator("#password").fill(PASSWORD)
        page.get_by_role("button", name="サインイン", exact=True).click()
        expect(page.get_by_role("heading", name="二段階目の確認", level=1)).to_be_visible()
        walk.look(page, "second step")
        page.get_by_role("button", name="パスキーで入る").click()
        expect(page.get_by_text("サインイン（パスキー）")).to_be_visible()

        page.get_by_role("button", name="庁内のパソコン を外す").click()
        expect(page.get_by_role("status").filter(has_text="パスキーを外しました")).to_be_visible()
        signs_out()
        page.get_by_role("button", name="パスキーで入る").click()  # the device still has it
        expect(page.get_by_role("alert").filter(has_text="このパスキーでは")).to_be_visible()
        for path in ("/sign-in", "/sign-in/forgotten", "/sign-in/reset/used"):
            page.goto(path)
            walk.look(page, path)
        assert walk.violations == []
        assert listener.elsewhere(address) == []
        assert [
            said
            for said in listener.complaints
            if not any(
                told in said for told in ("403", "404", "Clear-Site-Data")
            )  # the last: what it cleared
        ] == []


def test_nothing_is_offered_that_a_browser_cannot_do(
    plain_chromium: Browser, town: tuple[Country, str]
) -> None:
    country, address = town
    with a_window(plain_chromium, country, address, TANTO, java_script_enabled=False) as window:
        page = window.new_page()
        page.goto("/me/security")
        expect(page.get_by_role("button", name="パスキーを加える")).to_be_hidden()
        expect(page.get_by_text("このブラウザーでは、パスキーを加えられません")).to_be_visible()
        page.goto("/sign-in")
        expect(page.get_by_role("button", name="パスキーで入る")).to_be_hidden()
