"""Twenty requests at once count as one, on both databases."""

from datetime import timedelta

import sqlalchemy as sa

from tests.country import HOSHIMORI, TANTO, VENDOR, Country
from tests.races import THREADS, at_once, outcomes, saying
from workflows.registry import Outcome, perform
from workflows.tables.columns import SQLModel


def counted(country: Country, table: str) -> int:
    """The rows of a table that stand."""
    rows = SQLModel.metadata.tables[table]
    stand = [rows.c.replaced_at.is_(None)] if "replaced_at" in rows.c else []
    with country.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(rows).where(*stand)).scalar_one()


def test_one_town_endorsing_many_times_at_once_is_one_endorsement(country: Country) -> None:
    """Decidim CVE-2023-47634: a race let one person endorse a resource many times, and the count was believed."""
    idea = country.an_idea_with_a_team()
    acts = [
        saying(country, HOSHIMORI, "idea.demand", idea=idea, need=f"うちも {i}。") for i in range(THREADS)
    ]
    assert outcomes(at_once(country.engine, acts)) == {"done": THREADS}
    assert counted(country, "demand") == 1


def test_one_place_in_a_team_is_given_once(country: Country) -> None:
    """Decidim CVE-2023-47634, where the owner's consent is what is raced."""
    idea = country.an_idea()
    country.say(VENDOR, "team.ask", idea=idea, org="kazemirai", message="一緒に作ります。")
    acts = [saying(country, TANTO, "team.accept", idea=idea, org="kazemirai") for _ in range(THREADS)]
    assert outcomes(at_once(country.engine, acts)) == {"done": 1, "wrong_status": THREADS - 1}
    assert counted(country, "team_member") == 1


def test_one_form_sent_many_times_at_once_is_done_once(country: Country) -> None:
    """Decidim CVE-2023-47634, where nothing but the form's key tells that it is the same form."""
    idea = country.an_idea()
    now = country.now

    def send(engine: sa.Engine) -> Outcome:
        said = {"idea": idea, "body_md": "賛成です。"}
        return perform(engine, "comment.post", said, TANTO, now, "one form", timedelta(minutes=10))

    results = at_once(country.engine, [send] * THREADS)
    assert outcomes(results) == {"done": THREADS}
    assert len({result.ref for result in results}) == 1
    assert counted(country, "comment") == 1


def test_one_town_stating_its_adoption_many_times_at_once_is_one_adopter(country: Country) -> None:
    """Decidim CVE-2023-47634, where the figure is the one the ministry asks for."""
    _, product = country.a_flagged_product()
    acts = [
        saying(
            country, HOSHIMORI, "adoption.report", product=product, status="adopted", since=country.day(-1)
        )
        for _ in range(THREADS)
    ]
    assert outcomes(at_once(country.engine, acts)) == {"done": THREADS}
    assert counted(country, "adoption") == 1
    assert country.look("product", product)["adopted"] == 1
