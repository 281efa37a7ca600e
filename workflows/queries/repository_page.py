"""A linked repository by itself: what was last seen of it and how, how its health went, what the last gate will ask of it.

A constant number of statements; of the snapshots before the last only the drawn figures are read, not their files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from stages import PIPELINE
from stages.kernel import Criterion, Finding
from stages.permissions import Sight, sight
from workflows import publiccode
from workflows.dossiers import dossier
from workflows.publiccode import Report
from workflows.queries.idea_repositories import RepositoryView, repositories_of
from workflows.queries.looks import Eyes
from workflows.repositories import linked_ideas, repository_named
from workflows.runtime.refusal import unknown
from workflows.runtime.work import around_each, visibility
from workflows.tables.ideas import Idea
from workflows.tables.repositories import Repository, Snapshot

ASKED_OF_REPOSITORIES = ("released", "described", "maintained", "secure")
"""The criteria of G4 that a repository answers (POLICY §3)."""
LONGEST_HISTORY = 60
WIDTH, HEIGHT = 320, 60
"""Of the drawing, in its own units."""


@dataclass(frozen=True, slots=True)
class SeenRepository:
    """A repository and the first idea it is linked to that the reader sees whole."""

    repository: Repository
    idea: Idea


@dataclass(frozen=True, slots=True)
class Moment:
    """The health of a repository as one snapshot had it; None where it was not seen."""

    taken_at: datetime
    source: str
    commits: int | None
    """Of the 12 months before."""
    contributors: int | None
    open_issues: int | None
    answered_in_hours: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure over time: `points` as SVG writes them, `highest` what the top of the drawing stands for."""

    points: Sequence[tuple[float, float]]
    highest: float

    @property
    def line(self) -> str:
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class RepositoryPage:
    view: RepositoryView
    idea: Idea
    asked: Sequence[tuple[Criterion, Finding | None]]
    """Each criterion of G4 that the repository answers and what its rule finds today; None where people judge by the evidence. Nothing
    for another repository than the first: that one speaks for the idea."""
    report: Report | None
    """Our validator on its publiccode.yml, with lines and mends; None where none was seen."""
    history: Sequence[Moment]
    """The latest first."""
    commits: Curve | None
    open_issues: Curve | None


def seen_repository(eyes: Eyes, full_name: str) -> SeenRepository:
    """The repository of a name it has or had. Refused `unknown` unless an idea it is linked to is seen whole."""
    repository = repository_named(eyes.session, full_name)
    if repository is not None:
        ideas = linked_ideas(eyes.session, repository)
        orgs = around_each(eyes.session, [idea.id for idea in ideas])
        for idea in ideas:
            if sight(eyes.seer, visibility(idea, orgs[idea.id])) == Sight.FULL:
                return SeenRepository(repository, idea)
    raise unknown(f"リポジトリ {full_name} ")


def repository_page(eyes: Eyes, seen: SeenRepository) -> RepositoryPage:
    views = repositories_of(eyes, seen.idea)
    view = next(v for v in views if v.full_name == seen.repository.full_name)
    text = view.facts.get("publiccode")
    history = _history(eyes, seen.repository)
    return RepositoryPage(
        view=view,
        idea=seen.idea,
        asked=_asked(eyes, seen.idea) if view is views[0] else (),
        report=publiccode.validate(text, today=eyes.today) if text else None,
        history=history,
        commits=_curve([(m.taken_at, m.commits) for m in history]),
        open_issues=_curve([(m.taken_at, m.open_issues) for m in history]),
    )


def _asked(eyes: Eyes, idea: Idea) -> list[tuple[Criterion, Finding | None]]:
    facts = dossier(eyes.session, idea, eyes.today, look_alikes=False)
    gate = next(stage.gate for stage in PIPELINE if stage.key == "productization")
    assert gate is not None
    return [(c, c.check(facts) if c.check else None) for c in gate.criteria if c.key in ASKED_OF_REPOSITORIES]


def _history(eyes: Eyes, repository: Repository) -> list[Moment]:
    facts = col(Snapshot.facts)
    figures = ("commits_by_contributor", "open_issues", "median_issue_response_hours")
    columns: list[Any] = [Snapshot.taken_at, Snapshot.source, *(facts[name] for name in figures)]
    rows = eyes.session.exec(
        select(*columns)
        .where(Snapshot.repository_id == repository.id)
        .order_by(col(Snapshot.taken_at).desc(), col(Snapshot.id).desc())
        .limit(LONGEST_HISTORY)
    ).all()
    return [
        Moment(
            taken_at=at,
            source=source,
            commits=sum(by.values()) if isinstance(by, Mapping) else None,
            contributors=len(by) if isinstance(by, Mapping) else None,
            open_issues=issues,
            answered_in_hours=hours,
        )
        for at, source, by, issues, hours in rows
    ]


def _curve(seen: Sequence[tuple[datetime, float | None]]) -> Curve | None:
    """The figure drawn from its first to its last moment, 0 at the bottom; None for fewer than two of them."""
    known = sorted((at, value) for at, value in seen if value is not None)
    if len(known) < 2 or known[0][0] == known[-1][0]:
        return None
    first, span = known[0][0], known[-1][0] - known[0][0]
    highest = max(value for _, value in known)
    return Curve(
        points=[
            (
                round((at - first) / span * WIDTH, 1),
                round(HEIGHT - (value / highest if highest else 0) * HEIGHT, 1),
            )
            for at, value in known
        ],
        highest=highest,
    )
