"""The scenes of every verb: a cast with each role of the policy, and commands that are valid for somebody in it."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

import tests.country as cast
from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KESSAI,
    KETTEI,
    KUMOI,
    KUMOI_KESSAI,
    LOW_RISK,
    OUTSIDER,
    SHINSA1,
    SHINSA2,
    SHINSA3,
    TANTO,
    TIME,
    VENDOR,
    YES_CONTRACT,
    Country,
)
from tests.shelves import Plot
from workflows.tables.people import Organization
from workflows.tables.products import RolloutTarget, Wave, WaveMember

SYSTEM = "system"
Org = tuple[str, str, tuple[str, ...]]
"""Where somebody belongs: slug, kind, roles."""
KIND = {slug: kind for slug, kind in ((str(o["slug"]), str(o["kind"])) for o in cast.ORGS)} | {
    "kyogikai": "association"
}
BESIDES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("kacho@kazami.example.jp", "kazami", ("approver",)),
    ("caio@kazami.example.jp", "kazami", ("caio",)),
    ("shokuin@kazami.example.jp", "kazami", ("member",)),
    ("kanri@kazami.example.jp", "kazami", ("administrator",)),
    ("shokuin@hoshimori.example.jp", "hoshimori", ("member",)),
    ("kanri@kazemirai.example.jp", "kazemirai", ("administrator",)),
    ("shokuin@digital-agency.example.jp", "digital-agency", ("member",)),
    ("jimu@kyogikai.example.jp", "kyogikai", ("member",)),
    ("kensho@kazami.example.jp", "kazami", ("submitter",)),
    ("kensho@kazami.example.jp", "yosomono", ("member",)),
)
GONE, STRANGER = "moto@kazami.example.jp", "dare@mo-shiranai.example.jp"
CAST: dict[str, list[Org]] = {GONE: [], STRANGER: [], SYSTEM: []}
TOWNS = {slug for slug, kind in KIND.items() if kind == "municipality"}
for _email, _slug, _roles in (*cast.PEOPLE, *BESIDES):
    CAST.setdefault(_email, []).append((_slug, KIND[_slug], _roles))

WORDS = (
    "議事録要約", "水道検針", "道路補修", "図書貸出", "税務照会", "保育申請", "防災放送", "農地台帳",
    "観光案内", "学校給食", "消防点検", "介護認定", "ごみ分別", "住民異動", "空き家調査", "公園予約",
    "職員研修", "例規検索", "除雪手配", "健診通知", "入札審査", "墓地管理", "広報編集", "選挙事務",
    "河川監視", "文化財目録", "林道巡視", "電話応対", "申告相談", "統計作成",
)  # fmt: skip
"""Titles that share no two characters: no idea here looks like another."""


class Land(Country):
    """The country with more people, where every idea has a title and a repository of its own."""

    def __init__(self, ground: sa.Engine | Plot) -> None:
        super().__init__(ground)
        with (
            self.engine.begin() as connection
        ):  # the 1,788 would make every look at all rows slow, and prove nothing more
            connection.execute(sa.text("DELETE FROM organization WHERE claimed_at IS NULL"))
        self.words, self.slugs = iter(WORDS), count(1)
        self.repository = ""
        self.say(SYSTEM, "org.register", slug="kyogikai", kind="association", name="架空協議会")
        for email, org, roles in (*BESIDES, (GONE, "kazami", ("submitter",))):
            self.say(SYSTEM, "user.invite", email=email, name="担当", org=org, roles=list(roles))
        self.say(cast.KANRI, "user.revoke", user=GONE, org="kazami")

    def a_draft(self, title: str = "", who: str = TANTO, **more: Any) -> str:
        return super().a_draft(next(self.words), who, **more)

    def link_a_repository(self, idea: str, full_name: str = "", **facts: Any) -> None:
        self.repository = f"kazemirai/{idea.lower()}"
        super().link_a_repository(idea, self.repository, **facts)

    def snapshot(self, full_name: str = "", **facts: Any) -> Any:
        return super().snapshot(full_name or self.repository, **facts)

    def describe_the_product(self, idea: str, slug: str = "", **more: Any) -> str:
        return super().describe_the_product(idea, slug or f"product-{next(self.slugs)}", **more)


@dataclass
class Scene:
    """A verb about a thing in a state: the command, what the table must know of the thing, what would be wrong.

    own: whose thing it is (None: everyone acts for itself). seen: `everyone`, `idea` (its published part is enough),
    `brief` (what a vendor sees) or `whole`. wrong: other values for the command, each with the reason they are refused.
    """

    command: dict[str, Any]
    own: set[str] | None = field(default_factory=lambda: {"kazami"})
    seen: str = "whole"
    owner: str = "kazami"
    partners: set[str] = field(default_factory=lambda: {"kazemirai"})
    assigned: tuple[str, ...] = ()
    draft: bool = False
    published: bool = False
    has_caio: bool = True
    own_only: bool = False
    seers: set[str] = field(default_factory=set)
    wrong: list[tuple[dict[str, Any], str]] = field(default_factory=list)


def build(c: Land) -> dict[str, list[Scene]]:
    """Plays the roads that lead to every scene."""
    # Long roads first: each takes months, and challenges have ten days.
    _, suspended = c.a_flagged_product()
    c.say(KETTEI, "product.suspend", product=suspended, because="点検する。")
    spread, flagged = c.a_flagged_product()
    c.tick()
    c.say(HOSHIMORI, "adoption.report", product=flagged, status="adopted", since=c.day(-1))
    c.say(OUTSIDER, "incident.file", product=flagged, **incident(c))
    alien = c.say(OUTSIDER, "incident.file", product=flagged, **incident(c)).ref
    making, _ = c.an_idea_in_productization()
    made, _ = c.an_idea_in_productization()
    product = c.describe_the_product(made)
    _, planned = c.an_idea_in_pilot()
    running_idea, running = c.a_running_pilot()
    c.pass_days(10)
    _, ended = c.a_running_pilot()
    c.pass_days(2)
    c.say(TANTO, "pilot.finish", pilot=ended, summary="終えた。")
    tried = {"kpi": f"{running}-time", "arm": "pilot", "method": "記録", "mean": 5.0, "sd": 1.0, "n": 10}
    tried |= {"period_from": c.day(-5), "period_to": c.day(-1)}
    measured = {
        org: c.say(who, "kpi.measure", **tried, measured_by=org).ref
        for who, org in (
            (TANTO, "kazami"),
            (VENDOR, "kazemirai"),
            (HOSHIMORI, "hoshimori"),
            (SHINSA3, "digital-agency"),
        )
    }
    voided = c.say(TANTO, "kpi.measure", **tried, measured_by="kazami").ref
    c.say(TANTO, "kpi.void", measurement=voided, because="写し誤り。")
    case = c.say(TANTO, "incident.file", pilot=running, **incident(c)).ref
    final = {"kind": "final", "filed_at": c.now.isoformat(), "body_md": "原因と対策。"}
    c.say(TANTO, "incident.report", incident=case, **final)
    closed_case = c.say(TANTO, "incident.file", pilot=running, **incident(c)).ref
    c.say(TANTO, "incident.report", incident=closed_case, **final)
    c.say(SHINSA1, "incident.close", incident=closed_case, lesson_md="確かめてから渡す。")

    draft = c.a_draft()
    idea = c.an_idea_with_a_team()
    other = c.an_idea()
    theirs = c.an_idea(who=HOSHIMORI, approver=HOSHIMORI_KESSAI)
    no_caio = c.an_idea(who=KUMOI, approver=KUMOI_KESSAI)
    c.say(KUMOI, "risk.assess", idea=no_caio, checklist_version="high_risk-1", answers=LOW_RISK)
    asked, invited = c.an_idea(), c.an_idea()
    c.say(VENDOR, "team.ask", idea=asked, org="kazemirai", message="一緒に作ります。")
    c.say(TANTO, "team.ask", idea=invited, org="kazemirai", message="一緒に作りませんか。")
    note = {"kind": "note", "title": "試作", "body_md": "動いた。"}
    evidence = c.say(TANTO, "evidence.attach", idea=idea, **note).ref
    taken_back = c.say(TANTO, "evidence.attach", idea=idea, **note).ref
    c.say(TANTO, "evidence.withdraw", evidence=taken_back, because="古い。")
    unfrozen_idea = c.an_idea_with_a_team()
    unfrozen = c.plan_a_pilot(unfrozen_idea)
    c.say(TANTO, "kpi.define", pilot=unfrozen, **TIME)
    given_up = c.say(TANTO, "kpi.define", pilot=unfrozen, **TIME | {"key": "other"}).ref
    c.say(TANTO, "kpi.abandon", kpi=given_up, because="測れない。")
    ready, _ = c.an_idea_ready_for_g1()
    reported = {"title": "庁内照会", "summary": "照会に答える。", "field": "庁内", "owner": "架空の研究会"}
    c.say(SYSTEM, "idea.import", rows=[reported | {"source": "https://example.jp/1"}])
    era, serial = ready.split("-")
    kept = f"{era}-{int(serial) + 1:04d}"
    c.say(HOSHIMORI, "idea.follow", idea=idea)

    event = {"kind": "ideathon", "theme": "窓口", "host": "kazami", "name": "アイデアソン"}
    event |= {"starts_at": c.now.isoformat(), "ends_at": f"{c.day(2)}T18:00:00+09:00"}
    event |= {"submissions_close_at": f"{c.day(1)}T12:00:00+09:00"}
    c.say(JIMUKYOKU, "event.open", slug="haru", **event)
    c.say(JIMUKYOKU, "event.open", slug="aki", **event)
    c.say(JIMUKYOKU, "event.close", event="aki")
    text = {"kind": "prompt", "title": "下書きの指示文", "body_md": "次の質問に答える。", "licence": "MIT"}
    text |= {"test_cases": [{"input": "粗大ごみは？", "contains": ["回答"], "at_most": 400}]}
    run = {"case": 1, "model": "某", "output": "回答: 予約してください。"}
    asset = c.say(TANTO, "asset.publish", idea=idea, **text).ref
    free = c.say(VENDOR, "asset.publish", **text).ref
    retired = c.say(TANTO, "asset.publish", idea=idea, **text).ref
    c.say(TANTO, "asset.retire", asset=retired)

    withdrawn = c.an_idea()
    c.say(TANTO, "idea.withdraw", idea=withdrawn, reason="別の方法にする。")
    conditional, _ = c.an_idea_ready_for_g1()
    amber = {"rating": "amber", "finding": "試作は小さい。", "action": "広げて試す。"}
    owners = ("kazami", "kazemirai", "digital-agency", "kazami")
    actions = [
        {"criterion": "feasible", "text": "広げて試す。", "owner": owner, "due_on": c.day(30)}
        for owner in owners
    ]
    judged = c.a_review(conditional, feasible=amber)
    c.decide(judged, "conditional_go", actions=actions)
    theirs_to_do = [a["ref"] for a in c.look("review", judged)["actions"]]
    c.say(TANTO, "action.close", action=theirs_to_do[3], note="広げた。")
    held = c.an_idea()
    c.decide(c.a_review(held), "hold", hold_until=c.day(60))
    killed, answered = c.an_idea(), c.an_idea()
    stopped = c.a_review(killed)
    c.decide(stopped, "kill")
    contested = c.a_review(answered)
    c.decide(contested, "kill")
    c.say(KESSAI, "review.challenge", review=contested, because="数字を見てほしい。")
    in_review = c.an_idea()
    review = c.a_review(in_review)

    def about(number: str = idea, *wrong: str, **more: Any) -> dict[str, Any]:
        """The fields of a scene about an idea's published part; `wrong` names ideas in a wrong status."""
        return {"seen": "idea", "wrong": [({"idea": w}, "wrong_status") for w in wrong]} | more

    def instead(reason: str = "wrong_status", **values: Any) -> list[tuple[dict[str, Any], str]]:
        return [(values, reason)]

    alone: dict[str, Any] = {"partners": set()}
    open_to_all: dict[str, Any] = {"own": None, "seen": "everyone"}
    off = (killed, withdrawn, held)
    why = {"because": "理由。"}
    newcomer = {"name": "新人", "roles": ["member"]}
    new_org = {"slug": "atarashii", "kind": "vendor", "name": "株式会社アタラシイ"}
    in_judging: dict[str, Any] = {"partners": set(), "assigned": (SHINSA1, SHINSA2)}
    in_judging |= {"wrong": instead(review=stopped)}
    lasting: dict[str, Any] = {"own": None, "seen": "everyone", "owner": "kazami"}
    rows = [reported | {"source": "https://example.jp/2"}]
    seen_facts = {"taken_at": c.now.isoformat(), "source": "import", "facts": {"open_issues": 3}}
    fields = {"title": "題", "field": "庁内", "challenge": "困りごと。", "as_is": "今。", "to_be": "先。"}
    plan = {"site": "kazami", "vendor": "kazemirai", "starts_on": c.day(5), "ends_on": c.day(20)}
    plan |= {
        "plan_md": "試す。",
        "stop_rule": "誤ったら止める。",
        "cost_yen": 1,
        "budget_deadline": c.day(90),
    }
    profile = {"personal": False, "confidential": False, "legal_basis": "not_personal", "recurring": True}
    profile |= {"vendor_trains_on_input": False, "region": "jp"}
    sheet = {"slug": "atarashii", "name": "新しい", "summary": "便利。", "networks": ["alpha"]}
    sheet |= {"support_contact": "窓口", "support_hours": "平日", "support_until": c.day(900)}
    seen_review = {"review": review, "seen_version": c.look("review", review)["version"]}
    version = c.look("idea", idea)["version"]
    of_running: dict[str, Any] = {"wrong": instead(pilot=planned)}
    of_planned: dict[str, Any] = {"wrong": instead(pilot=running)}
    return {
        "idea.draft": [Scene(fields, **open_to_all)],
        "idea.revise": [
            Scene({"idea": idea, "seen_version": version, "title": "新しい題"}, **about(idea, *off, in_review)),
            Scene({"idea": draft, "seen_version": 1, "as_is": "新しい文。"}, draft=True, **alone),
        ],
        "idea.submit": [Scene({"idea": draft}, draft=True, **alone, **about(draft, idea, killed))],
        "idea.withdraw": [
            Scene(
                {"idea": other, "reason": "別の方法にする。"},
                seen="idea",
                wrong=instead(idea=killed) + instead(idea=held) + instead("wrong_stage", idea=running_idea),
                **alone,
            )
        ],
        "idea.clone": [Scene({"idea": idea, **why}, own=None, seen="idea", wrong=instead("unknown", idea="R8-9999"))],
        "idea.complete": [
            Scene(
                {"idea": spread, **why},
                seen="idea",
                published=True,
                wrong=instead(idea=killed) + instead("wrong_stage", idea=idea),
            )
        ],
        "idea.compare": [Scene({"idea": idea, "other": theirs, "verdict": "different", **why}, **about(idea, *off))],
        "idea.merge": [
            Scene({"idea": idea, "into": theirs}, own={"kazami", "hoshimori"}, **about(idea, *off)),
            Scene({"idea": idea, "into": other}, seen="idea", wrong=instead(into=killed) + instead("invalid", into=idea)),
        ],
        "idea.demand": [
            Scene({"idea": idea, "need": "うちも。"}, own=None, **about(idea, killed) | {"seen": "brief"}),
            Scene({"product": flagged, "need": "うちも。"}, **lasting),
        ],
        "idea.import": [Scene({"rows": rows}, **open_to_all)],
        "idea.assign_owner": [
            Scene(
                {"idea": kept, "org": "hoshimori"},
                own={"digital-agency"},
                owner="digital-agency",
                seen="idea",
                wrong=instead(idea=killed),
                **alone,
            )
        ],
        "idea.resume": [Scene({"idea": held, **why}, published=True, **alone, **about(held, idea, killed))],
        "idea.follow": [
            Scene({"idea": idea}, own=None, seen="idea"), Scene({"idea": killed}, own=None, seen="idea", published=True, **alone)
        ],
        "idea.unfollow": [Scene({"idea": idea}, own=None, seen="idea")],
        "comment.post": [
            Scene({"idea": idea, "body_md": "よい。"}, own=None, seen="idea"),
            Scene({"idea": held, "body_md": "よい。"}, own=None, seen="idea", published=True, **alone),
        ],
        "team.ask": [
            Scene({"idea": idea, "org": "yosomono", "message": "ぜひ。"}, own={"kazami", "yosomono"}, **about(idea, *off)),
        ],
        "team.accept": [
            Scene({"idea": asked, "org": "kazemirai"}, **alone, **about(asked, idea)),
            Scene({"idea": invited, "org": "kazemirai"}, own={"kazemirai"}, **alone, **about(invited, idea)),
        ],
        "team.decline": [Scene({"idea": asked, "org": "kazemirai"}, **alone, **about(asked, idea))],
        "team.leave": [
            Scene({"idea": idea, "org": "kazemirai"}, own={"kazami", "kazemirai"}, **about(idea, ready, other)),
        ],
        "event.open": [Scene({"slug": "natsu", **event}, **open_to_all)],
        "event.revise": [Scene({"event": "haru", "theme": "防災"}, **open_to_all, wrong=instead(event="aki"))],
        "event.close": [Scene({"event": "haru"}, **open_to_all, wrong=instead(event="aki"))],
        "challenge.post": [
            Scene({"event": "haru", "title": "題", "body_md": "困った。", "field": "窓口"}, **open_to_all, wrong=instead(event="aki"))
        ],
        "evidence.attach": [Scene({"idea": idea, **note}, **about(idea, killed, withdrawn, draft))],
        "evidence.withdraw": [Scene({"evidence": evidence, **why}, wrong=instead(evidence=taken_back))],
        "repo.link": [Scene({"idea": idea, "full_name": "kazemirai/hoka"}, **about(idea, *off, in_review))],
        "repo.unlink": [Scene({"idea": ready, "full_name": f"kazemirai/{ready.lower()}"}, seen="idea")],
        "repo.sync": [Scene({"full_name": f"kazemirai/{ready.lower()}"})],
        "repo.snapshot": [Scene({"full_name": f"kazemirai/{ready.lower()}", **seen_facts})],
        "risk.profile": [Scene({"idea": idea, **profile}, **about(idea, killed, in_review))],
        "risk.assess": [
            Scene({"idea": idea, "checklist_version": "high_risk-1", "answers": LOW_RISK}, **about(idea, killed, in_review))
        ],
        "risk.decide": [
            Scene({"idea": ready, "level": "low", "reason": "人が確かめる。"}, **about(ready, killed, in_review)),
            Scene({"idea": no_caio, "level": "low", "reason": "人が確かめる。"}, own={"kumoi"}, owner="kumoi", has_caio=False, seen="idea", **alone),
        ],
        "risk.report_to_board": [
            Scene({"idea": idea, "reported_on": c.day(-1), "summary": "報告した。"}, **about(idea, killed, in_review))
        ],
        "checklist.answer": [
            Scene({"idea": idea, "checklist": "contract-1", "answers": YES_CONTRACT}, **about(idea, *off, in_review))
        ],
        "incident.file": [
            Scene({"pilot": running, **incident(c)}, own=None),
            Scene({"product": flagged, **incident(c)}, **lasting),
        ],
        "incident.report": [
            Scene({"incident": case, **final}, own={"kazami", "kazemirai"}, wrong=instead(incident=closed_case)),
            Scene({"incident": alien, **final}, own={"kazami", "kazemirai", "yosomono"}, seers={"yosomono"}),
        ],
        "incident.close": [
            Scene(
                {"incident": case, "lesson_md": "学び。"},
                wrong=instead(incident=closed_case) + instead("incomplete", incident=alien),
            )
        ],
        "pilot.plan": [Scene({"idea": idea, **plan}, **about(idea, *off, in_review))],
        "pilot.revise": [Scene({"pilot": unfrozen, "cost_yen": 5}, wrong=instead("frozen", pilot=running))],
        "pilot.replan": [Scene({"pilot": planned, "starts_on": c.day(3), "ends_on": c.day(9), **why}, **of_planned)],
        "pilot.start": [Scene({"pilot": planned}, **of_planned)],
        "pilot.report": [
            Scene({"pilot": running, "health": "green", "progress": 50, "summary": "順調。"}, **of_running)
        ],
        "pilot.finish": [Scene({"pilot": running, "summary": "終えた。"}, **of_running)],
        "pilot.cancel": [Scene({"pilot": planned, **why}, wrong=instead(pilot=ended))],
        "kpi.define": [Scene({"pilot": unfrozen, **TIME | {"key": "again"}}, wrong=instead("frozen", pilot=planned))],
        "kpi.revise": [Scene({"kpi": f"{unfrozen}-time", "target": 5.0}, wrong=instead(kpi=given_up))],
        "kpi.freeze": [Scene({"pilot": unfrozen}, wrong=instead("frozen", pilot=planned))],
        "kpi.abandon": [Scene({"kpi": f"{running}-time", **why}, wrong=instead(kpi=given_up))],
        "kpi.measure": [
            Scene({**tried, "measured_by": "kazami"}, wrong=instead(kpi=f"{planned}-time")),
            Scene({**tried, "measured_by": "digital-agency"}),
        ],
        "kpi.void": [
            Scene({"measurement": ref, **why}, own={org}, own_only=True, wrong=instead(measurement=voided) if org == "kazami" else [])
            for org, ref in measured.items()
        ],
        "review.request": [
            Scene({"idea": ready}, seen="idea", wrong=instead(idea=killed) + instead("wrong_stage", idea=spread))
        ],
        "review.assign": [Scene({"review": review, "reviewer": SHINSA3}, **in_judging)],
        "review.rate": [Scene({"review": review, "ratings": {"feasible": amber}}, **in_judging)],
        "review.recuse": [Scene({"review": review, **why}, **in_judging)],
        "review.return": [Scene({"review": review, **why}, **in_judging)],
        "review.decide": [Scene({**seen_review, "decision": "kill", "rationale": "測れない。"}, **in_judging)],
        "review.challenge": [Scene({"review": stopped, **why}, partners=set(), wrong=instead(review=review))],
        "review.answer_challenge": [Scene({"review": contested, "answer": "確かめた。"}, partners=set(), wrong=instead(review=stopped))],
        "action.close": [
            Scene({"action": ref, "note": "終えた。"}, own={org}, wrong=instead(action=theirs_to_do[3]) if org == "kazami" else [])
            for org, ref in zip(owners[:3], theirs_to_do, strict=False)
        ],
        "action.verify": [
            Scene({"action": theirs_to_do[3]}, assigned=(SHINSA1, SHINSA2), wrong=instead(action=theirs_to_do[0]))
        ],
        "product.describe": [
            Scene(
                {"idea": making, **sheet},
                seen="idea",
                published=True,
                wrong=instead(idea=killed) + instead("wrong_stage", idea=idea),
            )
        ],
        "product.revise": [Scene({"product": product, "name": "別の名"}), Scene({"product": flagged, "name": "別の名"}, seen="everyone")],
        "product.release": [Scene({"product": product, "version": "1.0.0", "tag": "v1", "released_on": c.day()})],
        "product.suspend": [Scene({"product": flagged, **why}, seen="everyone", wrong=instead(product=suspended))],
        "product.restore": [Scene({"product": suspended, **why}, seen="everyone", wrong=instead(product=flagged))],
        "wave.open": [
            Scene({"product": flagged, "name": "第一波", "where": {}, "starts_on": c.day(1)}, seen="everyone", wrong=instead(product=suspended))
        ],
        "wave.remind": [
            Scene({"wave": told_wave(c, flagged)}, seen="everyone", wrong=instead(wave=told_wave(c, flagged, days=None))),
        ],
        "adoption.report": [Scene({"product": flagged, "status": "planned"}, **lasting), Scene({"product": product, "status": "piloting"}, own=None)],
        "adoption.reconfirm": [Scene({"product": flagged}, **lasting)],
        "adoption.import": [
            Scene(
                {
                    "survey": "調査",
                    "answered_on": c.day(-1),
                    "rows": [{"lgcode": "993026", "product": flagged, "status": "planned"}],
                },
                **open_to_all,
            )
        ],
        "asset.publish": [Scene(text, **open_to_all), Scene({**text, "idea": idea}, own=TOWNS | {"kazemirai"}, seen="brief")],
        "asset.revise": [
            Scene({"asset": asset, "title": "二版"}, seen="everyone", wrong=instead(asset=retired)),
            Scene({"asset": free, "title": "二版"}, seen="everyone", own={"kazemirai"}),
        ],
        "asset.fork": [Scene({"asset": asset}, **lasting, wrong=instead(asset=retired)), Scene({"asset": free}, partners=set(), **lasting)],
        "asset.use": [Scene({"asset": asset}, **lasting, wrong=instead(asset=retired)), Scene({"asset": free}, partners=set(), **lasting)],
        "asset.record_run": [
            Scene({"asset": asset, **run}, **lasting, wrong=instead(asset=retired)),
            Scene({"asset": free, **run}, partners=set(), **lasting),
        ],
        "asset.retire": [Scene({"asset": asset}, seen="everyone", wrong=instead(asset=retired))],
        "org.register": [Scene(new_org, **open_to_all)],
        "org.revise": [Scene({"org": "kazami", "kana": "カザミ"}, seen="everyone")],
        "user.invite": [
            Scene({"email": "shin@kazami.example.jp", **newcomer, "org": "kazami"}, seen="everyone"),
            Scene({"email": "shin@kazemirai.example.jp", **newcomer, "org": "kazemirai"}, seen="everyone", own={"kazemirai"}),
        ],
        "user.revoke": [Scene({"user": "shokuin@kazami.example.jp", "org": "kazami"}, seen="everyone")],
        "user.sign_out": [Scene({"user": "shokuin@kazami.example.jp", "org": "kazami"}, seen="everyone")],
    }  # fmt: skip


def told_wave(c: Country, product: str, days: int | None = 14) -> str:
    """A wave to one town that was told of it so many days ago; None: not yet."""
    wave = c.say(
        JIMUKYOKU, "wave.open", product=product, name="先の波", where={"kind": "village"}, starts_on=c.day(1)
    ).ref
    with Session(c.engine) as session:
        row = session.exec(select(Wave).where(Wave.ref == wave)).one()
        town = session.exec(select(Organization.id).where(Organization.slug == "kumoi")).one()
        named = select(RolloutTarget).where(
            RolloutTarget.product_id == row.product_id, RolloutTarget.org_id == town
        )
        target = session.exec(named).first()
        if target is None:
            target = RolloutTarget(
                product_id=row.product_id, org_id=town, offered=True, total=0, points={}, created_at=c.now
            )
            session.add(target)
            session.flush()
        session.merge(WaveMember(wave_id=row.id, target_id=target.id))
        row.told_at = None if days is None else c.now - timedelta(days=days)
        session.add(row)
        session.commit()
    return wave


def incident(c: Country) -> dict[str, Any]:
    now = c.now.isoformat()
    return {
        "title": "誤った案内",
        "people_affected": 3,
        "sensitive": False,
        "malicious": False,
        "occurred_at": now,
        "known_at": now,
        "body_md": "三人に誤った窓口を案内した。",
    }
