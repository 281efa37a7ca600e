"""The story of `workflows/stories/01-from-idea-to-nation.yaml`, done by its people with clicks and typing: with scripts and without.

Nothing is said past the pages. Days pass and the clock's jobs run, as they would. At the end the run says what the commonest act
of each role takes from its home page: `pytest tests/browser/test_story_01.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import serving
from tests.browser.people import Form, Person, a_window, japanese, sign_in
from tests.conftest import SUMMARY
from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KESSAI,
    KETTEI,
    KUMOI,
    KUMOI_KESSAI,
    PUBLICCODE,
    SHINSA1,
    SHINSA2,
    TANTO,
    VENDOR,
    Country,
)
from tests.shelves import Shelf

REPOSITORY, PRODUCT = "kazemirai/madoguchi-faq", "madoguchi-faq"
BEFORE = ("2026-03-01", "2026-03-31")
GREEN = ("green", "資料を確かめた。")


class Story:
    """The people of the story, each at their own browser, and what an act took."""

    def __init__(self, country: Country, window: Callable[[str], Person]) -> None:
        self.country, self.window = country, window
        self.people: dict[str, Person] = {}
        self.took: dict[str, str] = {}

    def of(self, who: str) -> Person:
        if who not in self.people:
            self.people[who] = self.window(who)
        return self.people[who]

    def at_home(self, who: str) -> Person:
        return self.of(who).goes_home()

    def an_event_with_a_challenge(self) -> str:
        c = self.country
        agency = self.at_home(JIMUKYOKU).opens("/events")
        form = agency.form("event.open").fills(
            name="春のアイデアソン", kind="ideathon", theme="窓口と内部事務"
        )
        form.fills(starts_at=f"{japanese(c.day(19))} 10時", ends_at=f"{c.day(19).replace('-', '/')} 17:00")
        form.fills(submissions_close_at=f"{c.day(29)} 17:00", slug="ideathon-2026-spring").sends()
        tanto = self.of(TANTO).opens("/events").follows("春のアイデアソン")
        tanto.says(
            "challenge.post",
            title="早く正しく答えたい",
            field="窓口",
            body_md="年 1,820 件、**一件 12 分**。",
        )
        return "ideathon-2026-spring"

    def an_idea(self, event: str) -> str:
        tanto = self.at_home(TANTO).follows("アイデアを書く")
        form = tanto.form("idea.draft")
        form.fills(title="窓口FAQ下書き支援", field="窓口", challenge="回答に時間がかかる。", event=event)
        form.fills(as_is="手で探している。", to_be="下書きを職員が確かめて答える。")
        form.fills(cases_per_year="１，８２０ 件", minutes_each="12分").sends()
        expect(tanto.page.get_by_role("heading", level=1)).to_have_text("下書きを書く")
        self.took["draft an idea, a submitter"] = tanto.took()
        kessai = self.at_home(KESSAI).follows("決裁する")
        kessai.says("idea.submit")
        self.took["submit an idea, a town's approver"] = kessai.took()
        return tanto.page.url.split("/")[-2]

    def a_team(self, idea: str) -> None:
        vendor = self.at_home(VENDOR).follows("力になれるアイデアを探す").follows("窓口FAQ下書き支援")
        vendor.says("team.ask", message="一緒に作ります。")
        self.at_home(TANTO).follows("答える").says("team.accept")
        self.of(VENDOR).opens(f"/ideas/{idea}").says("repo.link", full_name=REPOSITORY)

    def the_repository_is_looked_at(self, idea: str, **more: str) -> None:
        """A coordinator records what a healthy repository shows, and that there is no more to be seen."""
        at = f"{self.country.now:%Y/%m/%d %H:%M}"
        form = self.of(JIMUKYOKU).opens(f"/ideas/{idea}").form("repo.snapshot")
        form.fills(taken_at=at, facts__last_commit_at=at, facts__pushed_at=at, facts__default_branch="main")
        form.fills(facts__licence_spdx="MIT", facts__archived="no", facts__ci="passing")
        form.fills(facts__open_issues="４ 件", facts__median_issue_response_hours="30 時間")
        form.fills(facts__commits_by_contributor="dev-a: 120\ndev-b: 64")
        released = {"facts__releases__0__tag", "facts__publiccode"} <= more.keys()
        form.fills(**more if released else {"none__facts__releases": "yes", "none__facts__publiccode": "yes"})
        if not released:
            form.fills(facts__files="README.md\nLICENSE\nSECURITY.md")
        form.sends()

    def data_risk_and_contract(self, idea: str) -> None:
        tanto = self.at_home(TANTO).follows("進める").follows("扱うデータを書く")
        no = dict.fromkeys(("personal", "confidential", "vendor_trains_on_input"), "no")
        tanto.says("risk.profile", **no, recurring="yes", legal_basis="not_personal", region="jp")
        tanto.says(
            "risk.assess", answers__A="one_office", answers__B="other", answers__C="no", answers__D="always"
        )
        kessai = self.at_home(KESSAI).follows("決める").follows("リスクの水準を決める")
        kessai.says("risk.decide", level="low", reason="職員が必ず確かめる。")
        self.answers_all(idea, "contract-1")

    def answers_all(self, idea: str, checklist: str) -> None:
        """Yes to every item of a checklist, part after part."""
        tanto = self.of(TANTO).opens(f"/ideas/{idea}/risk")
        about = f"form[action='/do/checklist.answer']:has(input[type=hidden][value='{checklist}'])"
        parts = tanto.page.locator(f"{about}:has(input[value=yes])")
        for number in range(parts.count()):
            form = Form(tanto, parts.nth(number)).unfolds()
            for item in form.found.locator("input[value=yes]").all():
                item.check()
            form.sends()

    def a_plan(self, idea: str, site: str, starts_in: int, days: int) -> str:
        c = self.country
        tanto = self.of(TANTO)
        form = tanto.form("pilot.plan").fills(site=site, vendor="kazemirai")
        form.fills(starts_on=japanese(c.day(starts_in)), ends_on=japanese(c.day(starts_in + days)))
        form.fills(plan_md="窓口三課で使い、前後を比べる。", stop_rule="誤った案内が一件でも渡ったら止める。")
        form.fills(
            cost_yen="４８０，０００円", budget_deadline=c.day(starts_in + days + 30).replace("-", "/")
        )
        form.sends()
        return tanto.page.url.split("/")[-1]

    def freezes(self) -> None:
        kessai = self.at_home(KESSAI).follows("凍結する")
        kessai.says("kpi.freeze")
        self.took["freeze the targets, a town's approver"] = kessai.took()

    def passes(
        self, gate: str, judged: dict[str, tuple[str, ...]] | None = None, decision: str = "go", **more: str
    ) -> str:
        """The gate from its request to its decision. `judged`: criterion -> colour, finding, action."""
        kessai = self.at_home(KESSAI).follows("申請する")
        kessai.says("review.request")
        review = kessai.page.url.split("/")[-1].partition("#")[0]
        agency = self.at_home(JIMUKYOKU).follows("割り当てる")
        for who in (SHINSA1, SHINSA2):
            agency.says("review.assign", reviewer=who)
        said = {
            f"ratings__{key}__{word}": text
            for key, own in (judged or {}).items()
            for word, text in zip(("rating", "finding", "action"), own, strict=False)
        }
        for who in (SHINSA1, SHINSA2):
            rater = self.at_home(who).follows("判定する")
            rater.says("review.rate", **said)
            self.took[f"rate {gate}, a reviewer"] = rater.took()
        decider = self.at_home(KETTEI).follows("決定する")
        decider.says("review.decide", decision=decision, rationale="根拠が揃っている。", **more)
        self.took[f"decide {gate}, the agency's approver"] = decider.took()
        return review

    def starts(self) -> None:
        self.at_home(TANTO).follows("始める").says("pilot.start")

    def reports(self, *progress: int, every: int) -> None:
        for percent in progress:
            self.country.pass_days(every)
            vendor = self.at_home(VENDOR).follows("報告する")
            vendor.says(
                "pilot.report", health="green", progress=f"{percent}％", summary="予定どおり進んでいる。"
            )
            self.took["report on a pilot, a vendor"] = vendor.took()

    def measures(self, who: str, pilot: str, days: int, mean: str, right: str, of: str) -> None:
        """Both arms of both KPIs."""
        c = self.country
        during = (c.day(-days), c.day(-1))
        clerk = self.of(who).opens(f"/pilots/{pilot}")
        for kpi, arm, (begins, ends), figures in (
            ("time_saved", "baseline", BEFORE, {"mean": "12.0", "sd": "3.1", "n": "120"}),
            ("time_saved", "pilot", during, {"mean": mean, "sd": "2.2", "n": "２１０"}),
            ("accuracy", "baseline", BEFORE, {"successes": "430", "n": "500"}),
            ("accuracy", "pilot", during, {"successes": right, "n": of}),
        ):
            form = clerk.form("kpi.measure", f"{pilot}-{kpi}")
            form.fills(
                arm=arm, period_from=begins, period_to=ends, method="受付から回答までを記録", **figures
            )
            form.sends()

    def finishes(self) -> None:
        self.country.pass_days(1)  # on the last day it still runs
        self.at_home(TANTO).follows("終える").says("pilot.finish", summary="予定した期間を終えた。")

    def attaches(self, idea: str, *criteria: str) -> None:
        """A note to each criterion that people judge, from where the idea's page says that one is wanted."""
        for criterion in criteria:
            tanto = self.of(TANTO).opens(f"/ideas/{idea}")
            tanto.clicks_on(tanto.page.locator(f"#gate a[href*='criterion={criterion}']"))
            form = tanto.page.locator("form[action='/do/evidence.attach']:has([name=title])")
            Form(tanto, form).fills(title="確かめた記録", kind="note", body_md="別紙のとおり。").sends()


@pytest.fixture
def country(sqlite_shelf: Shelf) -> Iterator[Country]:
    with sqlite_shelf.plot() as plot:
        yield Country(plot)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def story(request: pytest.FixtureRequest, plain_chromium: Browser, country: Country) -> Iterator[Story]:
    """A window for each who comes into the story, from the moment that they do."""
    with ExitStack() as windows:
        address = windows.enter_context(serving(country))

        def window(who: str) -> Person:
            opened = a_window(plain_chromium, country, address, None, java_script_enabled=request.param)
            context, signed_in = windows.enter_context(opened), [""]

            def signs_in() -> None:
                if signed_in[0] != country.day():
                    sign_in(context, country, address, who)
                    signed_in[0] = country.day()

            return Person(context.new_page(), signs_in)

        yield Story(country, window)


def test_an_idea_goes_from_its_draft_to_the_nation(
    story: Story, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    country = story.country

    def stage() -> str:
        return str(country.look("idea", idea)["stage"])

    # An event, an idea, a team, its data and risk, a plan with frozen targets: the first gate.
    event = story.an_event_with_a_challenge()
    country.pass_days(20)
    idea = story.an_idea(event)
    story.a_team(idea)
    story.the_repository_is_looked_at(idea)
    story.data_risk_and_contract(idea)
    story.at_home(TANTO).follows("進める").follows("実証を計画する")
    pilot = story.a_plan(idea, "kazami", starts_in=20, days=60)
    for kind, target, least in (("一件あたり", "4分", "100"), ("正答率", "94％", "400")):
        tanto = story.of(TANTO)
        choose = tanto.page.locator("#choose:not([open]) > summary")
        if choose.count():
            tanto.clicks_on(choose)
        tanto.follows(kind).says("kpi.define", target=target, min_n=least)
    story.freezes()
    story.passes("G1")
    assert stage() == "pilot"

    # The pilot runs and is measured; the staff was heard: the second gate.
    country.pass_days(20)
    story.starts()
    story.reports(25, 50, 75, 100, every=15)
    story.the_repository_is_looked_at(idea)
    story.measures(TANTO, pilot, 40, "5.4", "481", "500")
    story.finishes()
    story.attaches(idea, "staff_heard")
    story.passes("G2", {"staff_heard": GREEN})
    assert stage() == "evaluation"

    # Another town counts again; the third gate is passed on a condition, which is met.
    again = story.of(HOSHIMORI).opens(f"/pilots/{pilot}")
    days = {"period_from": country.day(-5), "period_to": country.day(-1)}
    again.says(
        "kpi.measure", f"{pilot}-accuracy", arm="pilot", successes="490", n="510", method="採点", **days
    )
    story.answers_all(idea, "procurement-1")
    judged: dict[str, tuple[str, ...]] = dict.fromkeys(("affordable", "accountable", "portable"), GREEN)
    story.attaches(idea, "accessible", *judged)
    amber = ("amber", "一部に不足がある。", "報告書を出し直す。")
    action = {
        "actions__0__text": "回答の根拠を読み上げられるようにする。",
        "actions__0__owner": "kazemirai",
    }
    action |= {"actions__0__due_on": japanese(country.day(60))}
    review = story.passes("G3", judged | {"accessible": amber}, "conditional_go", **action)
    assert stage() == "productization"
    story.at_home(VENDOR).follows("済ませる").says("action.close", note="見出しと読み上げ順を直した。")
    story.at_home(SHINSA1).follows("確かめる").says("action.verify")
    assert country.look("review", review)["actions"][0]["status"] == "verified"

    # A village tries it, with the same KPIs; a town asks for it; the product is described and released: the last gate.
    tanto = story.of(TANTO).opens(f"/ideas/{idea}").follows("別の団体での実証を計画する")
    tanto.page.get_by_label("団体を探す").fill("星守")
    tanto.clicks_on(tanto.page.locator("#main").get_by_role("button", name="探す"))
    second = story.a_plan(idea, "hoshimori", starts_in=1, days=40)
    for _ in range(2):
        tanto.says("kpi.define")
    story.freezes()
    country.pass_days(1)
    story.starts()
    story.reports(50, 100, every=20)
    story.the_repository_is_looked_at(idea)
    story.measures(HOSHIMORI, second, 30, "6.1", "466", "480")
    story.finishes()
    story.of(KUMOI).opens(f"/ideas/{idea}").says(
        "idea.demand", need="同じ質問が年 900 件ある。", budget_year="２０２７"
    )
    vendor = story.at_home(VENDOR).opens(f"/ideas/{idea}").follows("プロダクトの説明を書く")
    form = vendor.form("product.describe").fills(slug=PRODUCT, summary="根拠つきの下書きを出す。")
    form.fills(networks="alpha_prime", support_contact="support@kazemirai.example.jp", support_hours="平日")
    form.fills(support_until=country.day(900), price_url="https://kazemirai.example.jp/price").sends()
    vendor.says("product.release", version="1.0.0", tag="v1.0.0", released_on=country.day())
    for kind in ("manual", "usage_rules"):
        vendor.opens(f"/library/new?idea={idea}").says(
            "asset.publish", kind=kind, title="導入の手引", body_md="# 手順", licence="CC-BY-4.0"
        )
    files = "README.md\nLICENSE\nSECURITY.md\npubliccode.yml\nsbom.cdx.json"
    released = {"facts__releases__0__tag": "v1.0.0", "facts__releases__0__published_at": country.day()}
    story.the_repository_is_looked_at(idea, facts__files=files, facts__publiccode=PUBLICCODE, **released)
    story.passes("G4", {"secure": GREEN})
    assert stage() == "rollout"

    # The nation: flagged, offered, adopted, confirmed, and confirmed again after it ran out.
    for _ in range(2):
        country.pass_days(1)
        country.tick()
    assert country.look("product", PRODUCT)["flag"] == "nationwide"
    mayor = story.at_home(HOSHIMORI_KESSAI).follows("答える")
    mayor.says("adoption.report", status="adopted", since=japanese(country.day()))
    story.took["answer an adoption, a town's approver"] = mayor.took()
    wished = story.at_home(KUMOI_KESSAI).follows("答える")
    wished.says("adoption.report", "considering")  # one press: what was wished for is considered
    maker = story.of(VENDOR).opens(f"/products/{PRODUCT}")
    assert not maker.page.locator("form[action='/do/adoption.report']").count(), "no maker says who uses it"
    seen = country.look("product", PRODUCT)
    assert (seen["adopted"], seen["considering"]) == (1, 1)
    country.pass_days(340)
    country.tick()
    mayor = story.at_home(HOSHIMORI_KESSAI).follows("確かめ直す")
    mayor.says("adoption.reconfirm")
    story.took["confirm an adoption, a town's approver"] = mayor.took()
    country.pass_days(375)
    country.tick()
    seen = country.look("product", PRODUCT)
    assert seen["adopted"] == 0
    assert seen["expired"] >= 1
    story.at_home(HOSHIMORI_KESSAI).follows("確かめ直す").says("adoption.reconfirm")
    assert country.look("product", PRODUCT)["adopted"] == 1
    assert country.look("ledger", idea)["verified"]
    scripts = request.node.callspec.id
    for what, how in story.took.items():
        record_property(SUMMARY, f"story 01 {scripts}, from the home page: {what}: {how}")
