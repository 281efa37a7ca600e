"""Repositories: linking them to ideas, and asking for a look at them."""

from collections.abc import Sequence
from typing import Annotated

import sqlalchemy as sa
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from sqlmodel import Session, col, select

from workflows.github.names import is_full_name
from workflows.runtime.commands import Command, Ref
from workflows.runtime.refusal import Refused, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work, around
from workflows.tables.ideas import Idea
from workflows.tables.repositories import (
    ForgePage,
    ForgeState,
    FormerName,
    Repository,
    RepositoryLink,
)


def _owner_and_name(value: str) -> str:
    if not is_full_name(value):
        raise PydanticCustomError("full_name", "リポジトリは「持ち主/名前」の形で入れてください。")
    return value


FullName = Annotated[str, AfterValidator(_owner_and_name)]
"""owner/name of a repository, as GitHub allows them: nothing in it can leave the path."""


class LinkRepository(Command):
    idea: Ref
    full_name: FullName


class OfRepository(Command):
    full_name: FullName


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


def linked(work: Work, full_name: str) -> tuple[Repository, Sequence[Idea]]:
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
    repository, ideas = linked(work, command.full_name)
    near = [around(work.session, idea) for idea in ideas]
    work.allow("repo.sync", own={o.owner for o in near}, partners={p for o in near for p in o.partners})
    repository.sync_asked_at = work.now
    work.add(repository)
    work.record("repo.sync_asked", repository)
    return repository
