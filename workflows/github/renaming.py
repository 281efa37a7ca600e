"""Renames and transfers: links, pages and dossiers follow, since all of them hang on the row and not on the name."""

import sqlalchemy as sa
from sqlmodel import col, select

from workflows.repositories import linked_ideas
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.repositories import (
    ForgePage,
    ForgeState,
    FormerName,
    HookDelivery,
    Repository,
    RepositoryLink,
    Snapshot,
)


def same_repository(work: Work, repository: Repository, forge_id: int) -> Repository:
    """The row by which GitHub's number is known already, this one joined to it; this one where none is."""
    known = work.find(ForgeState, forge_id=forge_id)
    if known is None or known.repository_id == repository.id:
        return repository
    survivor = work.lock(Repository, known.repository_id)
    _join(work, survivor, repository)
    return survivor


def follow_name(work: Work, repository: Repository, full_name: str, forge_id: int) -> None:
    """Gives a locked repository the name that GitHub says it has now, on the record of its ideas; the old one still finds it."""
    key = full_name.lower()
    if key == repository.key:
        repository.full_name = full_name
        work.add(repository)
        return
    holder = work.find(Repository, key=key)
    if holder is not None:
        state = work.find(ForgeState, repository_id=holder.id)
        if state is None or state.forge_id in (None, forge_id):
            _join(work, repository, work.lock(Repository, holder.id))
        else:  # it was renamed as well, and is found by its number at its own next look
            _rename(work, work.lock(Repository, holder.id), f"repositories/{state.forge_id}")
            holder.sync_asked_at = work.now
            work.add(holder)
    _rename(work, repository, full_name)


def _rename(work: Work, repository: Repository, full_name: str) -> None:
    old, key = repository.full_name, full_name.lower()
    names = {"from": old, "to": full_name}
    work.record("repo.renamed", repository, **names)
    back = work.find(FormerName, key=key)
    if back is not None:
        work.session.delete(back)
    former = work.find(FormerName, key=repository.key)
    if former is None:
        former = FormerName(key=repository.key, repository_id=repository.id, until=work.now)
    former.repository_id, former.until = repository.id, work.now
    work.add(former)
    repository.key, repository.full_name = key, full_name
    work.add(repository)
    work.record("repo.renamed", repository, **names)
    for idea in linked_ideas(work.session, repository):
        work.record("repo.renamed", work.lock(Idea, idea.id), **names)


def _join(work: Work, survivor: Repository, double: Repository) -> None:
    """Two rows turned out to be one repository under two names: everything of the second becomes the first's."""
    linked = {idea.id for idea in linked_ideas(work.session, survivor)}
    links = select(RepositoryLink).where(RepositoryLink.repository_id == double.id)
    for link in work.session.exec(links.order_by(col(RepositoryLink.idea_id))).all():
        work.lock(Idea, link.idea_id)
        if link.unlinked_at is None and link.idea_id in linked:
            link.unlinked_at = work.now
        link.repository_id = survivor.id
        work.add(link)
    connection = work.session.connection()
    of_double = col(Snapshot.repository_id) == double.id
    connection.execute(sa.update(Snapshot).where(of_double).values(repository_id=survivor.id))
    of_double = col(FormerName.repository_id) == double.id
    connection.execute(sa.update(FormerName).where(of_double).values(repository_id=survivor.id))
    of_double = col(HookDelivery.repository_id) == double.id
    connection.execute(sa.update(HookDelivery).where(of_double).values(repository_id=survivor.id))
    connection.execute(sa.delete(ForgePage).where(col(ForgePage.repository_id) == double.id))
    connection.execute(sa.delete(ForgeState).where(col(ForgeState.repository_id) == double.id))
    work.session.expire_all()
    work.record("repo.joined", survivor, double=double.full_name)
    former = work.find(FormerName, key=double.key)
    if former is None:
        work.add(FormerName(key=double.key, repository_id=survivor.id, until=work.now))
    work.session.delete(double)
    work.session.flush()
