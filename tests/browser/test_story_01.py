"""The story of `workflows/stories/01-from-idea-to-nation.yaml`, done by its people with clicks and typing: with scripts and without.

Every kind of act is done in a browser at least once. What the story repeats at a later gate is said directly (`Country`), and
so is what machines say: the snapshots of a repository, and the clock.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import serving
from tests.browser.people import a_window, sign_in
from tests.conftest import SUMMARY
from tests.country import (
    GREEN,
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KESSAI,
    KETTEI,
    KUMOI,
    PUBLICCODE,
    SHINSA1,
    SHINSA2,
    TANTO,
    VENDOR,
    Country,
)
from tests.shelves import Shelf


class Person:
    """Somebody of the story in front of their browser. Counts what they do, from the moment that a count begins."""

    def __init__(self, page: Page, signs_in: Callable[[], None]) -> None:
        self.page, self.signs_in = page, signs_in
        self.clicks, self.fields, self.began = 0, 0, time.monotonic()

    def begins_at_home(self) -> None:
        self.opens("/")
        self.clicks, self.fields, self.began = 0, 0, time.monotonic()

    def took(self) -> str:
        return f"{self.clicks} clicks, {self.fields} fields, {time.monotonic() - self.began:.1f} s"

    def opens(self, path: str) -> None:
        self.signs_in()  # days have passed, and a sign-in with them
        self.page.goto(path)

    def clicks_on(self, found: Locator) -> None:
        self.clicks += 1
        found.click()

    def follows(self, name: str | re.Pattern[str]) -> None:
        self.clicks_on(self.page.get_by_role("link", name=name).first)

    def form(self, verb: str) -> "Form":
        """The form of a verb that the page shows, unfolded if it was folded."""
        return Form(self, self.page.locator(f"form[action='/do/{verb}']"))

    def presses(self, verb: str, button: str = "") -> None:
        """A form that asks for nothing more."""
        self.form(verb).sends(button)

    def is_told(self, text: str) -> None:
        expect(self.page.get_by_role("status").filter(has_text=text).first).to_be_visible()


class Form:
    def __init__(self, person: Person, found: Locator) -> None:
        self.person, self.found = person, found

    def of(self, text: str) -> "Form":
        """The one whose fields are fixed to this."""
        self.found = self.found.filter(has=self.person.page.locator(f"input[type=hidden][value='{text}']"))
        return self

    def unfolds(self) -> "Form":
        folded = self.found.first.locator("xpath=ancestor::details[not(@open)]/summary")
        while folded.count():
            self.person.clicks_on(folded.first)
        return self

    def fills(self, **fields: str) -> "Form":
        """Types into fields by their names (`__` for a dot); chooses where there is something to choose."""
        self.unfolds()
        for name, value in fields.items():
            self.person.fields += 1
            field = self.found.first.locator(f"[name='{name.replace('__', '.')}']:not([type=hidden])")
            kind = field.first.evaluate("e => e.type")
            if kind in ("radio", "checkbox"):
                self.person.clicks_on(
                    self.found.first.locator(
                        f"label:has([name='{name.replace('__', '.')}'][value='{value}'])"
                    )
                )
            elif kind == "select-one":
                field.select_option(value)
            else:
                field.fill(value)
        return self

    def sends(self, button: str = "") -> None:
        self.unfolds()
        buttons = self.found.first.get_by_role("button", name=button)
        self.person.clicks_on(buttons.last)


def japanese(day: str) -> str:
    """As a clerk writes it: 令和8年6月1日."""
    d = date.fromisoformat(day)
    return f"令和{d.year - 2018}年{d.month}月{d.day}日"


@pytest.fixture
def country(sqlite_shelf: Shelf) -> Iterator[Country]:
    with sqlite_shelf.plot() as plot:
        yield Country(plot)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_idea_goes_from_its_draft_to_the_nation(
    chromium: Browser, country: Country, scripts: bool, record_property: Callable[[str, object], None]
) -> None:
    took: dict[str, str] = {}
    with ExitStack() as open_windows:
        address = open_windows.enter_context(serving(country))

        def somebody(who: str) -> Person:
            window = open_windows.enter_context(
                a_window(chromium, country, address, None, java_script_enabled=scripts)
            )
            return Person(window.new_page(), lambda: sign_in(window, country, address, who))

        tanto, kessai, vendor = somebody(TANTO), somebody(KESSAI), somebody(VENDOR)
        event = country.an_event()
        country.pass_days(20)

        # An idea is drafted and submitted.
        tanto.begins_at_home()
        tanto.follows("アイデアを書く")
        form = tanto.form("idea.draft")
        form.fills(title="窓口FAQ下書き支援", field="窓口", challenge="回答に時間がかかる。", event=event)
        form.fills(as_is="手で探している。", to_be="下書きを職員が確かめて答える。")
        form.fills(cases_per_year="１，８２０ 件", minutes_each="12分").sends("下書きを保存")
        expect(tanto.page.get_by_role("heading", level=1)).to_have_text("下書きを書く")
        took["an idea drafted"] = tanto.took()
        idea = tanto.page.url.split("/")[-2]
        kessai.begins_at_home()
        kessai.follows(re.compile("決裁する"))
        kessai.presses("idea.submit")
        kessai.is_told("提出しました")
        took["an idea submitted"] = kessai.took()

        # A team comes together; the repository is linked.
        vendor.opens(f"/ideas/{idea}")
        vendor.form("team.ask").fills(message="一緒に作ります。").sends()
        tanto.opens(f"/ideas/{idea}")
        tanto.presses("team.accept")
        vendor.opens(f"/ideas/{idea}")
        vendor.form("repo.link").fills(full_name="kazemirai/madoguchi-faq").sends()
        country.snapshot()

        # Data, risk, contract.
        tanto.opens(f"/ideas/{idea}/risk")
        no = dict.fromkeys(("personal", "confidential", "vendor_trains_on_input"), "no")
        tanto.form("risk.profile").fills(
            **no, recurring="yes", legal_basis="not_personal", region="jp"
        ).sends()
        tanto.form("risk.assess").fills(
            answers__A="one_office", answers__B="other", answers__C="no", answers__D="always"
        ).sends()
        kessai.opens(f"/ideas/{idea}/risk")
        kessai.form("risk.decide").fills(level="low", reason="職員が必ず確かめる。").sends()
        tanto.opens(f"/ideas/{idea}/risk")
        contract = tanto.form("checklist.answer").of("contract-1").unfolds()
        for item in contract.found.locator("input[value=yes]").all():
            item.check()
        contract.sends()

        # A pilot is planned, its targets are written and frozen.
        tanto.opens(f"/ideas/{idea}/pilot")
        plan = tanto.form("pilot.plan").fills(site="kazami", vendor="kazemirai")
        plan.fills(
            starts_on=japanese(country.day(20)),
            ends_on=japanese(country.day(80)),
            cost_yen="４８０，０００円",
        )
        plan.fills(plan_md="窓口三課で使い、前後を比べる。", stop_rule="誤った案内が一件でも渡ったら止める。")
        plan.fills(budget_deadline=country.day(110).replace("-", "/")).sends()
        pilot = tanto.page.url.split("/")[-1]
        for kind, target, least in (("time_saved", "4分", "100"), ("accuracy", "94％", "400")):
            tanto.opens(f"/pilots/{pilot}?kind={kind}")
            tanto.form("kpi.define").fills(target=target, min_n=least).sends()
        kessai.begins_at_home()
        kessai.follows(re.compile("凍結する"))
        kessai.presses("kpi.freeze")
        took["the targets frozen"] = kessai.took()

        # G1: requested, assigned, rated, decided.
        kessai.opens(f"/ideas/{idea}")
        kessai.presses("review.request")
        review = kessai.page.url.split("/")[-1].partition("#")[0]
        agency, decider = somebody(JIMUKYOKU), somebody(KETTEI)
        raters = {who: somebody(who) for who in (SHINSA1, SHINSA2)}
        for who, rater in raters.items():
            agency.opens(f"/reviews/{review}")
            agency.form("review.assign").fills(reviewer=who).sends()
            rater.begins_at_home()
            rater.follows(re.compile("判定する"))
            rater.presses("review.rate")
            rater.is_told("判定を記録しました")
            took["a gate rated"] = rater.took()
        decider.begins_at_home()
        decider.follows(re.compile("決定する"))
        decider.form("review.decide").fills(decision="go", rationale="根拠が揃っている。").sends()
        decider.is_told("決定")
        took["a gate decided"] = decider.took()
        assert country.look("idea", idea)["stage"] == "pilot"

        # The pilot runs: started, reported, measured, finished.
        country.pass_days(20)
        tanto.begins_at_home()
        tanto.follows(re.compile("始める"))
        tanto.presses("pilot.start")
        for progress in (33, 66, 100):
            country.pass_days(20)
            vendor.begins_at_home()
            vendor.follows(re.compile("報告する"))
            vendor.form("pilot.report").fills(
                health="green", progress=str(progress), summary="予定どおり進んでいる。"
            ).sends()
            vendor.is_told("報告")
            took["a pilot reported on"] = vendor.took()
        country.snapshot()
        before, during = ("2026-03-01", "2026-03-31"), (country.day(-40), country.day(-1))
        for key, arm, days, figures in (
            ("time_saved", "baseline", before, {"mean": "12.0", "sd": "3.1", "n": "120"}),
            ("time_saved", "pilot", during, {"mean": "5.4", "sd": "2.2", "n": "400"}),
            ("accuracy", "baseline", before, {"successes": "430", "n": "500"}),
            ("accuracy", "pilot", during, {"successes": "481", "n": "500"}),
        ):
            tanto.opens(f"/pilots/{pilot}")
            measure = (
                tanto.form("kpi.measure").of(f"{pilot}-{key}").fills(arm=arm, method="受付から回答までを記録")
            )
            measure.fills(period_from=days[0], period_to=days[1], **figures).sends()
            tanto.is_told("測定")
        tanto.opens(f"/pilots/{pilot}")
        tanto.form("pilot.finish").fills(summary="予定した期間を終えた。").sends()

        # G2: the staff was heard.
        tanto.opens(f"/ideas/{idea}")
        tanto.form("evidence.attach").fills(
            title="職員アンケート", criterion="staff_heard", kind="note", body_md="続けて使いたい 19 人。"
        ).sends()
        country.decide(country.a_review(idea, staff_heard=GREEN))

        # G3: on a condition.
        country.prepare_g3(idea, pilot)
        review = country.a_review(idea, rated=False)
        for rater in raters.values():
            rater.opens(f"/reviews/{review}")
            form = rater.form("review.rate")
            for key in ("affordable", "accountable", "portable", "accessible"):
                colour = "amber" if key == "accessible" else "green"
                form.fills(
                    **{f"ratings__{key}__rating": colour, f"ratings__{key}__finding": "資料を確かめた。"}
                )
            form.fills(ratings__accessible__action="報告書を出し直す。").sends()
            rater.is_told("判定を記録しました")
        decider.opens(f"/reviews/{review}")
        form = decider.form("review.decide").fills(decision="conditional_go", rationale="一つだけ足りない。")
        form.fills(actions__0__text="回答の根拠を読み上げられるようにする。", actions__0__owner="kazemirai")
        form.fills(actions__0__due_on=japanese(country.day(60))).sends()
        assert country.look("review", review)["decision"] == "conditional_go"
        vendor.begins_at_home()
        vendor.follows(re.compile("済ませる"))
        vendor.form("action.close").fills(note="見出しと読み上げ順を直した。").sends()
        raters[SHINSA1].begins_at_home()
        raters[SHINSA1].follows(re.compile("確かめる"))
        raters[SHINSA1].presses("action.verify")
        assert country.look("review", review)["actions"][0]["status"] == "verified"

        # Tried again in a village, with the same KPIs; a town asks for it.
        village = country.plan_a_pilot(idea, site="hoshimori", starts_in=1, days=40)
        for _ in range(2):
            tanto.opens(f"/pilots/{village}")
            tanto.presses("kpi.define")
        country.say(KESSAI, "kpi.freeze", pilot=village)
        country.pass_days(1)
        country.say(TANTO, "pilot.start", pilot=village)
        country.run_a_pilot(village, 40, who=HOSHIMORI, org="hoshimori", time="time_saved")
        kumoi = somebody(KUMOI)
        kumoi.opens(f"/ideas/{idea}")
        kumoi.form("idea.demand").fills(need="同じ質問が年 900 件ある。").sends()

        # The product: described, with its manual, released.
        vendor.opens(f"/ideas/{idea}/product")
        form = vendor.form("product.describe").fills(slug="madoguchi-faq", summary="根拠つきの下書きを出す。")
        form.fills(
            networks="alpha_prime", support_contact="support@kazemirai.example.jp", support_hours="平日"
        )
        form.fills(support_until=country.day(900), price_url="https://kazemirai.example.jp/price").sends()
        for kind in ("manual", "usage_rules"):
            vendor.opens("/library/new")
            vendor.form("asset.publish").fills(
                kind=kind, title="導入の手引", body_md="# 手順", licence="CC-BY-4.0", idea=idea
            ).sends()
        vendor.opens("/products/madoguchi-faq")
        vendor.form("product.release").fills(version="1.0.0", tag="v1.0.0", released_on=country.day()).sends()
        files = ["README.md", "LICENSE", "SECURITY.md", "publiccode.yml", "sbom.cdx.json"]
        releases = [{"tag": "v1.0.0", "published_at": country.now.isoformat()}]
        country.snapshot(files=files, releases=releases, publiccode=PUBLICCODE)

        # G4, the flag, the nation.
        country.decide(country.a_review(idea, secure=GREEN))
        for _ in range(2):
            country.pass_days(1)
            country.tick()
        assert country.look("product", "madoguchi-faq")["flag"] == "nationwide"
        mayor = somebody(HOSHIMORI_KESSAI)
        mayor.begins_at_home()
        mayor.follows(re.compile("答える"))
        mayor.form("adoption.report").fills(status="adopted", since=japanese(country.day())).sends()
        mayor.is_told("導入状況")
        took["an adoption answered"] = mayor.took()
        assert country.look("product", "madoguchi-faq")["adopted"] == 1
        country.pass_days(340)
        country.tick()
        mayor.begins_at_home()
        mayor.follows(re.compile("確かめ直す"))
        mayor.presses("adoption.reconfirm")
        took["an adoption confirmed"] = mayor.took()
        country.pass_days(30)
        country.tick()
        assert country.look("product", "madoguchi-faq")["adopted"] == 1
        assert country.look("ledger", idea)["verified"]
    said = "; ".join(f"{what}: {how}" for what, how in took.items())
    record_property(
        SUMMARY, f"story 01 {'with' if scripts else 'without'} scripts, from each one's home page: {said}"
    )
