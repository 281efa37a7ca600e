"""Look-alikes are answered; two ideas become one when both owners say so."""

from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KANRI,
    KESSAI,
    KUMOI,
    TANTO,
    VENDOR,
    Country,
)
from workflows.tables.ideas import Comparison, MergeProposal
from workflows.tables.people import Organization


def theirs(country: Country) -> str:
    return country.an_idea("窓口FAQ下書きの支援", HOSHIMORI, HOSHIMORI_KESSAI)


def test_comparing_again_replaces_the_answer(country: Country) -> None:
    idea, other = country.an_idea(), theirs(country)
    say = {"idea": idea, "other": other}
    country.say(TANTO, "idea.compare", **say, verdict="different", because="対象が違う。")
    country.say(KESSAI, "idea.compare", **say, verdict="builds_on", because="続きである。")
    with Session(country.engine) as session:
        answer = session.exec(select(Comparison)).one()
        assert (answer.verdict, answer.because) == ("builds_on", "続きである。")
    country.refused("not_permitted", HOSHIMORI, "idea.compare", **say, verdict="different", because="?")
    country.refused("invalid", TANTO, "idea.compare", idea=idea, other=idea, verdict="different", because="?")
    country.refused("invalid", TANTO, "idea.compare", **say, verdict="same", because="?")
    draft = country.a_draft("隠れた下書き", HOSHIMORI)
    country.refused(
        "unknown", TANTO, "idea.compare", idea=idea, other=draft, verdict="different", because="?"
    )


def test_a_merge_takes_both_owners(country: Country) -> None:
    idea, into = country.an_idea(), theirs(country)
    say = {"idea": idea, "into": into}
    country.say(TANTO, "idea.merge", **say)
    assert country.look("idea", idea)["status"] == "active"
    country.refused("duplicate", KESSAI, "idea.merge", **say)
    for nobody in (KUMOI, VENDOR, JIMUKYOKU):
        country.refused("not_permitted", nobody, "idea.merge", **say)
    assert "idea.merge_proposed" in [m["kind"] for m in country.look("mail", HOSHIMORI)]
    version = country.look("idea", idea)["version"]
    assert country.say(HOSHIMORI, "idea.merge", **say).version == version + 1
    assert country.look("idea", idea)["status"] == "merged"
    with country.engine.connect() as connection:
        for chain in (idea, into):
            actions = connection.exec_driver_sql(f"SELECT action FROM ledger_entry WHERE chain = '{chain}'")
            assert {"idea.merge_proposed", "idea.merged"} <= set(actions.scalars())
    country.refused("wrong_status", HOSHIMORI, "idea.merge", **say)
    country.refused("wrong_status", HOSHIMORI, "idea.merge", idea=into, into=idea)


def test_the_opposite_wish_is_another_proposal(country: Country) -> None:
    idea, into = country.an_idea(), theirs(country)
    country.say(TANTO, "idea.merge", idea=idea, into=into)
    country.say(HOSHIMORI, "idea.merge", idea=into, into=idea)
    assert {country.look("idea", i)["status"] for i in (idea, into)} == {"active"}
    with Session(country.engine) as session:
        assert len(session.exec(select(MergeProposal)).all()) == 2


def test_one_owner_of_both_needs_one_word(country: Country) -> None:
    idea, into = country.an_idea(), country.an_idea("通報の振り分け")
    country.say(TANTO, "idea.merge", idea=idea, into=into)
    assert country.look("idea", idea)["status"] == "merged"


def test_who_speaks_for_both_says_it_twice(country: Country) -> None:
    idea, into = country.an_idea(), theirs(country)
    country.say(KANRI, "user.invite", email=TANTO, name="兼務", org="hoshimori", roles=["submitter"])
    country.say(TANTO, "idea.merge", idea=idea, into=into)
    country.say(TANTO, "idea.merge", idea=idea, into=into)
    assert country.look("idea", idea)["status"] == "merged"


def test_a_wish_of_a_former_owner_binds_nobody(country: Country) -> None:
    reported = {"title": "通報", "summary": "写真で分ける。", "field": "土木", "owner": "北の連携圏"}
    country.say(JIMUKYOKU, "idea.import", rows=[reported | {"source": "https://news.example.jp/1"}])
    idea, into = "R8-0001", country.an_idea()
    country.say(TANTO, "idea.merge", idea=idea, into=into)
    with Session(country.engine) as session, session.begin():
        proposal = session.exec(select(MergeProposal)).one()
        kumoi = session.exec(select(Organization.id).where(Organization.slug == "kumoi")).one()
        proposal.org_id = kumoi or 0
    country.say(TANTO, "idea.merge", idea=idea, into=into)
    assert country.look("idea", idea)["status"] == "active", "proposed again, agreed to by nobody yet"


def withdrawn(country: Country) -> str:
    into = country.an_idea("通報の振り分け")
    country.say(TANTO, "idea.withdraw", idea=into, reason="やめた。")
    return into


def killed(country: Country) -> str:
    into, _ = country.an_idea_ready_for_g1("通報の振り分け")
    country.decide(country.a_review(into), "kill")
    return into


@pytest.mark.parametrize("dead", [withdrawn, killed, lambda country: country.a_draft("通報の振り分け")])
def test_nothing_is_merged_into_what_is_not_alive(country: Country, dead: Callable[[Country], str]) -> None:
    into = dead(country)
    country.refused("wrong_status", TANTO, "idea.merge", idea=country.an_idea("別の課題"), into=into)


def test_a_started_pilot_ends_by_a_review_not_by_a_merge(small_country: Country) -> None:
    idea, _ = small_country.a_running_pilot()
    small_country.refused("wrong_stage", TANTO, "idea.merge", idea=idea, into=theirs(small_country))
    small_country.refused("invalid", TANTO, "idea.merge", idea=idea, into=idea)


def test_who_speaks_for_two_towns_says_for_which_they_clone(small_country: Country) -> None:
    idea = small_country.an_idea()
    small_country.say("system", "user.invite", email=TANTO, name="兼務", org="hoshimori", roles=["submitter"])
    small_country.refused("invalid", TANTO, "idea.clone", idea=idea, because="うちでも。")
    child = small_country.say(TANTO, "idea.clone", idea=idea, because="うちでも。", org="hoshimori").ref
    assert small_country.look("idea", child)["owner"] == "hoshimori"
