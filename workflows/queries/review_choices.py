"""What an approver can decide on a review as it stands, asked of the very rule that the verb asks (stages.kernel.judge)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stages.kernel import Decision, Denied, Question, Rating, judge

Sheets = Mapping[str, Mapping[str, Rating]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the five decisions. `closed`: why it cannot be taken; `opens_by_resolving`: but resolving where reviewers
    differ would allow it."""

    decision: Decision
    closed: Denied | None
    opens_by_resolving: bool = False


def disputed(questions: Sequence[Question], sheets: Sheets) -> list[str]:
    """The criteria on which reviewers differ and an approver may resolve; an automatic red stands."""
    return [
        q.key
        for q in questions
        if not q.stands_red and len({s[q.key] for s in sheets.values() if q.key in s}) > 1
    ]


def choices(questions: Sequence[Question], sheets: Sheets) -> list[Choice]:
    """The five decisions in their order. That each open point gets its action is left to the form."""
    actions_for = frozenset(q.key for q in questions)
    differ = disputed(questions, sheets)
    ways = [dict.fromkeys(differ, colour) for colour in (Rating.GREEN, Rating.AMBER)] if differ else []
    found = []
    for decision in Decision:
        as_it_stands = judge(questions, sheets, decision, actions_for=actions_for)
        if isinstance(as_it_stands, Denied):
            opens = any(
                not isinstance(judge(questions, sheets, decision, way, actions_for), Denied) for way in ways
            )
            found.append(Choice(decision, as_it_stands, opens))
        else:
            found.append(Choice(decision, None))
    return found
