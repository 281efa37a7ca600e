"""The kin of an idea: where it comes from, what came of it, what it resembles, and proposals to join."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select

from stages.dossier import LookAlike
from workflows import idea_rows, search
from workflows.ideas import towns_of
from workflows.kinship import TAKES_IN_NOTHING
from workflows.queries.finding import MOST_FOUND, Found, found, has_words
from workflows.queries.ideas_list import visible
from workflows.queries.looks import Eyes
from workflows.runtime.work import Around
from workflows.tables.ideas import Idea, MergeProposal
from workflows.tables.people import Organization


@dataclass(frozen=True, slots=True)
class Relative:
    relation: str  # parent, child, merged_into, merged_from
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class Resembling:
    """A look-alike with the owner's answer: `verdict` is None until there is one, `because` empty for a clone's ancestor.
    `takes_in`: another idea may be merged into it."""

    number: str
    title: str
    similarity: float
    verdict: str | None
    because: str
    takes_in: bool


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal to join one idea into another that waits for the other owner."""

    idea: str
    idea_title: str
    into: str
    into_title: str
    by: str
    may_agree: bool


def relatives_of(eyes: Eyes, idea: Idea) -> list[Relative]:
    """Where the idea comes from and what came of it, as far as the reader sees them. One statement."""
    related: list[Any] = [col(Idea.derived_from_id) == idea.id, col(Idea.merged_into_id) == idea.id]
    related += [col(Idea.id) == other for other in (idea.derived_from_id, idea.merged_into_id) if other]
    rows = eyes.session.exec(
        select(Idea.id, Idea.number, Idea.title, Idea.merged_into_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(or_(*related), visible(eyes))
        .order_by(Idea.number)
    )

    def relation(row_id: int | None, merged_into: int | None) -> str:
        if row_id == idea.derived_from_id:
            return "parent"
        if row_id == idea.merged_into_id:
            return "merged_into"
        return "merged_from" if merged_into == idea.id else "child"

    return [Relative(relation(row_id, into), number, title) for row_id, number, title, into in rows]


def look_alikes_of(eyes: Eyes, idea: Idea, alike: Sequence[LookAlike]) -> list[Resembling]:
    """The binding look-alikes with what the owner said of each. They are the rows that the facts were made of."""
    because = {number: c.because for c, number in idea_rows.comparisons_of(eyes.session, idea)}
    takes_in = {a.number for a in search.look_alikes(eyes.session, idea) if a.status not in TAKES_IN_NOTHING}
    return [
        Resembling(
            a.number, a.title, a.similarity, a.verdict, because.get(a.number, ""), a.number in takes_in
        )
        for a in alike
    ]


def proposals_about(eyes: Eyes, idea: Idea, orgs: Around) -> list[ProposalView]:
    """Proposals to join this idea into another, or another into it. One statement at most."""
    if idea.status != "active":
        return []
    one, other, owner, by = aliased(Idea), aliased(Idea), aliased(Organization), aliased(Organization)
    columns: list[Any] = [one.number, one.title, other.number, other.title, by.slug, by.name, owner.slug]
    rows = eyes.session.exec(
        select(*columns)
        .select_from(MergeProposal)
        .join(one, col(one.id) == MergeProposal.idea_id)
        .join(other, col(other.id) == MergeProposal.into_id)
        .join(by, col(by.id) == MergeProposal.org_id)
        .join(owner, owner.id == one.owner_id)
        .where(
            or_(col(MergeProposal.idea_id) == idea.id, col(MergeProposal.into_id) == idea.id),
            col(one.status) == "active",
        )
        .order_by(col(MergeProposal.id))
    ).all()
    mine = {held.org for held in towns_of(eyes.actor)}
    both = {orgs.owner} | {slug for *_, slug in rows}
    return [
        ProposalView(number, title, into, into_title, name, bool(mine & both - {slug}))
        for number, title, into, into_title, slug, name, _ in rows
    ]


def ideas_found(eyes: Eyes, text: str, but: Idea) -> Found | None:
    """Ideas another can be merged into, whose title or number has the words; None where none were typed. One statement."""
    named = has_words(text, Idea.title, Idea.number)
    if not named:
        return None
    rows = eyes.session.exec(
        select(Idea.number, Idea.title, Organization.name)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(
            Idea.id != but.id,
            col(Idea.submitted_at).is_not(None),
            col(Idea.status).not_in(TAKES_IN_NOTHING),
            visible(eyes),
            *named,
        )
        .order_by(Idea.number)
        .limit(MOST_FOUND + 1)
    )
    return found([(number, f"{number} {title}（{owner}）") for number, title, owner in rows])
