"""Has somebody already solved this: ideas that a title, or a text, sounds like, as far as the reader sees them. Four statements."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, func, select

from workflows.queries.ideas_list import IdeaRow, latest, visible
from workflows.queries.looks import Eyes
from workflows.search import tokens
from workflows.tables.ideas import Idea, TitleToken
from workflows.tables.people import Organization
from workflows.tables.products import Product

MOST = 6
MOST_CANDIDATES, MOST_TOKENS = 60, 400
"""How many ideas are looked at closely, and by how many tokens they are looked for."""
ALIKE = 0.5
"""From here on the difference must be stated (POLICY §3, not_duplicate)."""
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
    near: dict[int, tuple[float, bool]] = {}
    for row_id, other in _candidates(eyes, own, said, but or 0).items():
        shared, its_words = jaccard(own, other), words(other)
        near_by = max(shared, jaccard(words(own), its_words))
        inside = len(said & its_words) / len(its_words) if len(its_words) > 1 else 0.0
        if near_by >= NEAR or inside >= INSIDE:
            near[row_id] = (max(near_by, inside / 2), shared >= ALIKE)
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


def _candidates(eyes: Eyes, own: frozenset[str], said: frozenset[str], but: int) -> dict[int, frozenset[str]]:
    """Id and title tokens of the ideas that share most with what is said, measured by their own length. Two statements."""
    asked = sorted(own | said, key=lambda token: (token not in own, token))[:MOST_TOKENS]
    shared = func.count() * 1.0 / col(TitleToken.title_size)
    found = eyes.session.exec(
        select(TitleToken.idea_id)
        .join(Idea, col(Idea.id) == TitleToken.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(
            col(TitleToken.token).in_(asked),
            visible(eyes),
            col(Idea.submitted_at).is_not(None),
            col(Idea.status).not_in(["draft", "withdrawn", "merged"]),
            col(Idea.id) != but,
        )
        .group_by(col(TitleToken.idea_id), col(TitleToken.title_size))
        .order_by(shared.desc(), col(TitleToken.idea_id))
        .limit(MOST_CANDIDATES)
    ).all()
    listed: dict[int, set[str]] = {}
    rows = select(TitleToken.idea_id, TitleToken.token).where(col(TitleToken.idea_id).in_(found))
    for idea_id, token in eyes.session.exec(rows):
        listed.setdefault(idea_id, set()).add(token)
    return {idea_id: frozenset(listed[idea_id]) for idea_id in found}


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Shared tokens over all tokens; 0 where there are none."""
    return len(a & b) / len(a | b) if a | b else 0.0


def words(found: frozenset[str]) -> frozenset[str]:
    """The tokens that carry the meaning: without kana, which are mostly endings and particles."""
    return frozenset(token for token in found if not any("ぁ" <= c <= "ゖ" or c == "ー" for c in token))
