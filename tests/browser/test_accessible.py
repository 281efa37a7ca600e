"""Every page, as each who sees it differently, without a single violation that axe knows; and nothing else amiss on it.

The pages are read from the URL map. A page is looked at again for another reader, and in another state, where it has
an element that it had for nobody before.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app import declined_mail
from app.route import house
from tests.app.test_routes import addresses
from tests.app.web import Reader, an_app
from tests.browser.conftest import serving
from tests.browser.people import DESK, PHONE, Listener, a_window
from tests.conftest import SUMMARY
from tests.country import (
    GREEN,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KANRI,
    KANSA,
    KESSAI,
    KETTEI,
    OUTSIDER,
    SHINSA1,
    SHINSA2,
    SHINSA3,
    TANTO,
    VENDOR,
    Country,
)
from tests.shelves import Shelf
from workflows.insights.making import make_insights

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Without being told, axe also fetches and parses every style sheet anew, for a rule that is experimental and none of these.
# Nor where in a page each element stands, in four ways.
OPTIONS = {
    "resultTypes": ["violations"], "runOnly": RULES, "preload": {"assets": ["media"]}, "iframes": False,
    "selectors": False, "ancestry": False, "xpath": False, "elementRef": False,
}  # fmt: skip
JUDGED = "options => axe.run(document, options).then(found => found.violations)"
PEOPLE: tuple[str | None, ...] = (
    KESSAI, TANTO, VENDOR, SHINSA3, KETTEI, JIMUKYOKU, KANRI, HOSHIMORI_KESSAI, KANSA, OUTSIDER, None,
)  # fmt: skip
MAIN: tuple[tuple[str, tuple[str, ...]], ...] = (
    (KESSAI, ("/", "/ideas", "/ideas/board", "/ideas/R8-0001", "/ideas/{teamed}/risk", "/municipalities/992011")),
    (TANTO, ("/", "/ideas/new", "/ideas/{teamed}/pilot", "/ideas/{draft}/edit")),
    (VENDOR, ("/", "/pilots/{pilot}", "/products/madoguchi-faq", "/rollout/madoguchi-faq")),
    (SHINSA3, ("/", "/reviews", "/reviews/{open}")),
    (KETTEI, ("/", "/reviews/{open}")),
    (KANSA, ("/ledger", "/incidents", "/incidents/{incident}")),
)  # fmt: skip
"""The pages most often opened, by whom."""
REFUSED: tuple[tuple[str, str, str], ...] = (
    (TANTO, "/ideas/new", "idea.draft"),
    (TANTO, "/ideas/{asking}", "comment.post"),
    (TANTO, "/ideas/{teamed}", "evidence.attach"),
    (TANTO, "/ideas/{teamed}/risk", "risk.profile"),
    (TANTO, "/ideas/{teamed}/risk", "risk.assess"),
    (TANTO, "/ideas/{teamed}/pilot", "pilot.plan"),
    (VENDOR, "/pilots/{pilot}", "pilot.report"),
    (TANTO, "/pilots/{pilot}", "kpi.measure"),
    (TANTO, "/pilots/{pilot}", "incident.file"),
    (VENDOR, "/library/new", "asset.publish"),
    (SHINSA3, "/reviews/{open}", "review.rate"),
    (KETTEI, "/reviews/{open}", "review.decide"),
    (HOSHIMORI_KESSAI, "/products/madoguchi-faq", "adoption.report"),
    (JIMUKYOKU, "/events", "event.open"),
    (KANRI, "/admin/organizations", "org.register"),
    (KANRI, "/admin/organizations/kazami", "user.invite"),
)
"""Who sends which form of which page empty."""
NOTHING_THERE = (
    "/ideas?q=zzzz", "/products?q=zzzz", "/products?compare=madoguchi-faq", "/library?q=zzzz", "/municipalities?q=zzzz", "/incidents?state=closed",
    "/reviews?show=mine", "/reviews?show=decide", "/actions?show=overdue", "/events?after=0",
)  # fmt: skip
AMBER = {"rating": "amber", "finding": "試したのは一課だけ。", "action": "二課で試す。"}


@dataclass
class Lived:
    """A country in which much has happened, the address that serves it, and the names of its things."""

    country: Country
    address: str
    named: dict[str, str]


def live_in(country: Country) -> dict[str, str]:
    """Every kind of thing, in the states that look different."""
    country.a_flagged_product()
    country.pass_days(1)
    country.tick()
    say = country.say
    event = country.an_event()
    say(TANTO, "challenge.post", event=event, title="速く答えたい", body_md="一件 12 分。", field="窓口")
    prompt = {"kind": "prompt", "title": "要約の型", "body_md": "# 型", "licence": "CC-BY-4.0"}
    cases = [{"input": "長い文", "contains": ["要点"], "lacks": ["など"], "at_most": 200, "cites": True}]
    asset = say(VENDOR, "asset.publish", **prompt, test_cases=cases).ref
    say(VENDOR, "asset.revise", asset=asset, body_md="# 型\n出典を書く。", licence="CC0-1.0")
    say(TANTO, "asset.fork", asset=say(JIMUKYOKU, "asset.fork", asset=asset).ref)
    for who, minutes in ((TANTO, 3.0), (JIMUKYOKU, 5.0)):
        say(who, "asset.use", asset=asset, minutes_saved_per_case=minutes)
    say(TANTO, "asset.record_run", asset=asset, case=1, model="某", output="要点など。")
    tried, pilot = country.an_idea_ready_for_g1("図書館の選書の案内")
    country.decide(
        country.a_review(tried, feasible=AMBER),
        "conditional_go",
        actions=[
            {"criterion": "feasible", "text": "試す。", "owner": "kazemirai", "due_on": country.day(25)}
        ],
    )
    country.pass_days(20)
    say(TANTO, "pilot.start", pilot=pilot)
    say(VENDOR, "pilot.report", pilot=pilot, health="amber", progress=10, summary="遅れ。", blockers=["人手"])
    country.measure(pilot)
    at = country.now.isoformat()
    told = {"people_affected": 3, "sensitive": False, "malicious": False, "occurred_at": at, "known_at": at}
    incident = say(TANTO, "incident.file", pilot=pilot, title="誤案内", body_md="窓口で。", **told).ref
    planned, _ = country.an_idea_ready_for_g1("保育園の空きの問合せ")
    opened = country.a_review(planned, rated=False)
    say(JIMUKYOKU, "review.assign", review=opened, reviewer=SHINSA3)
    say(SHINSA1, "review.rate", review=opened, ratings={"feasible": AMBER})
    say(SHINSA2, "review.rate", review=opened, ratings={"feasible": GREEN})
    asking = country.an_idea("道路の穴の知らせ")
    say(VENDOR, "team.ask", idea=asking, org="kazemirai", message="一緒に。")
    say(TANTO, "comment.post", idea=asking, body_md="**来週**、見に行きます。")
    teamed = country.an_idea_with_a_team("水道の開栓の受付")
    killed = country.an_idea("ごみの分別の案内")
    say(KESSAI, "idea.withdraw", idea=killed, reason="別の方法で解けた。")
    make_insights(country.engine, country.now)
    return {
        "event": event,
        "asset": asset,
        "pilot": pilot,
        "incident": incident,
        "open": opened,
        "tried": tried,
        "planned": planned,
        "asking": asking,
        "teamed": teamed,
        "withdrawn": killed,
        "draft": country.a_draft("給食の献立の相談"),
    }


@pytest.fixture(scope="module")
def lived(sqlite_shelf: Shelf) -> Iterator[Lived]:
    with sqlite_shelf.plot() as plot:
        country = Country(plot)
        named = live_in(country)
        with serving(country) as address:
            yield Lived(country, address, named)


def every_page(lived: Lived) -> list[str]:
    """The pages of the URL map, each of them for every state its thing can be in."""
    n = lived.named
    more = {
        "R8-0001-V1": (n["open"],),
        "R8-0001-P1": (n["pilot"],),
        "R8-0001-I1": (n["incident"],),
        "L-0001": (n["asset"],),
        "R8-0001": tuple(n[k] for k in ("tried", "planned", "asking", "teamed", "withdrawn", "draft")),
        "ideathon": (n["event"],),
    }
    found = []
    for address, _ in addresses(an_app(lived.country), "reads"):
        if address.endswith((".json", ".csv", ".pdf", "/file")):  # to be taken along, not read here
            continue
        address = address.replace("/events/madoguchi-faq", "/events/ideathon").replace(
            "/admin/organizations/madoguchi-faq", "/admin/organizations/kazami"
        )
        found.append(address)
        for known, others in more.items():
            found += [
                re.sub(f"{known}(?=/|$)", other, address)
                for other in others
                if re.search(f"{known}(?=/|$)", address)
            ]
    return list(dict.fromkeys(found))


def shape(html: str) -> set[str]:
    """The kinds of elements of a page's content and the forms on it: what axe could judge differently."""
    main = html.partition("<main")[2].partition("</main>")[0]
    return set(re.findall(r'<\w+(?: class="[^"]*")?|action="[^"?]*|role="\w+"', main))


@dataclass
class Walk:
    """Looks at pages with axe, and remembers what it has seen."""

    axe: Axe = field(default_factory=Axe)
    looked: int = 0
    pages: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)

    def look(self, page: Page, state: str, kind: str = "") -> None:
        """Looks at what is on the screen, with everything unfolded."""
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        page.evaluate(self.axe.axe_script)
        for v in page.evaluate(JUDGED, OPTIONS):
            where = "; ".join(n["html"][:160] for n in v["nodes"][:3])
            self.violations.append(f"{state}: {v['id']}: {where}")
        width = page.viewport_size["width"] if page.viewport_size else 0
        if page.evaluate("document.documentElement.scrollWidth") > width:
            self.violations.append(f"{state}: wider than its window")
        self.looked += 1
        self.pages.add(kind or page.url)


def kind_of(path: str) -> str:
    return re.sub(r"R8-\d{4}(-\w\d)?|L-\d{4}", "*", path)


def test_axe_finds_nothing_on_any_page(
    plain_chromium: Browser, lived: Lived, record_property: Callable[[str, object], None]
) -> None:
    walk, seen = Walk(), dict[str, set[str]]()
    paths = every_page(lived)
    quiet: list[str] = []
    app = an_app(
        lived.country, demo=True
    )  # asked first for what is new on a page: a browser would take four times as long
    for who in PEOPLE:
        asked = Reader(app, lived.country, who)
        with a_window(plain_chromium, lived.country, lived.address, who) as window:
            page = window.new_page()
            listener = Listener(page)
            for path in paths:
                answer = asked.client.get(path, base_url=asked.address)
                if answer.status_code != 200:
                    continue
                new = shape(answer.text) - seen.setdefault(kind_of(path), set())
                if not new:
                    continue
                seen[kind_of(path)] |= new
                page.goto(path)
                walk.look(page, f"{path} as {who}", kind_of(path))
            quiet += listener.complaints + listener.elsewhere(lived.address)
            assert not [p for p in listener.policies if "unsafe" in p or "default-src 'none'" not in p]
    assert walk.violations == [], "\n".join(["", *walk.violations])
    assert quiet == []
    assert seen.keys() == {kind_of(p) for p in paths}, "somebody sees every page"
    record_property(SUMMARY, f"axe: {len(seen)} pages, {walk.looked} views of them, no violation")


def filled(lived: Lived, path: str) -> str:
    return path.format(**lived.named)


def test_axe_finds_nothing_on_the_main_pages_on_a_phone_and_in_english(
    plain_chromium: Browser, lived: Lived, record_property: Callable[[str, object], None]
) -> None:
    walk = Walk()
    for who, paths in MAIN:
        with a_window(plain_chromium, lived.country, lived.address, who, viewport=PHONE) as window:
            page = window.new_page()
            for path in paths:
                page.goto(filled(lived, path))
                walk.look(page, f"{path} on a phone as {who}")
            page.set_viewport_size(DESK)
            page.goto("/?lang=en")
            for path in paths:
                page.goto(filled(lived, path))
                assert page.locator("html").get_attribute("lang") == "en"
                walk.look(page, f"{path} in English as {who}")
    assert walk.violations == [], "\n".join(["", *walk.violations])
    record_property(SUMMARY, f"axe: {walk.looked} views on a phone and in English, no violation")


def test_axe_finds_nothing_on_refused_forms_and_the_focus_is_in_the_summary(
    plain_chromium: Browser, lived: Lived, record_property: Callable[[str, object], None]
) -> None:
    walk = Walk()
    for who, path, verb in REFUSED:
        with a_window(plain_chromium, lived.country, lived.address, who) as window:
            page = window.new_page()
            listener = Listener(page)
            page.goto(filled(lived, path))
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            form = page.locator(f"form[action='/do/{verb}']").last
            if verb == "review.rate":  # left as proposed it is a rating
                form.locator("input[value=amber]").first.check()
            form.locator("button:visible").last.click()
            expect(page.locator("#problem")).to_be_focused()
            expect(page.locator("#problem")).to_be_in_viewport()
            walk.look(page, f"{path} with {verb} refused to {who}")
            assert [c for c in listener.complaints if "422" not in c] == [], "the browser itself notes a 422"
    assert walk.violations == [], "\n".join(["", *walk.violations])
    record_property(SUMMARY, f"axe: {walk.looked} refused forms, no violation")


def test_axe_finds_nothing_on_empty_lists_and_error_pages(
    plain_chromium: Browser, lived: Lived, record_property: Callable[[str, object], None]
) -> None:
    walk = Walk()
    with a_window(plain_chromium, lived.country, lived.address, JIMUKYOKU) as window:
        page = window.new_page()
        for path in (*NOTHING_THERE, "/nowhere", "/do/idea.follow"):
            page.goto(path)
            walk.look(page, path)
    with a_window(plain_chromium, lived.country, lived.address, None) as window:
        page = window.new_page()
        page.goto("/sign-in")
        walk.look(page, "signing in")
        page.locator("#email").fill("dare@example.jp")
        page.locator("#password").fill("違うもの")
        page.get_by_role("button", name="サインイン", exact=True).click()
        walk.look(page, "signing in, refused")
        secret = house(an_app(lived.country)).config.secret
        page.goto(declined_mail.link(secret, TANTO, ["waves", "flags"], lived.country.now))
        walk.look(page, "asked whether to stop a kind of mail")
        page.locator("main button").click()
        walk.look(page, "stopped a kind of mail")
    with a_window(plain_chromium, lived.country, lived.address, TANTO) as window:
        page = window.new_page()
        for spoilt, status in (
            (
                "f.action = '/do/idea.submit'; for (const n of ['reply_to', 'body_md']) f.elements[n].name = ''",
                403,
            ),
            ("f.elements.csrf_token.remove()", 400),
            ("document.cookie", 403),
        ):
            page.goto(f"/ideas/{lived.named['asking']}")
            page.evaluate(f"const f = document.querySelector(`form[action$='comment.post']`); {spoilt}")
            if spoilt == "document.cookie":
                window.clear_cookies(name="kyoso")
            page.locator("#discussion summary").first.click()
            page.get_by_label("コメント").first.fill("書きかけ")
            with page.expect_response("**/do/*") as answer:
                page.get_by_role("button", name="コメントを書き込む").first.click()
            assert answer.value.status == status
            walk.look(page, f"{status} after {spoilt}")
    assert walk.violations == [], "\n".join(["", *walk.violations])
    record_property(SUMMARY, f"axe: {walk.looked} empty lists and errors, no violation")
