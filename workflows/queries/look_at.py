"""What `look` shows of a thing (VERBS §4): the readings that scenarios, pages and interfaces share."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

import stages
from stages.kernel import QUORUM, Rating, colours_that_count
from stages.permissions import Sight, sight
from workflows import measuring, standing
from workflows.calendar import tokyo_day
from workflows.dossiers import dossier, latest_assessment
from workflows.queries.look_at_spread import look_adoption, look_municipality, look_product
from workflows.queries.looks import Eyes, Ref, may_read_ledger, text_of
from workflows.reviews import questions_of, sheets_of
from workflows.runtime import verification
from workflows.runtime.actors import speaker
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.refusal import Refused, unknown
from workflows.runtime.transaction import reading
from workflows.runtime.work import around, visibility
from workflows.tables.machinery import Message
from workflows.tables.people import Organization, User
from workflows.tables.pilots import Pilot
from workflows.tables.reviews import ActionItem, GateDecision, Review


def look(engine: Engine, kind: str, ref: Ref, as_: str | None, now: datetime) -> Any:
    """What a person (or, without `as_`, one who sees all) sees of a thing. Refused `unknown` where they may not."""
    reader = LOOKS.get(kind)
    if reader is None:
        raise Refused("invalid", f"「{kind}」は見られるものではありません（{'、'.join(LOOKS)}）。")
    with reading(engine) as session:
        return reader(Eyes(session, speaker(session, as_ or "system"), now), ref)


def look_idea(eyes: Eyes, ref: Ref) -> dict[str, Any]:
    """An idea: what of it the looker may see."""
    idea = eyes.idea(text_of(ref))
    orgs = around(eyes.session, idea)
    published = {
        "number": idea.number,
        "title": idea.title,
        "field": idea.field,
        "stage": idea.stage,
        "status": idea.status,
    }
    match sight(eyes.seer, visibility(idea, orgs)):
        case Sight.PUBLISHED:
            return published | {"owner": orgs.owner}
        case Sight.BRIEF:
            return {k: v for k, v in published.items() if k != "stage"} | {"challenge": idea.challenge}
        case Sight.OUTLINE:
            return published | {"owner": orgs.owner, "challenge": idea.challenge}
    facts = dossier(eyes.session, idea, eyes.today)
    agency = agency_slugs(eyes.session)
    step = standing.next_step(facts, agency[0] if agency else None)
    assessed = latest_assessment(eyes.session, idea)
    return published | {
        "visit": idea.visit,
        "version": idea.version,
        "owner": orgs.owner,
        "partners": sorted(orgs.partners),
        "challenge": idea.challenge,
        "as_is": idea.as_is,
        "to_be": idea.to_be,
        "cases_per_year": idea.cases_per_year,
        "minutes_each": idea.minutes_each,
        "next_step": step.text,
        "waits_for": step.waits_for,
        "since": tokyo_day(idea.status_since).isoformat(),
        "hold_until": idea.hold_until.isoformat() if idea.hold_until else None,
        "open_actions": sum(a.status != "verified" for a in facts.actions),
        "risk_suggested": assessed.suggested if assessed else None,
        "risk_level": assessed.level if assessed else None,
        "derived_from": facts.derived_from,
        "reported_as": idea.reported_as,
        "look_alikes": [a.number for a in facts.look_alikes],
        "evidence": [e.ref for e in facts.evidence],
        "pilots": [p.ref for p in facts.pilots],
        "demand": [d.org for d in facts.demand],
        "product": facts.product.slug if facts.product else None,
    }


def look_review(eyes: Eyes, ref: Ref) -> dict[str, Any]:
    review, _ = eyes.part(Review, text_of(ref), "審査")
    sheets = sheets_of(eyes, review)
    decision = eyes.find(GateDecision, review_id=review.id)
    colours = {str(w): {k: Rating(r["rating"]) for k, r in s.ratings.items()} for w, s in sheets.items()}
    counted = (
        decision.colours
        if decision
        else {k: c.value for k, c in colours_that_count(questions_of(review), colours).items()}
    )
    names = (
        dict(eyes.session.exec(select(User.id, User.email).where(col(User.id).in_(sheets))).all())
        if sheets
        else {}
    )
    findings: dict[str, list[dict[str, Any]]] = {}
    for who, sheet in sheets.items():
        for key, r in sheet.ratings.items():
            findings.setdefault(key, []).append(
                {"by": names[who], "rating": r["rating"], "finding": r["finding"]}
            )
    actions = eyes.session.exec(
        select(ActionItem, Organization.slug)
        .join(Organization, col(Organization.id) == ActionItem.owner_id)
        .where(ActionItem.review_id == review.id)
        .order_by(col(ActionItem.id))
    )
    return {
        "ref": review.ref,
        "gate": review.gate,
        "status": review.status,
        "version": review.version,
        "policy_version": review.policy_version,
        "decision": decision.decision if decision else None,
        "rationale": decision.rationale if decision else None,
        "ratings": counted,
        "proposals": {q["key"]: q["proposal"]["rating"] if q["proposal"] else None for q in review.questions},
        "findings": findings,
        "quorum": len(sheets) >= QUORUM,
        "rate_by": review.rate_by.isoformat(),
        "decide_by": review.decide_by.isoformat(),
        "actions": [
            {
                "ref": a.ref,
                "criterion": a.criterion,
                "owner": slug,
                "due_on": a.due_on.isoformat(),
                "status": a.status,
                "text": a.text,
            }
            for a, slug in actions
        ],
    }


def look_pilot(eyes: Eyes, ref: Ref) -> dict[str, Any]:
    pilot, idea = eyes.part(Pilot, text_of(ref), "実証")
    return {"ref": pilot.ref, "idea": idea.number, "version": pilot.version} | measuring.pilot_view(
        eyes.session, pilot
    )


def look_mail(eyes: Eyes, ref: Ref) -> list[dict[str, Any]]:
    """The messages written to an address, first to last; a person sees their own."""
    address = text_of(ref).lower()
    if not eyes.actor.system and eyes.actor.email != address:
        raise unknown(f"{address} 宛てのメール")
    rows = eyes.session.exec(select(Message).where(Message.recipient == address).order_by(col(Message.id)))
    return [{"kind": m.kind, "about": m.about, "subject": m.subject, "body": m.body} for m in rows]


def look_flags(eyes: Eyes, ref: Ref) -> list[str]:
    """The keys of the flags that stand on an idea now, each once."""
    idea = eyes.idea(text_of(ref), Sight.FULL)
    facts = dossier(eyes.session, idea, eyes.today, look_alikes=False)
    agency = tuple(agency_slugs(eyes.session))
    return list(dict.fromkeys(s.flag.key for s in standing.flags(facts, eyes.today, agency)))


def look_ledger(eyes: Eyes, ref: Ref) -> dict[str, Any]:
    """Whether an idea's chain (or, without a reference, every chain) holds, and how many entries it has."""
    number = text_of(ref) if ref is not None else None
    if number is not None:
        idea = eyes.idea(number)
        orgs = around(eyes.session, idea)
        if not eyes.actor.system and not may_read_ledger(eyes.speaker, orgs.owner, orgs.partners):
            raise unknown(f"アイデア {number} の台帳")
    elif not eyes.actor.system:
        raise unknown("台帳")
    found = verification.verify(eyes.session, number)
    return {
        "verified": found.verified,
        "entries": found.entries,
        "broken": [f"{b.chain} {b.seq}: {b.why}" for b in found.broken],
    }


def look_policy(eyes: Eyes, ref: Ref) -> dict[str, Any]:
    return {"version": stages.version(), "fingerprint": stages.fingerprint()}


LOOKS: dict[str, Callable[[Eyes, Ref], Any]] = {
    "idea": look_idea,
    "review": look_review,
    "pilot": look_pilot,
    "product": look_product,
    "adoption": look_adoption,
    "municipality": look_municipality,
    "mail": look_mail,
    "flags": look_flags,
    "ledger": look_ledger,
    "policy": look_policy,
}
