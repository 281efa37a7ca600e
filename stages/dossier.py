"""Dossier: the frozen, serialisable facts about one idea; all that a rule may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import date
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from stages.days import add_months, written

EFFECT_TYPES = frozenset({"time_saved", "cost_per_case"})
QUALITY_TYPES = frozenset(
    {"accuracy", "answer_rate", "self_resolution", "satisfaction", "escalation_rate", "incident_count"}
)
BASELINE_TYPES = frozenset(
    {"time_saved", "cost_per_case", "accuracy", "answer_rate", "self_resolution", "escalation_rate"}
)
"""KPI types whose baseline arm must be measured (`compared`)."""
EVIDENCE_SPEAKS_MONTHS = 12
"""From the day of which it tells: a survey, a test or a price is that of its year (docs/decisions/0017)."""
NAMED_BY = 60
"""So many characters of a condition's text name it."""


@dataclass(frozen=True, slots=True)
class Party:
    """An organization as far as a rule may know it."""

    slug: str
    name: str = ""
    kind: str = "municipality"
    size_class: str | None = None


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A binding look-alike: one of the five closest by title; `verdict` is the owner's answer or None."""

    number: str
    title: str
    similarity: float
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    ref: str
    criterion: str | None
    kind: str
    title: str
    told_on: date | None = None
    """The day of which it tells; None in a dossier from before this was asked."""
    reuses: str | None = None
    """What it shows again, attached before for another question."""
    carried_over: bool = False
    """Attached in an earlier stage or visit than the one the idea is in."""

    @property
    def is_reused(self) -> bool:
        return self.carried_over or self.reuses is not None


def evidence_speaks_until(told_on: date) -> date:
    """The last day on which evidence counts in another visit, or for another question, than it was attached for."""
    return add_months(told_on, EVIDENCE_SPEAKS_MONTHS)


@dataclass(frozen=True, slots=True)
class DataProfile:
    """Which data the idea touches, on what legal basis."""

    personal: bool
    confidential: bool
    legal_basis: str
    recurring: bool
    vendor_trains_on_input: bool
    region: str


@dataclass(frozen=True, slots=True)
class Risk:
    """The latest risk assessment; a decision counts only if it was made on it."""

    checklist_version: str
    answers: Mapping[str, str]
    suggested: str
    level: str | None = None
    decided_as: str | None = None  # caio | agency
    board_reported_on: date | None = None


@dataclass(frozen=True, slots=True)
class Checklist:
    """Answers to one published checklist."""

    checklist: str  # kind-version
    answers: Mapping[str, str]
    notes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """What a KPI must reach, as frozen."""

    key: str
    type: str
    direction: str
    target: float
    min_n: int


@dataclass(frozen=True, slots=True)
class Kpi:
    """A KPI with what was measured. `low`/`high` bound the 95 % interval; counts are of the measurements that count."""

    key: str
    type: str
    name: str
    unit: str
    direction: str
    target: float
    min_n: int
    abandoned: bool = False
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    baseline_n: int = 0
    baseline_estimate: float | None = None
    independent_n: int = 0  # pilot-arm n by organizations that are neither vendor, owner nor site

    @property
    def frozen_target(self) -> Target:
        return Target(self.key, self.type, self.direction, self.target, self.min_n)


@dataclass(frozen=True, slots=True)
class Update:
    on: date
    health: str


@dataclass(frozen=True, slots=True)
class Pilot:
    """One pilot; `planned_in` is the stage the idea was in when it was planned."""

    ref: str
    planned_in: str
    site: Party
    vendor: str
    starts_on: date
    ends_on: date
    cost_yen: int
    budget_deadline: date
    status: str  # planned | running | finished
    frozen: bool = False
    started_on: date | None = None
    finished_on: date | None = None
    updates: tuple[Update, ...] = ()
    kpis: tuple[Kpi, ...] = ()

    @property
    def planned_days(self) -> int:
        """Days of the plan, both ends counted."""
        return (self.ends_on - self.starts_on).days + 1


@dataclass(frozen=True, slots=True)
class Incident:
    ref: str
    severity: str
    open: bool
    filed_by: str
    preliminary_due_on: date
    final_due_on: date
    preliminary_filed: bool
    final_filed: bool


@dataclass(frozen=True, slots=True)
class Repository:
    """The linked repository as last seen. `seen` names the facts that were seen; what is not in it is unknown, not absent."""

    full_name: str
    taken_on: date | None = None
    source: str = ""
    seen: tuple[str, ...] = ()
    archived: bool | None = None
    gone: bool | None = None
    licence_spdx: str | None = None
    files: tuple[str, ...] = ()
    release_tags: tuple[str, ...] = ()
    commits_by_contributor: Mapping[str, int] | None = None
    last_commit_on: date | None = None
    commits_seen_on: tuple[date, ...] = ()  # last commit of every stored snapshot of every linked repository
    median_issue_response_hours: float | None = None
    open_issues: int | None = None
    publiccode_errors: tuple[str, ...] = ()  # the validator's verdict, frozen
    publiccode_licence: str | None = None

    def saw(self, *facts: str) -> bool:
        return all(f in self.seen for f in facts)


@dataclass(frozen=True, slots=True)
class Release:
    version: str
    tag: str
    released_on: date


@dataclass(frozen=True, slots=True)
class Adoption:
    """A municipality's own statement that counts, with the day it lapses."""

    org: str
    status: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A municipality with people in the system that was offered the product and has not answered."""

    org: str
    offered_on: date


@dataclass(frozen=True, slots=True)
class Product:
    slug: str
    name: str
    flag: str
    networks: tuple[str, ...]
    support_contact: str
    support_hours: str
    support_until: date
    price_url: str | None = None
    dmp_url: str | None = None
    releases: tuple[Release, ...] = ()
    asset_kinds: tuple[str, ...] = ()
    adoptions: tuple[Adoption, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """A condition (是正事項): open until verified."""

    ref: str
    criterion: str
    owner: str
    due_on: date
    status: str  # open | closed | verified
    text: str = ""  # what is to be done
    owner_name: str = ""

    @property
    def named(self) -> str:
        """What is to be done (its first line, cut short), by whom, until when; its number where an older dossier has no text."""
        line = next(iter(self.text.splitlines()), self.ref)
        short = line if len(line) <= NAMED_BY else f"{line[: NAMED_BY - 1]}…"
        return f"「{short}」（担当 {self.owner_name or self.owner}、期限 {written(self.due_on)}）"


@dataclass(frozen=True, slots=True)
class OpenReview:
    ref: str
    requested_on: date
    rate_by: date
    decide_by: date
    raters: int
    assigned: int


@dataclass(frozen=True, slots=True)
class Demand:
    org: str
    need: str
    budget_year: int | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """One idea, on one day. A gate's rules read it as it was on the day of the request (`on`)."""

    number: str
    title: str
    field: str
    stage: str
    status: str
    visit: int
    on: date
    owner: Party
    partners: tuple[Party, ...] = ()
    cases_per_year: int | None = None
    minutes_each: float | None = None
    derived_from: str | None = None
    imported_untouched: bool = False  # imported, and its owner has not acted yet
    touched_on: date | None = None
    owner_acted_on: date | None = None
    stage_since: date | None = None
    hold_until: date | None = None
    look_alikes: tuple[LookAlike, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    profile: DataProfile | None = None
    risk: Risk | None = None
    checklists: tuple[Checklist, ...] = ()
    pilots: tuple[Pilot, ...] = ()  # every one that is not cancelled, in the order planned
    first_freeze: tuple[Target, ...] = ()
    incidents: tuple[Incident, ...] = ()
    repository: Repository | None = None
    product: Product | None = None
    actions: tuple[Action, ...] = ()
    review: OpenReview | None = None
    demand: tuple[Demand, ...] = ()

    @property
    def hours_per_year(self) -> float | None:
        """Size of the work today, in hours a year."""
        if self.cases_per_year is None or self.minutes_each is None:
            return None
        return self.cases_per_year * self.minutes_each / 60

    @property
    def pilot(self) -> Pilot | None:
        """The pilot that counts for G1 to G3: the latest planned in ideathon or pilot (POLICY §1)."""
        return next((p for p in reversed(self.pilots) if p.planned_in in ("ideathon", "pilot")), None)

    @property
    def running_pilots(self) -> tuple[Pilot, ...]:
        return tuple(p for p in self.pilots if p.status == "running")

    def evidence_for(self, criterion: str) -> tuple[Evidence, ...]:
        return tuple(e for e in self.evidence if e.criterion == criterion)

    def checklist(self, name: str) -> Checklist | None:
        return next((c for c in self.checklists if c.checklist == name), None)

    def as_facts(self) -> dict[str, Any]:
        """The dossier as JSON-ready values (dates in ISO form)."""
        facts: dict[str, Any] = _plain(asdict(self))
        return facts

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Dossier:
        """The dossier `as_facts` wrote; keys of a later version are left out, missing ones take their default."""
        dossier = _rebuild(cls, facts)
        assert isinstance(dossier, cls)
        return dossier


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


def _rebuild(kind: Any, value: Any) -> Any:
    """`value` (plain) as the annotated type `kind`."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if value is None else _rebuild(next(a for a in args if a is not type(None)), value)
    if origin is tuple:
        return tuple(_rebuild(args[0], v) for v in value)
    if kind is date:
        return date.fromisoformat(value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(
            **{f.name: _rebuild(hints[f.name], value[f.name]) for f in fields(kind) if f.name in value}
        )
    return value
