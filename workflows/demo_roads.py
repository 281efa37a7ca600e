"""The roads of the demo: what every idea does in the same way (a prototype, a plan, a gate …), written out as scenario steps.

A story of the demo is a scenario (VERBS §4) with two words more, so that it tells what is its own and nothing else:
`cast:` names who is in it, and `road:` stands for the steps that one of the functions below yields from `with:`.
`at:` may be a day alone: nine o'clock in Tokyo.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import yaml

from stages.risk import checklists
from workflows.calendar import TOKYO

Facts = Mapping[str, Any]
Steps = Iterator[dict[str, Any]]

UNITS = {
    "time_saved": "minutes_per_case",
    "cost_per_case": "yen_per_case",
    "satisfaction": "points",
    "uses_per_user": "uses",
    "incident_count": "incidents",
}
"""Units of the KPI types that are no shares."""
DOWN = ("cost_per_case", "escalation_rate", "incident_count")
FINDINGS = {
    "staff_heard": "アンケートの回答率と自由記述を読みました。現場は使い続ける意向です。",
    "accessible": "検査報告書で AA の達成基準を確かめました。",
    "affordable": "一件費用と、次年度の予算の道筋が示されています。",
    "accountable": "AIの出力の表示、理由の記録、職員の判断の手順が揃っています。",
    "portable": "団体ごとの違いは設定表に切り出されています。",
    "secure": "検査報告書に、重い脆弱性も秘密情報の混入もありません。",
}
"""What a reviewer writes of a criterion that only people can rate, unless the story says otherwise."""
ONLY_PEOPLE = {
    "G1": (),
    "G2": ("staff_heard",),
    "G3": ("accessible", "affordable", "accountable", "portable"),
    "G4": ("secure",),
}
LONG_DESCRIPTION = (
    "出力には根拠となった文書の場所を必ず示し、職員が確かめて直した内容を記録します。個人情報を外へ送らない設定を標準とし、"
    "団体ごとの違いは設定表一枚にまとめています。導入の手引と利用ルールのひな形を添え、所要時間と正答率を自分の団体で測るための"
    "記録の様式も含みます。小さな町村でも、情報担当の職員が一日で使い始められることを目標に作られています。"
)


class Cast:
    """Who is in a story: the owner's people, the vendor's, the agency's."""

    def __init__(self, facts: Facts) -> None:
        self.owner: str = facts["owner"]
        self.vendor: str = facts.get("vendor", "")
        self.repository: str = facts.get("repository", "")
        self.reviewers: list[str] = [_agency(who) for who in facts.get("reviewers", ["shinsa1", "shinsa2"])]
        self.submitter = staff(self.owner)
        self.approver = f"kessai@{self.owner}.example.jp"
        self.engineer = f"gyosha@{self.vendor}.example.jp"


def staff(town: str) -> str:
    """The mail address of a municipality's submitter."""
    return f"tanto@{town}.example.jp"


def _agency(who: str) -> str:
    return f"{who}@digital-agency.example.jp"


def written_out(text: str) -> str:
    """A story of the demo as a plain scenario: every road written out, the steps in the order of time.

    Raises KeyError for a road there is none of, or a fact that a road needs and was not told.
    """
    cast: Cast | None = None
    now = datetime.min.replace(tzinfo=TOKYO)
    steps: list[tuple[datetime, dict[str, Any]]] = []
    for told in yaml.load(text, Loader=yaml.CSafeLoader):
        if "cast" in told:
            cast = Cast(told["cast"])
            continue
        key = "tick" if "tick" in told else "at"
        now = moment(told[key]) if key in told else now
        if "road" not in told:
            steps.append((now, told))
            continue
        assert cast is not None, "a road needs a cast"
        for step in ROADS[told["road"]](cast, now, told.get("with", {}), told.get("save", "")):
            steps.append((step.pop("on", now), step))
    steps.sort(key=lambda pair: pair[0])
    plain = [
        {"tick" if "tick" in step else "at": at.isoformat(), **_without_time(step)} for at, step in steps
    ]
    return yaml.dump(plain, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=1000)


def moment(value: Any) -> datetime:
    """A moment from a moment, or from a day alone: nine o'clock in Tokyo. Either may be its text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return value if isinstance(value, datetime) else datetime.combine(value, time(9), TOKYO)


def _without_time(step: Facts) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key not in ("at", "tick")}


def _do(who: str, verb: str, save: str = "", on: datetime | None = None, **command: Any) -> dict[str, Any]:
    step: dict[str, Any] = {"as": who, "do": verb, "with": command}
    return step | ({"save": save} if save else {}) | ({"on": on} if on else {})


def snapshot(cast: Cast, at: datetime, **changed: Any) -> dict[str, Any]:
    """The repository as somebody saw it at a time, with a commit of the day before."""
    pushed = (at - timedelta(days=1)).isoformat()
    facts = {
        "default_branch": "main",
        "pushed_at": pushed,
        "last_commit_at": pushed,
        "archived": False,
        "licence_spdx": "MIT",
        "files": ["README.md", "LICENSE", "SECURITY.md"],
        "releases": [],
        "commits_by_contributor": {"dev-a": 86, "dev-b": 41, "dev-c": 12},
        "median_issue_response_hours": 26,
        "open_issues": 3,
        "ci": "passing",
    }
    command: dict[str, Any] = {
        "full_name": cast.repository,
        "taken_at": at.isoformat(),
        "source": "import",
        "facts": facts | changed,
    }
    return _do("system", "repo.snapshot", on=at, **command)


def prototype(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """The vendor asks to join, the owner accepts the next day, and a first version is shown."""
    joined = at + timedelta(days=1)
    yield _do(cast.engineer, "team.ask", idea="$idea", org=cast.vendor, message=told["message"])
    yield _do(cast.submitter, "team.accept", on=joined, idea="$idea", org=cast.vendor)
    yield _do(cast.engineer, "repo.link", on=joined, idea="$idea", full_name=cast.repository)
    yield snapshot(cast, joined)


def risk(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """Which data, on what ground; the triage and the CAIO's decision; the contract checklist."""
    personal = told.get("personal", False)
    basis = told.get("legal_basis", "61-purpose-set" if personal else "not_personal")
    yield _do(
        cast.submitter,
        "risk.profile",
        idea="$idea",
        personal=personal,
        confidential=told.get("confidential", False),
        legal_basis=basis,
        recurring=True,
        vendor_trains_on_input=False,
        region="jp",
    )
    answers = dict(zip("ABCD", told["triage"], strict=True))
    yield _do(cast.submitter, "risk.assess", idea="$idea", checklist_version="high_risk-1", answers=answers)
    decider = _agency(told["decider"]) if "decider" in told else cast.approver
    yield _do(decider, "risk.decide", idea="$idea", level=told.get("level", "low"), reason=told["reason"])
    yield _checklist(cast, "contract-1", told.get("contract", {}), told.get("notes", {}))


def _checklist(cast: Cast, name: str, answers: Facts, notes: Facts) -> dict[str, Any]:
    """Every item of a checklist answered yes, but for the answers told."""
    whole = {item.key: "yes" for item in checklists()[name].items} | dict(answers)
    return _do(
        cast.submitter, "checklist.answer", idea="$idea", checklist=name, answers=whole, notes=dict(notes)
    )


def plan(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """A pilot planned, its KPIs defined and frozen. `kpis` maps a key to [type, name, target, min_n]."""
    pilot = save or "pilot"
    fields = {key: value for key, value in told.items() if key != "kpis"}
    yield _do(
        cast.submitter,
        "pilot.plan",
        pilot,
        idea="$idea",
        **({"site": cast.owner, "vendor": cast.vendor} | fields),
    )
    for key, (kind, name, target, min_n) in told["kpis"].items():
        yield _do(
            cast.submitter,
            "kpi.define",
            f"{pilot}_{key}",
            pilot=f"${pilot}",
            key=key,
            type=kind,
            name=name,
            unit=UNITS.get(kind, "ratio"),
            direction="down" if kind in DOWN else "up",
            target=target,
            min_n=min_n,
        )
    yield _do(cast.approver, "kpi.freeze", pilot=f"${pilot}")


def gate(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """A review from its request to its decision, `days` later; it stays open where no `decision` is told.

    `assigned` and `rated` say how many reviewers got that far; `findings` maps a criterion to a sentence (green) or to a
    rating with its action; `second` has what the second reviewer found otherwise.
    """
    review = save
    yield _do(cast.approver, "review.request", review, idea="$idea")
    assigned = cast.reviewers[: told.get("assigned", 2)]
    for who in assigned:
        yield _do(
            _agency("jimukyoku"),
            "review.assign",
            on=at + timedelta(days=1),
            review=f"${review}",
            reviewer=who,
        )
    findings = {key: FINDINGS[key] for key in ONLY_PEOPLE[told["gate"]]} | dict(told.get("findings", {}))
    for number, who in enumerate(assigned[: told.get("rated", 2)]):
        found = findings | (dict(told.get("second", {})) if number else {})
        ratings = {
            key: {"rating": "green", "finding": f} if isinstance(f, str) else f for key, f in found.items()
        }
        on = at + timedelta(days=min(3 + number, told.get("days", 9) - 1), hours=number)
        yield _do(who, "review.rate", on=on, review=f"${review}", ratings=ratings)
    if "decision" in told:
        also = {key: told[key] for key in ("actions", "resolutions", "hold_until") if key in told}
        yield _do(
            _agency(told.get("decider", "kettei")),
            "review.decide",
            on=at + timedelta(days=told.get("days", 9), hours=6),
            review=f"${review}",
            seen_version="@current",
            decision=told["decision"],
            rationale=told["rationale"],
            **also,
        )


def pilot(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """A pilot from its start over its reports ([day, health, progress, summary, blockers…]) to its end, where it has one."""
    name = f"${save or 'pilot'}"
    yield _do(cast.submitter, "pilot.start", pilot=name)
    reports = [
        (moment(day), health, progress, summary, blockers)
        for day, health, progress, summary, *blockers in told["reports"]
    ]
    for on, health, progress, summary, blockers in reports:
        said = {"health": health, "progress": progress, "summary": summary} | (
            {"blockers": blockers} if blockers else {}
        )
        yield _do(cast.engineer, "pilot.report", on=on + timedelta(hours=8), pilot=name, **said)
    if cast.repository:
        yield snapshot(cast, reports[-1][0] + timedelta(hours=9))
    if "finished" in told:
        end = moment(told["finished"]) + timedelta(hours=8)
        yield _do(cast.submitter, "pilot.finish", on=end, pilot=name, summary=told["summary"])


def measured(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """KPIs measured: `results` maps a key to its arms, each [mean, sd, n] or [successes, n]; `periods` an arm to its days."""
    name = save or "pilot"
    by = told.get("by", cast.owner)
    for key, arms in told["results"].items():
        for arm, figures in arms.items():
            form = ("successes", "n") if len(figures) == 2 else ("mean", "sd", "n")
            since, until = told["periods"][arm]
            yield _do(
                staff(by),
                "kpi.measure",
                kpi=f"${name}_{key}",
                arm=arm,
                period_from=since,
                period_to=until,
                method=told["methods"][key],
                measured_by=by,
                **dict(zip(form, figures, strict=True)),
            )


def evaluated(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """The procurement checklist answered, and evidence attached under the criteria that people rate."""
    yield _checklist(cast, "procurement-1", told.get("procurement", {}), told.get("notes", {}))
    for criterion, (title, body) in told["evidence"].items():
        yield _do(
            cast.submitter,
            "evidence.attach",
            idea="$idea",
            criterion=criterion,
            kind="note",
            title=title,
            body_md=body,
        )


def product(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """A product described, its manual and usage rules published, version 1.0.0 released and seen in the repository."""
    slug, name, days = told["slug"], told["name"], told["support_days"]
    yield _do(
        cast.engineer,
        "product.describe",
        save or "product",
        idea="$idea",
        slug=slug,
        name=name,
        summary=told["summary"],
        networks=told["networks"],
        support_contact=f"support@{cast.vendor}.example.jp",
        support_hours="平日 9-17時",
        support_until=(at + timedelta(days=days)).date(),
        price_url=f"https://{cast.vendor}.example.jp/price/{slug}",
        requirements_md=told.get(
            "requirements", "- 事務端末のブラウザー\n- 団体ごとの設定表（様式は手引にあります）"
        ),
    )
    for kind, title in (("manual", f"{name} 導入の手引"), ("usage_rules", f"{name} 利用ルールのひな形")):
        yield _do(
            cast.engineer,
            "asset.publish",
            kind=kind,
            title=title,
            body_md=told[kind],
            licence="CC-BY-4.0",
            idea="$idea",
        )
    yield _do(
        cast.engineer, "product.release", product=slug, version="1.0.0", tag="v1.0.0", released_on=at.date()
    )
    yield snapshot(
        cast,
        at + timedelta(days=1),
        files=["README.md", "LICENSE", "SECURITY.md", "publiccode.yml", "sbom.cdx.json"],
        releases=[{"tag": "v1.0.0", "published_at": at.isoformat()}],
        publiccode=publiccode(cast, at.date(), told),
    )


def publiccode(cast: Cast, released_on: date, told: Facts) -> str:
    """The publiccode.yml that such a product's repository holds."""
    until = released_on + timedelta(days=told["support_days"])
    content = {
        "publiccodeYmlVersion": "0.4",
        "name": told["name"],
        "url": f"https://github.com/{cast.repository}",
        "softwareVersion": "1.0.0",
        "releaseDate": released_on.isoformat(),
        "platforms": ["web"],
        "categories": ["document-management"],
        "developmentStatus": "stable",
        "softwareType": "standalone/web",
        "description": {
            "ja": {
                "shortDescription": told["short"],
                "longDescription": f"{told['summary']}{LONG_DESCRIPTION}",
                "features": told["features"],
            }
        },
        "legal": {"license": "MIT"},
        "maintenance": {
            "type": "contract",
            "contractors": [{"name": told["contractor"], "until": until.isoformat()}],
        },
        "localisation": {"localisationReady": True, "availableLanguages": ["ja"]},
    }
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


ROADS: Mapping[str, Callable[[Cast, datetime, Facts, str], Steps]] = {
    "prototype": prototype,
    "risk": risk,
    "plan": plan,
    "gate": gate,
    "pilot": pilot,
    "measured": measured,
    "evaluated": evaluated,
    "product": product,
}
