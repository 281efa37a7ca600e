"""Has somebody already solved this: ideas that a title, or a text, sounds like, as far as the reader sees them. Three statements."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from workflows.queries.ideas_list import IdeaRow, latest, visible
from workflows.queries.looks import Eyes
from workflows.search import SIMILAR, jaccard, tokens
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Product

MOST = 6
NEAR = 0.15
"""Titles that share so much of their words are shown; only those that share half of everything must be answered
(workflows/search.py)."""
INSIDE = 0.6
"""So many of the words of another idea's title, said somewhere in a longer text, count as near, too."""


@dataclass(frozen=True, slots=True)
class AlikeView:
    """A look-alike. `binds`: the difference must be stated before G1; `product` is what can be used of it today."""

    row: IdeaRow
    binds: bool
    product: tuple[str, str] | None


def alike(eyes: Eyes, title: str, text: str = "", but: int | None = None) -> Sequence[AlikeView]:
    """The ideas nearest to a title (and to a text that says more), nearest first; `but` is the idea itself."""
    own, said = tokens(title), words(tokens(f"{title} {text}"))
    if not own:
        return []
    rows = eyes.session.exec(
        select(Idea.id, Idea.title_tokens)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(
            visible(eyes),
            col(Idea.submitted_at).is_not(None),
            col(Idea.status).not_in(["draft", "withdrawn", "merged"]),
            col(Idea.id) != (but or 0),
        )
    )
    near: dict[int, tuple[float, bool]] = {}
    for row_id, listed in rows:
        other = frozenset(listed)
        shared, its_words = jaccard(own, other), words(other)
        near_by = max(shared, jaccard(words(own), its_words))
        inside = len(said & its_words) / len(its_words) if len(its_words) > 1 else 0.0
        if row_id is not None and (near_by >= NEAR or inside >= INSIDE):
            near[row_id] = (max(near_by, inside * SIMILAR), shared >= SIMILAR)
    nearest = sorted(near, key=lambda i: (-near[i][0], i))[:MOST]
    if not nearest:
        return []
    shown = dict(latest(eyes, [visible(eyes), col(Idea.id).in_(nearest)], MOST))
    usable = {
        idea_id: (slug, name)
        for idea_id, slug, name in eyes.session.exec(
            select(Product.idea_id, Product.slug, Product.name).where(
                col(Product.idea_id).in_(nearest), Product.flag == "nationwide"
            )
        )
    }
    return [AlikeView(shown[i], near[i][1], usable.get(i)) for i in nearest]


def words(found: frozenset[str]) -> frozenset[str]:
    """The tokens that carry the meaning: without kana, which are mostly endings and particles."""
    return frozenset(token for token in found if not any("ぁ" <= c <= "ゖ" or c == "ー" for c in token))
