"""Before a product is described: what is known already and can be suggested. Four statements."""

import re
from dataclasses import dataclass

from sqlmodel import col, select

from workflows.queries.idea_page import SeenIdea
from workflows.queries.looks import Eyes
from workflows.queries.offers import offered
from workflows.tables.ideas import Idea
from workflows.tables.products import Product
from workflows.tables.repositories import Repository, RepositoryLink


@dataclass(frozen=True, slots=True)
class Describing:
    idea: Idea
    product: str | None
    """The slug, where the product is described already."""
    may_describe: bool
    slug: str
    """Suggested: the repository's name, else the idea's number."""


def describing(eyes: Eyes, seen: SeenIdea) -> Describing:
    """What the page on which a product is described begins with."""
    idea = seen.idea
    described = select(Product.slug).where(Product.idea_id == idea.id)
    product = eyes.session.exec(described).first()
    return Describing(
        idea=idea,
        product=product,
        may_describe=product is None
        and "product.describe" in offered(eyes, idea, seen.orgs, ["product.describe"]),
        slug=_suggested(eyes, idea),
    )


def _suggested(eyes: Eyes, idea: Idea) -> str:
    linked = (
        select(Repository.full_name)
        .join(RepositoryLink, col(RepositoryLink.repository_id) == Repository.id)
        .where(RepositoryLink.idea_id == idea.id, col(RepositoryLink.unlinked_at).is_(None))
        .order_by(col(RepositoryLink.id))
    )
    repository = eyes.session.exec(linked).first() or ""
    name = re.sub(r"[^a-z0-9]+", "-", repository.rpartition("/")[2].lower()).strip("-")
    taken = not name or eyes.find(Product, slug=name) is not None
    return idea.number.lower() if taken else name
