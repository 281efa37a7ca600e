"""One pilot: is it on course, and what its reader has to do about it now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import col, select

from stages.days import overdue
from workflows import idea_rows, standing
from workflows.calendar import tokyo_day
from workflows.dossiers import dossier
from workflows.queries.effects import EffectView, Saved, effects_of, savings_of
from workflows.queries.incidents import IncidentRow, emergencies_of, incidents_of
from workflows.queries.looks import Eyes
from workflows.queries.offers import offered
from workflows.queries.paging import Listed, latest_first
from workflows.queries.piles import on
from workflows.queries.pilot_kpis import KpiView, kpis_shown, lacking, to_repeat
from workflows.runtime.work import Around, around
from workflows.tables.ideas import Idea
from workflows.tables.people import User
from workflows.tables.pilots import Kpi, Pilot, PilotUpdate

VERBS = (
    "pilot.report", "pilot.start", "pilot.finish", "pilot.cancel", "pilot.revise", "pilot.replan", "kpi.define",
    "kpi.revise", "kpi.freeze", "kpi.abandon", "kpi.measure", "kpi.void", "incident.file",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeenPilot:
    pilot: Pilot
    idea: Idea
    orgs: Around


@dataclass(frozen=True, slots=True)
class Days:
    """Of a pilot's planned days, how many are gone; both ends are counted. `left` is below zero past the planned end."""

    planned: int
    gone: int
    left: int


@dataclass(frozen=True, slots=True)
class UpdateView:
    reported_at: datetime
    health: str
    progress: int
    summary_html: str
    blockers: Sequence[str]
    by: str


@dataclass(frozen=True, slots=True)
class PilotPage:
    pilot: Pilot
    idea: Idea
    owner: str
    site: str
    vendor: str
    days: Days
    silent_days: int | None
    """Days since the last report, or the start; None unless it runs."""
    updates: Listed[UpdateView]
    """A page of what was reported, latest first."""
    reports: int
    latest: tuple[datetime, str, int] | None
    """When the last report was made, its health and its progress."""
    flags: Sequence[tuple[str, str]]
    """Name and reason of what stands against the pilot today."""
    kpis: Sequence[KpiView]
    effects: Mapping[int, EffectView]
    """By KPI: its arms, its sites, and what is still to be measured."""
    savings: Sequence[Saved]
    """What this pilot's site saves in a year."""
    repeats: bool
    """An earlier pilot has frozen its targets: this one promises the same."""
    to_repeat: Sequence[Kpi]
    lacking: Sequence[str]
    incidents: Listed[IncidentRow]
    emergencies: Sequence[IncidentRow]
    can: frozenset[str]
    """The verbs that the reader may say of the pilot now, its own status included."""
    next: str
    """The one thing for this reader: a key of the template's `NEXT`."""
    now: datetime
    today: date


def seen_pilot(eyes: Eyes, ref: str) -> SeenPilot:
    """A pilot is seen by who sees everything of its idea (POLICY §7). Refused `unknown`."""
    pilot, idea = eyes.part(Pilot, ref, "実証")
    return SeenPilot(pilot, idea, around(eyes.session, idea))


def pilot_page(
    eyes: Eyes, seen: SeenPilot, after: str | None, incidents_after: str | None = None
) -> PilotPage:
    """The page of a pilot; its reports go on behind `after`, its incidents behind their own key. A constant number of statements."""
    pilot, idea, partners = seen.pilot, seen.idea, seen.orgs.partners
    orgs = idea_rows.organizations_near(eyes.session, idea).by_id
    kpis = kpis_shown(eyes, pilot, idea, partners)
    may_now = offered(eyes, idea, seen.orgs, VERBS, own={seen.orgs.owner, orgs[pilot.site_id].slug})
    can = frozenset(v for v in may_now if v in set(_by_status(pilot, kpis)))
    repeats, missing = to_repeat(eyes, pilot, [k.row for k in kpis]) if "kpi.define" in can else (False, [])
    asked_for = [] if repeats else lacking([k.row for k in kpis])
    said = [
        (at, health, progress)
        for of, at, health, progress in idea_rows.updates_of(eyes.session, idea)
        if of == pilot.id
    ]
    latest = said[-1] if said else None
    reported_on = tokyo_day(latest[0]) if latest else None
    last = reported_on or on(pilot.started_at)
    running = pilot.status == "running"
    return PilotPage(
        pilot=pilot,
        idea=idea,
        owner=orgs[idea.owner_id].name,
        site=orgs[pilot.site_id].name,
        vendor=orgs[pilot.vendor_id].name,
        days=days_of(pilot, eyes.today),
        silent_days=(eyes.today - last).days if running and last else None,
        updates=_updates(eyes, pilot, after),
        reports=len(said),
        latest=latest,
        flags=_flags(eyes, pilot, idea) if running else [],
        kpis=kpis,
        effects=effects_of(eyes, pilot, idea),
        savings=[s for s in savings_of(eyes, idea) if s.pilot == pilot.ref],
        repeats=repeats,
        to_repeat=missing,
        lacking=asked_for,
        incidents=incidents_of(eyes, incidents_after, pilot=pilot.id),
        emergencies=emergencies_of(eyes, idea),
        can=can,
        next=_next(
            pilot,
            idea,
            can,
            kpis,
            eyes.today,
            bool(missing or asked_for),
            reported_on,
        ),
        now=eyes.now,
        today=eyes.today,
    )


def days_of(pilot: Pilot, today: date) -> Days:
    started, ended = on(pilot.started_at), on(pilot.finished_at) or on(pilot.cancelled_at)
    gone = ((ended or today) - started).days + 1 if started else 0
    return Days((pilot.ends_on - pilot.starts_on).days + 1, gone, (pilot.ends_on - today).days)


def _by_status(pilot: Pilot, kpis: Sequence[KpiView]) -> Iterator[str]:
    """The verbs that the pilot's own status leaves possible."""
    yield "incident.file"
    if pilot.status == "running":
        yield from ("pilot.report", "pilot.finish", "pilot.cancel")
    if pilot.status == "planned":
        yield "pilot.cancel"
        if pilot.frozen_at:
            yield from ("pilot.replan", "pilot.start")
        else:
            yield from ("pilot.revise", "kpi.define", "kpi.revise", *(["kpi.freeze"] if kpis else []))
    if pilot.frozen_at and pilot.status != "cancelled":
        # Before the freeze a KPI is put right instead: one that was given up counts as not met for ever.
        yield "kpi.abandon"
    if any(k.arms for k in kpis):
        yield "kpi.measure"
    yield "kpi.void"


def _next(
    pilot: Pilot,
    idea: Idea,
    can: frozenset[str],
    kpis: Sequence[KpiView],
    today: date,
    lacks_kpis: bool,
    reported_on: date | None,
) -> str:
    """The one thing for this reader, of what is possible."""
    match pilot.status:
        case "planned" if not pilot.frozen_at:
            if "kpi.define" not in can:
                return "wait_for_targets"
            if lacks_kpis:
                return "define"
            return "freeze" if "kpi.freeze" in can else "ask_to_freeze"
        case "planned":
            if idea.stage == "ideathon":
                return "gate"
            if "pilot.start" not in can:
                return "wait_for_start"
            return "start" if today >= pilot.starts_on else "start_early"
        case "running":
            if "pilot.finish" in can and overdue(pilot.ends_on, today):
                return "finish"
            if "pilot.report" in can:
                return "reported" if reported_on == today else "report"
            return "measure" if "kpi.measure" in can else "watch"
        case "finished" if "kpi.measure" in can and any(k.is_short and k.arms for k in kpis):
            return "measure"
        case "finished":
            return "gate" if idea.status == "active" else "idea"
    return "idea"


def _updates(eyes: Eyes, pilot: Pilot, after: str | None) -> Listed[UpdateView]:
    columns: list[Any] = [
        PilotUpdate.reported_at, PilotUpdate.health, PilotUpdate.progress, PilotUpdate.summary_html,
        PilotUpdate.blockers, User.name,
    ]  # fmt: skip
    found = (
        select(*columns)
        .join(User, col(User.id) == PilotUpdate.reported_by_id)
        .where(PilotUpdate.pilot_id == pilot.id)
    )
    listed = latest_first(eyes.session, found, col(PilotUpdate.id), after)
    return Listed([UpdateView(*row[:-1]) for row in listed.rows], listed.after)


def _flags(eyes: Eyes, pilot: Pilot, idea: Idea) -> list[tuple[str, str]]:
    facts = dossier(eyes.session, idea, eyes.today, look_alikes=False)
    standing_now = standing.flags(facts, eyes.today, ())
    return [(s.flag.name, s.raised.reason) for s in standing_now if s.raised.about == pilot.ref]
