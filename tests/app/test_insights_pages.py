"""`/insights`: who is shown which figure, what it says in words, and the file of each."""

import csv
import io
import re

from tests.app.web import Reader, reader, statements
from tests.country import HOSHIMORI, JIMUKYOKU, KANSA, OUTSIDER, TANTO, VENDOR, Country
from workflows.insights.making import make_insights
from workflows.queries.insights import EVERYBODYS, MEMBERS


def a_road(country: Country) -> str:
    """An idea in its running pilot, with a blocker that begins like a formula; and one of which nothing is published."""
    idea, pilot = country.a_running_pilot()
    said = {"health": "amber", "progress": 10, "summary": "遅れ。"}
    country.say(VENDOR, "pilot.report", pilot=pilot, blockers=["=人手の不足"], **said)
    country.an_idea("まだ公表されていない")
    make_insights(country.engine, country.now)
    return idea


def figures(person: Reader) -> set[str]:
    return set(re.findall(r'<section class="stack" id="([a-z]+)"', person.opens("/insights")))


def rows(person: Reader, figure: str) -> list[list[str]]:
    text = person.opens(f"/insights/{figure}.csv")
    assert person.page is not None
    assert person.page.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_before_the_clock_has_counted_the_page_says_so(small_country: Country) -> None:
    public = reader(small_country)
    assert "まだ計算していません" in public.opens("/insights")
    public.opens("/insights/funnel.csv", 404)


def test_who_is_shown_which_figure_and_of_how_many_ideas(small_country: Country) -> None:
    idea = a_road(small_country)
    for who in (None, VENDOR, OUTSIDER):
        person = reader(small_country, who)
        assert figures(person) == set(EVERYBODYS)
        page = person.opens("/insights")
        assert "公表されたアイデアだけ" in page
        assert "受け付けた 1 件のうち" in page
        assert "まだ公表されていない" not in page
        for figure in MEMBERS:
            person.opens(f"/insights/{figure}.csv", 404)
    for who in (TANTO, HOSHIMORI, JIMUKYOKU, KANSA):
        person = reader(small_country, who)
        assert figures(person) == {*EVERYBODYS, *MEMBERS}
        page = person.opens("/insights")
        assert "受け付けた 2 件のうち、1 件が実証に" in page
        assert f'href="/ideas/{idea}"' in page
        assert ("digital-agency 担当" in page.partition("<main")[2]) == (who in (JIMUKYOKU, KANSA))
    for name in ("nothing.csv", "funnel"):
        reader(small_country, JIMUKYOKU).opens(f"/insights/{name}", 404)


def test_every_figure_has_its_table_as_a_file_in_which_nothing_is_run(small_country: Country) -> None:
    a_road(small_country)
    person = reader(small_country, JIMUKYOKU)
    for figure in (*EVERYBODYS, *MEMBERS):
        heads, *_ = rows(person, figure)
        assert len(heads) >= 3, figure
    assert rows(person, "blockers")[1][:3] == ["'=人手の不足", "1", "1"]
    assert rows(person, "funnel")[1] == ["すべて", "アイデアソン", "2", "1", "0", "1"]
    assert len(rows(person, "load")) == 3, "its two reviewers by name"
    assert rows(reader(small_country, TANTO), "load")[1][0] == "2", "how many, and no name"


def test_too_little_history_is_said_instead_of_a_number(small_country: Country) -> None:
    a_road(small_country)
    page = reader(small_country, TANTO).opens("/insights")
    assert "割合は示しません" in page
    assert "次の決定の日は見込めません" in page
    assert "四半期ごとの件数は見込めません" in page


def test_what_has_left_the_readers_sight_since_is_not_named(small_country: Country) -> None:
    idea = a_road(small_country)
    with small_country.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE idea SET submitted_at = NULL, status = 'withdrawn'")
    page = reader(small_country, HOSHIMORI).opens("/insights")
    assert idea not in page.replace(f"{idea}-P1", "")


def test_it_asks_three_statements_beside_who_reads(small_country: Country) -> None:
    a_road(small_country)
    person = reader(small_country, JIMUKYOKU)
    person.opens("/insights")
    with statements(small_country.engine) as said:
        person.opens("/insights")
    assert sum("insight" in s or "FROM idea" in s or "FROM person" in s for s in said) <= 5
    assert len(said) <= 8
