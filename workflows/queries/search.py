"""`/search`: ideas, products, the library and published decisions that hold some words, as far as the reader sees them. Seven statements.

What the database finds, the latest CANDIDATES of each kind in the title and in the whole text, is put in order here, so that both
databases give the same: words in the title first, then words that stand together as they were typed, then how much of the
text they are, then the newer thing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import and_, case, col, false, func, literal, select, true, union, union_all

from workflows import search_index
from workflows.queries.counting import MOST, up_to_most
from workflows.queries.found import assets_seen, decisions_seen, ideas_with, products_seen, sees_all
from workflows.queries.idea_sight import full_sight, placed, visible
from workflows.queries.ideas_list import fields_in_use
from workflows.queries.looks import Eyes
from workflows.queries.paging import a_number, behind
from workflows.queries.search_hits import Hit, hits_of
from workflows.search_words import Word, asked
from workflows.tables.assets import Asset
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Product
from workflows.tables.reviews import GateDecision, Review
from workflows.tables.searching import SEARCHED, SearchText

CANDIDATES = 150
PARTS: tuple[search_index.Parts, ...] = ("title", "rest")
SHOWN, ROWS_A_PAGE = 100, 20
READ = 6_000
"""So many letters of a text's tokens are counted through for its place in the list."""
USUAL = 400
"""So many letters of tokens make a text of ordinary length: half as many hits in half the length are as good."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader narrows the search by; None is any. `stage` and `size` (of the owner) are those of the idea behind a thing,
    asked only where the reader sees them."""

    kind: str | None = None
    field: str | None = None
    stage: str | None = None
    size: str | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found. `counts`: of each kind, up to MOST + 1. `cut`: more was typed than was looked for."""

    hits: Sequence[Hit]
    counts: Mapping[str, int]
    after: str | None
    fields: Sequence[str]
    words: bool
    cut: bool
    more: bool
    """There is more than can be shown."""

    @property
    def total(self) -> int:
        return min(sum(self.counts.values()), MOST + 1)


def search(eyes: Eyes, q: str | None, filters: Filters, after: str | None = None) -> Results:
    """What the words of `q` find. Refused `invalid` for a key that no page gave."""
    start = behind(after, a_number) if after is not None else 0
    asked_for = asked(q)
    words = asked_for.words
    fields = fields_in_use(eyes)
    if not words:
        return Results([], dict.fromkeys(SEARCHED, 0), None, fields, False, asked_for.cut, False)
    counts = _counts(eyes, words, filters)
    order = _in_order(eyes, words, filters)
    page = order[start : start + ROWS_A_PAGE]
    goes_on = str(start + ROWS_A_PAGE) if len(order) > start + ROWS_A_PAGE else None
    wanted = [filters.kind] if filters.kind else list(SEARCHED)
    more = sum(counts[kind] for kind in wanted if kind in counts) > len(order)
    return Results(hits_of(eyes, page, words), counts, goes_on, fields, True, asked_for.cut, more)


def _things(
    eyes: Eyes, kind: str, words: Sequence[Word], parts: search_index.Parts, filters: Filters, *columns: Any
) -> Any:
    """The things of a kind that hold the words in these parts and are the reader's to see, joined to the idea behind each."""

    def looked(within: search_index.Parts) -> Any:
        return search_index.holds(eyes.session, words, within)

    holds = looked(parts)
    statement: Any = select(*columns)
    match kind:
        case "idea":
            seen = and_(visible(eyes), holds) if parts == "title" else ideas_with(eyes, looked)
            statement = statement.join(Idea, col(Idea.id) == SearchText.row_id)
        case "product":
            seen = and_(products_seen(eyes), holds)
            statement = statement.join(Product, col(Product.id) == SearchText.row_id)
            statement = statement.join(Idea, col(Idea.id) == Product.idea_id)
        case "asset":
            seen = and_(assets_seen(eyes), holds)
            statement = statement.join(Asset, col(Asset.id) == SearchText.row_id)
            statement = statement.outerjoin(Idea, col(Idea.id) == Asset.idea_id)
        case _:
            seen = and_(decisions_seen(eyes), holds)
            statement = statement.join(GateDecision, col(GateDecision.id) == SearchText.row_id)
            statement = statement.join(Review, col(Review.id) == GateDecision.review_id)
            statement = statement.join(Idea, col(Idea.id) == Review.idea_id)
    statement = statement.outerjoin(Organization, col(Organization.id) == Idea.owner_id)
    return statement.where(SearchText.kind == kind, seen, *_narrowed(eyes, filters))


def _narrowed(eyes: Eyes, filters: Filters) -> list[Any]:
    """What the filters ask of the idea behind a thing: only of one that the reader sees, and as much as they see of it."""
    found: list[Any] = []
    if filters.field:
        found += [Idea.field == filters.field, visible(eyes)]
    if filters.stage:
        found += [Idea.stage == filters.stage, placed(eyes)]
    if filters.size:
        found += [Organization.size_class == filters.size, placed(eyes)]
    return found


def _counts(eyes: Eyes, words: Sequence[Word], filters: Filters) -> dict[str, int]:
    """How many of each kind, whichever kind is asked for. One statement."""
    each = [
        select(
            literal(kind).label("kind"),
            up_to_most(_things(eyes, kind, words, "rest", filters, SearchText.id)).label("number"),
        )
        for kind in SEARCHED
    ]
    return {kind: number for kind, number in eyes.session.execute(union_all(*each))}


def _in_order(eyes: Eyes, words: Sequence[Word], filters: Filters) -> list[tuple[str, int]]:
    """Kind and id of the best, at most SHOWN. One statement."""
    each = []
    for kind in SEARCHED:
        if filters.kind in (None, kind):
            whole = full_sight(eyes) if kind == "idea" and not sees_all(eyes) else true()
            brief = true() if kind != "idea" or eyes.seer.memberships or eyes.seer.system else false()
            columns: list[Any] = [
                SearchText.kind, SearchText.row_id, SearchText.at, SearchText.title,
                case((brief, func.substr(SearchText.brief, 1, READ)), else_="").label("brief"),
                case((whole, func.substr(SearchText.rest, 1, READ)), else_="").label("rest"),
            ]  # fmt: skip
            rows: Any = select(*columns)
            if kind == "idea":  # how much of it is seen depends on whose it is
                rows = rows.join(Idea, col(Idea.id) == SearchText.row_id)
                rows = rows.outerjoin(Organization, col(Organization.id) == Idea.owner_id)
            for parts in PARTS:
                each.append(rows.where(col(SearchText.id).in_(_latest(eyes, kind, words, parts, filters))))
    placed_at = {
        (kind, row_id): _place(words, title, f"{brief} {rest}".strip(), at)
        for kind, row_id, at, title, brief, rest in eyes.session.execute(union_all(*each))
    }
    best = sorted(placed_at, key=lambda thing: (placed_at[thing], thing), reverse=True)
    return best[:SHOWN]


def _latest(eyes: Eyes, kind: str, words: Sequence[Word], parts: search_index.Parts, filters: Filters) -> Any:
    """The ids of the rows of the latest hits of a kind, at most CANDIDATES, as a select. Of ideas, of which there may be a hundred
    thousand that hold a word, all hits are asked for only where the rows written last had too few."""
    row_id = col(SearchText.id)
    hits = _things(eyes, kind, words, parts, filters, row_id)
    latest = hits.order_by(search_index.latest(eyes.session)).limit(CANDIDATES)
    window = search_index.recent(eyes.session) if kind == "idea" else []
    if not window:
        return latest
    recent = hits.where(*window).order_by(row_id.desc()).limit(CANDIDATES).cte(f"recent_{parts}")
    too_few = select(func.count()).select_from(recent).scalar_subquery() < CANDIDATES
    return union(select(recent.c.id), select(latest.where(too_few).subquery().c.id))


def _place(words: Sequence[Word], title: str, text: str, at: datetime) -> tuple[int, int, float, datetime]:
    """By what the list is ordered, the best highest: how much of what was asked stands in the title; whether all of it stands
    together somewhere; how much of the text it is; when the thing was made."""
    in_title = [word.times_in(title) > 0 for word in words]
    title_counts = 3 * all(in_title) or int(any(in_title))
    together = Word(tuple(token for word in words for token in word.tokens), words[-1].opens, "")
    stands = 2 * bool(together.times_in(title)) or int(bool(together.times_in(text)))
    # 1 for one hit in a short text; more hits add less and less, and a long text says anything.
    size = 1 + len(text) / USUAL / 4
    said = sum(times / (times + size) for times in (word.times_in(text) for word in words))
    return title_counts, stands, round(said, 3), at
