"""Reminders that a statement of adoption lapses, with a link by which one person confirms just that statement.

The link is made when the mail leaves (Mailer.secret_path) and kept nowhere. It names the statement, the person and its last
day: a statement that was confirmed or replaced is no longer the one that stands, so that the link works once. See
docs/decisions/0028-said-by-the-adopter.md.
"""

from datetime import timedelta

from sqlmodel import col, select

from workflows.ideas import towns_of
from workflows.runtime.actors import Speaker, speakers
from workflows.runtime.mailer import ADOPTION
from workflows.runtime.outbox import enqueue_each, members_of
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product

LASTS = timedelta(days=30)
HOW = (
    "\n\n下のアドレスを開くと、前の回答が出ます。変わっていなければ「いまも同じです」を押すだけで、サインインは要りません。\n"
    f"アドレスは {LASTS.days} 日のあいだ、一度だけ使えます。あなたのためのものなので、転送しないでください。"
)


def remind(work: Work, idea: Idea, slug: str, kind: str, subject: str, body: str) -> int:
    """Mails the members of a local government about its statement that stands; who may speak for it gets a link of their own.

    Returns how many were written to.
    """
    found = work.session.exec(
        select(Adoption.id, Product.name, Organization.name)
        .join(Product, col(Product.id) == Adoption.product_id)
        .join(Organization, col(Organization.id) == Adoption.org_id)
        .where(Product.idea_id == idea.id, Organization.slug == slug, col(Adoption.replaced_at).is_(None))
    ).first()
    statement = found[0] if found else None
    if found:
        body = f"{found[2]} ご担当者さま\n\n「{found[1]}」について\n{body}"
    until = work.today + LASTS
    told = {}
    for person in speakers(work.session, members_of(work.session, [slug])):
        by_link = statement is not None and _speaks_for(person, slug)
        about = f"{ADOPTION}{statement}:{person.user_id}:{until:%Y%m%d}" if by_link else idea.number
        told[person.actor.email] = (about, body + HOW if by_link else body)
    return enqueue_each(work.session, told, kind, subject, work.now)


def _speaks_for(person: Speaker, slug: str) -> bool:
    return any(held.org == slug for held in towns_of(person.actor))
