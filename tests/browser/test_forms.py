"""What happens to forms in real hands: a double click, back and again, a sign-in that ended while typing, a tab left open."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import serving
from tests.browser.people import a_window
from tests.country import KETTEI, SHINSA1, TANTO, Country
from tests.shelves import Shelf

AMBER = {"rating": "amber", "finding": "試したのは一課だけ。", "action": "二課で試す。"}


@pytest.fixture(scope="module")
def lived(sqlite_shelf: Shelf) -> Iterator[tuple[Country, str, str, str]]:
    """A country, its address, an idea whose gate is ready to be decided, and that review."""
    with sqlite_shelf.plot() as plot:
        country = Country(plot)
        idea, _ = country.an_idea_ready_for_g1()
        review = country.a_review(idea)
        with serving(country) as address:
            yield country, address, idea, review


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(
    request: pytest.FixtureRequest, plain_chromium: Browser, lived: tuple[Country, str, str, str]
) -> Iterator[Page]:
    """A clerk's window."""
    country, address, *_ = lived
    with a_window(plain_chromium, country, address, TANTO, java_script_enabled=request.param) as window:
        yield window.new_page()


def comments(page: Page, idea: str, text: str) -> int:
    page.goto(f"/ideas/{idea}")
    return page.locator("#discussion .prose").filter(has_text=text).count()


def the_discussion(page: Page) -> Locator:
    """Where a comment is typed, its part of the page unfolded."""
    field = page.get_by_label("コメント")
    if not field.is_visible():
        page.locator("#discussion summary").first.click()
    return field


def test_a_double_click_is_one_act(page: Page, lived: tuple[Country, str, str, str]) -> None:
    text = f"二度押し {id(page)}"
    page.goto(f"/ideas/{lived[2]}")
    the_discussion(page).fill(text)
    page.get_by_role("button", name="コメントを書き込む").dblclick()
    expect(page.get_by_text("コメントを書き込みました")).to_be_visible()
    assert comments(page, lived[2], text) == 1


def test_back_and_send_again_is_one_act(page: Page, lived: tuple[Country, str, str, str]) -> None:
    """The page is asked for anew, so its form has a new key; the browser fills it with what was typed."""
    text = f"戻ってみる {id(page)}"
    page.goto(f"/ideas/{lived[2]}")
    the_discussion(page).fill(text)
    page.get_by_role("button", name="コメントを書き込む").click()
    expect(page.get_by_text("コメントを書き込みました")).to_be_visible()
    page.go_back()
    expect(page.locator("#discussion")).to_contain_text(text)
    the_discussion(page).fill(text)  # as browsers do that keep what was typed
    page.get_by_role("button", name="コメントを書き込む").click()
    expect(page.get_by_text("コメントを書き込みました")).to_be_visible()
    page.reload()
    assert comments(page, lived[2], text) == 1


def test_what_was_typed_outlives_the_sign_in(page: Page, lived: tuple[Country, str, str, str]) -> None:
    idea = lived[2]
    text = f"長い文章 {id(page)}"
    page.goto(f"/ideas/{idea}")
    the_discussion(page).fill(text)
    page.context.clear_cookies(name="kyoso")
    page.get_by_role("button", name="コメントを書き込む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("サインイン")
    page.locator("button[name=person]").filter(has_text="担当者").first.click()
    expect(page.get_by_role("alert")).to_contain_text("もう一度送ってください")
    expect(page.get_by_label("コメント")).to_have_value(text)
    page.get_by_role("button", name="コメントを書き込む").click()
    expect(page.get_by_text("コメントを書き込みました")).to_be_visible()
    assert comments(page, idea, text) == 1


def test_a_tab_left_open_is_told_what_changed(
    plain_chromium: Browser, lived: tuple[Country, str, str, str]
) -> None:
    country, address, _, review = lived
    with a_window(plain_chromium, country, address, KETTEI, java_script_enabled=False) as window:
        page = window.new_page()
        page.goto(f"/reviews/{review}")
        page.get_by_label("決定の理由").fill("すべて緑。")
        page.locator("label:has([name=decision][value=go])").click()
        country.say(SHINSA1, "review.rate", review=review, ratings={"feasible": AMBER})
        page.get_by_role("button", name="この内容で決定する").click()
        changed = page.get_by_role("region", name="画面を開いてから、この審査で変わったこと")
        expect(changed).to_contain_text("digital-agency 担当: 判定しました")
        expect(changed).to_contain_text(re.compile("緑 → 黄"))
        expect(page.get_by_label("決定の理由")).to_have_value("すべて緑。")
        assert country.look("review", review)["status"] == "open"
