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
from workflows.demo_gates import gate
from workflows.demo_past import answered
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
    "answered": answered,
}
