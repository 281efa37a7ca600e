"""The words a stage file speaks: criterion, gate, flag, stage; and `judge`, the decision rule of every gate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stages.dossier import Dossier

QUORUM = 2
"""Reviewers who must have rated before anything is decided [rule]."""
MAX_OPEN_REVIEWS = 5
"""Open reviews one reviewer may hold [rule]."""
RATED_WITHIN_WORKING_DAYS = 10
DECIDED_WITHIN_WORKING_DAYS = 15
CHALLENGE_WITHIN_WORKING_DAYS = 10
ACTION_WITHIN_MONTHS = 3
"""A condition's due date lies at most this many months away."""
TIES_LAST_MONTHS = 12
"""Months for which a former membership still counts as a tie."""


class Rating(StrEnum):
    """A colour of the UK service assessment; they order from best to worst."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"

    @property
    def badness(self) -> int:
        return ("green", "amber", "red").index(self.value)


class Decision(StrEnum):
    """Cooper's five gate decisions."""

    GO = "go"
    CONDITIONAL_GO = "conditional_go"
    RECYCLE = "recycle"
    HOLD = "hold"
    KILL = "kill"


DECISION_NAMES = {
    Decision.GO: "継続",
    Decision.CONDITIONAL_GO: "条件付き継続",
    Decision.RECYCLE: "再検討",
    Decision.HOLD: "保留",
    Decision.KILL: "中止",
}
RATING_NAMES = {Rating.GREEN: "緑", Rating.AMBER: "黄", Rating.RED: "赤"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A colour with the sentence that explains it and, unless green, what would mend it."""

    rating: Rating
    text: str
    action: str = ""


def green(text: str) -> Finding:
    return Finding(Rating.GREEN, text)


def amber(text: str, action: str = "") -> Finding:
    return Finding(Rating.AMBER, text, action or text)


def red(text: str, action: str = "") -> Finding:
    return Finding(Rating.RED, text, action or text)


def unseen(what: str) -> Finding:
    """Red for a fact that could not be seen: never taken for absent (POLICY §3)."""
    return red(
        f"{what}を確かめられませんでした（見えないことは「ない」ことではありません）。",
        f"{what}を見えるようにして、もう一度申請してください。",
    )


def worst(findings: Iterable[Finding]) -> Finding:
    """The worst of several findings as one: its colour, with the sentences of all that share it."""
    found = list(findings)
    rating = max((f.rating for f in found), key=lambda r: r.badness)
    same = [f for f in found if f.rating == rating]
    return Finding(rating, " ".join(f.text for f in same), " ".join(f.action for f in same if f.action))


Check = Callable[["Dossier"], "Finding | None"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question of a gate.

    `check` proposes a colour from the dossier alone (None where only people can say); `wants` names the evidence a
    person rating it should see. A check may return None for a part that people must judge (`secure`).
    """

    key: str
    question: str
    mandatory: bool = False
    check: Check | None = None
    wants: str = ""
    facts: Callable[[Dossier], str] | None = None
    """What the record says about it, shown to whoever rates it; never a colour."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The way out of a stage: its criteria, all of which are rated."""

    key: str
    name: str
    criteria: tuple[Criterion, ...]

    def __post_init__(self) -> None:
        keys = [c.key for c in self.criteria]
        if not keys or len(keys) != len(set(keys)):
            raise ValueError(f"{self.key}: every gate has criteria, each key once")

    def criterion(self, key: str) -> Criterion | None:
        return next((c for c in self.criteria if c.key == key), None)

    def propose(self, dossier: Dossier) -> dict[str, Finding | None]:
        """The automatic colour of each criterion under this dossier; None where only people can say."""
        return {c.key: c.check(dossier) if c.check else None for c in self.criteria}


class Clears(StrEnum):
    """Who can make a flag go away."""

    OWNER = "owner"
    PILOT = "pilot"  # owner, site and vendor of that pilot
    AGENCY = "agency"
    SUBJECT = "subject"  # the organization the flag names
    FILER = "filer"  # who filed it, and the agency


@dataclass(frozen=True, slots=True)
class Raised:
    """A flag that stands: why, about what, the organizations it names that can clear it, and the day its cause began.

    Where `since` has changed, the flag fell and rose again between two looks.
    """

    reason: str
    about: str = ""
    orgs: tuple[str, ...] = ()
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A condition worth a reminder, derived from facts and the day; `when` yields one Raised for each thing it is about.

    Those who can clear it are mailed when it rises; `tells_agency` says that the agency is as well.
    """

    key: str
    name: str
    clears: Clears
    when: Callable[[Dossier, date], Iterable[Raised]]
    tells_agency: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """One stretch of the road: what it is for, the gate that ends it (none ends rollout), the flags that watch it."""

    key: str
    name: str
    purpose: str
    gate: Gate | None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Denied:
    """A refusal: its reason code, what happened and what to do, and the fields or criteria it is about."""

    reason: str
    message: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A criterion as one review froze it: what was asked, and the colour the facts proposed."""

    key: str
    mandatory: bool
    proposal: Finding | None
    text: str = ""

    @property
    def name(self) -> str:
        """The question in its brackets; by its key where it is known by that alone."""
        return f"「{self.text or self.key}」"

    @property
    def stands_red(self) -> bool:
        """An automatic red on a mandatory criterion: nobody may rate it better."""
        return self.mandatory and self.proposal is not None and self.proposal.rating == Rating.RED


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision the rule allows, with the colour that counted for each criterion."""

    decision: Decision
    colours: Mapping[str, Rating] = field(default_factory=dict)


def colours_that_count(
    questions: Sequence[Question],
    sheets: Mapping[str, Mapping[str, Rating]],
    resolutions: Mapping[str, Rating] | None = None,
) -> dict[str, Rating]:
    """For each rated criterion the worst colour any reviewer gave, unless the approver resolved it (POLICY §2)."""
    resolved = resolutions or {}
    colours: dict[str, Rating] = {}
    for q in questions:
        given = [sheet[q.key] for sheet in sheets.values() if q.key in sheet]
        if given:
            colours[q.key] = resolved.get(q.key, max(given, key=lambda r: r.badness))
    return colours


def judge(
    questions: Sequence[Question],
    sheets: Mapping[str, Mapping[str, Rating]],
    decision: Decision,
    resolutions: Mapping[str, Rating] | None = None,
    actions_for: frozenset[str] = frozenset(),
) -> Judgement | Denied:
    """Whether `decision` may be taken on these ratings (POLICY §2).

    `sheets` maps each reviewer who rated to a colour for every question; `actions_for` names the criteria for which
    the approver set an action item. Denied with `quorum`, `mandatory_red` or `incomplete` (with the criteria).
    """
    resolved = resolutions or {}

    def names(keys: Iterable[str]) -> str:
        named = {q.key: q.name for q in questions}
        return "".join(named[k] for k in keys)

    if len(sheets) < QUORUM:
        return Denied(
            "quorum",
            f"判定した審査者が {len(sheets)} 人です。{QUORUM} 人の判定が揃ってから決定してください。",
        )
    for q in questions:
        if q.key in resolved and q.stands_red and resolved[q.key] != Rating.RED:
            return Denied(
                "mandatory_red",
                f"必須の基準{q.name}は、記録された事実から赤と決まっています。事実を改めて、申請し直してください。",
                (q.key,),
            )
    colours = colours_that_count(questions, sheets, resolved)
    mandatory_red = tuple(q.key for q in questions if q.mandatory and colours.get(q.key) == Rating.RED)
    open_points = tuple(k for k, c in colours.items() if c != Rating.GREEN)
    if decision in (Decision.GO, Decision.CONDITIONAL_GO) and mandatory_red:
        return Denied(
            "mandatory_red",
            f"必須の基準が赤のため、進めません: {names(mandatory_red)}。再検討・保留・中止のいずれかを選んでください。",
            mandatory_red,
        )
    if decision == Decision.GO and open_points:
        return Denied(
            "incomplete",
            f"緑でない基準があります: {names(open_points)}。条件付き継続を選び、是正事項を付けてください。",
            open_points,
        )
    if decision == Decision.CONDITIONAL_GO:
        if not open_points:
            return Denied("incomplete", "すべて緑です。条件付きではなく継続を選んでください。")
        missing = tuple(k for k in open_points if k not in actions_for)
        if missing:
            return Denied(
                "incomplete",
                f"是正事項のない基準があります: {names(missing)}。担当と期限を決めて付けてください。",
                missing,
            )
    return Judgement(decision, colours)
