"""A draft in a real browser: look-alikes while a title is typed, a draft that saves itself, two tabs at one draft."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.country import Country


@pytest.fixture
def window(plain_chromium: Browser, served: tuple[Country, str]) -> Iterator[BrowserContext]:
    context = plain_chromium.new_context(
        base_url=served[1], viewport={"width": 1280, "height": 900}, locale="ja-JP"
    )
    yield context
    context.close()


def a_clerk(window: BrowserContext) -> Page:
    page = window.new_page()
    page.goto("/sign-in")
    page.locator("button[name=person]").filter(has_text="担当者").first.click()
    return page


def a_draft(page: Page, title: str) -> None:
    page.goto("/ideas/new")
    page.get_by_label("題名").fill(title)
    page.get_by_label("分野").fill("窓口")
    page.get_by_label("課題").first.fill("時間がかかる。")
    page.get_by_role("button", name="下書きを保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("下書きを書く")


def test_look_alikes_appear_while_the_title_is_typed(window: BrowserContext) -> None:
    page = a_clerk(window)
    page.goto("/ideas/new")
    page.get_by_label("題名").press_sequentially("窓口FAQの下書き")
    expect(page.locator("#alike")).to_contain_text("窓口FAQ下書き支援")
    expect(page.locator("#alike")).to_contain_text("すぐ使えるプロダクト")
    page.get_by_label("題名").press("Enter")
    expect(page.locator("#problem")).to_contain_text("課題")  # the draft was sent: Enter joins no look-alike


def test_a_draft_saves_itself_again_and_again(window: BrowserContext) -> None:
    page = a_clerk(window)
    a_draft(page, "税の証明の案内")
    for version, text in enumerate(("手で探す。", "紙も見る。"), start=2):
        page.get_by_label("現状").press_sequentially(text)
        expect(page.locator("#seen-version")).to_have_value(str(version))
        expect(page.locator("#saving")).to_contain_text("保存しました")
    page.reload()
    expect(page.get_by_label("現状")).to_have_value("手で探す。紙も見る。")


def test_typing_on_while_a_save_is_on_its_way_is_no_conflict(window: BrowserContext) -> None:
    """The waiting save once carried the version that the first had already left behind."""
    page = a_clerk(window)
    a_draft(page, "水道の開栓の受付")
    slow = window.new_cdp_session(page)
    slow.send("Network.enable")
    line = {"offline": False, "latency": 4_000, "downloadThroughput": -1, "uploadThroughput": -1}
    slow.send("Network.emulateNetworkConditions", line)
    field = page.get_by_label("あるべき姿")
    with page.expect_request("**/do/idea.revise"):
        field.press_sequentially("一。")
    field.press_sequentially("二。")
    expect(page.locator("[name='was.to_be']")).to_have_value("一。二。", timeout=20_000)
    expect(page.locator("#saving")).to_contain_text("保存しました")


def test_two_tabs_at_one_draft_are_brought_together(window: BrowserContext) -> None:
    page = a_clerk(window)
    a_draft(page, "道路の穴の知らせ")
    other = window.new_page()
    other.goto(page.url)
    other.get_by_label("課題").first.fill("ほかの画面の課題")
    expect(other.locator("#saving")).to_contain_text("保存しました")
    page.get_by_label("課題").first.fill("この画面の課題")
    expect(page.locator("#saving")).to_contain_text("見比べてから保存できます")
    page.get_by_role("button", name="保存する").click()
    expect(page.locator("section.notice")).to_contain_text("ほかの画面の課題")
    expect(page.get_by_label("課題").first).to_have_value("この画面の課題")
    page.get_by_role("button", name="保存する").click()
    expect(page.get_by_text("アイデアの内容を直しました")).to_be_visible()
