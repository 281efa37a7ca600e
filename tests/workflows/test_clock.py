"""The clock: each job idempotent for its slot, missed slots run once, one mail a flag to all who can clear it."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KANRI,
    KANSA,
    KESSAI,
    KETTEI,
    KETTEI2,
    KUMOI,
    KUMOI_KESSAI,
    SHINSA1,
    SHINSA2,
    SHINSA3,
    TANTO,
    TOKYO,
    VENDOR,
    YES_CONTRACT,
    Country,
)
from tests.postbox import a_postbox
from workflows import flagging
from workflows.registry import perform
from workflows.runtime.clock import JOBS, Setting, run_due
from workflows.runtime.jobs import raise_flags, tell_lapsed
from workflows.runtime.pruning import FAILURES_KEPT, JOB_RUNS_KEPT, SIGN_INS_KEPT, prune
from workflows.runtime.refusal import Refused
from workflows.runtime.transaction import writing
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.ledger import Anchor
from workflows.tables.machinery import JobRun, Message, SaidOnce
from workflows.tables.people import SignIn, SignInFailure

AGENCY = {JIMUKYOKU, KANRI, KANSA, KETTEI, KETTEI2, SHINSA1, SHINSA2, SHINSA3}
KAZAMI, HOSHIMORI_MURA = {TANTO, KESSAI}, {HOSHIMORI, HOSHIMORI_KESSAI}
AMBER = {"rating": "amber", "finding": "試作は小さい。", "action": "広げて試す。"}
SHORT = timedelta(minutes=1)


def mails(country: Country, kind: str) -> Counter[str]:
    """How many messages of a kind each address got."""
    with Session(country.engine) as session:
        return Counter(session.exec(select(Message.recipient).where(Message.kind == kind)))


def all_but_slots(country: Country) -> dict[str, Any]:
    return {name: rows for name, rows in country.everything().items() if name != "job_run"}


def run_again(country: Country) -> None:
    """Every job once more at the same time, as after a crash that lost the record of its slot."""
    with country.engine.begin() as connection:
        connection.execute(sa.delete(sa.table("job_run")))
    country.tick()


def with_a_condition(country: Country) -> tuple[str, str]:
    """An idea in pilot with a condition of the vendor's due in 30 days."""
    idea, _ = country.an_idea_ready_for_g1()
    wish = {"criterion": "feasible", "text": "広げて試す。", "owner": "kazemirai", "due_on": country.day(30)}
    review = country.a_review(idea, feasible=AMBER)
    country.decide(review, "conditional_go", actions=[wish])
    return idea, country.look("review", review)["actions"][0]["ref"]


def test_each_job_says_its_work_and_has_one_name() -> None:
    names = [job.name for job in JOBS]
    assert len(names) == len(set(names))
    assert all(job.what for job in JOBS)


@pytest.mark.parametrize("scheduled", JOBS, ids=lambda job: job.name)
def test_a_slot_is_the_latest_moment_the_job_was_due(scheduled: Any) -> None:
    for minute in (0, 1, 59, 60, 61, 4 * 60, 5 * 60 + 1, 23 * 60 + 59):
        now = datetime(2026, 4, 1, tzinfo=TOKYO) + timedelta(minutes=minute)
        slot = scheduled.slot(now)
        assert slot <= now < slot + scheduled.every
        assert scheduled.slot(slot) == slot
        assert scheduled.slot(slot - timedelta(microseconds=1)) == slot - scheduled.every


def test_a_day_of_work_done_twice_changes_nothing(country: Country) -> None:
    _, product = country.a_flagged_product()
    country.say(HOSHIMORI_KESSAI, "adoption.report", product=product, status="adopted", since=country.day(-1))
    country.tick()
    country.say(
        JIMUKYOKU,
        "wave.open",
        product=product,
        name="第一波",
        where={"demand": False},
        starts_on=country.day(1),
    )
    country.an_idea("別のアイデア")
    country.pass_days(61)
    done = country.tick(Setting(auditors=(KANSA,)))
    assert {name for name, count in done.items() if count} == {"flags", "waves", "anchor", "insights"}
    before = all_but_slots(country)
    assert country.tick() == {}
    assert all_but_slots(country) == before
    run_again(country)
    assert all_but_slots(country) == before


def test_missed_slots_run_once_at_this_time(country: Country) -> None:
    country.an_idea()
    country.tick()
    country.pass_days(45)
    assert set(country.tick()) == {job.name for job in JOBS}
    with Session(country.engine) as session:
        runs = Counter(session.exec(select(JobRun.job)))
        anchors = session.exec(select(Anchor.taken_at)).all()
        assert {r.ran_at for r in session.exec(select(JobRun))} == {
            country.now - timedelta(days=45),
            country.now,
        }
    assert set(runs.values()) == {2}
    assert len(anchors) == 2
    assert mails(country, "owner_idle_30") == dict.fromkeys(KAZAMI, 1)


def test_a_slot_that_has_not_come_does_not_run(country: Country) -> None:
    country.tick()
    assert country.tick() == {}
    country.now += SHORT
    assert set(country.tick()) == {"webhooks", "outbox"}
    country.now += timedelta(minutes=58)
    assert set(country.tick()) == {"webhooks", "outbox", "sync"}
    country.now += SHORT
    assert set(country.tick()) == {"webhooks", "suspension", "targets", "flags", "outbox", "sync"}


def test_the_clock_does_not_run_backwards_for_an_operator(small_country: Country) -> None:
    small_country.tick()
    before = small_country.everything()
    with pytest.raises(Refused, match="時計は戻せません") as caught:
        run_due(small_country.engine, small_country.now - timedelta(days=1), backwards=False)
    assert caught.value.reason == "invalid"
    assert small_country.everything() == before


def test_a_pilots_silence_is_mailed_once_to_owner_site_and_vendor(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    country.link_a_repository(idea)
    country.decide_the_risk(idea)
    country.say(TANTO, "checklist.answer", idea=idea, checklist="contract-1", answers=YES_CONTRACT)
    pilot = country.plan_a_pilot(idea, site="hoshimori", starts_in=1)
    country.freeze_the_targets(pilot)
    country.decide(country.a_review(idea))
    country.pass_days(1)
    country.say(TANTO, "pilot.start", pilot=pilot)
    country.pass_days(13)
    country.tick()
    assert mails(country, "silent_14") == {}
    country.pass_days(1)
    country.tick()
    once = dict.fromkeys(KAZAMI | HOSHIMORI_MURA | {VENDOR}, 1)
    assert mails(country, "silent_14") == once
    assert country.look("mail", HOSHIMORI)[-1]["about"] == idea
    for _ in range(3):
        country.pass_days(1)
        country.tick()
    assert mails(country, "silent_14") == once  # one message a flag, not one a day
    country.say(VENDOR, "pilot.report", pilot=pilot, health="green", progress=20, summary="順調。")
    assert "silent_14" not in country.look("flags", idea)  # reading never waits for the clock
    country.pass_days(14)
    assert "silent_14" in country.look("flags", idea)


def test_a_flag_that_fell_and_rose_again_is_mailed_again(country: Country) -> None:
    idea = country.an_idea()
    country.pass_days(30)
    country.tick()
    country.say(TANTO, "comment.post", idea=idea, body_md="進めます。")
    country.now += timedelta(hours=1)
    country.tick()
    assert country.look("flags", idea) == []
    country.pass_days(30)
    country.tick()
    assert mails(country, "owner_idle_30") == dict.fromkeys(KAZAMI, 2)


def test_a_late_review_is_told_to_the_agency_and_a_late_condition_to_whose_it_is(country: Country) -> None:
    review = country.say(KESSAI, "review.request", idea=country.an_idea("別のアイデア")).ref
    _, action = with_a_condition(country)
    country.pass_days(26)
    country.tick()
    assert set(mails(country, "unrated_10")) == AGENCY
    assert set(mails(country, "decision_overdue")) == AGENCY
    assert mails(country, "action_due_soon") == {VENDOR: 1}
    country.pass_days(4)
    country.tick()
    assert mails(country, "action_overdue") == {}
    country.pass_days(1)
    country.tick()
    assert mails(country, "action_overdue")[VENDOR] == 1
    assert review
    country.say(VENDOR, "action.close", action=action, note="広げた。")
    country.say(SHINSA1, "action.verify", action=action)
    assert "action_overdue" not in country.look("flags", action.rpartition("-")[0])


def test_an_overdue_report_is_told_to_who_filed_it_and_to_the_agency(country: Country) -> None:
    idea, product = country.a_flagged_product()
    now = country.now.isoformat()
    case = {
        "title": "誤案内",
        "people_affected": 2,
        "sensitive": False,
        "malicious": False,
        "body_md": "誤り。",
    }
    incident = country.say(KUMOI, "incident.file", product=product, occurred_at=now, known_at=now, **case).ref
    country.pass_days(5)
    country.tick()
    assert mails(country, "preliminary_report_overdue") == {}
    country.pass_days(1)
    country.tick()
    told = dict.fromkeys(AGENCY | {KUMOI, KUMOI_KESSAI}, 1)
    assert mails(country, "preliminary_report_overdue") == told
    country.say(
        KUMOI,
        "incident.report",
        incident=incident,
        kind="preliminary",
        filed_at=country.now.isoformat(),
        body_md="速報。",
    )
    assert "preliminary_report_overdue" not in country.look("flags", idea)
    country.pass_days(25)
    country.tick()
    assert mails(country, "final_report_overdue") == told


def test_a_hold_that_ends_is_told_to_the_agency_until_it_is_resumed(country: Country) -> None:
    idea = country.an_idea()
    country.decide(country.a_review(idea), "hold", hold_until=country.day(10))
    country.pass_days(9)
    country.tick()
    assert mails(country, "hold_date_reached") == {}
    country.pass_days(1)
    country.tick()
    assert mails(country, "hold_date_reached") == dict.fromkeys(AGENCY, 1)
    country.say(KETTEI, "idea.resume", idea=idea, because="人が揃った。")
    assert "hold_date_reached" not in country.look("flags", idea)


def test_an_imported_idea_is_quiet_until_its_owner_acts(country: Country) -> None:
    row = {
        "title": "庁内照会",
        "summary": "照会に答える。",
        "field": "庁内",
        "owner": "風見市",
        "lgcode": "992011",
    }
    country.say("system", "idea.import", rows=[row | {"source": "https://example.jp/1"}])
    country.pass_days(100)
    country.tick()
    assert mails(country, "owner_idle_30") == {}
    country.say(KUMOI, "comment.post", idea="R8-0001", body_md="うちにもあります。")
    country.pass_days(100)
    country.tick()
    assert mails(country, "owner_idle_30") == {}
    country.say(TANTO, "comment.post", idea="R8-0001", body_md="引き受けます。")
    country.pass_days(30)
    country.tick()
    assert mails(country, "owner_idle_30") == dict.fromkeys(KAZAMI, 1)


def test_a_product_is_suspended_when_a_condition_is_thirty_days_late_and_restored_when_it_is_done(
    country: Country,
) -> None:
    idea, product = country.an_idea_ready_for_g4()
    wish = {"criterion": "priced", "text": "価格を載せる。", "owner": "kazemirai", "due_on": country.day(20)}
    red = {"rating": "red", "finding": "価格がない。", "action": "載せる。"}
    review = country.a_review(idea, priced=red, secure={"rating": "green", "finding": "検査した。"})
    country.decide(review, "conditional_go", actions=[wish])
    action = country.look("review", review)["actions"][0]["ref"]
    country.say(HOSHIMORI, "adoption.report", product=product, status="adopted", since=country.day(-1))
    country.pass_days(49)
    country.tick()
    assert country.look("product", product)["flag"] == "nationwide"
    country.pass_days(1)
    country.tick()
    seen = country.look("product", product)
    assert (seen["flag"], seen["suspended_because"]) == ("suspended", ["action_overdue"])
    assert mails(country, "product.suspended")[HOSHIMORI] == 1
    country.refused("incomplete", KETTEI, "product.restore", product=product, because="急ぐ。")
    country.say(VENDOR, "action.close", action=action, note="載せた。")
    country.refused("incomplete", KETTEI, "product.restore", product=product, because="報告された。")
    country.say(SHINSA1, "action.verify", action=action)
    country.tick()
    assert country.look("product", product)["flag"] == "suspended"  # it returns when an approver says so
    country.say(KETTEI, "product.restore", product=product, because="直った。")
    assert mails(country, "product.restored")[HOSHIMORI] == 1


def test_an_adoption_lapses_after_twelve_months_and_its_town_is_asked_once(country: Country) -> None:
    _, product = country.a_flagged_product()
    start = country.now
    country.say(HOSHIMORI, "adoption.report", product=product, status="adopted", since=country.day(-1))
    ref = {"product": product, "org": "hoshimori"}
    country.now = start.replace(year=start.year + 1) - timedelta(days=31)
    country.tick()
    assert mails(country, "adoption_expiring_30") == {}
    country.pass_days(1)
    country.tick()
    assert mails(country, "adoption_expiring_30") == dict.fromkeys(HOSHIMORI_MURA, 1)
    country.pass_days(29)
    country.tick()
    assert country.look("adoption", ref)["expired"] is False
    country.pass_days(1)
    country.tick()
    assert country.look("adoption", ref)["expired"] is True
    assert (country.look("product", product)["adopted"], country.look("product", product)["expired"]) == (
        0,
        1,
    )
    for _ in range(2):
        country.pass_days(1)
        country.tick()
    assert mails(country, "adoption.expired") == dict.fromkeys(HOSHIMORI_MURA, 1)
    country.say(HOSHIMORI, "adoption.reconfirm", product=product)
    assert country.look("adoption", ref)["expired"] is False


def test_towns_that_do_not_answer_are_asked_once_after_sixty_days(country: Country) -> None:
    _, product = country.a_flagged_product()
    country.tick()
    country.say(KUMOI, "adoption.report", product=product, status="considering")
    country.pass_days(59)
    country.tick()
    assert mails(country, "target_unanswered_60") == {}
    country.pass_days(1)
    country.tick()
    assert mails(country, "target_unanswered_60") == dict.fromkeys(KAZAMI | HOSHIMORI_MURA, 1)


def test_an_anchor_is_taken_once_a_day_and_reaches_the_auditors(country: Country) -> None:
    country.an_idea()
    with a_postbox() as (box, mailer):
        setting = Setting(mailer=mailer, auditors=(KANSA, "kansa@kazami.example.jp"))
        for _ in range(3):
            country.tick(setting)
            country.now += timedelta(hours=5)
        country.pass_days(1)
        country.tick(setting)
    with Session(country.engine) as session:
        anchors = session.exec(select(Anchor).order_by(Anchor.id)).all()
    assert len(anchors) == 2
    got = [(to, mail) for to, mail in box.received if "台帳のアンカー" in mail["Subject"]]
    assert Counter(to for to, _ in got) == {KANSA: 2, "kansa@kazami.example.jp": 2}
    assert anchors[0].digest in got[0][1].get_content()


def test_a_wave_is_told_once_in_one_mail_a_town(country: Country) -> None:
    _, product = country.a_flagged_product()
    country.tick()
    for name in ("第一波", "第二波"):
        country.say(JIMUKYOKU, "wave.open", product=product, name=name, where={}, starts_on=country.day(2))
    country.pass_days(1)
    country.tick()
    assert mails(country, "wave.opened") == {}
    for _ in range(3):
        country.pass_days(1)
        country.tick()
    towns = KAZAMI | HOSHIMORI_MURA | {KUMOI, KUMOI_KESSAI}
    assert mails(country, "wave.opened") == dict.fromkeys(towns, 1)


def test_a_job_that_fails_keeps_no_other_from_running(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> int:
        raise ZeroDivisionError("a bug")

    jobs = tuple(replace(j, job=broken) if j.name == "suspension" else j for j in JOBS)
    monkeypatch.setattr("workflows.runtime.clock.JOBS", jobs)
    with pytest.raises(ZeroDivisionError):
        country.tick()
    monkeypatch.undo()
    assert set(country.tick()) == {"suspension"}, "the others have run; what failed is tried again"


def test_two_jobs_that_fail_are_both_named_in_the_error(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> int:
        raise ZeroDivisionError("a bug")

    def broken_too(*_: Any) -> int:
        raise KeyError("another")

    by_name = {"suspension": broken, "waves": broken_too}
    jobs = tuple(replace(j, job=by_name.get(j.name, j.job)) for j in JOBS)
    monkeypatch.setattr("workflows.runtime.clock.JOBS", jobs)
    with pytest.raises(ZeroDivisionError) as caught:
        country.tick()
    assert caught.value.__notes__ == ["suspension: ZeroDivisionError: a bug", "waves: KeyError: 'another'"]


def test_an_idea_that_fails_keeps_no_other_from_its_turn(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One idea with a fault kept every later one's flags from rising, hour after hour."""
    ideas = [country.an_idea(f"動かない案{i}") for i in range(4)]
    country.pass_days(30)
    real = flagging.renew_flags

    def renew(work: Work, idea: Idea, agency: tuple[str, ...]) -> int:
        risen = real(work, idea, agency)
        if idea.number in (ideas[0], ideas[2]):
            raise ValueError("a broken dossier")
        return risen

    monkeypatch.setattr("workflows.flagging.renew_flags", renew)
    with pytest.raises(ValueError, match="a broken dossier") as caught:
        country.tick()
    assert [note.split(":")[0] for note in caught.value.__notes__] == [ideas[0], ideas[2], "flags"]
    healthy = {(m["about"]) for m in country.look("mail", TANTO) if m["kind"] == "owner_idle_30"}
    assert healthy == {ideas[1], ideas[3]}, "what the broken ones had begun to write is rolled back"
    monkeypatch.undo()
    assert set(country.tick()) == {"flags"}, "the job is tried again"
    assert mails(country, "owner_idle_30") == dict.fromkeys(KAZAMI, 4)


def test_a_product_that_fails_keeps_no_other_towns_from_being_told_of_their_lapsed_answer(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, product = country.a_flagged_product()
    country.say(HOSHIMORI, "adoption.report", product=product, status="planned")
    country.pass_days(366)
    real = Work.lock

    def lock(work: Work, kind: Any, row_id: int | None) -> Any:
        if kind is Idea:
            raise ValueError("a broken row")
        return real(work, kind, row_id)

    monkeypatch.setattr(Work, "lock", lock)
    with pytest.raises(ValueError, match="a broken row"):
        tell_lapsed(country.engine, country.now, Setting())
    monkeypatch.undo()
    assert tell_lapsed(country.engine, country.now, Setting()) == 1
    assert tell_lapsed(country.engine, country.now, Setting()) == 0
    told = [m["about"] for m in country.look("mail", HOSHIMORI) if m["kind"] == "adoption.expired"]
    assert [about.partition(":")[0] for about in told] == ["adoption"], "with a link of one's own"


def test_a_database_that_is_gone_is_not_asked_once_for_every_idea(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(3):
        small_country.an_idea(f"動かない案{i}")
    asked = []

    def gone(*_: Any) -> int:
        asked.append(1)
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr("workflows.flagging.renew_flags", gone)
    with pytest.raises(OperationalError):
        raise_flags(small_country.engine, small_country.now, Setting())
    assert len(asked) == 1


def runs_of(country: Country, job: str) -> list[datetime]:
    with Session(country.engine) as session:
        return sorted(session.exec(select(JobRun.slot).where(JobRun.job == job)).all())


def test_old_slots_are_pruned_but_the_last_run_of_a_job_is_kept(country: Country) -> None:
    """Every minute left a row for ever. Without its last run a job would run its slot again."""
    start = country.now
    country.tick()
    with writing(country.engine) as session:
        session.add(JobRun(job="retired", slot=start - timedelta(days=900), ran_at=start))
    for _ in range(3):
        country.now += SHORT
        country.tick()
    assert len(runs_of(country, "outbox")) == 4
    country.now = start + JOB_RUNS_KEPT - timedelta(days=1)
    assert country.tick()["pruning"] == 0
    country.now += timedelta(days=2)
    assert country.tick()["pruning"] > 0
    assert [slot > start for slot in runs_of(country, "outbox")] == [True, True]
    assert len(runs_of(country, "retired")) == 1
    # A clock that stood still for years finds its last runs, and runs each job once.
    country.now += timedelta(days=900)
    before = {job.name: runs_of(country, job.name)[-1] for job in JOBS}
    assert prune(country.engine, country.now) > 0
    assert {job.name: runs_of(country, job.name) for job in JOBS} == {n: [s] for n, s in before.items()}
    assert set(country.tick()) == {job.name for job in JOBS}
    assert country.tick() == {}


def test_sign_ins_that_are_over_are_pruned_after_their_keep_and_the_others_stay(country: Country) -> None:
    day, now = timedelta(days=1), country.now + timedelta(days=400)
    old, fresh = now - SIGN_INS_KEPT - day, now - SIGN_INS_KEPT + day

    def a_sign_in(name: str, expires_at: datetime, ended_at: datetime | None = None) -> SignIn:
        times = {"started_at": country.now, "last_seen_at": country.now}
        return SignIn(digest=name, user_id=1, csrf="c", expires_at=expires_at, ended_at=ended_at, **times)

    with writing(country.engine) as session:
        session.add_all(
            [
                a_sign_in("stands", now + day),
                a_sign_in("ended lately", now + day, fresh),
                a_sign_in("expired lately", fresh),
                a_sign_in("ended long ago", now + day, old),
                a_sign_in("expired long ago", old),
                SignInFailure(key="account:old", count=3, last_at=now - FAILURES_KEPT - day),
                SignInFailure(key="account:fresh", count=3, last_at=now - FAILURES_KEPT + day),
            ]
        )
    assert prune(country.engine, now) == 3
    assert prune(country.engine, now) == 0
    with Session(country.engine) as session:
        assert set(session.exec(select(SignIn.digest))) == {"stands", "ended lately", "expired lately"}
        assert session.exec(select(SignInFailure.key)).all() == ["account:fresh"]


def test_a_backlog_is_pruned_batch_by_batch(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.runtime.pruning.BATCH", 10)
    old = country.now - timedelta(days=500)
    with writing(country.engine) as session:
        session.add_all(JobRun(job="outbox", slot=old + i * SHORT, ran_at=old) for i in range(30))
    assert prune(country.engine, country.now) == 29
    assert runs_of(country, "outbox") == [old + 29 * SHORT]


def test_the_key_of_a_form_that_was_done_is_let_go_when_its_page_cannot_be_sent_again(
    country: Country,
) -> None:
    idea = country.an_idea()
    said = {"idea": idea, "body_md": "一度だけ。"}
    perform(country.engine, "comment.post", said, TANTO, country.now, "key")
    country.tick()
    kept = sa.select(sa.func.count()).select_from(SaidOnce)
    for days, left in ((6, 1), (2, 0)):
        country.pass_days(days)
        country.tick()
        with country.engine.connect() as connection:
            assert connection.execute(kept).scalar_one() == left
