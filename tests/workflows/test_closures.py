"""A local government that closed: its rows stay, and nobody offers it anything, counts it or asks it; lists take turns."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from tests.country import HOSHIMORI, JIMUKYOKU, KETTEI, KUMOI, KUMOI_KESSAI, TANTO, Country
from tests.races import Act, at_once
from workflows import municipality_changes
from workflows.calendar import tokyo_day
from workflows.municipalities import Changes, LocalGovernment, packaged
from workflows.queries.home import home
from workflows.queries.looks import Eyes
from workflows.queries.product_page import ProductPage, product_page, seen_product
from workflows.queries.targets_list import Filters, targets_list
from workflows.runtime import verification
from workflows.runtime.actors import speaker
from workflows.runtime.transaction import reading, writing
from workflows.tables.ledger import LedgerEntry
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, RolloutTarget

KUMOI_CHO = LocalGovernment("993026", "town", "town", "架空の県", "雲居町")
HOSHIMORI_MURA = LocalGovernment("993514", "village", "village", "架空の県", "星守村")
WITH_BOTH = [*packaged(), KUMOI_CHO, HOSHIMORI_MURA]
KUMOI_MERGED = [*packaged(), HOSHIMORI_MURA, replace(KUMOI_CHO, merged_into="993514")]


def load(country: Country, rows: list[LocalGovernment]) -> Changes:
    with writing(country.engine) as session:
        return municipality_changes.load(session, rows, tokyo_day(country.now), country.now)


def kinds(country: Country, address: str) -> list[str]:
    return [m["kind"] for m in country.look("mail", address)]


def eyes(session: Session, country: Country, who: str) -> Eyes:
    return Eyes(session, speaker(session, who), country.now)


def the_page(country: Country, product: str, who: str) -> tuple[ProductPage, int]:
    """The product's page, and how many targets its list finds."""
    with reading(country.engine) as session:
        reader = eyes(session, country, who)
        seen = seen_product(reader, product)
        page = product_page(reader, seen, None, forge_url="https://github.com")
        return page, targets_list(reader, seen.product, page.spread.statements, Filters()).found


@pytest.fixture
def product(country: Country) -> str:
    """A flagged product, everybody its target, and two towns of the cast on the list in force."""
    _, product = country.a_flagged_product()
    load(country, WITH_BOTH)
    country.tick()
    return product


def test_a_town_that_closed_is_no_longer_offered_counted_or_asked(country: Country, product: str) -> None:
    """A merged town stayed a target: it was counted as unanswered, and its people were written to."""
    country.say(KUMOI, "adoption.report", product=product, status="adopted", since=country.day(-1))
    country.pass_days(1)
    before = country.look("product", product)
    assert (before["targets"], before["adopted"], before["unknown"]) == (1791, 1, 1790)
    load(country, KUMOI_MERGED)

    seen = country.look("product", product)
    assert (seen["targets"], seen["adopted"], seen["unknown"]) == (1790, 0, 1790)
    assert country.look("municipality", "kumoi")["offered"] == []
    assert country.look("municipality", "kumoi")["to_do"] == []
    assert country.look("municipality", "hoshimori")["offered"] == [product]
    page, found = the_page(country, product, KUMOI)
    assert (page.spread.targets, found, page.spread.counts["adopted"], list(page.mine)) == (1790, 1790, 0, [])
    with reading(country.engine) as session:
        shown = home(eyes(session, country, KUMOI))
    assert [card.adopted for card in shown.products] == [0]
    assert [w for w in shown.waiting if w.kind == "product"] == []

    # What happened stays: the target, the statement, and what the town had stated.
    with Session(country.engine) as session:
        kumoi = session.exec(select(Organization.id).where(Organization.slug == "kumoi")).one()
        for kind in (RolloutTarget, Adoption):
            rows = select(func.count()).select_from(kind).where(col(kind.org_id) == kumoi)
            assert session.exec(rows).one() == 1
    assert country.look("adoption", {"product": product, "org": "kumoi"})["status"] == "adopted"
    country.pass_days(370)
    country.tick()
    assert {"adoption.expired", "adoption_expiring_30"}.isdisjoint(kinds(country, KUMOI))


def test_a_town_that_closed_without_an_answer_is_neither_reminded_nor_in_a_wave(
    country: Country, product: str
) -> None:
    wave = {"product": product, "where": {}, "starts_on": country.day(2)}
    country.say(JIMUKYOKU, "wave.open", name="廃止の前に開いた波", **wave)
    load(country, KUMOI_MERGED)
    country.say(JIMUKYOKU, "wave.open", name="廃止の後に開いた波", **wave)
    country.pass_days(61)
    country.tick()
    assert {"wave.opened", "target_unanswered_60"} <= set(kinds(country, HOSHIMORI))
    assert {"wave.opened", "target_unanswered_60"}.isdisjoint(kinds(country, KUMOI))


def test_a_reminder_of_a_town_falls_when_the_town_closes(country: Country, product: str) -> None:
    country.pass_days(61)
    country.tick()
    idea = country.look("product", product)["idea"]
    assert "target_unanswered_60" in country.look("flags", idea)
    load(country, [*packaged()])
    country.say(TANTO, "adoption.report", product=product, status="adopted", since=country.day(-1))
    assert "target_unanswered_60" not in country.look("flags", idea)


def test_a_town_that_opens_again_is_a_target_again(country: Country, product: str) -> None:
    load(country, KUMOI_MERGED)
    load(country, WITH_BOTH)
    country.pass_days(1)
    assert country.tick()["targets"] == 0, "its row was kept"
    assert country.look("product", product)["targets"] == 1791
    assert country.look("municipality", "kumoi")["offered"] == [product]


def test_nobody_speaks_for_a_town_that_closed(country: Country, product: str) -> None:
    load(country, KUMOI_MERGED)
    for verb, more in (("adoption.report", {"status": "planned"}), ("idea.demand", {"need": "使いたい。"})):
        refusal = country.refused("wrong_status", KUMOI_KESSAI, verb, product=product, **more)
        assert f"雲居町は {country.day()} に廃止" in refusal.message
        assert "星守村の利用者として" in refusal.message
    country.refused("wrong_status", KUMOI, "adoption.reconfirm", product=product)
    # Who came over to the town it merged into speaks for that one, without having to say so.
    country.say("system", "user.invite", email=KUMOI, name="旧雲居町", org="hoshimori", roles=["submitter"])
    country.say(KUMOI, "adoption.report", product=product, status="planned")
    assert country.look("adoption", {"product": product, "org": "hoshimori"})["status"] == "planned"
    country.refused("wrong_status", KUMOI, "adoption.report", product=product, status="planned", org="kumoi")


def test_a_town_that_closed_is_still_told_of_a_suspension(country: Country, product: str) -> None:
    """Whoever goes on using it there should know."""
    country.say(KUMOI, "adoption.report", product=product, status="adopted", since=country.day(-1))
    load(country, KUMOI_MERGED)
    country.say(KETTEI, "product.suspend", product=product, because="確かめることがある。")
    assert "product.suspended" in kinds(country, KUMOI)


def test_lists_loaded_at_once_are_applied_one_after_the_other(country: Country) -> None:
    """Two that compared with the same rows both added, and the ledger said everything twice."""

    def loading(rows: list[LocalGovernment]) -> Act:
        def act(engine: sa.Engine) -> Changes:
            with writing(engine) as session:
                return municipality_changes.load(session, rows, tokyo_day(country.now), country.now)

        return act

    tsukuri = LocalGovernment("993034", "town", "town", "架空の県", "造町")
    fewer = [row for row in WITH_BOTH if row.lgcode != "473014"] + [tsukuri]
    results = at_once(country.engine, [loading(fewer)] * 6)
    assert [r for r in results if isinstance(r, Exception)] == []
    assert sorted(r.is_empty for r in results) == [False] + [True] * 5
    with Session(country.engine) as session:
        said = session.exec(
            select(LedgerEntry.chain, LedgerEntry.action).where(
                col(LedgerEntry.action).in_(["org.listed", "org.closed"])
            )
        ).all()
        assert sorted(said) == [
            ("org:473014", "org.closed"),
            ("org:993034", "org.listed"),
            ("org:hoshimori", "org.listed"),
            ("org:kumoi", "org.listed"),
        ]
        assert verification.verify(session).verified
    # Two different lists: whichever comes second is compared with what the first one left.
    first, second = at_once(country.engine, [loading(WITH_BOTH), loading(fewer)])
    assert isinstance(first, Changes)
    assert isinstance(second, Changes)
    with Session(country.engine) as session:
        left = set(municipality_changes.listed(session))
        assert verification.verify(session).verified
    codes = {row.lgcode for row in left}
    assert codes in ({r.lgcode for r in WITH_BOTH}, {r.lgcode for r in fewer})
