"""Rating a gate in a real browser: without scripts and without a mouse, and the page says how many are left."""

from playwright.sync_api import Browser, expect

from tests.browser.test_first_pages import sign_in_as
from tests.country import JIMUKYOKU, KESSAI, SHINSA1, Country


def test_a_reviewer_rates_by_keyboard_alone(plain_chromium: Browser, served: tuple[Country, str]) -> None:
    country, address = served
    idea = country.an_idea("図書館の選書の案内")
    review = country.say(KESSAI, "review.request", idea=idea).ref
    country.say(JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA1)
    context = plain_chromium.new_context(
        base_url=address, viewport={"width": 390, "height": 800}, java_script_enabled=False, locale="ja-JP"
    )
    page = context.new_page()
    sign_in_as(page, "審査者")
    page.goto("/reviews?show=mine")
    page.get_by_role("link", name="図書館の選書の案内").focus()
    page.keyboard.press("Enter")
    criterion = page.locator("#criterion-feasible")
    finding = criterion.get_by_label("所見")
    expect(finding).to_be_hidden()
    criterion.get_by_label("見立てのとおり（赤）").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(criterion.get_by_label("黄", exact=True)).to_be_checked()
    page.keyboard.press("Tab")
    expect(finding).to_be_focused()
    page.keyboard.type("口頭で動きを見た。")
    page.keyboard.press("Tab")
    page.keyboard.type("試作を付ける。")
    page.get_by_role("button", name="判定を送る").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("判定を記録しました")).to_be_visible()
    expect(criterion).to_contain_text("口頭で動きを見た。")
    assert country.look("review", review)["ratings"]["feasible"] == "amber"
    context.close()
