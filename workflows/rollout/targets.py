"""Every local government becomes a target of a flagged product, ranked by explainable points (POLICY §4)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from stages.rollout import ProductFacts, TownFacts, fit
from workflows.runtime.work import Work
from workflows.tables.ideas import Demand, Idea
from workflows.tables.people import Organization
from workflows.tables.pilots import Pilot
from workflows.tables.products import Adoption, Product, RolloutTarget

Towns = Sequence[tuple[int, TownFacts]]
TARGETS = SQLModel.metadata.tables["rollout_target"]


def product_facts(session: Session, product: Product) -> ProductFacts:
    """What fit looks at on the product's side."""
    sizes = session.exec(
        select(Organization.size_class)
        .join(Pilot, col(Pilot.site_id) == Organization.id)
        .where(Pilot.idea_id == product.idea_id, Pilot.status == "finished")
    )
    demanding = session.exec(
        select(Organization.slug)
        .join(Demand, col(Demand.org_id) == Organization.id)
        .where(Demand.idea_id == product.idea_id, col(Demand.replaced_at).is_(None))
    )
    adopted = select(Organization.slug, Organization.prefecture).join(
        Adoption, col(Adoption.org_id) == Organization.id
    )
    adopted = adopted.where(
        col(Adoption.replaced_at).is_(None),
        Adoption.status == "adopted",
        col(Organization.closed_on).is_(None),
    )
    here = session.exec(adopted.where(Adoption.product_id == product.id)).all()
    vendors = select(Pilot.vendor_id).where(Pilot.idea_id == product.idea_id)
    siblings = (
        select(Product.id)
        .join(Pilot, col(Pilot.idea_id) == Product.idea_id)
        .where(col(Pilot.vendor_id).in_(vendors), Product.id != product.id)
    )
    customers = session.exec(adopted.where(col(Adoption.product_id).in_(siblings))).all()
    return ProductFacts(
        networks=frozenset(product.networks),
        proven_size_classes=frozenset(s for s in sizes if s),
        demanding=frozenset(demanding),
        adopted_prefectures=frozenset(prefecture for _, prefecture in here if prefecture),
        vendor_customers=frozenset(slug for slug, _ in customers),
    )


def towns_today(session: Session) -> Towns:
    """What fit looks at on the side of every local government that exists today, by organization. One statement."""
    o = Organization
    columns: list[Any] = [o.id, o.slug, o.prefecture, o.size_class, o.network_model, o.has_ai_rules]
    rows = session.exec(select(*columns).where(o.kind == "municipality", col(o.closed_on).is_(None)))
    return [
        (i, TownFacts(slug, prefecture or "", size, network, rules))
        for i, slug, prefecture, size, network, rules in rows
    ]


def make_targets(work: Work, product: Product, idea: Idea, towns: Towns) -> int:
    """Creates the missing targets of a flagged product in one bulk statement and renews the points of the others.

    Returns how many were created; running it again changes nothing. The target of a local government that closed stays
    as it was: whatever counts, offers or asks leaves it out.
    """
    facts = product_facts(work.session, product)
    known = select(RolloutTarget.org_id, RolloutTarget.offered, RolloutTarget.points).where(
        RolloutTarget.product_id == product.id
    )
    existing = {org: (offered, points) for org, offered, points in work.session.exec(known)}
    fresh, changed = [], []
    for org_id, town in towns:
        f = fit(facts, town)
        row = {
            "product_id": product.id,
            "org_id": org_id,
            "offered": f.offered,
            "total": f.total,
            "points": f.points,
        }
        if org_id not in existing:
            fresh.append({**row, "created_at": work.now})
        elif existing[org_id] != (f.offered, f.points):
            changed.append(
                {
                    "b_product": product.id,
                    "b_org": org_id,
                    "offered": f.offered,
                    "total": f.total,
                    "points": f.points,
                }
            )
    if fresh:
        work.session.execute(sa.insert(TARGETS), fresh)
        work.record("rollout.targets_created", idea, product=product.slug, count=len(fresh))
    if changed:
        t = TARGETS.c
        same = sa.and_(t.product_id == sa.bindparam("b_product"), t.org_id == sa.bindparam("b_org"))
        values: dict[str, Any] = {name: sa.bindparam(name) for name in ("offered", "total", "points")}
        work.session.connection().execute(sa.update(TARGETS).where(same).values(values), changed)
    return len(fresh)
