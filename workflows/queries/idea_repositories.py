"""The repositories linked to an idea: what was seen of each, when, and by what path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stages.productization import SBOM_NAMES, SECURITY_FILES
from workflows import idea_rows
from workflows.queries.looks import Eyes
from workflows.tables.ideas import Idea
from workflows.tables.repositories import Repository


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
    seen = {s.repository_id: s for s in idea_rows.snapshots_of(eyes.session, idea)}

    def view(repository: Repository) -> RepositoryView:
        shot = seen.get(repository.id)
        return RepositoryView(
            full_name=repository.full_name,
            sync_asked_at=repository.sync_asked_at,
            taken_at=shot.taken_at if shot else None,
            source=shot.source if shot else None,
            facts=shot.facts if shot else {},
            errors=list((shot.verdict or {}).get("errors", [])) if shot else [],
        )

    return [view(r) for r in idea_rows.repositories_of(eyes.session, idea)]
