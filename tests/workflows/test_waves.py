"""A wave from its preview to the last answer: reminders, a product suspended in the middle, a town that merges meanwhile."""

from dataclasses import replace

import pytest
from sqlmodel import Session, col, select, update

from tests.app.web import statements
from tests.country import HOSHIMORI, JIMUKYOKU, KETTEI, KUMOI, TANTO, Country
from workflows import municipality_changes
from workflows.calendar import tokyo_day
from workflows.municipalities import LocalGovernment, packaged
from workflows.queries.looks import Eyes
from workflows.queries.product_page import seen_product
from workflows.queries.waves import WaveView, waves
from workflows.runtime.actors import speaker
from workflows.runtime.clock import Setting
from workflows.runtime.jobs import tell_waves
from workflows.runtime.transaction import reading, writing
from workflows.tables.machinery import Message
from workflows.tables.products import Wave, WaveMember

KUMOI_CHO = LocalGovernment("993026", "town", "town", "架空の県", "雲居町")
HOSHIMORI_MURA = LocalGovernment("993514", "village", "village", "架空の県", "星守村")


def load(country: Country, rows: list[LocalGovernment]) -> None:
    with writing(country.engine) as session:
        municipality_changes.load(session, rows, tokyo_day(country.now), country.now)


def mails(country: Country, who: str) -> list[str]:
    return [kind for m in country.look("mail", who) if (kind := str(m["kind"])).startswith("wave.")]


def the_wave(country: Country, product: str) -> WaveView:
    with reading(country.engine) as session:
        eyes = Eyes(session, speaker(session, JIMUKYOKU), country.now)
        return waves(eyes, seen_product(eyes, product).product, None).rows[0]


def all_left(country: Country) -> None:
    with writing(country.engine) as session:
        session.execute(update(Message).values(sent_at=country.now))


def days(country: Country, number: int) -> None:
    for _ in range(number):
        country.pass_days(1)
        country.tick()


@pytest.fixture
def product(country: Country) -> str:
    _, product = country.a_flagged_product()
    load(country, [*packaged(), KUMOI_CHO, HOSHIMORI_MURA])
    country.tick()
    return product


def test_who_has_not_answered_is_told_again_once_in_a_fortnight(country: Country, product: str) -> None:
    where = {"where": {"prefecture": "架空の県"}, "starts_on": country.day(1)}
    ref = country.say(JIMUKYOKU, "wave.open", product=product, name="県内へ", **where).ref
    country.refused("wrong_status", JIMUKYOKU, "wave.remind", wave=ref)
    country.refused("unknown", JIMUKYOKU, "wave.remind", wave="nashi-W1")
    days(country, 2)
    country.refused("too_many", JIMUKYOKU, "wave.remind", wave=ref)
    country.refused("not_permitted", TANTO, "wave.remind", wave=ref)
    country.say(HOSHIMORI, "adoption.report", product=product, status="considering")
    country.pass_days(13)
    country.say(JIMUKYOKU, "wave.remind", wave=ref)
    country.refused("too_many", JIMUKYOKU, "wave.remind", wave=ref)
    seen = the_wave(country, product)
    assert (seen.answers, seen.unanswered, seen.waiting) == ({"considering": 1}, 2, 2)
    country.say(TANTO, "adoption.report", product=product, status="adopted", since=country.day(-1))
    days(country, 3)
    assert mails(country, KUMOI) == ["wave.opened", "wave.reminded"]
    assert mails(country, HOSHIMORI) == ["wave.opened"]
    assert mails(country, TANTO) == ["wave.opened"], "who answered before the morning is left in peace"
    assert the_wave(country, product).waiting == 0


def test_a_wave_of_a_suspended_product_waits_and_goes_on_when_it_is_restored(
    country: Country, product: str
) -> None:
    said = {"product": product, "where": {}}
    first = country.say(JIMUKYOKU, "wave.open", name="先の波", starts_on=country.day(1), **said).ref
    country.say(JIMUKYOKU, "wave.open", name="後の波", starts_on=country.day(15), **said)
    days(country, 2)
    all_left(country)
    country.pass_days(13)
    country.say(JIMUKYOKU, "wave.remind", wave=first)
    country.say(KETTEI, "product.suspend", product=product, because="点検する。")
    days(country, 2)
    assert mails(country, KUMOI) == ["wave.opened"], "neither the reminder nor the second wave"
    country.refused("wrong_status", JIMUKYOKU, "wave.remind", wave=first)
    assert the_wave(country, product).told_at is None
    country.say(KETTEI, "product.restore", product=product, because="点検を終えた。")
    days(country, 2)
    assert len(mails(country, KUMOI)) == 2, "both in one mail, once"
    assert the_wave(country, product).told_at is not None


def test_what_is_written_of_a_suspended_product_and_has_not_left_is_taken_back_and_written_again(
    country: Country, product: str
) -> None:
    said = {"product": product, "where": {"prefecture": "架空の県"}, "starts_on": country.day(1)}
    country.say(JIMUKYOKU, "wave.open", name="県内へ", **said)
    days(country, 2)
    other = "・ほかの品\n　/products/hoka#adoption\n"
    with writing(country.engine) as session:
        written = select(Message).where(col(Message.kind) == "wave.opened")
        for message in session.exec(written.where(col(Message.recipient).in_([KUMOI, TANTO]))):
            if message.recipient == KUMOI:
                message.body = message.body.replace("\n\nお願い", f"\n{other}\nお願い")
            else:
                message.sent_at = country.now
            session.add(message)
    country.say(KETTEI, "product.suspend", product=product, because="点検する。")
    assert [mails(country, who) for who in (KUMOI, HOSHIMORI, TANTO)] == [
        ["wave.opened"],
        [],
        ["wave.opened"],
    ]
    (left,) = [str(m["body"]) for m in country.look("mail", KUMOI) if m["kind"] == "wave.opened"]
    assert other in left
    assert product not in left
    days(country, 2)
    assert mails(country, HOSHIMORI) == []
    country.say(KETTEI, "product.restore", product=product, because="点検を終えた。")
    days(country, 2)
    assert mails(country, HOSHIMORI) == ["wave.opened"]
    assert len(mails(country, KUMOI)) == 2


@pytest.mark.parametrize("untold", [False, True], ids=["told", "before"])
def test_a_town_that_merges_meanwhile_is_followed_once_by_its_successor(
    country: Country, product: str, untold: bool
) -> None:
    """The successor is a village, whom the filter for towns would not choose."""
    only_towns = {"where": {"kind": "town", "prefecture": "架空の県"}, "starts_on": country.day(2)}
    country.say(JIMUKYOKU, "wave.open", product=product, name="町へ", **only_towns)
    days(country, 1 if untold else 3)
    load(country, [*packaged(), HOSHIMORI_MURA, replace(KUMOI_CHO, merged_into="993514")])
    days(country, 4)
    assert mails(country, HOSHIMORI) == ["wave.opened"]
    assert mails(country, KUMOI) == ([] if untold else ["wave.opened"])
    seen = the_wave(country, product)
    assert (seen.size, seen.unanswered) == (1, 1)
    with Session(country.engine) as session:
        assert len(session.exec(select(WaveMember).join(Wave).where(Wave.name == "町へ")).all()) == 1


def test_digests_cost_as_many_statements_for_all_villages_as_for_three_towns(small_country: Country) -> None:
    country = small_country
    _, product = country.a_flagged_product()
    country.tick()
    costs = []
    for where, who in (({"size_class": "village"}, 184), ({"prefecture": "架空の県"}, 3)):
        said = {"product": product, "name": f"{who} 団体へ", "starts_on": country.day()}
        country.say(JIMUKYOKU, "wave.open", where=where, **said)
        with statements(country.engine) as counted:
            assert tell_waves(country.engine, country.now, Setting()) == who
        costs.append(len(counted))
    assert costs[0] == costs[1]
    assert [len(mails(country, to)) for to in (HOSHIMORI, KUMOI, TANTO)] == [2, 1, 1]
