"""Has somebody already solved this: ideas that a title, or a whole text, sounds like, as far as the reader sees them, and which of
them they may join. Six statements.

Texts are compared by the cosine of their two-character tokens, each weighed by how often it is said and how rarely others say
it (1 + ln tf, ln(1 + N/df); titles count twice). Of several scores this one found most of the same idea in other towns
(docs/decisions/0025, tests/bench/bench_search.py).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import col, exists, select

from stages.lifecycle import timely
from workflows import search_index
from workflows.ideas import towns_of
from workflows.queries.found import sees_all
from workflows.queries.ideas_list import IdeaRow, latest, visible
from workflows.queries.looks import Eyes
from workflows.queries.offers import allowed
from workflows.search import closest, tokens
from workflows.search_words import in_common, tokens_in_order
from workflows.tables.ideas import Demand, Idea
from workflows.tables.people import Organization
from workflows.tables.products import Product
from workflows.tables.searching import SearchText

MOST = 6
MOST_CANDIDATES, SAMPLE = 120, 300
"""How many ideas are compared, and of how many it is counted which tokens are rare."""
ASKED_BY = 24
"""By so many of the weightiest tokens candidates are looked for."""
NEAR = 0.07
"""From here on a text is shown (docs/decisions/0025)."""
MOST_LETTERS = 6_000
"""So much of a text is compared."""
SHARED = 4
TITLE_COUNTS = 2


@dataclass(frozen=True, slots=True)
class AlikeView:
    """A look-alike. `binds`: the difference must be stated before G1; `product` is what can be used of it today; `shared` are
    words of the reader's text that it says too."""

    row: IdeaRow
    binds: bool
    product: tuple[str, str] | None
    shared: Sequence[str]
    joined: bool = False
    """An organization the reader speaks for has said that it wants to use it too."""
    may_join: bool = False
    """One of them may say so."""


def alike(eyes: Eyes, title: str, text: str = "", but: int | None = None) -> Sequence[AlikeView]:
    """The ideas nearest to a title (and to a text that says more): those that bind first, then the nearest; `but` is the idea
    itself."""
    own_title, own_text = title[:MOST_LETTERS], text[:MOST_LETTERS]
    said = counted(tokens_in_order(own_title), tokens_in_order(own_text))
    if not said:
        return []
    others = _others(eyes, but or 0)
    binding = (
        {a.idea_id: a.similarity for a in closest(eyes.session, own_title, *others)} if tokens(title) else {}
    )
    rarity = Rarity.of(_sample(eyes))
    mine = rarity.weigh(said)
    theirs = {i: rarity.weigh(d) for i, d in _candidates(eyes, weightiest(mine), others).items()}
    near = {i: cosine(mine, weights) for i, weights in theirs.items()}
    order = sorted(near.keys() | binding.keys(), key=lambda i: (-binding.get(i, 0), -near.get(i, 0), i))
    nearest = [i for i in order if i in binding or near[i] >= NEAR][:MOST]
    shown = dict(latest(eyes, [visible(eyes), col(Idea.id).in_(nearest)], MOST))
    usable = {
        idea_id: (slug, name)
        for idea_id, slug, name in eyes.session.exec(
            select(Product.idea_id, Product.slug, Product.name).where(
                col(Product.idea_id).in_(nearest), Product.flag == "nationwide"
            )
        )
    }
    whole = f"{own_title}\n{own_text}"

    def why(idea: int) -> list[str]:
        both = {
            token: weight * mine[token] for token, weight in theirs.get(idea, {}).items() if token in mine
        }
        return in_common(whole, both, SHARED)

    joined, own = _mine(eyes, nearest)
    joins = "idea.demand" in allowed(eyes, ("idea.demand",))

    def may_join(i: int) -> bool:
        ended = timely("idea.demand", shown[i].status, shown[i].stage or "") is not None
        return joins and not ended and i not in own and i not in joined

    return [
        AlikeView(shown[i], i in binding, usable.get(i), why(i), i in joined, may_join(i)) for i in nearest
    ]


def _mine(eyes: Eyes, ideas: Sequence[int]) -> tuple[set[int], set[int]]:
    """Of these ideas those that the reader's organizations want to use too, and those that are theirs. One statement."""
    slugs = {held.org for held in towns_of(eyes.actor)}
    here = aliased(Organization)
    wanted = (
        exists()
        .where(
            col(Demand.idea_id) == Idea.id,
            col(Demand.replaced_at).is_(None),
            col(Demand.org_id) == here.id,
            col(here.slug).in_(slugs),
        )
        .correlate(Idea)
    )
    rows = eyes.session.exec(
        select(Idea.id, Organization.slug, wanted)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(col(Idea.id).in_(ideas))
    ).all()
    return {i for i, _, says in rows if says}, {i for i, slug, _ in rows if slug in slugs}


def _others(eyes: Eyes, but: int) -> list[ColumnElement[bool]]:
    """Ideas that somebody else is at, as far as the reader sees them: submitted, and neither withdrawn nor merged."""
    seen = exists().where(col(Organization.id) == Idea.owner_id, visible(eyes)).correlate(Idea)
    return [
        col(Idea.submitted_at).is_not(None),
        col(Idea.status).not_in(["draft", "withdrawn", "merged"]),
        col(Idea.id) != but,
        seen,
    ]


def _parts(eyes: Eyes) -> search_index.Parts:
    """What the reader may read of every idea that may be seen: POLICY §7. A vendor's own ideas are read no further here."""
    if sees_all(eyes):
        return "rest"
    return "brief" if eyes.seer.memberships else "title"


def _columns(parts: search_index.Parts) -> list[Any]:
    return [SearchText.title, SearchText.brief, SearchText.rest][
        : ("title", "brief", "rest").index(parts) + 1
    ]


def _sample(eyes: Eyes) -> Iterable[Counter[str]]:
    """The ideas that were put into the index last, as counts of tokens."""
    rows = (
        select(*_columns("rest"))
        .where(SearchText.kind == "idea")
        .order_by(col(SearchText.id).desc())
        .limit(SAMPLE)
    )
    return [_read(row) for row in eyes.session.execute(rows)]


def _candidates(
    eyes: Eyes, asked: Sequence[str], others: Sequence[ColumnElement[bool]]
) -> dict[int, Counter[str]]:
    """The ideas that say most of these tokens, as counts of theirs."""
    parts = _parts(eyes)
    hits = search_index.most_of(eyes.session, "idea", asked, MOST_CANDIDATES, parts, others)
    rows = select(SearchText.row_id, *_columns(parts)).where(
        SearchText.kind == "idea", col(SearchText.row_id).in_(hits)
    )
    return {row_id: _read(texts) for row_id, *texts in eyes.session.execute(rows)}


def _read(texts: Sequence[str]) -> Counter[str]:
    title, *more = texts
    return counted(title.split(), (token for text in more for token in text[:MOST_LETTERS].split()))


def counted(title: Iterable[str], text: Iterable[str]) -> Counter[str]:
    """How often a title and a text say each token; one of a single Japanese character says nothing."""
    found: Counter[str] = Counter()
    for some, times in ((title, TITLE_COUNTS), (text, 1)):
        for token in some:
            if len(token) > 1:
                found[token] += times
    return found


@dataclass(frozen=True, slots=True)
class Rarity:
    """In how many of some texts each token is."""

    texts: int
    with_token: Mapping[str, int]

    @classmethod
    def of(cls, texts: Iterable[Counter[str]]) -> "Rarity":
        some = list(texts)
        return cls(max(1, len(some)), Counter(token for text in some for token in text))

    def weigh(self, text: Counter[str]) -> dict[str, float]:
        """1 + ln tf, times ln(1 + N/df); what is in none of them counts as in half of one."""
        return {
            token: (1 + log(times)) * log(1 + self.texts / (self.with_token.get(token, 0) + 0.5))
            for token, times in text.items()
        }


def weightiest(weights: Mapping[str, float]) -> list[str]:
    return sorted(weights, key=lambda token: (-weights[token], token))[:ASKED_BY]


def cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """0 for texts that share nothing, 1 for the same."""
    sizes = sqrt(sum(w * w for w in a.values())) * sqrt(sum(w * w for w in b.values()))
    return sum(w * b[token] for token, w in a.items() if token in b) / sizes if sizes else 0.0
