"""Who comes second waits for the first one's commit and sees what it left: two acts each, the second begun when the first has
done everything but commit. What a lock, a turn or neither would come to is thus told each time, not once in a while."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from stages.permissions import SYSTEM
from tests.country import HOSHIMORI, KANRI, TANTO, Country
from tests.races import Act, Halt, meanwhile, saying
from tests.shelves import Plot
from workflows import municipality_changes
from workflows.calendar import tokyo_day
from workflows.files import receiving, sweeping
from workflows.files.stores import FolderStore, digest_of
from workflows.github.renaming import follow_name, same_repository
from workflows.insights.making import make_insights
from workflows.links import check_links
from workflows.municipalities import LocalGovernment, packaged
from workflows.registry import perform
from workflows.runtime import verification
from workflows.runtime.actors import Speaker
from workflows.runtime.transaction import writing
from workflows.runtime.work import Work
from workflows.tables.files import LinkCheck
from workflows.tables.ideas import Comment
from workflows.tables.people import Organization
from workflows.tables.repositories import ForgeState, Repository, RepositoryLink

MINATO = LocalGovernment("993034", "town", "town", "架空の県", "湊町")


@pytest.fixture
def land(postgresql_plot: Plot) -> Country:
    return Country(postgresql_plot)


def both(country: Country, first: Act, then: Act, halt: Halt | None = None) -> list[Any]:
    """What the two came to, when neither failed and every chain holds."""
    results = meanwhile(country.engine, first, then, halt)
    for result in results:
        if isinstance(result, Exception):
            raise result
    with Session(country.engine) as session:
        assert verification.verify(session).verified
    return results


def test_around_a_product_of_the_nation(land: Country) -> None:
    """An import finds what a town has just said of it; what is imported of its repository waits for who writes of its idea."""
    idea, product = land.a_flagged_product()
    survey = {"survey": "調査", "answered_on": land.day(-9)}
    survey["rows"] = [{"lgcode": "993514", "product": product, "status": "no_plan"}]
    report = saying(land, HOSHIMORI, "adoption.report", product=product, status="considering")
    _, imported = both(land, report, saying(land, "system", "adoption.import", **survey))
    assert (imported.facts["taken"], imported.facts["newer"]) == (0, 1)

    seen = {"default_branch": "main", "archived": True, "licence_spdx": "MIT", "files": ["LICENSE"]}
    looked = {"full_name": "kazemirai/madoguchi-faq", "source": "import", "taken_at": land.now.isoformat()}
    both(
        land,
        saying(land, TANTO, "evidence.attach", idea=idea, kind="note", title="覚書", body_md="続ける。"),
        saying(land, "system", "repo.snapshot", **looked, facts=seen),
    )
    assert land.look("product", product)["flag"] == "suspended"


def test_the_same_said_again_at_the_same_moment_is_done_once(land: Country) -> None:
    """By who said the same long before, too: there is a row already, and of two the second must see what the first made of it."""
    idea, hour = land.an_idea(), timedelta(hours=1)
    said = {"idea": idea, "body_md": "進めます。"}

    def again(engine: sa.Engine) -> Any:
        return perform(engine, "comment.post", said, TANTO, land.now, again_after=hour)

    again(land.engine)
    land.now += 2 * hour
    first, then = both(land, again, again)
    assert first.ref == then.ref
    with Session(land.engine) as session:
        assert len(session.exec(select(Comment)).all()) == 2


def test_lists_of_local_governments_and_who_revises_one(land: Country) -> None:
    kazami = LocalGovernment("992011", "city", "city", "架空の県", "風見市")

    def loads(*more: LocalGovernment) -> Act:
        def load(engine: sa.Engine) -> municipality_changes.Changes:
            with writing(engine) as session:
                return municipality_changes.load(session, [*packaged(), *more], tokyo_day(land.now), land.now)

        return load

    def revises(population: int) -> Act:
        return saying(land, KANRI, "org.revise", org="kazami", population=population)

    first, then = both(land, loads(MINATO), loads(MINATO))
    assert (len(first.added), len(then.added)) == (1, 0)
    both(land, revises(31_000), loads(MINATO, kazami))  # registered beside the list until now
    both(land, revises(32_000), loads(MINATO, replace(kazami, name="新風見市")))
    with Session(land.engine) as session:
        row = session.exec(select(Organization).where(Organization.slug == "kazami")).one()
        assert (row.name, row.population, row.version) == ("新風見市", 32_000, 5)


def test_a_repository_that_is_renamed_or_found_to_be_another(land: Country) -> None:
    """What is imported of it at the same moment, or written of its idea, is neither lost nor in the way."""
    names = [f"kazemirai/{letter}" for letter in "abcde"]
    idea = land.an_idea_with_a_team()
    for name in names:
        land.link_a_repository(idea if name != names[4] else land.an_idea_with_a_team("水道検針"), name)
    with Session(land.engine) as session:
        a, b, c, _, e = (row.id for row in session.exec(select(Repository).order_by(col(Repository.id))))
        session.add_all([ForgeState(repository_id=a, forge_id=1), ForgeState(repository_id=b, forge_id=2)])
        session.commit()

    def looks(repository: int, act: Any, *given: Any) -> Act:
        def look(engine: sa.Engine) -> None:
            with writing(engine) as session:
                work = Work(session, Speaker(SYSTEM), land.now)
                act(work, work.lock(Repository, repository), *given)

        return look

    def imports(name: str) -> Act:
        at = land.now.isoformat()
        facts = {"default_branch": "main"}
        return saying(
            land, "system", "repo.snapshot", full_name=name, source="import", taken_at=at, facts=facts
        )

    note = saying(land, TANTO, "evidence.attach", idea=idea, kind="note", title="覚書", body_md="続ける。")
    both(land, *(looks(one, same_repository, 1) for one in (c, e)))  # c and e turn out to be a
    both(
        land, imports(names[3]), looks(a, follow_name, names[3], 1)
    )  # a is called d, of which nothing is known
    both(land, imports(names[1]), looks(a, follow_name, names[1], 1))  # a is called b, which is another
    both(land, note, looks(a, follow_name, "kazemirai/f", 1))
    with Session(land.engine) as session:
        left = session.exec(select(Repository.id, Repository.full_name).order_by(col(Repository.id)))
        assert left.all() == [(a, "kazemirai/f"), (b, "repositories/2")]
        links = session.exec(select(RepositoryLink).where(col(RepositoryLink.unlinked_at).is_(None)))
        assert {link.repository_id for link in links} == {a, b}


def test_what_clocks_and_forms_do_at_the_same_moment(land: Country, tmp_path: Path) -> None:
    idea, week, words = land.an_idea_with_a_team(), timedelta(days=7), b"orphan"
    figures = both(land, *[lambda engine: make_insights(engine, land.now)] * 2)
    assert figures[0] == figures[1] > 0

    # A content that nothing names is handed in again while the sweep has just seen that nothing names it.
    store, halt = FolderStore(tmp_path), Halt()
    store.put(digest_of(words), words)

    class Slow(FolderStore):
        def delete(self, digest: str) -> None:
            halt()
            super().delete(digest)

    def sweep(engine: sa.Engine) -> int:
        return sweeping.sweep(engine, Slow(tmp_path), datetime.now(land.now.tzinfo) + week)

    files = receiving.Files(store)
    _, named = both(
        land, sweep, lambda engine: receiving.receive(engine, files, TANTO, "a.txt", words, land.now), halt
    )
    assert store.get(digest_of(words)) == words
    land.say(TANTO, "evidence.attach", idea=idea, kind="file", title="資料", file=named)

    # A link is seen not to open by two clocks: since the first of them.
    url = "https://a.example.jp/"
    land.say(TANTO, "evidence.attach", idea=idea, kind="link", title="報告", url=url)
    check_links(land.engine, land.now, lambda url, seconds: None)

    def checks(at: datetime) -> Act:
        return lambda engine: check_links(engine, at, lambda url, seconds: "開けません（404）。")

    both(land, checks(land.now + week), checks(land.now + 2 * week))
    with Session(land.engine) as session:
        (link,) = session.exec(select(LinkCheck))
        assert (link.since, link.checked_at) == (land.now + week, land.now + 2 * week)
