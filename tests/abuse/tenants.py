"""Two complete tenants: the same roads walked by 風見市 with one vendor and by 星守村 with the other, every text marked.

Whatever a person types into a free text of a verb carries a mark of its own (`qz17zq`). Where a mark turns up in an answer, it
is known what it was typed into, about whose idea in which state, and by whom.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import tests.country as cast
from tests.country import KUMOI, Country
from tests.scenes import Land
from tests.shelves import Plot
from workflows.files.receiving import Files, receive
from workflows.files.stores import FolderStore
from workflows.registry import Outcome

MARK = re.compile(r"qz\d+zq")
TYPED = frozenset(
    {
        "action", "answer", "as_is", "because", "blockers", "body_md", "challenge", "cluster", "comment", "constraints", "contains", "description_md",
        "effect", "effect_note", "expected_effect", "field", "finding", "input", "kana", "lacks", "lesson_md", "message",
         "method", "model", "name", "need",
        "note", "notes", "output", "partner", "permitted_data_class", "plan_md", "rationale", "reason", "region", "requirements_md", "stop_rule",
        "summary", "survey", "support_contact", "support_hours", "text", "theme", "title", "to_be", "users", "withhold_because",
    }
)  # fmt: skip
"""Fields, also inside others, into which people type what they like."""
NOT_TYPED = frozenset(
    {
        "answered_on", "answers", "arm", "asset", "budget_deadline", "challenge_ref", "checklist", "checklist_version", "ci", "criterion",
        "data_classes", "decision", "default_branch", "direction", "dmp_url", "due_on", "email", "ends_at", "ends_on", "event",
        "evidence", "facts", "file", "files", "filed_at", "full_name", "health", "hold_until", "host", "idea", "incident", "into",
        "key", "kind", "known_at", "kpi", "last_commit_at", "legal_basis", "level", "lgcode", "licence", "licence_spdx",
        "mail_domains", "measured_by", "measurement", "network", "network_model", "networks", "occurred_at", "org", "other",
        "owner", "period_from", "period_to", "pilot", "prefecture", "price_url", "product", "publiccode", "published_at",
        "pushed_at", "rating", "reply_to", "reported_as", "reported_on", "review", "reviewer", "released_on", "roles", "severity",
        "since", "site", "size_class", "slug", "source", "starts_at", "starts_on", "status", "submissions_close_at",
        "support_until", "tag", "taken_at", "type", "unit", "url", "user", "vendor", "verdict", "version", "demand", "actions",
        "dated_on", "description", "licence_file", "licence_in_file", "ratings", "readme", "releases", "repo", "resolutions", "reuses", "rows",
        "stage_reported", "successor", "tags", "test_cases", "topics", "wave", "where",
    }
)  # fmt: skip
"""Fields that hold references, dates, and words of a list: nothing that could be anybody's secret."""

OWNERS = {"A": ("kazami", "kazemirai"), "B": ("hoshimori", "yosomono")}
"""Tenant -> its municipality and the vendor that joined its ideas."""
SWAPPED = {"kazami": "hoshimori", "hoshimori": "kazami", "kazemirai": "yosomono", "yosomono": "kazemirai"}
AMBER = {"rating": "amber", "finding": "試作は小さい。", "action": "広げる。"}
STATES = {
    "A": ("flagged", "unflagged", "open", "undecided", "decided", "withheld", "draft"),
    "B": ("flagged", "undecided", "decided", "withheld", "draft"),
}
"""Tenant -> the states in which it has an idea."""
EVERYWHERE = "everywhere"
"""What is about no idea: organizations, people, events."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a mark was typed into: the tenant and the state of the idea, verb and field, and the organization that spoke
    (of a person's name: their mail address)."""

    tenant: str
    state: str
    field: str
    org: str


class Tenants(Land):
    """The land with two tenants in it. `numbers` holds their ideas by tenant and state, `marks` what was typed where."""

    def __init__(self, ground: sa.Engine | Plot, states: Mapping[str, Collection[str]] = STATES) -> None:
        self.states = states
        self.marks: dict[str, Typed] = {}
        self.numbers: dict[tuple[str, str], str] = {}
        self.about = ("", EVERYWHERE)
        super().__init__(ground)
        for who, org in (("gyosha", "yosomono"), ("eigyo", "kazemirai")):
            email = f"{who}@{org}.example.jp"
            self.say("system", "user.invite", email=email, name="担当", org=org, roles=["member"])
        self.events()
        with self.of("", "undecided"):
            texts = {
                "title": "庁内照会",
                "summary": "照会に答える。",
                "field": "庁内",
                "effect": "早い。",
                "partner": "某社",
                "cluster": "窓口",
            }
            self.say(
                "system",
                "idea.import",
                rows=[{**texts, "owner": "架空の研究会", "source": "https://example.jp/1"}],
            )
            self.numbers["", "undecided"] = str(self.rows("SELECT number FROM idea")[0][0])
        for tenant in OWNERS:
            self.a_tenant(tenant)
        self.what_neighbours_say()
        for tenant in OWNERS:
            with self.of(tenant, EVERYWHERE):
                invited = {"email": "shin@kazami.example.jp", "name": "新人", "org": "kazami"}
                self.say(
                    "kanri@kazami.example.jp" if tenant == "A" else cast.KANRI,
                    "user.invite",
                    roles=["member"],
                    **invited,
                )
        self.tick()

    # -- speaking ------------------------------------------------------------------------------------------------

    def say(self, who: str, verb: str, /, **command: Any) -> Outcome:
        """Says a verb of the tenant's own people, with every text marked."""
        if self.about[0] == "B":
            who, command = self.swapped(who), self.swapped(command)
        org = who.partition("@")[2].partition(".")[0]
        return Country.say(self, who, verb, **self.marked(verb, org, command))

    def swapped(self, said: Any) -> Any:
        """The same words in the other tenant's mouth."""
        if isinstance(said, dict):
            return {key: self.swapped(value) for key, value in said.items()}
        if isinstance(said, list):
            return [self.swapped(value) for value in said]
        if isinstance(said, str):
            return re.sub("|".join(SWAPPED), lambda m: SWAPPED[m[0]], said)
        return said

    def marked(self, verb: str, org: str, command: dict[str, Any]) -> dict[str, Any]:
        """The command with a mark behind every text that a person types. Names of organizations are no secret, and what
        `action.close` calls `action` is no text but the thing itself."""

        def mark(name: str, value: Any) -> Any:
            if isinstance(value, dict):
                return {key: mark(name if name == "notes" else key, part) for key, part in value.items()}
            if isinstance(value, list):
                return [mark(name, part) for part in value]
            if isinstance(value, str) and value and name in TYPED and f"{name}." not in verb:
                speaks = str(command["email"]) if verb == "user.invite" else org
                return f"{value} {self.a_mark(f'{verb} {name}', speaks)}"
            return value

        return (
            command if verb == "org.register" else {key: mark(key, value) for key, value in command.items()}
        )

    def a_mark(self, field: str, org: str) -> str:
        new = f"qz{len(self.marks)}zq"
        self.marks[new] = Typed(*self.about, field, org)
        return new

    @cached_property
    def files(self) -> Files:
        """The store of what is handed in, beside the database."""
        return Files(FolderStore(Path(f"{self.engine.url.database}.files")))

    def hands_in(self, who: str, verb: str) -> str:
        """A file with a mark in its name and one inside, by its reference."""
        who = self.swapped(who) if self.about[0] == "B" else who
        org = who.partition("@")[2].partition(".")[0]
        name, inside = (self.a_mark(f"{verb} file {part}", org) for part in ("name", "content"))
        return receive(self.engine, self.files, who, f"{name}.csv", f"a,{inside}\n".encode(), self.now)

    @contextmanager
    def of(self, tenant: str, state: str) -> Iterator[None]:
        before, self.about = self.about, (tenant, state)
        yield
        self.about = before

    # -- what there is -------------------------------------------------------------------------------------------

    def events(self) -> None:
        event = {
            "kind": "ideathon",
            "theme": "窓口",
            "name": "アイデアソン",
            "description_md": "一日で考える。",
        }
        event |= {"starts_at": self.now.isoformat(), "ends_at": f"{self.day(2)}T18:00:00+09:00"}
        event |= {"submissions_close_at": f"{self.day(900)}T12:00:00+09:00", "host": "digital-agency"}
        self.say(cast.JIMUKYOKU, "event.open", slug="haru", **event)
        self.say(
            cast.TANTO,
            "challenge.post",
            event="haru",
            title="題",
            body_md="困った。",
            field="窓口",
            org="kazami",
        )

    def a_tenant(self, tenant: str) -> None:
        roads = {
            "flagged": self.flagged, "unflagged": self.unflagged, "open": self.under_review, "undecided": self.undecided,
            "decided": self.decided, "withheld": self.withheld, "draft": self.draft,
        }  # fmt: skip
        for state in self.states[tenant]:
            with self.of(tenant, state):
                self.numbers[tenant, state] = roads[state]()

    def flagged(self) -> str:
        idea, product = self.a_flagged_product()
        self.surround(idea)
        self.attach_a_file(idea)
        handed = self.hands_in(cast.VENDOR, "asset.publish")
        form = {"kind": "manual", "title": "様式", "licence": "MIT", "file": handed}
        self.say(cast.VENDOR, "asset.publish", idea=idea, **form)
        self.incident(product=product)
        return idea

    def unflagged(self) -> str:
        idea, _ = self.an_idea_in_productization()
        self.describe_the_product(idea, requirements_md="端末だけ。")
        return idea

    def under_review(self) -> str:
        """After a decision and in the next gate: what the first says is published, what is being rated is not."""
        idea, pilot = self.an_idea_in_pilot()
        self.surround(idea)
        self.pass_days(20)
        self.say(cast.TANTO, "pilot.start", pilot=pilot)
        blocked = {"health": "amber", "progress": 10, "summary": "遅れた。", "blockers": ["端末が足りない"]}
        self.say(cast.VENDOR, "pilot.report", pilot=pilot, **blocked)
        self.measure(pilot)
        self.incident(pilot=pilot)
        with self.of(self.about[0], "in review"):
            self.a_review(idea, staff_heard=cast.GREEN)
        return idea

    def undecided(self) -> str:
        idea, _ = self.an_idea_ready_for_g1()
        self.surround(idea)
        self.attach_a_file(idea)
        report = {"reported_on": self.day(-1), "summary": "報告した。"}
        self.say(cast.TANTO, "risk.report_to_board", idea=idea, **report)
        key = next(iter(cast.YES_CONTRACT))
        answers = {"checklist": "contract-1", "answers": {key: "yes"}, "notes": {key: "別紙のとおり。"}}
        self.say(cast.TANTO, "checklist.answer", idea=idea, **answers)
        self.a_review(idea, feasible=AMBER)
        return idea

    def decided(self) -> str:
        idea = self.an_idea_with_a_team()
        review = self.a_review(idea, feasible=AMBER)
        self.decide(review, "kill")
        self.say(cast.KESSAI, "review.challenge", review=review, because="数字を見てほしい。")
        self.say(cast.KETTEI2, "review.answer_challenge", review=review, answer="確かめた。")
        return idea

    def withheld(self) -> str:
        idea, _ = self.an_idea_ready_for_g1()
        review = self.a_review(idea, feasible=AMBER)
        to_do = {"criterion": "feasible", "text": "広げる。", "owner": "kazami", "due_on": self.day(60)}
        self.decide(review, "conditional_go", actions=[to_do], withhold_because="事業者の秘密のため。")
        action = self.look("review", review)["actions"][0]["ref"]
        self.say(cast.TANTO, "action.close", action=action, note="広げた。")
        return idea

    def draft(self) -> str:
        return self.a_draft(users="職員", expected_effect="早くなる。")

    def attach_a_file(self, idea: str) -> None:
        handed = self.hands_in(cast.TANTO, "evidence.attach")
        self.say(cast.TANTO, "evidence.attach", idea=idea, kind="file", title="記録", file=handed)

    def surround(self, idea: str) -> None:
        """What gathers around an idea: evidence, comments, a board report, assets, checklists with notes."""
        note = {"kind": "note", "title": "試作", "body_md": "動いた。"}
        self.say(cast.TANTO, "evidence.attach", idea=idea, **note)
        taken_back = self.say(cast.VENDOR, "evidence.attach", idea=idea, **note).ref
        self.say(cast.VENDOR, "evidence.withdraw", evidence=taken_back, because="古い。")
        comment = self.say(cast.TANTO, "comment.post", idea=idea, body_md="どうでしょう。").ref
        self.say(cast.VENDOR, "comment.post", idea=idea, body_md="よいと思います。", reply_to=comment)
        text = {"kind": "prompt", "title": "指示文", "body_md": "次の質問に答える。", "licence": "MIT"}
        tried = {"test_cases": [{"input": "粗大ごみは？", "contains": ["予約"], "lacks": ["無料"]}]}
        asset = self.say(
            cast.VENDOR, "asset.publish", idea=idea, model="某", permitted_data_class="公開", **text, **tried
        ).ref
        self.say(cast.TANTO, "asset.record_run", asset=asset, case=1, model="別の某", output="予約が要る。")
        self.say(cast.TANTO, "asset.use", asset=asset, effect_note="三分早い。", minutes_saved_per_case=3.0)

    def incident(self, **subject: str) -> None:
        now = self.now.isoformat()
        case = {"title": "誤った案内", "people_affected": 3, "sensitive": False, "malicious": False}
        case |= {"occurred_at": now, "known_at": now, "body_md": "三人に誤った窓口を案内した。"}
        ref = self.say(cast.VENDOR, "incident.file", **case, **subject).ref
        first = {"kind": "preliminary", "filed_at": now, "body_md": "止めた。"}
        self.say(cast.TANTO, "incident.report", incident=ref, **first)

    def what_neighbours_say(self) -> None:
        """Demand and adoption by a town that owns neither idea, a wave that has it written to, and a case filed by the other
        tenant's vendor."""
        wish = {"need": "うちも。", "constraints": "予算は来年。"}
        adopted = {"status": "adopted", "since": self.day(-1), "note": "便利。"}
        case = {"title": "動かない", "people_affected": 1, "sensitive": False, "malicious": False}
        case |= {
            "occurred_at": self.now.isoformat(),
            "known_at": self.now.isoformat(),
            "body_md": "朝から動かない。",
        }
        for tenant, product in self.products().items():
            with self.of(tenant, "undecided"):
                self.say(KUMOI, "idea.demand", idea=self.numbers[tenant, "undecided"], **wish)
            with self.of(tenant, "flagged"):
                answer = {"lgcode": "993026", "product": product, "status": "planned", "note": "来年度。"}
                survey = {"survey": "調査", "answered_on": self.day(-1), "rows": [answer]}
                self.say("system", "adoption.import", **survey)
                planned = {"name": "先の波", "where": {"kind": "village"}, "starts_on": self.day(30)}
                self.say(cast.JIMUKYOKU, "wave.open", product=product, **planned)
                self.say(KUMOI, "adoption.report", product=product, **adopted)
                self.say(KUMOI, "idea.demand", product=product, **wish)
                self.say(cast.OUTSIDER, "incident.file", product=product, **case)

    def products(self) -> dict[str, str]:
        """Tenant -> its flagged product."""
        found = self.rows("SELECT i.number, p.slug FROM product p JOIN idea i ON i.id = p.idea_id")
        slugs = {str(number): str(slug) for number, slug in found}
        return {t: slugs[self.numbers[t, "flagged"]] for t in OWNERS if "flagged" in self.states[t]}

    def one(self, statement: str, about: str) -> str:
        """The first value of a statement about `:n`."""
        with self.engine.connect() as connection:
            return str(connection.execute(sa.text(statement), {"n": about}).scalars().first())

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement))]
