"""What was seen of a repository: kept by the sync, by webhooks, and taken in by hand where none of them reaches."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from sqlmodel import col, select

from workflows import markdown, publiccode
from workflows.repositories import FullName, linked
from workflows.runtime.commands import AnyMarkdown, Command, Count, Line, Moment
from workflows.runtime.ledger import canonical
from workflows.runtime.refusal import invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.products import Product
from workflows.tables.repositories import Repository, Snapshot

LONGEST_PUBLICCODE = 500_000
"""Characters of a publiccode.yml that are taken in; the validator judges what is in them."""


def _storable(value: str) -> str:
    if "\x00" in value:
        raise PydanticCustomError("no_nul", "使えない文字（NUL）が含まれています。取り除いてください。")
    return value


def _bounded(value: str) -> str:
    if len(value) > LONGEST_PUBLICCODE:
        raise PydanticCustomError("too_large", "ファイルが長すぎます（{n} 文字）。", {"n": len(value)})
    return value


FilePath = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_storable)]
AnyLine = Annotated[str, Field(max_length=200), AfterValidator(_storable)]
Description = Annotated[str, Field(max_length=1000), AfterValidator(_storable)]
FileText = Annotated[str, AfterValidator(_bounded), AfterValidator(_storable)]


class RepositoryRelease(Command):
    tag: Line
    published_at: Moment | None = None
    name: AnyLine = ""
    prerelease: bool = False
    notes: AnyMarkdown = ""


class RepositoryFacts(Command):
    """What was seen of a repository. A field that is left out was not seen.

    null says "there is none" for a description, a licence, a README, a publiccode.yml, a commit, a push or an answered
    issue; for the other fields it says nothing and counts as not seen. Commits are of the last 12 months.
    """

    default_branch: Line | None = None
    pushed_at: Moment | None = None
    archived: bool | None = None
    licence_spdx: Line | None = None
    files: list[FilePath] | None = Field(default=None, max_length=50_000)
    releases: list[RepositoryRelease] | None = Field(default=None, max_length=10_000)
    commits_by_contributor: dict[Line, Count] | None = Field(default=None, max_length=10_000)
    last_commit_at: Moment | None = None
    median_issue_response_hours: float | None = Field(default=None, ge=0)
    publiccode: FileText | None = None
    open_issues: Count | None = None
    ci: Literal["passing", "failing", "none"] | None = None
    description: Description | None = None
    topics: list[Line] | None = Field(default=None, max_length=100)
    licence_file: FilePath | None = None
    licence_in_file: Line | None = None
    tags: list[Line] | None = Field(default=None, max_length=10_000)
    open_pull_requests: Count | None = None
    fork: bool | None = None
    readme: FilePath | None = None
    commits_capped: bool | None = None


NONE_IS_A_FACT = {
    "licence_spdx",
    "publiccode",
    "pushed_at",
    "last_commit_at",
    "median_issue_response_hours",
    "description",
    "licence_file",
    "licence_in_file",
    "readme",
}


class TakeSnapshot(Command):
    """Facts of a repository that was looked at elsewhere: kept and shown as imported, never as synced."""

    full_name: FullName
    taken_at: Moment
    source: Literal["import"]
    facts: RepositoryFacts


def verdict_on(text: str) -> dict[str, Any]:
    """What our validator says of a publiccode.yml: valid, errors (sentences), licence; frozen with the facts."""
    report = publiccode.validate(text)
    errors = [f"{p.key}: {p.message}" for p in report.errors]
    return {"valid": report.valid, "errors": errors, "licence": report.licence}


def _seen(facts: RepositoryFacts) -> dict[str, Any]:
    given = facts.model_dump(mode="json", exclude_unset=True)
    for release in given.get("releases") or ():
        if release.get("notes"):
            release["notes_html"] = markdown.render(release["notes"])
    return {name: value for name, value in given.items() if value is not None or name in NONE_IS_A_FACT}


@verb("repo.snapshot", TakeSnapshot)
def take_snapshot(work: Work, command: TakeSnapshot) -> Snapshot:
    """届かないリポジトリの事実を取り込む。取込みとして示され、同期とは区別される。"""
    if command.taken_at > work.now:
        raise invalid("taken_at", "まだ来ていない日時です。リポジトリを見た日時を入れてください。")
    repository, ideas = linked(work, command.full_name)
    work.allow("repo.snapshot")
    return keep_snapshot(
        work, repository, ideas, _seen(command.facts), source=command.source, taken_at=command.taken_at
    )


def keep_snapshot(
    work: Work,
    repository: Repository,
    ideas: Sequence[Idea],
    facts: dict[str, Any],
    *,
    source: Literal["import", "sync", "webhook"],
    taken_at: datetime,
    seen: dict[str, Any] | None = None,
) -> Snapshot:
    """Keeps what was seen of a locked repository, with our verdict on its publiccode.yml, and draws the consequences.

    `facts` holds only what was seen, named as in RepositoryFacts; `seen` when and how each was, where that differs from
    `taken_at` and `source`. Flagged products of the ideas it is linked to are suspended in this transaction if a cause stands.
    """
    snapshot = work.add(
        Snapshot(
            ref=f"snapshot-{work.next_number('snapshot')}",
            repository_id=repository.id or 0,
            taken_at=taken_at,
            source=source,
            facts=facts,
            verdict=verdict_on(facts["publiccode"]) if facts.get("publiccode") else None,
            seen=seen,
            recorded_at=work.now,
        )
    )
    work.record(
        "repo.snapshot_taken",
        repository,
        snapshot=snapshot.ref,
        taken_at=taken_at.isoformat(),
        source=source,
        facts_sha256=sha256(canonical(facts).encode()).hexdigest(),
    )
    _reconsider_flagged(work, ideas)
    return snapshot


def _reconsider_flagged(work: Work, ideas: Sequence[Idea]) -> None:
    """Suspends the nationwide products that what was seen speaks against (POLICY §4), in this transaction."""
    ids = [idea.id for idea in ideas]
    flagged = select(Product.idea_id).where(col(Product.idea_id).in_(ids), Product.flag == "nationwide")
    for idea_id in work.session.exec(flagged.order_by(col(Product.idea_id))).all():
        # Imported here: suspension reads dossiers, which not every verb about a repository needs.
        from workflows.rollout.suspension import reconsider

        reconsider(work, work.lock(Idea, idea_id))
