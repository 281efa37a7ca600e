"""Many at once: one gate decided once, numbers without gaps, the fifth review given once, each mail sent once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session as Rows
from sqlmodel import col, func, select

from stages.permissions import SYSTEM
from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KESSAI,
    SHINSA3,
    TANTO,
    VENDOR,
    Country,
)
from tests.postbox import a_postbox
from tests.races import THREADS, at_once, decide_at_once, outcomes, saying, two_machines
from workflows.runtime import clock, jobs, ledger, outbox, verification
from workflows.runtime.actors import Speaker
from workflows.runtime.clock import Setting, run_minute
from workflows.runtime.mail import deliver
from workflows.runtime.refusal import Refused
from workflows.runtime.transaction import writing
from workflows.runtime.work import Work
from workflows.tables.ledger import Anchor
from workflows.tables.machinery import JobRun, Message
from workflows.tables.reviews import Assignment


def verified(country: Country) -> bool:
    with Rows(country.engine) as session:
        return verification.verify(session).verified


def test_twenty_threads_make_one_decision_of_one_gate(country: Country) -> None:
    for number in range(5):
        assert decide_at_once(country, number).total() == THREADS
    assert verified(country)


def test_twenty_drafts_at_once_get_numbers_without_gap_or_double(country: Country) -> None:
    fields = {"field": "窓口", "challenge": "遅い。", "as_is": "手作業。", "to_be": "自動。"}
    acts = [
        saying(country, (TANTO, HOSHIMORI)[i % 2], "idea.draft", title=f"案 {i}", **fields)
        for i in range(THREADS)
    ]
    results = at_once(country.engine, acts)
    assert outcomes(results) == {"done": THREADS}
    assert sorted(r.ref for r in results) == [f"R8-{n:04d}" for n in range(1, THREADS + 1)]
    assert verified(country)


def test_the_same_merge_said_by_both_owners_at_once_merges_once(country: Country) -> None:
    for number in range(3):
        ours = country.an_idea(f"私たちの案{number}")
        theirs = country.an_idea(f"隣の案{number}", HOSHIMORI, HOSHIMORI_KESSAI)
        acts = [saying(country, who, "idea.merge", idea=ours, into=theirs) for who in (TANTO, HOSHIMORI) * 4]
        counted = outcomes(at_once(country.engine, acts))
        assert counted["done"] == 2, counted
        assert set(counted) <= {"done", "duplicate", "wrong_status"}
        with Rows(country.engine) as session:
            actions = Counter(e.action for e in ledger.entries_of(session, ours))
        assert (actions["idea.merge_proposed"], actions["idea.merged"]) == (1, 1)
        assert country.look("idea", ours)["status"] == "merged"
        assert country.look("idea", theirs)["status"] == "active"
    assert verified(country)


def test_two_ideas_are_never_merged_into_each_other(country: Country) -> None:
    for number in range(3):
        ours = country.an_idea(f"私たちの案{number}")
        theirs = country.an_idea(f"隣の案{number}", HOSHIMORI, HOSHIMORI_KESSAI)
        country.say(TANTO, "idea.merge", idea=ours, into=theirs)
        country.say(HOSHIMORI, "idea.merge", idea=theirs, into=ours)
        consents = [
            saying(country, HOSHIMORI, "idea.merge", idea=ours, into=theirs),
            saying(country, TANTO, "idea.merge", idea=theirs, into=ours),
        ]
        assert outcomes(at_once(country.engine, consents)) == {"done": 1, "wrong_status": 1}
        assert sorted(country.look("idea", i)["status"] for i in (ours, theirs)) == ["active", "merged"]
    assert verified(country)


def test_two_coordinators_cannot_both_give_the_fifth_review(country: Country) -> None:
    second = "jimukyoku2@digital-agency.example.jp"
    country.say(
        "system", "user.invite", email=second, name="事務局 二", org="digital-agency", roles=["coordinator"]
    )
    reviews = [
        country.say(KESSAI, "review.request", idea=country.an_idea(f"別々の案{i}")).ref for i in range(6)
    ]
    for review in reviews[:4]:
        country.say(JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA3)
    acts = [
        saying(country, who, "review.assign", review=review, reviewer=SHINSA3)
        for who, review in ((JIMUKYOKU, reviews[4]), (second, reviews[5]))
    ]
    assert outcomes(at_once(country.engine, acts)) == {"done": 1, "too_many": 1}
    with Rows(country.engine) as session:
        assert session.exec(select(func.count()).select_from(Assignment)).one() == 5
    assert verified(country)


def test_one_reviewer_is_put_on_one_review_once(country: Country) -> None:
    review = country.say(KESSAI, "review.request", idea=country.an_idea()).ref
    acts = [saying(country, JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA3)] * 8
    assert outcomes(at_once(country.engine, acts)) == {"done": 1, "duplicate": 7}


def test_one_product_one_pilot_and_one_team_place_come_of_many_identical_wishes(country: Country) -> None:
    idea = country.an_idea()
    asks = [saying(country, VENDOR, "team.ask", idea=idea, org="kazemirai", message="ぜひ。")] * 8
    assert outcomes(at_once(country.engine, asks)) == {"done": 1, "duplicate": 7}
    country.say(TANTO, "team.accept", idea=idea, org="kazemirai")
    plan = {"site": "kazami", "vendor": "kazemirai", "starts_on": country.day(5), "ends_on": country.day(60)}
    plan |= {
        "plan_md": "試す。",
        "stop_rule": "誤り一件。",
        "cost_yen": 1,
        "budget_deadline": country.day(90),
    }
    plans = [saying(country, TANTO, "pilot.plan", idea=idea, **plan)] * 8
    assert outcomes(at_once(country.engine, plans)) == {"done": 1, "duplicate": 7}


def test_four_clocks_drain_one_outbox_and_nobody_gets_a_mail_twice(country: Country) -> None:
    people = [f"p{i}@hoshimori.example.jp" for i in range(450)]
    with Rows(country.engine) as session:
        outbox.enqueue(session, people, "news", "R8-0001", "お知らせ", "本文です。", country.now)
        session.commit()
    with a_postbox() as (box, mailer):
        sent = at_once(country.engine, [lambda engine: deliver(engine, country.now, mailer)] * 4)
    assert sum(sent) == len(people)
    assert Counter(to for to, _ in box.received) == dict.fromkeys(people, 1)
    with Rows(country.engine) as session:
        assert session.exec(select(func.count()).where(col(Message.sent_at).is_(None))).one() == 0
        assert session.exec(select(func.max(Message.attempts))).one() == 1


def test_of_two_clocks_on_postgresql_the_one_that_does_not_lead_sends_mail_too(
    postgresql_engine: sa.Engine,
) -> None:
    """Mail waited for the leader, however long its other jobs took. Nobody may get a mail twice for it, or none."""
    country = Country(postgresql_engine)
    people = [f"p{i}@hoshimori.example.jp" for i in range(450)]

    def write() -> None:
        with Rows(country.engine) as session:
            outbox.enqueue(session, people, "news", "R8-0001", "お知らせ", "本文です。", country.now)
            session.commit()

    with a_postbox() as (box, mailer):
        setting = Setting(mailer=mailer)
        write()
        with clock.leading(postgresql_engine) as leads:
            assert leads, "one clock leads, and is busy with a long job"
            with two_machines(postgresql_engine) as (other, _):
                assert run_minute(other, country.now, setting) == (False, {"outbox": 450})
        assert Counter(to for to, _ in box.received) == dict.fromkeys(people, 1)
        with Rows(country.engine) as session:
            assert session.exec(select(func.count()).select_from(JobRun)).one() == 0, (
                "the rest is the leader's"
            )

        write()
        country.now += timedelta(minutes=1)
        clocks = [lambda engine: run_minute(engine, country.now, setting)] * 4
        ran = at_once(country.engine, clocks)
    assert sum(led for led, _ in ran) >= 1
    assert sum(done.get("outbox", 0) for _, done in ran) == 450
    assert Counter(to for to, _ in box.received) == dict.fromkeys(people, 2)
    with Rows(country.engine) as session:
        assert session.exec(select(func.count()).where(col(Message.sent_at).is_(None))).one() == 0
        assert session.exec(select(func.max(Message.attempts))).one() == 1


def flag_mail(country: Country) -> Counter[tuple[str, str]]:
    with Rows(country.engine) as session:
        flags = select(Message.kind, Message.recipient).where(Message.kind == "owner_idle_30")
        return Counter(session.exec(flags).all())


def test_two_clocks_that_raise_the_same_flags_write_one_mail_each(country: Country) -> None:
    for i in range(6):
        country.an_idea(f"動かない案{i}")
    country.pass_days(30)
    results = at_once(country.engine, [lambda e: jobs.raise_flags(e, country.now, Setting())] * 2)
    assert outcomes(results) == {"done": 2}
    assert sum(results) == 6
    assert flag_mail(country) == {("owner_idle_30", TANTO): 6, ("owner_idle_30", KESSAI): 6}


def test_of_many_clocks_the_work_is_done_once_for_each_slot(country: Country) -> None:
    country.a_flagged_product()

    def minute(engine: sa.Engine) -> bool:
        """What `kyoso clock` does each minute: whether this one led."""
        return run_minute(engine, country.now)[0]

    for _ in range(4):
        country.now += timedelta(hours=25)
        assert any(at_once(country.engine, [minute] * 4))
    with Rows(country.engine) as session:
        slots = Counter(session.exec(select(JobRun.job, JobRun.slot)).all())
        anchors = session.exec(select(func.count()).select_from(Anchor)).one()
    assert set(slots.values()) == {1}
    assert len(slots) == 4 * len(clock.JOBS)
    assert anchors == 4
    assert verified(country)


def test_on_postgresql_one_clock_leads_until_it_is_gone(postgresql_engine: sa.Engine) -> None:
    with clock.leading(postgresql_engine) as first:
        assert first
        with clock.leading(postgresql_engine) as second:
            assert not second
    with clock.leading(postgresql_engine) as third:
        assert third


def test_a_refusal_in_a_race_says_what_to_do(country: Country) -> None:
    idea = country.an_idea()
    seen = country.look("idea", idea)["version"]
    acts = [
        saying(country, TANTO, "idea.revise", idea=idea, seen_version=seen, title=f"題{i}") for i in range(8)
    ]
    results = at_once(country.engine, acts)
    assert outcomes(results) == {"done": 1, "stale": 7}
    refused = next(r for r in results if isinstance(r, Refused))
    assert "読み直して" in refused.message
    assert refused.errors == {"seen_version": str(seen + 1)}


def test_one_lgcode_is_registered_once(country: Country) -> None:
    town = {"kind": "municipality", "name": "湊町", "lgcode": "993034"}
    acts = [saying(country, "system", "org.register", slug=f"minato-{n}", **town) for n in range(6)]
    assert outcomes(at_once(country.engine, acts)) == {"done": 1, "duplicate": 5}


def test_many_who_begin_a_series_at_once_are_given_each_a_number_of_its_own(country: Country) -> None:
    """Work that is no verb (a look at GitHub) is not tried again: the first number must not fail for anybody."""

    def next_one() -> int:
        with writing(country.engine) as session:
            return Work(session, Speaker(SYSTEM), country.now).next_number("begun at once")

    with ThreadPoolExecutor(8) as pool:
        given = [one.result() for one in [pool.submit(next_one) for _ in range(8)]]
    assert sorted(given) == list(range(1, 9))
