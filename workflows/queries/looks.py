"""What `look` shows of a thing (VERBS §4): the readings that scenarios, pages and interfaces share."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

import stages
from stages.kernel import QUORUM, Rating, colours_that_count
from stages.permissions import Sight, Standing, may, sight
from stages.rollout import ADOPTION_NAMES, adoption_expires_on
from workflows import measuring, standing
from workflows.calendar import tokyo_day
from workflows.dossiers import dossier, latest_assessment
from workflows.reviews import questions_of, sheets_of
from workflows.runtime import ledger
from workflows.runtime.actors import Speaker, speaker
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.transaction import reading
from workflows.runtime.work import Work, around, visibility
from workflows.tables.ideas import Idea
from workflows.tables.machinery import Message
from workflows.tables.people import Organization, User
from workflows.tables.pilots import Pilot
from workflows.tables.products import Adoption, Product, RolloutTarget
from workflows.tables.reviews import ActionItem, GateDecision, Review

Ref = str | Mapping[str, Any] | None


def look(engine: Engine, kind: str, ref: Ref, as_: str | None, now: datetime) -> Any:
    """What a person (or, without `as_`, one who sees all) sees of a thing. Refused `unknown` where they may not."""
    reader = LOOKS.get(kind)
    if reader is None:
        raise Refused("invalid", f"「{kind}」は見られるものではありません（{'、'.join(LOOKS)}）。")
    with reading(engine) as session:
        return reader(Eyes(session, speaker(session, as_ or "system"), now), ref)


class Eyes(Work):
    """A Work that only looks: nothing is locked."""

    def lock(self, kind: Any, row_id: int | None) -> Any:
        return self.session.get_one(kind, row_id)


def _text(ref: Ref) -> str:
    if not isinstance(ref, str):
        raise invalid("at_ref", "見るものの番号を文字で入れてください。")
    return ref


def look_idea(eyes: Eyes, ref: Ref) -> dict[str, Any]:
    """An idea: what of it the looker may see."""
    idea = eyes.idea(_text(ref))
    orgs = around(eyes.session, idea)
    published = {
        "number": idea.number,
        "title": idea.title,
        "field": idea.field,
        "stage": idea.stage,
        "status": idea.status,
    }
    match sight(eyes.actor, visibility(idea, orgs)):
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
    review, _ = eyes.part(Review, _text(ref), "審査")
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
    pilot, idea = eyes.part(Pilot, _text(ref), "実証")
    return {"ref": pilot.ref, "idea": idea.number, "version": pilot.version} | measuring.pilot_view(
        eyes.session, pilot
    )


def look_product(eyes: Eyes, ref: Ref) -> dict[str, Any]:
    product, idea = eyes.product(_text(ref))
    targets = (
        select(func.count())
        .select_from(RolloutTarget)
        .join(Organization, col(Organization.id) == RolloutTarget.org_id)
        .where(RolloutTarget.product_id == product.id, col(Organization.closed_on).is_(None))
    )
    counts = dict.fromkeys(ADOPTION_NAMES, 0) | adoption_counts(eyes.session, product, eyes.now)
    counts["unknown"] = eyes.session.exec(targets).one() - sum(counts.values())
    return {
        "ref": product.slug,
        "name": product.name,
        "idea": idea.number,
        "version": product.version,
        "flag": product.flag,
        "suspended_because": sorted(product.suspended_because or {}),
        "targets": eyes.session.exec(targets).one(),
    } | counts


def adoption_counts(session: Session, product: Product, now: datetime) -> dict[str, int]:
    """How many local governments that are not closed state what; expired statements are counted under `expired` alone."""
    counts = {"expired": 0}
    current = (
        select(Adoption.status, Adoption.confirmed_at)
        .join(Organization, col(Organization.id) == Adoption.org_id)
        .where(
            Adoption.product_id == product.id,
            col(Adoption.replaced_at).is_(None),
            col(Organization.closed_on).is_(None),
        )
    )
    for status, confirmed in session.exec(current):
        lapsed = adoption_expires_on(tokyo_day(confirmed)) <= tokyo_day(now)
        key = "expired" if lapsed else status
        counts[key] = counts.get(key, 0) + 1
    return counts


def look_adoption(eyes: Eyes, ref: Ref) -> dict[str, Any]:
    """`ref` names the product and the org."""
    if not isinstance(ref, Mapping) or not {"product", "org"} <= ref.keys():
        raise invalid("at_ref", "product と org を入れてください。")
    product, _ = eyes.product(str(ref["product"]))
    org = eyes.org(str(ref["org"]))
    row = eyes.find(Adoption, product_id=product.id, org_id=org.id, replaced_at=None)
    if row is None:
        return {"status": "unknown", "since": None, "expired": False}
    expires = adoption_expires_on(tokyo_day(row.confirmed_at))
    since = row.since.isoformat() if row.since else None
    return {
        "status": row.status,
        "since": since,
        "expired": expires <= eyes.today,
        "expires_on": expires.isoformat(),
    }


def look_municipality(eyes: Eyes, ref: Ref) -> dict[str, Any]:
    """What a local government is offered (slugs, best fit first) and has adopted; what it has to do, for itself and the agency.

    One that closed is offered nothing and asked for nothing more; what it had adopted stays to be seen.
    """
    org = eyes.org(_text(ref))
    if org.kind != "municipality":
        raise unknown(f"地方公共団体 {ref}")
    offered = eyes.session.exec(
        select(Product.slug)
        .join(RolloutTarget, col(RolloutTarget.product_id) == Product.id)
        .where(
            RolloutTarget.org_id == org.id, col(RolloutTarget.offered).is_(True), Product.flag == "nationwide"
        )
        .order_by(col(RolloutTarget.total).desc(), Product.slug)
    )
    stated = eyes.session.exec(
        select(Product, Idea, Adoption.status, Adoption.confirmed_at)
        .join(Product, col(Product.id) == Adoption.product_id)
        .join(Idea, col(Idea.id) == Product.idea_id)
        .where(Adoption.org_id == org.id, col(Adoption.replaced_at).is_(None))
    ).all()
    fresh = {
        product.slug: status
        for product, idea, status, at in stated
        if adoption_expires_on(tokyo_day(at)) > eyes.today and (product.flag != "none" or eyes.sees(idea))
    }
    products = [] if org.closed_on else list(offered)
    its_own = eyes.actor.system or org.slug in eyes.actor.orgs or eyes.actor.belongs_to("agency")
    to_do = {
        "to_do": _to_do(eyes, org) + [f"{p}: 導入状況を答えてください。" for p in products if p not in fresh]
    }
    return {
        "ref": org.slug,
        **(to_do if its_own else {}),
        "offered": products,
        "adopted": sorted(slug for slug, status in fresh.items() if status == "adopted"),
        "statements": fresh,
    }


def _to_do(eyes: Eyes, org: Organization) -> list[str]:
    """The next steps that wait for an organization, oldest first."""
    ideas = eyes.session.exec(
        select(Idea)
        .where(Idea.owner_id == org.id, col(Idea.status).in_(["draft", "active"]))
        .order_by(col(Idea.status_since))
    )
    found = []
    for idea in ideas:
        if eyes.sees(idea):
            step = standing.next_step(dossier(eyes.session, idea, eyes.today), None)
            if step.waits_for == org.slug:
                found.append(f"{idea.number} {idea.title}: {step.text}")
    return found


def look_mail(eyes: Eyes, ref: Ref) -> list[dict[str, Any]]:
    """The messages written to an address, first to last; a person sees their own."""
    address = _text(ref).lower()
    if not eyes.actor.system and eyes.actor.email != address:
        raise unknown(f"{address} 宛てのメール")
    rows = eyes.session.exec(select(Message).where(Message.recipient == address).order_by(col(Message.id)))
    return [{"kind": m.kind, "about": m.about, "subject": m.subject, "body": m.body} for m in rows]


def look_flags(eyes: Eyes, ref: Ref) -> list[str]:
    """The keys of the flags that stand on an idea now, each once."""
    idea = eyes.idea(_text(ref), Sight.FULL)
    facts = dossier(eyes.session, idea, eyes.today, look_alikes=False)
    agency = tuple(agency_slugs(eyes.session))
    return list(dict.fromkeys(s.flag.key for s in standing.flags(facts, eyes.today, agency)))


def look_ledger(eyes: Eyes, ref: Ref) -> dict[str, Any]:
    """Whether an idea's chain (or, without a reference, every chain) holds, and how many entries it has."""
    number = _text(ref) if ref is not None else None
    if number is not None:
        idea = eyes.idea(number)
        orgs = around(eyes.session, idea)
        if not eyes.actor.system and not may_read_ledger(eyes.speaker, orgs.owner, orgs.partners):
            raise unknown(f"アイデア {number} の台帳")
    elif not eyes.actor.system:
        raise unknown("台帳")
    found = ledger.verify(eyes.session, number)
    return {
        "verified": found.verified,
        "entries": found.entries,
        "broken": [f"{b.chain} {b.seq}: {b.why}" for b in found.broken],
    }


def may_read_ledger(who: Speaker, owner: str, partners: frozenset[str]) -> bool:
    """POLICY §7, the row on ledgers; any role of the owner's counts as its own."""
    standing_of = Standing(own=frozenset({owner}), partners=partners)
    return owner in who.actor.orgs or may(who.actor, "ledger.read", standing_of) is None


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
