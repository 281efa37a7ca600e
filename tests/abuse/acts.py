"""Every verb about a thing of one tenant, as a command that is right in form: what the crawl says as everybody."""

from typing import Any

from tests.abuse.tenants import OWNERS, Tenants
from tests.country import LOW_RISK, SHINSA1, SHINSA2, SHINSA3, YES_CONTRACT
from tests.scenes import TOWNS, Scene, incident

Acts = list[tuple[str, Scene]]


def acts_on(world: Tenants, tenant: str) -> Acts:
    """Verb and scene, for every verb of the registry."""
    town, vendor = OWNERS[tenant]
    other_town, _ = OWNERS["B" if tenant == "A" else "A"]
    idea, draft, decided = (world.numbers[tenant, state] for state in ("undecided", "draft", "decided"))
    theirs = world.numbers["B" if tenant == "A" else "A", "undecided"]
    product, flagged = world.products()[tenant], world.numbers[tenant, "flagged"]
    pilot, review, kpi = f"{idea}-P1", f"{idea}-V1", f"{idea}-P1-time"
    action = world.one(
        "SELECT a.ref FROM action_item a JOIN idea i ON i.id = a.idea_id WHERE i.number = :n",
        world.numbers[tenant, "withheld"],
    )
    evidence = world.one(
        "SELECT e.ref FROM evidence e JOIN idea i ON i.id = e.idea_id WHERE i.number = :n", idea
    )
    asset = world.one("SELECT a.ref FROM asset a JOIN idea i ON i.id = a.idea_id WHERE i.number = :n", idea)
    repository = world.one(
        "SELECT r.full_name FROM repository r JOIN repository_link l ON l.repository_id = r.id JOIN idea i ON i.id = l.idea_id"
        " WHERE i.number = :n", idea,
    )  # fmt: skip
    measurement = world.one(
        "SELECT m.ref FROM measurement m JOIN organization o ON o.id = m.org_id JOIN kpi k ON k.id = m.kpi_id JOIN pilot p"
        " ON p.id = k.pilot_id WHERE p.ref LIKE :n || '-P1' AND o.slug IN ('kazami', 'hoshimori') ORDER BY m.id",
        flagged,
    )
    now, day = world.now.isoformat(), world.day(5)
    why = {"because": "理由。"}
    text = {"kind": "prompt", "title": "指示文", "body_md": "答える。", "licence": "MIT"}
    event = {"kind": "ideathon", "theme": "窓口", "host": "digital-agency", "name": "アイデアソン"}
    event |= dict.fromkeys(("starts_at", "ends_at", "submissions_close_at"), now)
    words = {"title": "題", "field": "庁内", "challenge": "困る。", "as_is": "今。", "to_be": "先。"}
    plan = {
        "site": town,
        "vendor": vendor,
        "starts_on": day,
        "ends_on": world.day(20),
        "budget_deadline": world.day(90),
    }
    plan |= {"plan_md": "試す。", "stop_rule": "誤れば止める。", "cost_yen": 1}
    profile = {"personal": False, "confidential": False, "legal_basis": "not_personal", "recurring": True}
    profile |= {"vendor_trains_on_input": False, "region": "jp"}
    sheet = {
        "name": "新しい",
        "summary": "便利。",
        "networks": ["alpha"],
        "support_contact": "窓口",
        "support_hours": "平日",
    }
    measured = {
        "arm": "pilot",
        "period_from": world.day(-5),
        "period_to": world.day(-1),
        "method": "記録",
        "n": 10,
    }
    case = {"incident": f"{flagged}-I1"}
    final = {"kind": "final", "filed_at": now, "body_md": "原因と対策。"}
    defined = {
        "key": "more",
        "type": "time_saved",
        "name": "時間",
        "unit": "minutes_per_case",
        "direction": "up",
    }

    own: dict[str, Any] = {"own": {town}, "owner": town, "partners": {vendor}}
    by_any = own | {"own": None}
    public: dict[str, Any] = by_any | {"seen": "everyone"}
    judging = own | {"assigned": (SHINSA1, SHINSA2)}
    found: Acts = []

    def about_idea(verb: str, /, number: str = idea, like: dict[str, Any] = own, **more: Any) -> None:
        found.append((verb, Scene({"idea": number, **more}, **({"seen": "idea"} | like))))

    def about(verb: str, like: dict[str, Any] = own, /, **command: Any) -> None:
        found.append((verb, Scene(command, **like)))

    hidden = own | {"draft": True, "partners": set()}
    for number, like in ((idea, own), (draft, hidden)):
        about_idea("idea.revise", number, like, seen_version=1, title="題")
        about_idea("idea.withdraw", number, like, reason="別の方法。")
        about_idea("idea.clone", number, like | {"own": None}, **why)
        about_idea("idea.complete", number, like, **why)
        about_idea("idea.compare", number, like, other=decided, verdict="different", **why)
        about_idea("idea.follow", number, like | {"own": None})
        about_idea("idea.unfollow", number, like | {"own": None})
        about_idea("comment.post", number, like | {"own": None}, body_md="よい。")
        about_idea(
            "evidence.attach",
            number,
            like,
            **{k: v for k, v in text.items() if k != "licence"} | {"kind": "note"},
        )
        about_idea("review.request", number, like)
        about_idea("pilot.plan", number, like, **plan)
        about_idea("risk.profile", number, like, **profile)
        about_idea("risk.assess", number, like, checklist_version="high_risk-1", answers=LOW_RISK)
        about_idea("risk.decide", number, like, level="low", reason="人が確かめる。")
        about_idea("risk.report_to_board", number, like, reported_on=world.day(-1), summary="報告。")
        about_idea("checklist.answer", number, like, checklist="contract-1", answers=YES_CONTRACT)
        about_idea("repo.link", number, like, full_name="kazemirai/hoka")
        about_idea("idea.submit", number, like)
        about_idea("idea.resume", number, like, **why)
        about_idea("product.describe", number, like, slug="atarashii", support_until=world.day(900), **sheet)
    about_idea("idea.merge", like=own | {"own": {town, other_town}}, into=theirs)
    about_idea("idea.demand", like=by_any | {"seen": "brief"}, need="うちも。")
    about_idea("idea.assign_owner", org=town)
    about_idea("team.ask", like=own | {"own": {town, "kazemirai"}}, org="kazemirai", message="ぜひ。")
    about_idea("team.accept", like=own | {"own": {town, vendor}}, org=vendor)
    about_idea("team.decline", like=own | {"own": {town, vendor}}, org=vendor)
    about_idea("team.leave", like=own | {"own": {town, vendor}}, org=vendor)
    about_idea("repo.unlink", full_name=repository)
    about_idea("asset.publish", like=own | {"own": TOWNS | {vendor}, "seen": "brief"}, **text)
    about("repo.sync", full_name=repository)
    about("repo.snapshot", full_name=repository, taken_at=now, source="import", facts={"open_issues": 3})
    about("evidence.withdraw", evidence=evidence, **why)
    about("incident.file", by_any, pilot=pilot, **incident(world))
    about("incident.report", own | {"own": {town, vendor}}, **case, **final)
    about("incident.close", **case, lesson_md="学び。")
    about("pilot.revise", pilot=pilot, cost_yen=5)
    about("pilot.replan", pilot=pilot, starts_on=day, ends_on=world.day(9), **why)
    about("pilot.start", pilot=pilot)
    about("pilot.report", pilot=pilot, health="green", progress=50, summary="順調。")
    about("pilot.finish", pilot=pilot, summary="終えた。")
    about("pilot.cancel", pilot=pilot, **why)
    about("kpi.define", pilot=pilot, target=4.0, min_n=1, **defined)
    about("kpi.revise", kpi=kpi, target=5.0)
    about("kpi.freeze", pilot=pilot)
    about("kpi.abandon", kpi=kpi, **why)
    about("kpi.measure", kpi=kpi, mean=5.0, sd=1.0, measured_by=town, **measured)
    about("kpi.void", own | {"own_only": True}, measurement=measurement, **why)
    about("review.assign", judging, review=review, reviewer=SHINSA3)
    about(
        "review.rate", judging, review=review, ratings={"feasible": {"rating": "green", "finding": "見た。"}}
    )
    about("review.recuse", judging, review=review, **why)
    about("review.return", judging, review=review, **why)
    about("review.decide", judging, review=review, seen_version=1, decision="kill", rationale="測れない。")
    about("review.challenge", review=f"{decided}-V1", **why)
    about("review.answer_challenge", review=f"{decided}-V1", answer="確かめた。")
    about("action.close", action=action, note="終えた。")
    about("action.verify", judging, action=action)
    everyone = own | {"seen": "everyone"}
    about("product.revise", everyone, product=product, name="別の名")
    about("product.release", everyone, product=product, version="2.0.0", tag="v2", released_on=world.day())
    about("product.suspend", everyone, product=product, **why)
    about("product.restore", everyone, product=product, **why)
    about("wave.open", everyone, product=product, name="第一波", where={"network": "alpha"}, starts_on=day)
    about("wave.remind", everyone, wave=f"{product}-W1")
    about("adoption.report", public, product=product, status="planned")
    about("adoption.reconfirm", public, product=product)
    answers = [{"lgcode": "992011", "product": product, "status": "planned", "note": "来年度。"}]
    about("adoption.import", public, survey="調査", answered_on="2026-04-01", rows=answers)
    about("asset.revise", everyone | {"own": {vendor}}, asset=asset, title="二版")
    about("asset.retire", everyone | {"own": {vendor}}, asset=asset)
    about("asset.fork", public, asset=asset)
    about("asset.use", public, asset=asset)
    about("asset.record_run", public, asset=asset, case=1, model="某", output="答え。")
    about("org.revise", everyone, org=town, kana="カナ")
    about("user.invite", everyone, org=town, email="shin@example.jp", name="新人", roles=["member"])
    about("user.revoke", everyone, org=town, user=f"shokuin@{town}.example.jp")
    about("user.sign_out", everyone, org=town, user=f"shokuin@{town}.example.jp")
    about("org.register", public, slug="atarashii", kind="vendor", name="株式会社アタラシイ")
    about("idea.draft", public, **words)
    about(
        "idea.import",
        public,
        rows=[
            {
                "title": "題",
                "summary": "要約。",
                "field": "庁内",
                "owner": "会",
                "source": "https://example.jp/2",
            }
        ],
    )
    about("event.open", public, slug="natsu", **event)
    about("event.revise", public, event="haru", theme="防災")
    about("event.close", public, event="haru")
    about("challenge.post", public, event="haru", title="題", body_md="困った。", field="窓口")
    return found


def as_typed(value: Any, path: str = "") -> dict[str, Any]:
    """A command as the fields of a form: `ratings.feasible.finding`."""
    if isinstance(value, dict):
        return {
            k: v
            for name, part in value.items()
            for k, v in as_typed(part, f"{path}.{name}".strip(".")).items()
        }
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {k: v for i, part in enumerate(value) for k, v in as_typed(part, f"{path}.{i}").items()}
    return {path: {True: "yes", False: "no"}[value] if isinstance(value, bool) else value}
