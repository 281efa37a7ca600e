"""Products, the living flag, targets and adoption."""

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KANRI,
    KETTEI,
    KUMOI,
    KUMOI_KESSAI,
    OUTSIDER,
    PUBLICCODE,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)

FILES = ["README.md", "LICENSE", "SECURITY.md", "publiccode.yml", "sbom.cdx.json"]
HEALTHY = {"files": FILES, "publiccode": PUBLICCODE}


def test_passing_the_last_gate_flags_the_product_and_the_clock_makes_a_target_of_every_town(
    country: Country,
) -> None:
    _, product = country.a_flagged_product()
    assert country.look("product", product)["flag"] == "nationwide"
    country.pass_days(1)
    assert country.tick()["targets"] == 1788 + 3
    before = country.everything()
    country.pass_days(1)
    assert country.tick()["targets"] == 0
    after = country.everything()
    assert {name for name in after if after[name] != before[name]} == {"job_run", "anchor", "insight"}


def test_a_network_that_is_not_supported_is_not_offered_until_it_is(country: Country) -> None:
    _, product = country.a_flagged_product()
    country.say(
        "system",
        "org.register",
        slug="minato",
        kind="municipality",
        name="湊町",
        lgcode="993034",
        network_model="alpha",
    )
    country.pass_days(1)
    country.tick()
    assert country.look("municipality", "minato")["offered"] == []
    country.say(VENDOR, "product.revise", product=product, networks=["alpha", "alpha_prime"])
    country.pass_days(1)
    country.tick()
    assert country.look("municipality", "minato")["offered"] == [product]


def test_the_reasons_of_a_fit_are_renewed_even_where_their_sum_stays(small_country: Country) -> None:
    c = small_country
    c.say(KANRI, "org.revise", org="kumoi", has_ai_rules=True)
    c.a_flagged_product()
    c.pass_days(1)
    c.tick()
    target = SQLModel.metadata.tables["rollout_target"]
    one_point = sa.select(target.c.points).where(target.c.total == 1)
    with c.engine.begin() as connection:
        right = connection.scalars(one_point).all()
        connection.execute(sa.update(target).where(target.c.total == 1).values(points={"same_vendor": 1}))
    c.pass_days(1)
    c.tick()
    with c.engine.connect() as connection:
        assert connection.scalars(one_point).all() == right == [{"has_ai_rules": 1}] * len(right) != []


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"archived": True}, "repository_archived"),
        ({"licence_spdx": None}, "licence_lost"),
        ({"publiccode": "name: [壊れた"}, "publiccode_invalid"),
    ],
)
def test_what_a_snapshot_shows_suspends_at_once_and_an_approver_restores(
    country: Country, facts: dict[str, object], cause: str
) -> None:
    _, product = country.a_flagged_product()
    country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted", since=country.day(-1))
    country.snapshot(**(HEALTHY | facts))
    seen = country.look("product", product)
    assert (seen["flag"], seen["suspended_because"]) == ("suspended", [cause])
    assert country.look("mail", HOSHIMORI_KESSAI)[-1]["kind"] == "product.suspended"
    country.refused("incomplete", KETTEI, "product.restore", product=product, because="急ぐ。")
    country.snapshot(**HEALTHY)
    assert country.look("product", product)["flag"] == "suspended"
    country.refused("not_permitted", VENDOR, "product.restore", product=product, because="直した。")
    country.say(KETTEI, "product.restore", product=product, because="直った。")
    assert country.look("product", product)["flag"] == "nationwide"
    assert country.look("mail", HOSHIMORI_KESSAI)[-1]["kind"] == "product.restored"


def test_what_was_not_seen_does_not_suspend(country: Country) -> None:
    _, product = country.a_flagged_product()
    at = country.now.isoformat()
    seen = {
        "full_name": "kazemirai/madoguchi-faq",
        "taken_at": at,
        "source": "import",
        "facts": {"open_issues": 3},
    }
    country.say(JIMUKYOKU, "repo.snapshot", **seen)
    assert country.look("product", product)["flag"] == "nationwide"


def test_support_that_ends_within_six_months_suspends_at_the_next_clock(country: Country) -> None:
    idea, product = country.an_idea_ready_for_g4()
    country.say(VENDOR, "product.revise", product=product, support_until=country.day(400))
    country.decide(country.a_review(idea, secure={"rating": "green", "finding": "検査した。"}))
    country.pass_days(200)
    country.tick()
    assert country.look("product", product)["flag"] == "nationwide"
    country.pass_days(30)
    country.tick()
    assert country.look("product", product)["suspended_because"] == ["support_ending"]


def test_a_grave_incident_suspends_until_it_is_closed_with_its_final_report(country: Country) -> None:
    _, product = country.a_flagged_product()
    now = country.now.isoformat()
    what = {
        "title": "誤案内",
        "people_affected": 101,
        "sensitive": False,
        "malicious": False,
        "body_md": "誤った案内。",
    }
    incident = country.say(
        KUMOI, "incident.file", product=product, severity="low", occurred_at=now, known_at=now, **what
    ).ref
    assert country.look("product", product)["suspended_because"] == ["incident_open"]
    country.refused("incomplete", SHINSA1, "incident.close", incident=incident, lesson_md="確かめる。")
    country.say(KUMOI, "incident.report", incident=incident, kind="final", filed_at=now, body_md="直した。")
    country.say(SHINSA1, "incident.close", incident=incident, lesson_md="確かめる。")
    country.say(KETTEI, "product.restore", product=product, because="終結した。")


def test_adoption_is_stated_by_the_adopter_and_lapses_after_twelve_months(country: Country) -> None:
    _, product = country.a_flagged_product()
    country.tick()
    country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted", since=country.day())
    country.refused("not_permitted", VENDOR, "adoption.report", product=product, status="adopted")
    country.refused("not_permitted", OUTSIDER, "adoption.report", product=product, status="adopted")
    country.refused("incomplete", KUMOI_KESSAI, "adoption.reconfirm", product=product)
    country.refused(
        "invalid", KUMOI_KESSAI, "adoption.report", product=product, status="adopted", since=country.day(1)
    )
    country.say(KUMOI_KESSAI, "adoption.report", product=product, status="considering")
    seen = country.look("product", product)
    assert (seen["adopted"], seen["considering"], seen["expired"], seen["unknown"]) == (1, 1, 0, 1789)
    country.pass_days(364)
    assert country.look("product", product)["adopted"] == 1
    country.pass_days(1)
    country.tick()
    seen = country.look("product", product)
    assert (seen["adopted"], seen["considering"], seen["expired"]) == (0, 0, 2)
    assert country.look("adoption", {"product": product, "org": "hoshimori"})["expired"] is True
    assert "adoption.expired" in [m["kind"] for m in country.look("mail", HOSHIMORI_KESSAI)]
    country.say(HOSHIMORI_KESSAI, "adoption.reconfirm", product=product)
    assert country.look("product", product)["adopted"] == 1


def test_a_town_s_work_is_shown_to_itself_and_the_agency_and_nothing_unflagged_to_strangers(
    country: Country,
) -> None:
    _, product = country.an_idea_ready_for_g4()
    country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="piloting")
    for who, sees in ((HOSHIMORI, True), (SHINSA1, True), (None, True), (VENDOR, False), (KUMOI, False)):
        assert ("to_do" in country.look("municipality", "hoshimori", who)) is sees, who
    for who, sees in ((HOSHIMORI, True), (VENDOR, True), (KUMOI, True), (OUTSIDER, False)):
        assert (product in country.look("municipality", "hoshimori", who)["statements"]) is sees, who


def test_who_speaks_for_two_towns_says_which(country: Country) -> None:
    _, product = country.a_flagged_product()
    country.say("system", "user.invite", email=KUMOI, name="広域", org="hoshimori", roles=["submitter"])
    country.refused("invalid", KUMOI, "adoption.report", product=product, status="planned")
    country.say(KUMOI, "adoption.report", product=product, status="planned", org="hoshimori")
    assert country.look("adoption", {"product": product, "org": "993514"})["status"] == "planned"
    country.refused("not_permitted", TANTO, "adoption.report", product=product, status="planned", org="kumoi")


def test_a_wave_writes_one_digest_to_each_chosen_town(country: Country) -> None:
    _, product = country.a_flagged_product()
    where = {"where": {"prefecture": "架空の県", "kind": "town"}, "starts_on": country.day(2)}
    country.refused(
        "invalid",
        JIMUKYOKU,
        "wave.open",
        product=product,
        name="誤記",
        where={"network": "gamma"},
        starts_on=country.day(2),
    )
    country.say(
        JIMUKYOKU, "wave.open", product=product, name="旗の日の波", **where
    )  # the targets come by the clock
    country.tick()
    country.pass_days(1)
    country.tick()
    assert "wave.opened" not in [m["kind"] for m in country.look("mail", KUMOI)]
    country.pass_days(1)
    country.tick()
    country.pass_days(1)
    country.tick()
    assert [m["kind"] for m in country.look("mail", KUMOI)].count("wave.opened") == 1
    assert "wave.opened" not in [m["kind"] for m in country.look("mail", TANTO)]
