"""The roads of the demo: what every idea does in the same way (a prototype, a plan, a gate …), written out as scenario steps.

A story of the demo is a scenario (VERBS §4) with two words more, so that it tells what is its own and nothing else:
`cast:` names who is in it, and `road:` stands for the steps that one of the functions below yields from `with:`.
`at:` may be a day alone: nine o'clock in Tokyo.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import yaml

from stages.risk import checklists
from workflows.calendar import TOKYO
from workflows.demo_cast import Cast, Facts, Steps, agency, do, moment, snapshot, staff
from workflows.demo_products import product

UNITS = {
    "time_saved": "minutes_per_case",
    "cost_per_case": "yen_per_case",
    "satisfaction": "points",
    "uses_per_user": "uses",
    "incident_count": "incidents",
}
"""Units of the KPI types that are no shares."""
DOWN = ("cost_per_case", "escalation_rate", "incident_count")
"""KPI types of which less is better; of the others more."""
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


def _without_time(step: Facts) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key not in ("at", "tick")}


def prototype(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """The vendor asks to join, the owner accepts the next day, and a first version is shown."""
    joined = at + timedelta(days=1)
    yield do(cast.engineer, "team.ask", idea="$idea", org=cast.vendor, message=told["message"])
    yield do(cast.submitter, "team.accept", on=joined, idea="$idea", org=cast.vendor)
    yield do(cast.engineer, "repo.link", on=joined, idea="$idea", full_name=cast.repository)
    yield snapshot(cast, joined)


def risk(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """Which data, on what ground; the triage and the CAIO's decision; the contract checklist."""
    personal = told.get("personal", False)
    basis = told.get("legal_basis", "61-purpose-set" if personal else "not_personal")
    yield do(
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
    yield do(cast.submitter, "risk.assess", idea="$idea", checklist_version="high_risk-1", answers=answers)
    decider = agency(told["decider"]) if "decider" in told else cast.approver
    yield do(decider, "risk.decide", idea="$idea", level=told.get("level", "low"), reason=told["reason"])
    yield _checklist(cast, "contract-1", told.get("contract", {}), told.get("notes", {}))


def _checklist(cast: Cast, name: str, answers: Facts, notes: Facts) -> dict[str, Any]:
    """Every item of a checklist answered yes, but for the answers told."""
    whole = {item.key: "yes" for item in checklists()[name].items} | dict(answers)
    return do(
        cast.submitter, "checklist.answer", idea="$idea", checklist=name, answers=whole, notes=dict(notes)
    )


def plan(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """A pilot planned, its KPIs defined and frozen. `kpis` maps a key to [type, name, target, min_n]."""
    pilot = save or "pilot"
    fields = {key: value for key, value in told.items() if key != "kpis"}
    yield do(
        cast.submitter,
        "pilot.plan",
        pilot,
        idea="$idea",
        **({"site": cast.owner, "vendor": cast.vendor} | fields),
    )
    for key, (kind, name, target, min_n) in told["kpis"].items():
        yield do(
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
    yield do(cast.approver, "kpi.freeze", pilot=f"${pilot}")


def gate(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """A review from its request to its decision, `days` later; it stays open where no `decision` is told.

    `assigned` and `rated` say how many reviewers got that far; `findings` maps a criterion to a sentence (green) or to a
    rating with its action; `second` has what the second reviewer found otherwise.
    """
    review = save
    yield do(cast.approver, "review.request", review, idea="$idea")
    assigned = cast.reviewers[: told.get("assigned", 2)]
    for who in assigned:
        yield do(
            agency("jimukyoku"),
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
        yield do(who, "review.rate", on=on, review=f"${review}", ratings=ratings)
    if "decision" in told:
        also = {
            key: told[key]
            for key in ("actions", "resolutions", "hold_until", "withhold_because")
            if key in told
        }
        yield do(
            agency(told.get("decider", "kettei")),
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
    yield do(cast.submitter, "pilot.start", pilot=name)
    reports = [
        (moment(day), health, progress, summary, blockers)
        for day, health, progress, summary, *blockers in told["reports"]
    ]
    for on, health, progress, summary, blockers in reports:
        said = {"health": health, "progress": progress, "summary": summary} | (
            {"blockers": blockers} if blockers else {}
        )
        yield do(cast.engineer, "pilot.report", on=on + timedelta(hours=8), pilot=name, **said)
    if cast.repository:
        yield snapshot(cast, reports[-1][0] + timedelta(hours=9))
    if "finished" in told:
        end = moment(told["finished"]) + timedelta(hours=8)
        yield do(cast.submitter, "pilot.finish", on=end, pilot=name, summary=told["summary"])


def measured(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """KPIs measured: `results` maps a key to its arms, each [mean, sd, n] or [successes, n]; `periods` an arm to its days."""
    name = save or "pilot"
    by = told.get("by", cast.owner)
    for key, arms in told["results"].items():
        for arm, figures in arms.items():
            form = ("successes", "n") if len(figures) == 2 else ("mean", "sd", "n")
            since, until = told["periods"][arm]
            yield do(
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
        yield do(
            cast.submitter,
            "evidence.attach",
            idea="$idea",
            criterion=criterion,
            kind="note",
            title=title,
            body_md=body,
        )


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
