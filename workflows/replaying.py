"""What a past review would come to under the policy that is imported as `stages`: its frozen facts asked again, each reviewer's
own words kept.

Imports the standard library and `stages` alone, because a draft is replayed by running this file beside the draft's own
`stages` (workflows/replays.py): one past review a line of JSON in, one outcome a line out.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypedDict

import stages
from stages.dossier import Checklist, Dossier
from stages.kernel import Decision, Denied, Finding, Question, Rating, colours_that_count, judge
from stages.risk import ChecklistFile, asking_the_newest, checklists


class Past(TypedDict):
    """A past review as it was frozen and judged. `sheets`: reviewer -> criterion -> {rating, proposed}."""

    review: str
    idea: str
    gate: str
    policy_version: str
    decision: str | None
    dossier: dict[str, Any]
    questions: list[dict[str, Any]]
    sheets: dict[str, dict[str, dict[str, Any]]]
    resolutions: dict[str, str]
    actions_for: list[str]


class Change(TypedDict):
    """A criterion that comes out otherwise. `why`: asked (not asked then), dropped, or colour."""

    criterion: str
    question: str
    why: str
    then: str | None
    now: str | None
    finding: str | None


class Outcome(TypedDict):
    """`stands`, `go_then`, `go_now` are None where people would have to rate first. `because`: the criteria that forbid what
    was decided, with the sentence of the refusal."""

    review: str
    idea: str
    gate: str
    policy_version: str
    decision: str | None
    otherwise: bool
    changes: list[Change]
    stands: bool | None
    refusal: str | None
    because: list[str]
    go_then: bool | None
    go_now: bool | None
    error: str | None


Sheets = Mapping[str, Mapping[str, Rating]]


def replayed(past: Past) -> Outcome:
    """The outcome under the policy in force. A rule that fails on the old facts is told as `error`, never passed over."""
    try:
        with asking_the_newest():
            return _replayed(past)
    except Exception as error:  # noqa: BLE001 - a draft's rules are somebody's unfinished work
        return _outcome(past, [], None, None, None, error=f"{type(error).__name__}: {error}")


def _replayed(past: Past) -> Outcome:
    gate = stages.GATES[past["gate"]]
    proposals = gate.propose(as_answered_now(Dossier.from_facts(past["dossier"])))
    then = [_frozen(q) for q in past["questions"]]
    now = [Question(c.key, c.mandatory, proposals[c.key], c.question) for c in gate.criteria]
    resolutions = {key: Rating(colour) for key, colour in past["resolutions"].items()}
    sheets_then = {w: {k: Rating(r["rating"]) for k, r in s.items()} for w, s in past["sheets"].items()}
    sheets_now = {who: _rated_now(now, sheet) for who, sheet in past["sheets"].items()}
    colours_then = _colours(then, sheets_then, resolutions)
    colours_now = _colours(now, sheets_now, resolutions)
    denied: Denied | None = None
    decision, stands = past["decision"], None
    if decision is not None:
        verdict = judge(
            now, sheets_now, Decision(decision), _allowed(now, resolutions), frozenset(past["actions_for"])
        )
        denied = verdict if isinstance(verdict, Denied) else None
        forward = decision in (Decision.GO, Decision.CONDITIONAL_GO)
        unrated = any(q.key not in colours_now for q in now)
        stands = False if denied else None if forward and unrated else True
    return _outcome(
        past,
        _changes(then, now, colours_then, colours_now),
        stands,
        _may_go(then, sheets_then, resolutions, colours_then),
        _may_go(now, sheets_now, resolutions, colours_now),
        denied,
    )


def as_answered_now(dossier: Dossier) -> Dossier:
    """The facts as the newest checklists would find them: an answer to an item of an earlier version counts for the item of the
    same key; an item that was not asked then is unanswered."""
    newest = {sheet.kind: sheet for sheet in checklists().values()}
    carried = [_carried(dossier, sheet) for sheet in newest.values()]
    risk = dossier.risk
    triage = newest.get("high_risk")
    if risk is not None and triage is not None and all(triage.item(key) for key in risk.answers):
        risk = replace(risk, checklist_version=triage.name)
    return replace(dossier, checklists=tuple(c for c in carried if c.answers), risk=risk)


def _carried(dossier: Dossier, sheet: ChecklistFile) -> Checklist:
    answers: dict[str, str] = {}
    notes: dict[str, str] = {}
    of_kind = [c for c in dossier.checklists if c.checklist.rpartition("-")[0] == sheet.kind]
    for given in sorted(of_kind, key=lambda c: (c.checklist == sheet.name, c.checklist)):
        answers |= {key: answer for key, answer in given.answers.items() if sheet.item(key)}
        notes |= {key: note for key, note in given.notes.items() if sheet.item(key)}
    return Checklist(sheet.name, answers, notes)


def _frozen(q: Mapping[str, Any]) -> Question:
    p = q["proposal"]
    finding = Finding(Rating(p["rating"]), p["text"], p["action"]) if p else None
    return Question(q["key"], q["mandatory"], finding, q["question"])


def _rated_now(questions: Sequence[Question], sheet: Mapping[str, Mapping[str, Any]]) -> dict[str, Rating]:
    """A reviewer's sheet: their own colours stay, what they took from the record follows the record, and an automatic red on a
    mandatory criterion stands."""
    rated = {}
    for q in questions:
        given = sheet.get(q.key)
        if q.stands_red:
            rated[q.key] = Rating.RED
        elif given is not None and not given["proposed"]:
            rated[q.key] = Rating(given["rating"])
        elif q.proposal is not None:
            rated[q.key] = q.proposal.rating
    return rated


def _allowed(questions: Sequence[Question], resolutions: Mapping[str, Rating]) -> dict[str, Rating]:
    """The approver's resolutions, without those that an automatic red forbids now."""
    stand = {q.key for q in questions if q.stands_red}
    return {key: colour for key, colour in resolutions.items() if key not in stand}


def _colours(
    questions: Sequence[Question], sheets: Sheets, resolutions: Mapping[str, Rating]
) -> dict[str, Rating]:
    """The colours that count; of a review that nobody rated, those that the record proposes."""
    if not sheets:
        return {q.key: q.proposal.rating for q in questions if q.proposal is not None}
    return colours_that_count(questions, sheets, _allowed(questions, resolutions))


def _may_go(
    questions: Sequence[Question],
    sheets: Sheets,
    resolutions: Mapping[str, Rating],
    colours: Mapping[str, Rating],
) -> bool | None:
    """Whether `go` is possible; None where it is, but for criteria that nobody rated."""
    if not sheets:
        return None
    verdict = judge(questions, sheets, Decision.GO, _allowed(questions, resolutions))
    if isinstance(verdict, Denied):
        return False
    return True if all(q.key in colours for q in questions) else None


def _changes(
    then: Sequence[Question],
    now: Sequence[Question],
    colours_then: Mapping[str, Rating],
    colours_now: Mapping[str, Rating],
) -> list[Change]:
    asked_then, asked_now = {q.key: q for q in then}, {q.key: q for q in now}
    found: list[Change] = []
    for key in dict.fromkeys([*asked_now, *asked_then]):
        before, after = colours_then.get(key), colours_now.get(key)
        why = "asked" if key not in asked_then else "dropped" if key not in asked_now else "colour"
        if why == "colour" and before == after:
            continue
        question = asked_now.get(key) or asked_then[key]
        proposal = asked_now[key].proposal if key in asked_now else None
        found.append(
            Change(
                criterion=key,
                question=question.text,
                why=why,
                then=before.value if before else None,
                now=after.value if after else None,
                finding=proposal.text if proposal else None,
            )
        )
    return found


def _outcome(
    past: Past,
    changes: list[Change],
    stands: bool | None,
    go_then: bool | None,
    go_now: bool | None,
    denied: Denied | None = None,
    error: str | None = None,
) -> Outcome:
    return Outcome(
        review=past["review"],
        idea=past["idea"],
        gate=past["gate"],
        policy_version=past["policy_version"],
        decision=past["decision"],
        otherwise=bool(changes) or denied is not None or go_then != go_now,
        changes=changes,
        stands=stands,
        refusal=denied.message if denied else None,
        because=list(denied.about) if denied else [],
        go_then=go_then,
        go_now=go_now,
        error=error,
    )


def main(lines: Iterable[str]) -> None:
    """Answers line by line, after one that names the policy it speaks for."""
    print(json.dumps({"version": stages.version(), "fingerprint": stages.fingerprint()}), flush=True)
    for line in lines:
        print(json.dumps(replayed(json.loads(line)), ensure_ascii=False))


if __name__ == "__main__":
    main(sys.stdin)
