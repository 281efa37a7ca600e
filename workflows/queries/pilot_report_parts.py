"""The parts of a pilot's report, as its page and its PDF read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from stages.lifecycle import ALIVE
from workflows.queries.effects import EffectView, Saved
from workflows.queries.idea_pilots import Measured
from workflows.queries.pilot_page import Days
from workflows.tables.pilots import Pilot

SETTINGS = ("portable", "deployable", "onboardable")
"""Criteria whose evidence says what another local government has to set up."""

ENDINGS = ("kill", "recycle", "hold")
"""Decisions after which something has to be otherwise."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day. `kind`: frozen, replanned, started, reported, changed, silent, incident, finished or
    cancelled; what else is filled goes with it."""

    on: date
    kind: str
    text: str = ""
    health: str = ""
    progress: int = 0
    blockers: tuple[str, ...] = ()
    severity: str = ""
    gap: int = 0
    """Days without a report."""
    days: tuple[date, date] | None = None
    """What the plan's days became."""


@dataclass(frozen=True, slots=True)
class ReportedKpi:
    measured: Measured
    effect: EffectView
    by: Sequence[str]
    """The organizations that measured."""
    abandoned_because: str

    @property
    def result(self) -> str:
        """met, unsure, missed, short (too few, or nothing measured), or abandoned, which counts as missed."""
        kpi = self.measured.kpi
        if kpi.abandoned:
            return "abandoned"
        if kpi.n < kpi.min_n or self.measured.verdict is None:
            return "short"
        return {"green": "met", "amber": "unsure", "red": "missed"}[self.measured.verdict]


@dataclass(frozen=True, slots=True)
class Heard:
    """Evidence: a note with its text, or a file or link by its title."""

    ref: str
    criterion: str
    kind: str
    title: str
    text: str
    on: date


@dataclass(frozen=True, slots=True)
class ReportedIncident:
    ref: str
    title: str
    severity: str
    people: int
    known_at: datetime
    in_time: bool | None
    """Whether its reports came in time; None while the last is not due yet."""
    closed: bool
    lesson: str


@dataclass(frozen=True, slots=True)
class Cost:
    """Yen as planned, and the cases they are divided by: measured, planned (the sample that was promised), or none."""

    yen: int
    cases: int | None
    basis: str

    @property
    def per_case(self) -> float | None:
        return self.yen / self.cases if self.cases else None


@dataclass(frozen=True, slots=True)
class Condition:
    ref: str
    text: str
    org: str
    status: str
    note: str


@dataclass(frozen=True, slots=True)
class Decided:
    review_id: int
    ref: str
    gate: str
    gate_name: str
    decision: str
    on: date
    rationale: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A criterion that a decision found not met, and what would mend it in the words of its reviewers."""

    question: str
    colour: str
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class PilotReport:
    pilot: Pilot
    number: str
    title: str
    idea_status: str
    owner: str
    site: str
    site_size: str | None
    vendor: str
    days: Days
    plan: str
    stop_rule: str
    closing: str
    """What was said at its end: the summary, or why it was cancelled."""
    withdrawn: str
    """Why the idea was withdrawn."""
    kpis: Sequence[ReportedKpi]
    savings: Sequence[Saved]
    events: Sequence[Event]
    """First to last."""
    reports: int
    heard: Sequence[Heard]
    incidents: Sequence[ReportedIncident]
    cost: Cost
    settings: Sequence[Heard]
    recurring: Sequence[tuple[str, int]]
    conditions: Sequence[Condition]
    decisions: Sequence[Decided]
    asked: Sequence[Asked]
    product: tuple[str, str] | None
    today: date

    @property
    def ending(self) -> Decided | None:
        """The last decision, where it did not let the idea go on."""
        last = self.decisions[-1] if self.decisions else None
        return last if last and last.decision in ENDINGS else None

    @property
    def is_stopped(self) -> bool:
        """Whether the road went no further: the pilot was cancelled, a decision held the idea back, or it was withdrawn."""
        ended = self.pilot.status == "cancelled" or self.idea_status in ("killed", "withdrawn")
        return ended or self.ending is not None

    @property
    def not_met(self) -> Sequence[ReportedKpi]:
        return [k for k in self.kpis if k.result != "met"]

    @property
    def last_blockers(self) -> Sequence[str]:
        """What stood in the way when somebody last said so."""
        return next((e.blockers for e in reversed(self.events) if e.blockers), ())

    @property
    def is_open(self) -> bool:
        """Whether others may still say that they want it."""
        return self.idea_status in ALIVE
