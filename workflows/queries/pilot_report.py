"""The report of a pilot: what was promised, what happened, what came of it, and what another local government should know; one read
model for page and PDF.

It is made to be handed on, to a mayor or to a neighbour: it names organizations and never people, and a mail address that
somebody wrote into a text stands as ［連絡先］ (docs/decisions/0031). A constant number of statements.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any

from sqlmodel import and_, col, or_, select

import stages
from stages.dossier import EFFECT_TYPES
from stages.pilot import LONGEST_GAP_DAYS
from workflows import idea_rows
from workflows.calendar import tokyo_day
from workflows.queries.effects import effects_of, savings_of
from workflows.queries.idea_pilots import Measured
from workflows.queries.incidents import IncidentRow, all_of_pilot
from workflows.queries.looks import Eyes
from workflows.queries.piles import on
from workflows.queries.pilot_kpis import KpiView, kpis_shown
from workflows.queries.pilot_page import SeenPilot, days_of
from workflows.queries.pilot_report_parts import (
    SETTINGS,
    Asked,
    Challenge,
    Condition,
    Cost,
    Decided,
    Event,
    Heard,
    PilotReport,
    ReportedIncident,
    ReportedKpi,
)
from workflows.tables.ideas import Idea
from workflows.tables.ledger import LedgerEntry
from workflows.tables.pilots import Pilot, PilotUpdate
from workflows.tables.reviews import DecisionChallenge, GateDecision, RatingSheet, Review
from workflows.tables.risks import Incident

MOST_UPDATES = 500
"""The last ones are read; nobody reports more often than daily for longer than a year."""
COUNTS_CASES = (
    EFFECT_TYPES,
    frozenset({"accuracy", "answer_rate", "self_resolution", "escalation_rate", "incident_count"}),
)
"""KPI types whose n are pieces of work, those first whose n are surely cases: an accuracy may count several answers in one. Of
the others it is people."""
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
BREAKS = re.compile(r"<br\s*/?>|</(?:p|li|h\d|tr|pre|blockquote)>")
TAGS = re.compile(r"<[^>]+>")


def clean(text: str | None) -> str:
    """What somebody wrote, without mail addresses."""
    return ADDRESS.sub("［連絡先］", text or "").strip()


def plain(html: str | None) -> str:
    """A rendered text as lines without marks, for a sheet of paper as for a page."""
    text = TAGS.sub("", BREAKS.sub("\n", (html or "").replace("<li>", "・")))
    return clean("\n".join(line.strip() for line in unescape(text).splitlines() if line.strip()))


def pilot_report(eyes: Eyes, seen: SeenPilot) -> PilotReport:
    """The report of a pilot in any state, for who sees everything of its idea."""
    pilot, idea = seen.pilot, seen.idea
    orgs = idea_rows.organizations_near(eyes.session, idea).by_id
    kpis = kpis_shown(eyes, pilot, idea, seen.orgs.partners)
    effects = effects_of(eyes, pilot, idea)
    single = idea_rows.single_of(eyes.session, idea)
    decisions, asked = _decisions(eyes, pilot, idea)
    updates = _updates(eyes, pilot)
    incidents = _incidents(eyes, pilot)
    replanned, withdrawn = _written(eyes, pilot, idea)
    events = [
        *_of_plan(pilot),
        *replanned,
        *_of_updates(pilot, updates),
        *(Event(tokyo_day(i.known_at), "incident", i.title, severity=i.severity) for i in incidents),
        *_of_challenges(decisions),
    ]
    site = orgs[pilot.site_id]
    return PilotReport(
        pilot=pilot,
        number=idea.number,
        title=clean(idea.title),
        idea_status=idea.status,
        owner=orgs[idea.owner_id].name,
        site=site.name,
        site_size=site.size_class,
        vendor=orgs[pilot.vendor_id].name,
        days=days_of(pilot, eyes.today),
        plan=plain(pilot.plan_html),
        stop_rule=clean(pilot.stop_rule),
        closing=plain(pilot.closing_html),
        withdrawn=withdrawn,
        kpis=[
            ReportedKpi(
                _named(k.measured),
                effects[k.row.id],
                _measurers(k),
                clean(k.row.abandoned_because),
            )
            for k in kpis
        ],
        savings=[s for s in savings_of(eyes, idea) if s.pilot == pilot.ref],
        events=sorted(events, key=lambda e: e.on),
        reports=len(updates),
        heard=_heard(eyes, pilot, idea),
        incidents=incidents,
        cost=_cost(pilot, kpis),
        settings=_evidence(eyes, idea, SETTINGS),
        recurring=_recurring(updates),
        conditions=[
            Condition(a.ref, clean(a.text), org, a.status, clean(a.note))
            for a, _, org in idea_rows.actions_of(eyes.session, idea)
            if a.review_id in {d.review_id for d in decisions}
        ],
        decisions=decisions,
        asked=asked,
        product=(single.product.slug, single.product.name) if single.product else None,
        today=eyes.today,
    )


def _named(measured: Measured) -> Measured:
    return replace(measured, kpi=replace(measured.kpi, name=clean(measured.kpi.name)))


def _measurers(kpi: KpiView) -> list[str]:
    """The organizations whose measurements were not voided, in the order in which they measured."""
    return list(dict.fromkeys(m.by for m in kpi.measurements if m.void_because is None))


def _of_plan(pilot: Pilot) -> Iterable[Event]:
    for at, kind in (
        (pilot.frozen_at, "frozen"),
        (pilot.started_at, "started"),
        (pilot.finished_at, "finished"),
        (pilot.cancelled_at, "cancelled"),
    ):
        if at:
            yield Event(tokyo_day(at), kind)


def _written(eyes: Eyes, pilot: Pilot, idea: Idea) -> tuple[list[Event], str]:
    """New days before the start and why, and why the idea was withdrawn: the ledger alone remembers them. One statement."""
    names_it = col(LedgerEntry.facts).contains(f'"pilot":"{pilot.ref}"')
    said = select(LedgerEntry.at, LedgerEntry.action, LedgerEntry.facts).where(
        LedgerEntry.chain == idea.number,
        or_(
            and_(LedgerEntry.action == "pilot.replanned", names_it),
            LedgerEntry.action == "idea.withdrawn",
        ),
    )
    found, withdrawn = [], ""
    for at, action, facts in eyes.session.exec(said.order_by(col(LedgerEntry.seq))):
        told: Mapping[str, Any] = json.loads(facts)
        if action == "idea.withdrawn":
            withdrawn = clean(told["reason"])
            continue
        days = (date.fromisoformat(told["starts_on"]), date.fromisoformat(told["ends_on"]))
        found.append(Event(tokyo_day(at), "replanned", clean(told["because"]), days=days))
    return found, withdrawn


def _updates(eyes: Eyes, pilot: Pilot) -> list[PilotUpdate]:
    """First to last. One statement."""
    said = select(PilotUpdate).where(PilotUpdate.pilot_id == pilot.id)
    return list(eyes.session.exec(said.order_by(col(PilotUpdate.id).desc()).limit(MOST_UPDATES)))[::-1]


def _of_updates(pilot: Pilot, updates: Sequence[PilotUpdate]) -> Iterable[Event]:
    """What stands out among the reports: the first, a change of health, what was in the way, and a silence that the gate would hold
    against it."""
    before, health = on(pilot.started_at), ""
    for u in updates:
        day = tokyo_day(u.reported_at)
        if before and (gap := (day - before).days) > LONGEST_GAP_DAYS:
            yield Event(day, "silent", gap=gap)
        if u.health != health or u.blockers:
            kind = "changed" if health and u.health != health else "reported"
            blockers = tuple(clean(b) for b in u.blockers)
            yield Event(
                day, kind, plain(u.summary_html), health=u.health, progress=u.progress, blockers=blockers
            )
        before, health = day, u.health
    ended = on(pilot.finished_at) or on(pilot.cancelled_at)
    if before and ended and (ended - before).days > LONGEST_GAP_DAYS:
        yield Event(ended, "silent", gap=(ended - before).days)


def _recurring(updates: Sequence[PilotUpdate]) -> list[tuple[str, int]]:
    """What stood in the way in more than one report, the most frequent first."""
    told = Counter(clean(b) for u in updates for b in dict.fromkeys(u.blockers))
    return [(text, times) for text, times in told.most_common() if times > 1]


def _heard(eyes: Eyes, pilot: Pilot, idea: Idea) -> list[Heard]:
    """What the staff said of this pilot: what tells of days from its plan on, and before the idea's next pilot started."""
    first = tokyo_day(pilot.planned_at)
    later = [
        tokyo_day(p.started_at)
        for p in idea_rows.pilots_of(eyes.session, idea)
        if p.id > pilot.id and p.started_at is not None
    ]
    return [
        h for h in _evidence(eyes, idea, ("staff_heard",)) if first <= h.on and (not later or h.on < later[0])
    ]


def _evidence(eyes: Eyes, idea: Idea, criteria: Sequence[str]) -> list[Heard]:
    """What was attached for these criteria and not withdrawn, in the order attached. A file is named, and read on the idea's page."""
    return [
        Heard(e.ref, e.criterion or "", e.kind, clean(e.title), plain(e.body_html), idea_rows.told_on(e))
        for row in idea_rows.evidence_of(eyes.session, idea)
        if (e := row.evidence).criterion in criteria and e.withdrawn_at is None and row.still_stands
    ]


def _incidents(eyes: Eyes, pilot: Pilot) -> list[ReportedIncident]:
    """The first to the last, with whether each report came in time, and the lesson. Two statements."""
    said = select(Incident.ref, Incident.lesson_html).where(Incident.pilot_id == pilot.id)
    lessons: dict[str, str | None] = dict(eyes.session.exec(said).all())
    return [
        ReportedIncident(
            ref=i.ref,
            title=clean(i.title),
            severity=i.severity,
            people=i.people_affected,
            known_at=i.known_at,
            in_time=_in_time(i, eyes.today),
            closed=i.closed_at is not None,
            lesson=plain(lessons.get(i.ref)),
        )
        for i in reversed(all_of_pilot(eyes, pilot.id))
    ]


def _in_time(i: IncidentRow, today: date) -> bool | None:
    """A final report stands for the preliminary one too, if it came as early."""
    first = min((on for on in (i.preliminary_on, i.final_on) if on), default=None)
    was_late = (first is not None and first > i.preliminary_due_on) or (
        i.final_on is not None and i.final_on > i.final_due_on
    )
    if was_late or i.is_late(today):
        return False
    return None if i.final_on is None else True


def _cost(pilot: Pilot, kpis: Sequence[KpiView]) -> Cost:
    """The plan's cost over the cases that were measured, or were to be: of the KPIs on time or cost, else of those on quality,
    the largest sample. KPIs look at the same cases, so their samples are not added up."""
    for basis in ("measured", "planned"):
        for types in COUNTS_CASES:
            counted = [k.measured.kpi for k in kpis if k.row.type in types]
            cases = max((k.n if basis == "measured" else k.min_n for k in counted), default=0)
            if cases:
                return Cost(pilot.cost_yen, cases, basis)
    return Cost(pilot.cost_yen, None, "none")


def _decisions(eyes: Eyes, pilot: Pilot, idea: Idea) -> tuple[list[Decided], list[Asked]]:
    """The gates decided since the pilot was planned, and what the last of them missed where it did not let the idea go on.
    Two statements."""
    columns: list[Any] = [Review, GateDecision, DecisionChallenge]
    said = (
        select(*columns)
        .join(GateDecision, col(GateDecision.review_id) == Review.id)
        .outerjoin(DecisionChallenge, col(DecisionChallenge.review_id) == Review.id)
        .where(Review.idea_id == idea.id, GateDecision.decided_at >= pilot.planned_at)
        .order_by(col(GateDecision.decided_at))
    )
    rows = eyes.session.exec(said).all()
    decisions = [
        Decided(
            r.id,
            r.ref,
            r.gate,
            stages.GATES[r.gate].name,
            d.decision,
            tokyo_day(d.decided_at),
            clean(d.rationale),
            _challenge(c),
        )
        for r, d, c in rows
    ]
    last = rows[-1] if rows else None
    sheets = eyes.session.exec(
        select(RatingSheet.ratings).where(
            RatingSheet.review_id == (last[0].id if last else 0), col(RatingSheet.replaced_at).is_(None)
        )
    ).all()
    if last is None or not decisions[-1].holds_back:
        return decisions, []
    return decisions, list(_asked(last[0], last[1], sheets))


def _challenge(row: DecisionChallenge | None) -> Challenge | None:
    if row is None:
        return None
    answered = tokyo_day(row.answered_at) if row.answered_at else None
    return Challenge(
        tokyo_day(row.challenged_at), clean(row.because), answered, bool(row.upheld), clean(row.answer)
    )


def _of_challenges(decisions: Sequence[Decided]) -> Iterable[Event]:
    """But for the decision at which the road ends: its challenge is told with it."""
    for d in decisions:
        if (c := d.challenge) and not (d is decisions[-1] and d.holds_back):
            yield Event(c.on, "challenged", c.because, gate=d.gate)
            if c.answered_on:
                yield Event(c.answered_on, "upheld" if c.upheld else "dismissed", c.answer, gate=d.gate)


def _asked(review: Review, decision: GateDecision, sheets: Sequence[Mapping[str, Any]]) -> Iterable[Asked]:
    """The criteria not met, each with what its reviewers found would mend it."""
    for question in review.questions:
        key = question["key"]
        colour = decision.colours.get(key)
        if colour not in ("amber", "red"):
            continue
        said = [
            s[key].get("action") or s[key].get("finding")
            for s in sheets
            if key in s and s[key]["rating"] != "green"
        ]
        because = (decision.resolutions.get(key) or {}).get("because")
        texts = [clean(t) for t in dict.fromkeys([*said, because]) if t]
        yield Asked(question["question"], colour, texts)
