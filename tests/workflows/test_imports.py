"""A file of reported ideas: taken whole or not at all, once, and never for a gate."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from tests.country import HOSHIMORI, JIMUKYOKU, KESSAI, TANTO, VENDOR, Country
from workflows.imports import preview
from workflows.tables.ideas import Idea, Visit
from workflows.tables.people import Organization


def record(number: int = 1, **more: Any) -> dict[str, Any]:
    """A record of the file, as a public page might report it."""
    return {
        "title": f"選考の点数付けをまかせる {number}",
        "summary": "手作業の点数付けを置き換え、通知を早める。",
        "field": "子育て",
        "owner": "風見市",
        "lgcode": "992011",
        "partner": None,
        "event": "地域の催し",
        "year": 2024,
        "stage_reported": "adopted",
        "effect": "約230時間→数分",
        "repo": None,
        "source": f"https://news.example.jp/{number}",
        "cluster": "senko",
    } | more


def ideas(country: Country) -> list[Idea]:
    with Session(country.engine) as session:
        return list(session.exec(select(Idea).order_by(Idea.id)))


def owner_of(country: Country, number: str) -> str:
    with Session(country.engine) as session:
        owner = select(Organization.slug).join(Idea, Idea.owner_id == Organization.id)
        return session.exec(owner.where(Idea.number == number)).one()


def test_a_reported_idea_is_active_in_ideathon_whatever_was_reported(country: Country) -> None:
    done = country.say("system", "idea.import", rows=[record()])
    assert done.facts == {"taken": 1, "already": 0, "total": 1}
    [idea] = ideas(country)
    assert (idea.number, idea.stage, idea.status, idea.gate_decided) == (
        "R8-0001",
        "ideathon",
        "active",
        False,
    )
    assert (idea.challenge, idea.as_is) == (record()["summary"], "")
    assert (idea.reported_as, idea.reported) == (record()["stage_reported"], record())
    assert owner_of(country, idea.number) == "kazami"
    with Session(country.engine) as session:
        assert session.exec(select(Visit.stage)).all() == ["ideathon"]
    assert country.look("ledger", idea.number)["verified"]
    assert [m["kind"] for m in country.look("mail", TANTO)] == ["idea.imported"]
    country.refused("incomplete", KESSAI, "review.request", idea=idea.number)


def test_what_was_imported_is_left_alone_even_after_its_owner_revised_it(country: Country) -> None:
    country.say("system", "idea.import", rows=[record(1), record(2)])
    country.say(TANTO, "idea.revise", idea="R8-0001", seen_version=1, title="別の題にした")
    again = country.say(JIMUKYOKU, "idea.import", rows=[record(1), record(2), record(3), record(3)])
    assert again.facts == {"taken": 1, "already": 3, "total": 4}
    assert [i.title for i in ideas(country)] == ["別の題にした", record(2)["title"], record(3)["title"]]
    # The same page may report two towns.
    twice = country.say("system", "idea.import", rows=[record(1), record(1, lgcode="993026", owner="雲居町")])
    assert twice.facts is not None
    assert twice.facts["taken"] == 1


def test_without_a_code_the_agency_keeps_it_until_it_is_given_away(country: Country) -> None:
    country.say(JIMUKYOKU, "idea.import", rows=[record(owner="北の連携圏", lgcode=None)])
    assert owner_of(country, "R8-0001") == "digital-agency"
    country.say(JIMUKYOKU, "comment.post", idea="R8-0001", body_md="どの団体のものか調べます。")
    give = {"idea": "R8-0001", "org": "hoshimori"}
    country.refused("not_permitted", HOSHIMORI, "idea.assign_owner", **give)
    country.refused("invalid", JIMUKYOKU, "idea.assign_owner", idea="R8-0001", org="kazemirai")
    country.refused("unknown", JIMUKYOKU, "idea.assign_owner", idea="R8-0001", org="nowhere")
    assert country.say(JIMUKYOKU, "idea.assign_owner", **give).version == 2
    assert owner_of(country, "R8-0001") == "hoshimori"
    assert ideas(country)[0].owner_acted_at is None, "no flags before its owner first acts"
    country.refused("duplicate", JIMUKYOKU, "idea.assign_owner", idea="R8-0001", org="kazami")
    country.say(HOSHIMORI, "idea.revise", idea="R8-0001", seen_version=2, as_is="手作業", to_be="確認だけ")
    # It was imported by that name: giving it away does not make it new.
    assert country.say(JIMUKYOKU, "idea.import", rows=[record(owner="北の連携圏", lgcode=None)]).facts == {
        "taken": 0,
        "already": 1,
        "total": 1,
    }


@pytest.mark.parametrize(
    ("place", "row"),
    [
        ("rows.1.lgcode", record(2, lgcode="992012")),
        ("rows.1.lgcode", record(2, lgcode="999997")),
        ("rows.1.title", record(2, title=" ")),
        ("rows.1.source", record(2, source="新聞")),
        ("rows.1.year", record(2, year="令和6年")),
        ("rows.1.budget", record(2, budget=1)),
    ],
)
def test_one_bad_row_and_nothing_is_taken(country: Country, place: str, row: dict[str, Any]) -> None:
    refusal = country.refused("invalid", "system", "idea.import", rows=[record(1), row, record(3)])
    assert list(refusal.errors) == [place]


def test_a_dry_run_says_what_would_become_of_each_row_and_writes_nothing(country: Country) -> None:
    country.say("system", "idea.import", rows=[record(1)])
    rows = [
        record(1),
        record(2),
        record(2),
        record(3, lgcode="992012"),
        record(4, lgcode="999997"),
        "文字だけ",
        record(5, title=""),
    ]
    before = country.everything()
    with Session(country.engine) as session:
        reports = preview(session, rows)
    assert country.everything() == before
    assert [(r.row, r.state) for r in reports] == [
        (1, "already"),
        (2, "new"),
        (3, "already"),
        (4, "wrong"),
        (5, "wrong"),
        (6, "wrong"),
        (7, "wrong"),
    ]
    assert "検査数字" in reports[3].errors["lgcode"]
    assert "登録されていません" in reports[4].errors["lgcode"]
    assert list(reports[6].errors) == ["title"]
    done = country.say(
        "system", "idea.import", rows=[r for r, s in zip(rows, reports, strict=True) if s.state != "wrong"]
    )
    assert done.facts == {"taken": 1, "already": 2, "total": 3}


def test_what_a_merged_town_began_goes_to_its_successor(country: Country) -> None:
    with Session(country.engine) as session, session.begin():
        rows = session.exec(select(Organization).where(col(Organization.slug).in_(["kazami", "kumoi"])))
        towns = {town.slug: town for town in rows}
        towns["kazami"].closed_on, towns["kazami"].successor_id = country.now.date(), towns["kumoi"].id
    country.say("system", "idea.import", rows=[record()])
    assert owner_of(country, "R8-0001") == "kumoi"
    country.say("system", "idea.import", rows=[record(2, owner="北の連携圏", lgcode=None)])
    country.refused("invalid", JIMUKYOKU, "idea.assign_owner", idea="R8-0002", org="kazami")


def test_only_the_agency_and_the_system_import(country: Country) -> None:
    for nobody in (TANTO, VENDOR):
        country.refused("not_permitted", nobody, "idea.import", rows=[record()])
    country.refused("invalid", "system", "idea.import", rows=[])


def test_a_record_without_a_code_is_the_agencys_even_before_anybody_registered(sqlite_engine: Any) -> None:
    empty = Country(sqlite_engine, peopled=False)
    taken = empty.say("system", "idea.import", rows=[record(lgcode=None)])
    assert taken.facts == {"taken": 1, "already": 0, "total": 1}
    assert empty.look("idea", "R8-0001")["owner"] == "digital-agency"


def test_a_large_file_asks_a_constant_number_of_questions_a_row(small_country: Country) -> None:
    statements = 0

    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    sa.event.listen(small_country.engine, "before_cursor_execute", count)
    small_country.say("system", "idea.import", rows=[record(n) for n in range(10)])
    of_ten, statements = statements, 0
    small_country.say("system", "idea.import", rows=[record(n) for n in range(10, 110)])
    assert (statements - of_ten) / 90 <= 9
    assert len(ideas(small_country)) == 110
    assert small_country.look("ledger", "R8-0110")["verified"]
