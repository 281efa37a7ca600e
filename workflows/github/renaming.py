"""A repository that got another name: its row follows, and its former name is kept, so that old links and webhooks find it."""

from collections.abc import Sequence
from datetime import datetime

from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.repositories import FormerName, Repository


def rename(work: Work, repository: Repository, ideas: Sequence[Idea], full_name: str, at: datetime) -> bool:
    """Gives a locked repository the name that GitHub has for it since `at`, in the ledgers of both names and of its ideas.

    False where another row here has that name: it was linked a second time, or has a new name itself that is not known
    yet. Then nothing changes until a look finds the name free.
    """
    key, before = full_name.lower(), repository.full_name
    if key != repository.key:
        if work.find(Repository, key=key) is not None:
            return False
        taken_over = work.session.get(FormerName, key)
        if taken_over is not None:
            work.session.delete(taken_over)
        keep_former_name(work, repository, before, at)
        work.record("repo.renamed", repository, before=before, after=full_name)
        repository.key, repository.full_name = key, full_name
        work.record("repo.renamed", repository, before=before, after=full_name)
        for idea in ideas:
            work.record("repo.renamed", work.lock(Idea, idea.id), before=before, after=full_name)
    repository.full_name = full_name
    work.session.add(repository)
    work.session.flush()
    return True


def keep_former_name(work: Work, repository: Repository, full_name: str, until: datetime) -> None:
    """Notes that a repository was called so. A name that another one had before is the later one's."""
    former = work.session.get(FormerName, full_name.lower())
    if former is None:
        former = FormerName(key=full_name.lower(), repository_id=repository.id or 0, until=until)
    elif former.repository_id != repository.id and former.until < until:
        former.repository_id, former.until = repository.id or 0, until
    work.session.add(former)
    work.session.flush()
