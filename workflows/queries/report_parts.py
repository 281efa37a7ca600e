"""What the report of a decision is made of: the shape that its page, its PDF and its JSON share."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from workflows.queries.decision_opinions import Opinions, Said


@dataclass(frozen=True, slots=True)
class Proof:
    """A piece of evidence as the review froze it."""

    ref: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class ReportCriterion:
    """One question of the gate. Where `facts` or `findings` are withheld they are None and empty."""

    key: str
    question: str
    mandatory: bool
    colour: str | None
    """The one that counted."""
    proposal: Mapping[str, str] | None
    facts: str | None
    wants: str
    findings: Sequence[Said]
    is_disputed: bool
    resolution: Mapping[str, str] | None
    evidence_count: int
    evidence: Sequence[Proof]


@dataclass(frozen=True, slots=True)
class ReportAction:
    ref: str
    criterion: str
    text: str
    owner: str
    due_on: date
    status: str
    note: str | None
    closed_at: datetime | None
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportChallenge:
    challenged_at: datetime
    because: str | None
    answered_at: datetime | None
    upheld: bool | None
    answer: str | None
    answered_by: str | None


@dataclass(frozen=True, slots=True)
class LedgerMark:
    """The ledger's entry of the decision: in an export of that chain, entry `seq` must carry this hash."""

    chain: str
    seq: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UsedChecklist:
    """`name` is kind-version."""

    name: str
    published_on: date | None
    source: str

    @property
    def kind(self) -> str:
        return self.name.rpartition("-")[0]


@dataclass(frozen=True, slots=True)
class DecisionReport:
    format: str
    review: str
    gate: str
    gate_name: str
    number: str
    title: str
    owner: str
    visit: int
    requested_at: datetime
    rate_by: date
    decide_by: date
    working_days_taken: int
    decided_at: datetime
    decided_by: str | None
    decision: str
    hold_until: date | None
    rationale: str | None
    policy_version: str
    policy_fingerprint: str
    policy_as_published: bool
    """The fingerprint is the one that was published under this version."""
    checklists: Sequence[UsedChecklist]
    criteria: Sequence[ReportCriterion]
    reviewers: Sequence[str]
    opinions: Opinions
    actions: Sequence[ReportAction]
    challenge: ReportChallenge | None
    evidence_count: int
    evidence: Sequence[Proof]
    """Bound to the idea as a whole."""
    dossier_sha256: str
    dossier: Mapping[str, Any] | None
    ledger: LedgerMark | None
    withheld: Mapping[str, str]
    """Part -> why this reader does not read it."""
    withheld_by_decision: str | None
    """The reason recorded with the decision, whoever reads."""

    @property
    def reasons(self) -> Mapping[str, Sequence[str]]:
        """Each reason once, in the order of its number, with the parts that it withholds."""
        found: dict[str, list[str]] = {}
        for part, why in self.withheld.items():
            found.setdefault(why, []).append(part)
        return found

    def reason_number(self, part: str) -> int:
        """By which number the reason of a withheld part is named where the part would stand."""
        return list(self.reasons).index(self.withheld[part]) + 1

    def as_json(self) -> dict[str, Any]:
        """The report as JSON-ready values: dates and times in ISO form, times in UTC."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def _plain(value: Any) -> Any:
    match value:
        case date():  # and datetime, which is one
            return value.isoformat()
        case Mapping():
            return {k: _plain(v) for k, v in value.items()}
        case list() | tuple():
            return [_plain(v) for v in value]
    return value
