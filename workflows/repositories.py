"""Repositories: linking them to ideas, asking for a sync, taking in facts of those that cannot be reached."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from sqlmodel import Session, col, select

from workflows import markdown, publiccode
from workflows.github.names import is_full_name
from workflows.runtime.commands import AnyMarkdown, Command, Count, Line, Moment, Ref
from workflows.runtime.ledger import canonical
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work, around
from workflows.tables.ideas import Idea
from workflows.tables.products import Product
from workflows.tables.repositories import (
    ForgePage,
    ForgeState,
    FormerName,
    Repository,
    RepositoryLink,
    Snapshot,
)

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


def _owner_and_name(value: str) -> str:
    if not is_full_name(value):
        raise PydanticCustomError("full_name", "リポジトリは「持ち主/名前」の形で入れてください。")
    return value


FullName = Annotated[str, AfterValidator(_owner_and_name)]
"""owner/name of a repository, as GitHub allows them: nothing in it can leave the path."""
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


class LinkRepository(Command):
    idea: Ref
    full_name: FullName


class OfRepository(Command):
    full_name: FullName


class TakeSnapshot(Command):
    """Facts of a repository that was looked at elsewhere: kept and shown as imported, never as synced."""

    full_name: FullName
    taken_at: Moment
    source: Literal["import"]
    facts: RepositoryFacts


def repository_named(session: Session, full_name: str) -> Repository | None:
    """The repository of this name, or that once had it. Names compare without case, as on GitHub."""
    key = full_name.lower()
    found = session.exec(select(Repository).where(Repository.key == key)).first()
    once = select(Repository).join(FormerName, col(FormerName.repository_id) == Repository.id)
    return found or session.exec(once.where(FormerName.key == key)).first()


def linked_ideas(session: Session, repository: Repository) -> Sequence[Idea]:
    """The ideas it is linked to now."""
    live = select(Idea).join(RepositoryLink, col(RepositoryLink.idea_id) == Idea.id)
    live = live.where(
        RepositoryLink.repository_id == repository.id, col(RepositoryLink.unlinked_at).is_(None)
    )
    return session.exec(live.order_by(col(Idea.id))).all()


def _locked(work: Work, full_name: str) -> Repository | None:
    """The repository, locked: always before any idea."""
    found = repository_named(work.session, full_name)
    return work.lock(Repository, found.id) if found else None


def _live_link(work: Work, idea: Idea, repository: Repository | None) -> RepositoryLink | None:
    if repository is None:
        return None
    return work.find(RepositoryLink, idea_id=idea.id, repository_id=repository.id, unlinked_at=None)


def _forget_answers(work: Work, repository: Repository) -> None:
    """Lets go of the answers kept for asking again; what was seen by them stays, in the snapshots."""
    of_this = col(ForgePage.repository_id) == repository.id
    work.session.connection().execute(sa.delete(ForgePage).where(of_this))


def _linked(work: Work, full_name: str) -> tuple[Repository, Sequence[Idea]]:
    """The repository, locked, and the ideas it is linked to. Refused `unknown` unless one of them may be seen whole."""
    repository = _locked(work, full_name)
    if repository is not None:
        ideas = linked_ideas(work.session, repository)
        if any(work.sees(idea) for idea in ideas):
            return repository, ideas
    raise unknown(f"アイデアにつながったリポジトリ {full_name} ")


@verb("repo.link", LinkRepository)
def link_repository(work: Work, command: LinkRepository) -> Repository:
    """アイデアにリポジトリをつなぐ。すでにつながっていれば duplicate。"""
    repository = _locked(work, command.full_name)
    idea = work.idea(command.idea)
    work.require("repo.link", idea)
    if _live_link(work, idea, repository):
        raise Refused("duplicate", f"{command.full_name} はすでにこのアイデアにつながっています。")
    if repository is None:
        repository = work.add(Repository(key=command.full_name.lower(), full_name=command.full_name))
    state = work.find(ForgeState, repository_id=repository.id)
    if state is not None and state.outcome == "gone":
        # Whoever links a name of which the repository is gone means what has this name now.
        state.forge_id = state.look_after = None
        work.add(state)
        _forget_answers(work, repository)
    work.add(
        RepositoryLink(
            idea_id=idea.id or 0,
            repository_id=repository.id or 0,
            linked_by_id=work.user_id,
            linked_at=work.now,
        )
    )
    work.record("repo.linked", repository, idea=idea.number)
    work.record("repo.linked", idea, full_name=repository.full_name)
    return repository


@verb("repo.unlink", LinkRepository)
def unlink_repository(work: Work, command: LinkRepository) -> Repository:
    """アイデアからリポジトリを外す。これまでに見た事実は残る。"""
    repository = _locked(work, command.full_name)
    idea = work.idea(command.idea)
    link = _live_link(work, idea, repository)
    if link is None and work.sees(idea):
        raise unknown(f"このアイデアにつながったリポジトリ {command.full_name} ")
    work.require("repo.unlink", idea)
    # Who does not see the links is refused above, whether there is one or not.
    assert link is not None
    assert repository is not None
    link.unlinked_at = work.now
    work.add(link)
    work.session.flush()
    if not linked_ideas(work.session, repository):
        _forget_answers(work, repository)
    work.record("repo.unlinked", repository, idea=idea.number)
    work.record("repo.unlinked", idea, full_name=repository.full_name)
    return repository


@verb("repo.sync", OfRepository)
def sync_repository(work: Work, command: OfRepository) -> Repository:
    """リポジトリをもう一度見に行くよう頼む。実際に見るのは、後で動く同期の仕事。"""
    repository, ideas = _linked(work, command.full_name)
    near = [around(work.session, idea) for idea in ideas]
    work.allow("repo.sync", own={o.owner for o in near}, partners={p for o in near for p in o.partners})
    repository.sync_asked_at = work.now
    work.add(repository)
    work.record("repo.sync_asked", repository)
    return repository


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
    repository, ideas = _linked(work, command.full_name)
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
