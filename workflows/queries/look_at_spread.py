"""What `look` shows of a product, of who has adopted it, and of a local government."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from stages.rollout import ADOPTION_NAMES, adoption_expires_on
from workflows import standing
from workflows.calendar import tokyo_day
from workflows.dossiers import dossier
from workflows.queries.looks import Eyes, Ref, text_of
from workflows.rollout.statements import lapsed, standing_statements
from workflows.runtime.refusal import invalid, unknown
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, RolloutTarget


def look_product(eyes: Eyes, ref: Ref) -> dict[str, Any]:
    product, idea = eyes.product(text_of(ref))
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
    current = standing_statements(Adoption.status, Adoption.confirmed_at).where(
        Adoption.product_id == product.id, col(Organization.closed_on).is_(None)
    )
    for status, confirmed in session.exec(current):
        key = "expired" if lapsed(confirmed, tokyo_day(now)) else status
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
    org = eyes.org(text_of(ref))
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
        if not lapsed(at, eyes.today) and (product.flag != "none" or eyes.sees(idea))
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
