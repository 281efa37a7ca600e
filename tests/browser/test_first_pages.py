"""The first pages in a real browser: the road of a clerk, on a desk and on a phone, without scripts, without a mouse."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.country import Country

PAGES = ("/", "/ideas", "/products", "/products/madoguchi-faq", "/sign-in", "/nowhere")


@pytest.fixture
def window(chromium: Browser, served: tuple[Country, str]) -> Iterator[BrowserContext]:
    """A desk's window without scripts: everything must work so."""
    context = chromium.new_context(
        base_url=served[1], viewport={"width": 1280, "height": 900}, java_script_enabled=False, locale="ja-JP"
    )
    yield context
    context.close()


def sign_in_as(page: Page, role: str) -> None:
    page.goto("/sign-in")
    page.locator("button[name=person]").filter(has_text=role).first.click()


def test_a_clerk_signs_in_with_one_click_comments_and_answers(
    window: BrowserContext, served: tuple[Country, str]
) -> None:
    country, _ = served
    idea = country.an_idea("福祉の窓口の案内")
    page = window.new_page()
    sign_in_as(page, "担当者")
    expect(page.get_by_text("さん")).to_be_visible()
    page.get_by_role("link", name="アイデア", exact=True).click()
    page.get_by_label("題名か番号").fill("福祉")
    page.get_by_role("button", name="絞り込む").click()
    page.get_by_role("link", name="福祉の窓口の案内").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("福祉の窓口の案内")
    expect(page.locator(".next")).to_contain_text("次にすること")
    expect(page.locator(".steps li[aria-current=step]")).to_contain_text("アイデアソン")
    page.locator("#discussion summary").first.click()
    page.get_by_label("コメント").fill("**来週**、見に行きます。")
    page.get_by_role("button", name="コメントを書き込む").click()
    expect(page.get_by_text("コメントを書き込みました")).to_be_visible()
    expect(page.locator("#discussion strong")).to_have_text("来週")
    assert page.url.endswith(f"/ideas/{idea}#discussion")
    page.get_by_role("button", name="サインアウト").click()
    expect(page.get_by_text("サインアウトしました")).to_be_visible()


def test_an_empty_form_is_refused_at_its_field(window: BrowserContext, served: tuple[Country, str]) -> None:
    idea = served[0].an_idea("税の窓口の案内")
    page = window.new_page()
    sign_in_as(page, "担当者")
    page.goto(f"/ideas/{idea}")
    page.locator("#discussion summary").first.click()
    page.get_by_role("button", name="コメントを書き込む").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("次の項目を確かめてください")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="コメント").click()
    expect(page.get_by_label("コメント")).to_have_attribute("aria-invalid", "true")


def test_a_town_answers_what_it_does_with_a_product(window: BrowserContext) -> None:
    page = window.new_page()
    sign_in_as(page, "決裁者")
    page.goto("/products/madoguchi-faq")
    page.get_by_label("導入状況※必須").select_option("planned")
    page.get_by_label("ひとこと").fill("来年度の予算で。")
    page.get_by_role("button", name="答える").click()
    expect(page.locator("#adoption .list")).to_contain_text("導入予定")


@pytest.mark.parametrize("width", [390, 640, 1280])
def test_no_page_is_wider_than_its_window(chromium: Browser, served: tuple[Country, str], width: int) -> None:
    """390 is a phone, 640 a desk at 200 percent: nothing is cut off, nothing needs scrolling sideways."""
    country, address = served
    idea = country.an_idea(f"とても長い題名のアイデア{'あ' * 120} https://example.jp/{'x' * 30}")
    context = chromium.new_context(base_url=address, viewport={"width": width, "height": 800})
    page = context.new_page()
    sign_in_as(page, "担当者")
    for path in (*PAGES, f"/ideas/{idea}", "/ideas/R8-0001", "/ledger/R8-0001"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_nothing_is_asked_of_another_host_and_nothing_breaks_the_policy(
    chromium: Browser, served: tuple[Country, str]
) -> None:
    address = served[1]
    context = chromium.new_context(base_url=address)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in_as(page, "審査者")
    for path in (*PAGES[:-1], "/ideas/R8-0001", "/ledger/R8-0001"):
        page.goto(path)
        page.evaluate("document.fonts.ready")
    assert [url for url in asked if not url.startswith(address)] == []
    assert complaints == []
    assert any(url.endswith(".woff2") for url in asked), "our own font"
    assert page.evaluate("document.fonts.check('16px \"Noto Sans JP Variable\"', '共創')")
    context.close()


def test_the_keyboard_reaches_the_content_first_and_shows_where_it_is(
    chromium: Browser, served: tuple[Country, str]
) -> None:
    context = chromium.new_context(base_url=served[1])
    page = context.new_page()
    page.goto("/ideas")
    page.keyboard.press("Tab")
    expect(page.get_by_text("本文へ移動")).to_be_focused()
    expect(page.get_by_text("本文へ移動")).to_be_in_viewport()
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"
        )
        assert outline == "solid4px", page.evaluate("document.activeElement.outerHTML")
    context.close()


def test_every_text_stands_out_from_its_ground(chromium: Browser, served: tuple[Country, str]) -> None:
    """WCAG 2 contrast of every visible text, computed from the colours as drawn: 4.5, or 3 where it is large."""
    context = chromium.new_context(base_url=served[1])
    page = context.new_page()
    sign_in_as(page, "担当者")
    for path in (*PAGES, "/ideas/R8-0001", "/ledger/R8-0001"):
        page.goto(path)
        assert page.evaluate(CONTRAST) == [], path
    context.close()


CONTRAST = """() => {
  const parse = text => { const found = text.match(/[\\d.]+/g).map(Number); return found.length > 3 ? found : [...found, 1]; };
  const linear = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3] > 0) return colour;
    }
    return [255, 255, 255, 1];
  };
  const poor = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), e = walker.currentNode.parentElement;
    if (!text || e.closest('svg') || !e.checkVisibility()) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize);
    const [a, b] = [light(parse(style.color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.add(`${ratio.toFixed(1)} ${e.className} ${text.slice(0, 20)}`);
  }
  return [...poor];
}"""
"""The texts whose contrast is too poor."""
