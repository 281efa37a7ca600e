"""The repositories linked to an idea: what was seen of each, when, by what path, and how the last look went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stages.productization import SBOM_NAMES, SECURITY_FILES
from workflows import idea_rows
from workflows.github.keeping import latest_snapshot
from workflows.queries.looks import Eyes
from workflows.repositories import repository_named
from workflows.runtime.refusal import unknown
from workflows.tables.ideas import Idea
from workflows.tables.repositories import ForgeState, Repository, Snapshot


@dataclass(frozen=True, slots=True)
class RepositoryView:
    full_name: str
    sync_asked_at: datetime | None
    taken_at: datetime | None
    source: str | None
    """How it was seen: import, sync or webhook; None while nothing was."""
    facts: Mapping[str, Any]
    """Only what was seen: a fact that is not here is unknown, not absent."""
    errors: Sequence[str]
    """What our validator finds wrong with its publiccode.yml."""
    seen: Mapping[str, Sequence[str]]
    """By fact, when (ISO) and by what path it was seen; a fact that is not here was seen at `taken_at`."""
    seen_at: datetime | None
    """When GitHub last answered: what is shown was so at that time."""
    outcome: str | None
    """How the last look went (github.outcomes.OUTCOMES); None while there was none."""
    outcome_since: datetime | None
    because: str
    """Why it saw nothing, for a person."""

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody asked for a look that has not been since."""
        return self.sync_asked_at is not None and self.sync_asked_at > max(
            (at for at in (self.taken_at, self.seen_at) if at), default=self.sync_asked_at - timedelta(1)
        )

    @property
    def last_commit_at(self) -> datetime | None:
        seen = self.facts.get("last_commit_at")
        return datetime.fromisoformat(seen) if seen else None

    @property
    def has_security_file(self) -> bool:
        return any(
            f.lower().removeprefix(".github/").removeprefix("docs/") in SECURITY_FILES
            for f in self.facts.get("files") or ()
        )

    @property
    def has_bill_of_materials(self) -> bool:
        return any(SBOM_NAMES.search(f) for f in self.facts.get("files") or ())


def repositories_of(eyes: Eyes, idea: Idea) -> list[RepositoryView]:
    """The linked ones, the first linked first: that one speaks for the idea."""

    def view(repository: Repository, state: ForgeState | None, shot: Snapshot | None) -> RepositoryView:
        return RepositoryView(
            full_name=repository.full_name,
            sync_asked_at=repository.sync_asked_at,
            taken_at=shot.taken_at if shot else None,
            source=shot.source if shot else None,
            facts=shot.facts if shot else {},
            errors=list((shot.verdict or {}).get("errors", [])) if shot else [],
            seen=(shot.seen or {}) if shot else {},
            seen_at=state.seen_at if state else None,
            outcome=state.outcome if state else None,
            outcome_since=state.outcome_since if state else None,
            because=state.outcome_because if state else "",
        )

    return [view(*linked) for linked in idea_rows.linked_of(eyes.session, idea)]


def publiccode_text(eyes: Eyes, full_name: str) -> str:
    """The publiccode.yml last seen of a repository of this name, which it has or had. Refused `unknown` where none was."""
    repository = repository_named(eyes.session, full_name)
    shot = latest_snapshot(eyes.session, repository.id) if repository else None
    text = shot.facts.get("publiccode") if shot else None
    if not text:
        raise unknown(f"{full_name} の publiccode.yml ")
    return str(text)
