"""An invented country for tests: its cast, and the road of an idea in the domain's words."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from stages.risk import checklists
from tests.shelves import MIGRATED, Plot
from workflows.queries.look_at import look
from workflows.registry import Outcome, perform
from workflows.runtime.clock import Setting, run_due
from workflows.runtime.refusal import Refused
from workflows.tables.columns import SQLModel

TOKYO = ZoneInfo("Asia/Tokyo")
BEGINNING = datetime(2026, 4, 1, 9, tzinfo=TOKYO)

TANTO, KESSAI = "tanto@kazami.example.jp", "kessai@kazami.example.jp"
HOSHIMORI, HOSHIMORI_KESSAI = "tanto@hoshimori.example.jp", "kessai@hoshimori.example.jp"
KUMOI, KUMOI_KESSAI = "tanto@kumoi.example.jp", "kessai@kumoi.example.jp"
VENDOR, OUTSIDER = "gyosha@kazemirai.example.jp", "eigyo@yosomono.example.jp"
JIMUKYOKU, KANRI, KANSA = (f"{n}@digital-agency.example.jp" for n in ("jimukyoku", "kanri", "kansa"))
SHINSA1, SHINSA2, SHINSA3 = (f"shinsa{n}@digital-agency.example.jp" for n in (1, 2, 3))
KETTEI, KETTEI2 = "kettei@digital-agency.example.jp", "kettei2@digital-agency.example.jp"

ORGS: tuple[dict[str, Any], ...] = (
    {"slug": "digital-agency", "kind": "agency", "name": "デジタル庁（架空の担当）"},
    {
        "slug": "kazami",
        "kind": "municipality",
        "name": "風見市",
        "lgcode": "992011",
        "network_model": "alpha_prime",
        "has_ai_rules": True,
    },
    {
        "slug": "hoshimori",
        "kind": "municipality",
        "name": "星守村",
        "lgcode": "993514",
        "network_model": "alpha_prime",
    },
    {
        "slug": "kumoi",
        "kind": "municipality",
        "name": "雲居町",
        "lgcode": "993026",
        "network_model": "alpha_prime",
    },
    {"slug": "kazemirai", "kind": "vendor", "name": "株式会社カゼミライ"},
    {"slug": "yosomono", "kind": "vendor", "name": "株式会社ヨソモノ"},
)
PEOPLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (TANTO, "kazami", ("submitter",)),
    (KESSAI, "kazami", ("approver", "caio")),
    (HOSHIMORI, "hoshimori", ("submitter",)),
    (HOSHIMORI_KESSAI, "hoshimori", ("approver", "caio")),
    (KUMOI, "kumoi", ("submitter",)),
    (KUMOI_KESSAI, "kumoi", ("approver",)),
    (VENDOR, "kazemirai", ("member",)),
    (OUTSIDER, "yosomono", ("member",)),
    (JIMUKYOKU, "digital-agency", ("coordinator",)),
    (SHINSA1, "digital-agency", ("reviewer",)),
    (SHINSA2, "digital-agency", ("reviewer",)),
    (SHINSA3, "digital-agency", ("reviewer",)),
    (KETTEI, "digital-agency", ("approver",)),
    (KETTEI2, "digital-agency", ("approver",)),
    (KANRI, "digital-agency", ("administrator",)),
    (KANSA, "digital-agency", ("auditor",)),
)
YES_CONTRACT = {item.key: "yes" for item in checklists()["contract-1"].items}
YES_PROCUREMENT = {item.key: "yes" for item in checklists()["procurement-1"].applying("low")}
LOW_RISK = {"A": "one_office", "B": "other", "C": "no", "D": "always"}
TIME = {
    "key": "time",
    "type": "time_saved",
    "name": "所要時間",
    "unit": "minutes_per_case",
    "direction": "up",
    "target": 4.0,
    "min_n": 100,
}
ACCURACY = {
    "key": "accuracy",
    "type": "accuracy",
    "name": "正答率",
    "unit": "ratio",
    "direction": "up",
    "target": 0.94,
    "min_n": 400,
}
PUBLICCODE = """publiccodeYmlVersion: '0.4'
name: 窓口FAQ下書き支援
url: https://github.com/kazemirai/madoguchi-faq
softwareVersion: 1.0.0
releaseDate: '2027-01-12'
platforms: [web]
categories: [knowledge-management]
developmentStatus: stable
softwareType: standalone/web
description:
  ja:
    shortDescription: 窓口で受けた質問への回答の下書きを作る
    longDescription: >-
      窓口で受けた質問に対し、要綱とこれまでの回答から下書きを作り、職員が確かめて使うための道具です。
      回答の根拠となった文書の場所を必ず示し、職員が直した内容は次の下書きに生かされます。
      個人情報は送らず、端末はLGWAN接続系からも使うことができます。小さな町村でも一日で使い始められるよう、
      設定は団体ごとの表一枚にまとめています。導入の手引と利用ルールのひな形を添えています。
      質問の分類、回答率、所要時間の記録を持ち、効果を自分で確かめられます。
    features: [回答の下書き, 根拠の表示, 所要時間の記録]
legal: {license: MIT}
maintenance:
  type: contract
  contractors:
    - {name: 株式会社カゼミライ, until: '2029-03-31'}
localisation: {localisationReady: true, availableLanguages: [ja]}
"""


PEOPLED = "a_cast"
"""What most roads begin from."""


def waypoint(after: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Marks a road that need not be walked again: the first time in a process it is, step by step, and the database
    that it leads to is kept. Who later takes the same road from the same beginning, with nothing done yet, gets a copy."""

    def mark(road: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(road)
        def take(country: "Country", *args: Any, **more: Any) -> Any:
            plot = country.plot
            if plot is None or plot.is_built or plot.copied_from != after:
                return road(country, *args, **more)
            if args or more or country.now != BEGINNING:
                return road(country, *args, **more)
            if road.__name__ in plot.shelf.known:
                plot.copied_from = road.__name__
                reached, country.now = plot.shelf.known[road.__name__]
            else:
                reached = road(country)
                plot.shelf.keep(road.__name__, plot.engine, (reached, country.now))
            return reached

        return take

    return mark


class Country:
    """The cast in a database, a clock that only moves when told, and the roads an idea takes."""

    def __init__(self, ground: sa.Engine | Plot, *, peopled: bool = True) -> None:
        self.plot = ground if isinstance(ground, Plot) else None
        self.ground = ground
        self.now = BEGINNING
        self._seen: dict[str, list[str]] | None = None
        if peopled:
            self.a_cast()

    @property
    def engine(self) -> sa.Engine:
        """The database. Who has it may write to it, so from now on every road is walked."""
        return self.ground.engine  # the engine of an engine is itself

    @waypoint(after=MIGRATED)
    def a_cast(self) -> None:
        for org in ORGS:
            self.say("system", "org.register", **org)
        for email, slug, roles in PEOPLE:
            self.say("system", "user.invite", email=email, name=f"{slug} 担当", org=slug, roles=list(roles))

    def say(self, who: str, verb: str, /, **command: Any) -> Outcome:
        """Says a verb now."""
        self._seen = None
        return perform(self.engine, verb, command, who, self.now)

    def refused(self, reason: str, who: str, verb: str, /, **command: Any) -> Refused:
        """Says a verb that must be refused with this reason and write nothing at all."""
        before = self._seen or self.everything()  # after a refusal everything is as it was
        with pytest.raises(Refused) as caught:
            self.say(who, verb, **command)
        assert caught.value.reason == reason, caught.value.message
        after = self.everything()
        assert after == before, f"{verb} was refused and still wrote"
        self._seen = after
        return caught.value

    def look(self, kind: str, ref: Any = None, who: str | None = None) -> Any:
        return look(self.engine, kind, ref, who, self.now)

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)

    def tick(self, setting: Setting | None = None) -> dict[str, int]:
        """Runs the clock's jobs that are due."""
        self._seen = None
        return run_due(self.engine, self.now, setting)

    def day(self, days: int = 0) -> str:
        """The date so many days from now."""
        return (self.now + timedelta(days=days)).date().isoformat()

    def everything(self) -> dict[str, list[str]]:
        """Every row of every table but the long list of local governments nobody has claimed: what "writes nothing" is measured by."""
        with self.engine.connect() as connection:
            # Asked of the driver itself: this is read before and after every refusal, and needs nothing but the values.
            cursor, found = connection.connection.cursor(), {}
            for name in SQLModel.metadata.tables:
                only = " WHERE claimed_at IS NOT NULL" if name == "organization" else ""
                cursor.execute(f'SELECT * FROM "{name}"{only}')
                found[name] = sorted(map(repr, cursor.fetchall()))
        return found

    # -- the road ------------------------------------------------------------------------------------------------

    def a_draft(self, title: str = "窓口FAQ下書き支援", who: str = TANTO, **more: Any) -> str:
        texts = {
            "field": "窓口",
            "challenge": "回答に時間がかかる。",
            "as_is": "手で探している。",
            "to_be": "下書きを確かめて答える。",
        }
        return self.say(
            who, "idea.draft", **({"title": title, "cases_per_year": 1820, "minutes_each": 12} | texts | more)
        ).ref

    @waypoint(after=PEOPLED)
    def an_idea(
        self, title: str = "窓口FAQ下書き支援", who: str = TANTO, approver: str = KESSAI, **more: Any
    ) -> str:
        """A submitted idea of 風見市."""
        idea = self.a_draft(title, who, **more)
        self.say(approver, "idea.submit", idea=idea)
        return idea

    @waypoint(after=PEOPLED)
    def an_idea_with_a_team(self, title: str = "窓口FAQ下書き支援") -> str:
        idea = self.an_idea(title)
        self.say(VENDOR, "team.ask", idea=idea, org="kazemirai", message="一緒に作ります。")
        self.say(TANTO, "team.accept", idea=idea, org="kazemirai")
        return idea

    def an_event(self, slug: str = "ideathon", name: str = "春のアイデアソン", **more: Any) -> str:
        """An ideathon of the agency that runs for a month and takes ideas for ten days more."""
        fields = {
            "kind": "ideathon",
            "theme": "窓口",
            "host": "digital-agency",
            "starts_at": self.now.isoformat(),
            "ends_at": (self.now + timedelta(days=30)).isoformat(),
            "submissions_close_at": (self.now + timedelta(days=40)).isoformat(),
        }
        return self.say(JIMUKYOKU, "event.open", slug=slug, name=name, **(fields | more)).ref

    def link_a_repository(self, idea: str, full_name: str = "kazemirai/madoguchi-faq", **facts: Any) -> None:
        self.say(VENDOR, "repo.link", idea=idea, full_name=full_name)
        self.snapshot(full_name, **facts)

    def snapshot(self, full_name: str = "kazemirai/madoguchi-faq", **facts: Any) -> Outcome:
        """What is seen of the repository now: a healthy one, but for the facts given."""
        at = self.now.isoformat()
        seen = {
            "default_branch": "main",
            "pushed_at": at,
            "last_commit_at": at,
            "archived": False,
            "licence_spdx": "MIT",
            "files": ["README.md", "LICENSE", "SECURITY.md"],
            "releases": [],
            "commits_by_contributor": {"dev-a": 120, "dev-b": 64},
            "median_issue_response_hours": 30,
            "open_issues": 4,
            "ci": "passing",
        }
        return self.say(
            "system", "repo.snapshot", full_name=full_name, taken_at=at, source="import", facts=seen | facts
        )

    def decide_the_risk(self, idea: str) -> None:
        profile = {"personal": False, "confidential": False, "legal_basis": "not_personal", "recurring": True}
        self.say(TANTO, "risk.profile", idea=idea, vendor_trains_on_input=False, region="jp", **profile)
        self.say(TANTO, "risk.assess", idea=idea, checklist_version="high_risk-1", answers=LOW_RISK)
        self.say(KESSAI, "risk.decide", idea=idea, level="low", reason="職員が必ず確かめる。")

    def plan_a_pilot(
        self, idea: str, site: str = "kazami", starts_in: int = 20, days: int = 60, **more: Any
    ) -> str:
        plan = {
            "starts_on": self.day(starts_in),
            "ends_on": self.day(starts_in + days),
            "plan_md": "三課で使い、前後を比べる。",
            "stop_rule": "誤った案内が一件でも渡ったら止める。",
            "cost_yen": 480000,
            "budget_deadline": self.day(starts_in + days + 30),
        }
        return self.say(TANTO, "pilot.plan", idea=idea, site=site, vendor="kazemirai", **(plan | more)).ref

    def freeze_the_targets(self, pilot: str) -> None:
        self.say(TANTO, "kpi.define", pilot=pilot, **TIME)
        self.say(TANTO, "kpi.define", pilot=pilot, **ACCURACY)
        self.say(KESSAI, "kpi.freeze", pilot=pilot)

    @waypoint(after=PEOPLED)
    def an_idea_ready_for_g1(self, title: str = "窓口FAQ下書き支援") -> tuple[str, str]:
        """An idea with everything G1 asks, and its pilot."""
        idea = self.an_idea_with_a_team(title)
        self.link_a_repository(idea)
        self.decide_the_risk(idea)
        self.say(TANTO, "checklist.answer", idea=idea, checklist="contract-1", answers=YES_CONTRACT)
        pilot = self.plan_a_pilot(idea)
        self.freeze_the_targets(pilot)
        return idea, pilot

    def a_review(self, idea: str, rated: bool = True, **ratings: Any) -> str:
        """An open review of the idea's gate with two reviewers, who have rated unless told otherwise."""
        review = self.say(KESSAI, "review.request", idea=idea).ref
        for reviewer in (SHINSA1, SHINSA2):
            self.say(JIMUKYOKU, "review.assign", review=review, reviewer=reviewer)
        if rated:
            for reviewer in (SHINSA1, SHINSA2):
                self.say(reviewer, "review.rate", review=review, ratings=ratings)
        return review

    def decide(self, review: str, decision: str = "go", who: str = KETTEI, **more: Any) -> Outcome:
        version = self.look("review", review)["version"]
        return self.say(
            who,
            "review.decide",
            review=review,
            seen_version=version,
            decision=decision,
            rationale="根拠が揃っている。",
            **more,
        )

    @waypoint(after=PEOPLED)
    def an_idea_in_pilot(self) -> tuple[str, str]:
        """An idea that passed G1, and its pilot, not yet started."""
        idea, pilot = self.an_idea_ready_for_g1()
        self.decide(self.a_review(idea))
        return idea, pilot

    @waypoint(after=PEOPLED)
    def a_running_pilot(self) -> tuple[str, str]:
        idea, pilot = self.an_idea_in_pilot()
        self.pass_days(20)
        self.say(TANTO, "pilot.start", pilot=pilot)
        return idea, pilot

    def measure(
        self,
        pilot: str,
        who: str = TANTO,
        org: str = "kazami",
        mean: float = 5.4,
        successes: int = 481,
        time: str = "time",
    ) -> None:
        """Both arms of both KPIs, over the last days. `time` is the key of the first, which a page names after its type."""
        base = {"arm": "baseline", "period_from": "2026-03-01", "period_to": "2026-03-31", "measured_by": org}
        tried = {"arm": "pilot", "period_from": self.day(-20), "period_to": self.day(-1), "measured_by": org}
        self.say(who, "kpi.measure", kpi=f"{pilot}-{time}", method="記録", mean=12.0, sd=3.1, n=120, **base)
        self.say(who, "kpi.measure", kpi=f"{pilot}-{time}", method="記録", mean=mean, sd=2.2, n=400, **tried)
        self.say(who, "kpi.measure", kpi=f"{pilot}-accuracy", method="採点", successes=430, n=500, **base)
        self.say(
            who, "kpi.measure", kpi=f"{pilot}-accuracy", method="採点", successes=successes, n=500, **tried
        )

    def run_a_pilot(self, pilot: str, days: int = 60, **measured: Any) -> None:
        """Reports every 20 days, measures, finishes."""
        for part in range(3):
            self.pass_days(days // 3)
            self.say(
                VENDOR,
                "pilot.report",
                pilot=pilot,
                health="green",
                progress=33 * (part + 1),
                summary="予定どおり。",
            )
        self.snapshot()
        self.measure(pilot, **measured)
        self.say(TANTO, "pilot.finish", pilot=pilot, summary="終えた。")

    @waypoint(after=PEOPLED)
    def an_idea_in_evaluation(self) -> tuple[str, str]:
        idea, pilot = self.a_running_pilot()
        self.run_a_pilot(pilot)
        self.decide(self.a_review(idea, staff_heard=GREEN))
        return idea, pilot

    def prepare_g3(self, idea: str, pilot: str) -> None:
        tried = {
            "arm": "pilot",
            "period_from": self.day(-5),
            "period_to": self.day(-1),
            "measured_by": "hoshimori",
        }
        self.say(
            HOSHIMORI,
            "kpi.measure",
            kpi=f"{pilot}-accuracy",
            method="別の団体が採点",
            successes=490,
            n=510,
            **tried,
        )
        self.say(TANTO, "checklist.answer", idea=idea, checklist="procurement-1", answers=YES_PROCUREMENT)

    @waypoint(after=PEOPLED)
    def an_idea_in_productization(self) -> tuple[str, str]:
        idea, pilot = self.an_idea_in_evaluation()
        self.prepare_g3(idea, pilot)
        self.decide(self.a_review(idea, **HUMAN_G3))
        return idea, pilot

    def describe_the_product(self, idea: str, slug: str = "madoguchi-faq", **more: Any) -> str:
        fields = {
            "slug": slug,
            "name": "窓口FAQ下書き支援",
            "summary": "根拠つきの下書きを出す。",
            "networks": ["alpha_prime", "beta"],
            "support_contact": "support@kazemirai.example.jp",
            "support_hours": "平日 9-17時",
            "support_until": self.day(1200),
            "price_url": "https://kazemirai.example.jp/price",
        }
        return self.say(VENDOR, "product.describe", idea=idea, **(fields | more)).ref

    @waypoint(after=PEOPLED)
    def an_idea_ready_for_g4(self) -> tuple[str, str]:
        """An idea with everything G4 asks, and its product's slug."""
        idea, _ = self.an_idea_in_productization()
        second = self.plan_a_pilot(idea, site="hoshimori", starts_in=1, days=40)
        self.freeze_the_targets(second)
        self.pass_days(1)
        self.say(TANTO, "pilot.start", pilot=second)
        self.run_a_pilot(second, 40, who=HOSHIMORI, org="hoshimori")
        product = self.describe_the_product(idea)
        for kind in ("manual", "usage_rules"):
            self.say(
                VENDOR,
                "asset.publish",
                kind=kind,
                title="手引",
                body_md="# 手順",
                licence="CC-BY-4.0",
                idea=idea,
            )
        self.say(
            VENDOR, "product.release", product=product, version="1.0.0", tag="v1.0.0", released_on=self.day()
        )
        files = ["README.md", "LICENSE", "SECURITY.md", "publiccode.yml", "sbom.cdx.json"]
        releases = [{"tag": "v1.0.0", "published_at": self.now.isoformat()}]
        self.snapshot(files=files, releases=releases, publiccode=PUBLICCODE)
        return idea, product

    @waypoint(after=PEOPLED)
    def a_flagged_product(self) -> tuple[str, str]:
        """An idea that passed all four gates, and its product, flagged for the nation."""
        idea, product = self.an_idea_ready_for_g4()
        self.decide(self.a_review(idea, secure=GREEN))
        return idea, product


GREEN = {"rating": "green", "finding": "根拠資料を確かめた。"}
HUMAN_G3: dict[str, Any] = dict.fromkeys(("accessible", "affordable", "accountable", "portable"), GREEN)
