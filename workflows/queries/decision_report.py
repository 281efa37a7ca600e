"""The decision report: what was decided, on which facts and ratings, under which rule; one read model for page, PDF and JSON.

What a reader may not see is left out here, once for all three, and named in `withheld` with the reason: no form of the report can
show more than another. Eight statements at most.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, select

import stages
from stages.dossier import Dossier
from stages.risk import checklists
from workflows import idea_rows
from workflows.calendar import tokyo_day, working_days_between
from workflows.queries.decision_opinions import Opinions, opinions_on
from workflows.queries.looks import Eyes
from workflows.queries.report_parts import (
    DecisionReport,
    LedgerMark,
    Proof,
    ReportAction,
    ReportChallenge,
    ReportCriterion,
    UsedChecklist,
)
from workflows.queries.review_page import SeenReview, owner_and_visit, seen_review
from workflows.runtime.ledger import canonical
from workflows.runtime.refusal import unknown
from workflows.tables.ideas import Idea
from workflows.tables.ledger import LedgerEntry
from workflows.tables.people import User
from workflows.tables.reviews import DecisionChallenge, GateDecision, Review

FORMAT = "kyoso-decision-report-1"
NOT_PUBLISHED = {
    "names": "個人の氏名は公表しない決まりです（役割だけを示します）。",
    "dossier": "アイデアのすべてを見られる人だけが読める記録です（公表するのは基準ごとの事実です）。",
    "evidence": "根拠資料は、アイデアのすべてを見られる人だけが読めます（件数だけを示します）。",
    "recusal_reasons": "辞退の理由には個人の事情が含まれることがあるため、公表しません。",
    "comments": "審査者が全体について審査の中で述べた言葉は、公表しない決まりです。",
}
"""Parts that the public never reads of any report (POLICY §7), and why."""
RECORDED = ("rationale", "facts", "findings", "resolutions", "actions", "challenge")
"""Parts that a decision withholds from the public by its recorded reason (POLICY §2)."""


def seen_report(eyes: Eyes, ref: str) -> SeenReview:
    """The decided review of a reference as far as the reader sees it. Refused `unknown` where there is no decision to report."""
    seen = seen_review(eyes, ref)
    if seen.review.status != "decided":
        raise unknown(f"審査 {ref} の決定の報告")
    return seen


def decision_report(eyes: Eyes, seen: SeenReview) -> DecisionReport:
    """The report for this reader: everything, or what is published with the rest marked."""
    review, idea = seen.review, seen.idea
    decision, challenge, decider, answerer = _decided(eyes, review)
    recorded = decision.withhold_because if not seen.is_full else None
    owner, visit = owner_and_visit(eyes, review)
    opinions = opinions_on(eyes, review, decision, named=seen.is_full)
    frozen = Dossier.from_facts(review.dossier)
    proofs = [(e.criterion, Proof(e.ref, e.kind, e.title)) for e in frozen.evidence]
    of_idea = [proof for criterion, proof in proofs if criterion is None]
    actions = _actions(eyes, idea, review)
    there = {
        "evidence": bool(proofs),
        "recusal_reasons": bool(opinions.recusals),
        "comments": bool(opinions.comments),
        "resolutions": bool(decision.resolutions),
        "actions": bool(actions),
        "challenge": challenge is not None,
    }
    held_back = {} if seen.is_full else dict(NOT_PUBLISHED)
    held_back |= dict.fromkeys(RECORDED, recorded) if recorded else {}
    withheld = {part: why for part, why in held_back.items() if there.get(part, True)}
    return DecisionReport(
        format=FORMAT,
        review=review.ref,
        gate=review.gate,
        gate_name=stages.GATES[review.gate].name,
        number=idea.number,
        title=frozen.title,
        owner=owner,
        visit=visit,
        requested_at=review.requested_at,
        rate_by=review.rate_by,
        decide_by=review.decide_by,
        working_days_taken=working_days_between(
            tokyo_day(review.requested_at), tokyo_day(decision.decided_at)
        ),
        decided_at=decision.decided_at,
        decided_by=decider if seen.is_full else None,
        decision=decision.decision,
        hold_until=decision.hold_until,
        rationale=None if recorded else decision.rationale,
        policy_version=review.policy_version,
        policy_fingerprint=review.policy_fingerprint,
        policy_as_published=stages.versions().get(review.policy_version) == review.policy_fingerprint,
        checklists=_checklists(frozen),
        criteria=[
            _criterion(q, decision, opinions, proofs, "facts" in withheld, not seen.is_full)
            for q in review.questions
        ],
        reviewers=opinions.labels,
        opinions=opinions.without_findings(seen.is_full),
        actions=[] if recorded else actions,
        challenge=_challenge(challenge, answerer if seen.is_full else None, bool(recorded)),
        evidence_count=len(of_idea),
        evidence=of_idea if seen.is_full else [],
        dossier_sha256=sha256(canonical(review.dossier).encode()).hexdigest(),
        dossier=review.dossier if seen.is_full else None,
        ledger=_mark(eyes, idea, review),
        withheld=withheld,
        withheld_by_decision=decision.withhold_because,
    )


def _decided(
    eyes: Eyes, review: Review
) -> tuple[GateDecision, DecisionChallenge | None, str | None, str | None]:
    """The decision, the challenge to it, and the names of who decided and who answered. One statement."""
    decider, answerer = aliased(User), aliased(User)
    columns: list[Any] = [GateDecision, DecisionChallenge, decider.name, answerer.name]
    row: Any = eyes.session.exec(
        select(*columns)
        .join(decider, col(decider.id) == GateDecision.decided_by_id)
        .outerjoin(DecisionChallenge, col(DecisionChallenge.review_id) == GateDecision.review_id)
        .outerjoin(answerer, col(answerer.id) == DecisionChallenge.answered_by_id)
        .where(GateDecision.review_id == review.id)
    ).one()
    return tuple(row)


def _criterion(
    question: Mapping[str, Any],
    decision: GateDecision,
    opinions: Opinions,
    proofs: Sequence[tuple[str | None, Proof]],
    facts_withheld: bool,
    public: bool,
) -> ReportCriterion:
    key = question["key"]
    bound = [proof for criterion, proof in proofs if criterion == key]
    said = opinions.of(key)
    return ReportCriterion(
        key=key,
        question=question["question"],
        mandatory=question["mandatory"],
        colour=decision.colours.get(key),
        proposal=None if facts_withheld else question["proposal"],
        facts=None if facts_withheld else question.get("facts"),
        wants=question["wants"],
        findings=[] if facts_withheld else said,
        is_disputed=len({s.rating for s in said}) > 1,
        resolution=None if facts_withheld else decision.resolutions.get(key),
        evidence_count=len(bound),
        evidence=[] if public else bound,
    )


def _actions(eyes: Eyes, idea: Idea, review: Review) -> list[ReportAction]:
    return [
        ReportAction(
            a.ref, a.criterion, a.text, owner, a.due_on, a.status, a.note, a.closed_at, a.verified_at
        )
        for a, _, owner in idea_rows.actions_of(eyes.session, idea)
        if a.review_id == review.id
    ]


def _challenge(row: DecisionChallenge | None, by: str | None, withheld: bool) -> ReportChallenge | None:
    if row is None:
        return None
    because, answer = (None, None) if withheld else (row.because, row.answer)
    return ReportChallenge(row.challenged_at, because, row.answered_at, row.upheld, answer, by)


def _checklists(frozen: Dossier) -> list[UsedChecklist]:
    """The versions that the frozen facts name: of the triage, and of each list that was answered."""
    names = ([frozen.risk.checklist_version] if frozen.risk else []) + [
        c.checklist for c in frozen.checklists
    ]
    found = []
    for name in dict.fromkeys(names):
        sheet = checklists().get(name)
        found.append(
            UsedChecklist(name, sheet.published_on if sheet else None, sheet.source if sheet else "")
        )
    return found


def _mark(eyes: Eyes, idea: Idea, review: Review) -> LedgerMark | None:
    """The ledger's entry of the decision. One statement."""
    names_it = col(LedgerEntry.facts).contains(f'"review":"{review.ref}"')
    entry = eyes.session.exec(
        select(LedgerEntry).where(
            LedgerEntry.chain == idea.number, LedgerEntry.action == "review.decided", names_it
        )
    ).first()
    return LedgerMark(entry.chain, entry.seq, entry.hash, entry.at) if entry else None
