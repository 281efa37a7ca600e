"""The living flag: a flagged product is suspended by itself when a cause stands (POLICY §4)."""

from sqlmodel import col, select

from stages.rollout import suspension_causes
from workflows.dossiers import dossier
from workflows.rollout.telling import take_back
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.work import Work, around
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product

USING = ("adopted", "piloting", "planned")
"""Statements whose makers are told when a product is suspended or restored."""


def causes_now(work: Work, idea: Idea) -> dict[str, str]:
    """The causes that stand today against an idea's product, by name."""
    return suspension_causes(dossier(work.session, idea, work.today, look_alikes=False), work.today)


def reconsider(work: Work, idea: Idea) -> bool:
    """Suspends the idea's product if it is flagged and a cause stands; True where it was suspended now."""
    product = work.find(Product, idea_id=idea.id)
    if product is None or product.flag != "nationwide":
        return False
    causes = causes_now(work, idea)
    if causes:
        suspend(work, idea, product, causes)
    return bool(causes)


def suspend(work: Work, idea: Idea, product: Product, causes: dict[str, str]) -> None:
    """Suspends a flagged product for these causes, in the ledger and in mail to its adopters; nobody is offered it any more."""
    work.change(product, flag="suspended", flag_since=work.now, suspended_because=causes)
    take_back(work, product)
    work.record("product.suspended", idea, product=product.slug, causes=causes)
    tell_users(
        work,
        idea,
        product,
        "product.suspended",
        f"全国展開を停止しました: {product.name}",
        "\n".join(causes.values()),
    )


def restore(work: Work, idea: Idea, product: Product, because: str) -> None:
    """Flags a suspended product again; the caller has seen that no cause is left."""
    work.change(product, flag="nationwide", flag_since=work.now, suspended_because=None)
    work.record("product.restored", idea, product=product.slug, because=because)
    tell_users(work, idea, product, "product.restored", f"全国展開を再開しました: {product.name}", because)


def tell_users(work: Work, idea: Idea, product: Product, kind: str, subject: str, body: str) -> None:
    """Writes to the adopters, the organizations around the idea and the agency."""
    using = work.session.exec(
        select(Organization.slug)
        .join(Adoption, col(Adoption.org_id) == Organization.id)
        .where(
            Adoption.product_id == product.id,
            col(Adoption.replaced_at).is_(None),
            col(Adoption.status).in_(USING),
        )
    )
    orgs = around(work.session, idea).everyone | set(using) | set(agency_slugs(work.session))
    work.tell(orgs, kind, idea.number, subject, body)
