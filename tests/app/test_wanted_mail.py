"""Mail that is wanted: one a day of the rollout, kinds that one declines, and none outside an organization's domains. Real SMTP."""

import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session, col, delete, select

from app import declined_mail
from app.commands.clock import _secret_path
from app.route import house
from stages import PIPELINE
from tests.app.test_pages_in_english import japanese_in
from tests.app.web import Reader, an_app, person_id, reader
from tests.country import HOSHIMORI, JIMUKYOKU, KANRI, KUMOI, KUMOI_KESSAI, TANTO, Country
from tests.postbox import SENDER, SITE, Postbox, a_postbox
from tests.races import at_once
from workflows.calendar import TOKYO
from workflows.queries.looks import Eyes
from workflows.queries.product_page import seen_product
from workflows.queries.waves import Preview, preview
from workflows.rollout.waves import Where
from workflows.runtime import outbox
from workflows.runtime.actors import speaker
from workflows.runtime.clock import Setting
from workflows.runtime.jobs import send_mail, tell_waves
from workflows.runtime.mail import MOST_ATTEMPTS, OUTSIDE, deliver
from workflows.runtime.mail_kinds import DECLINABLE, OWN, TOGETHER, choose, within
from workflows.runtime.mailer import Mailer
from workflows.runtime.transaction import reading, writing
from workflows.tables.ideas import Idea
from workflows.tables.machinery import Message
from workflows.tables.people import Organization
from workflows.tables.products import Product, RolloutTarget

MORNING = datetime(2030, 5, 1, 6, tzinfo=TOKYO)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def write(country: Country, *kinds: str, to: str = KUMOI, **more: Any) -> None:
    with writing(country.engine) as session:
        for kind in kinds:
            rows: dict[str, Any] = {
                "subject": f"件 {kind}",
                "body": "本文",
                "about": "R8-0001",
                "created_at": MORNING,
            }
            session.add(Message(recipient=to, kind=kind, **rows, **more))


def forget_what_waits(country: Country) -> None:
    with writing(country.engine) as session:
        session.execute(delete(Message))


def enqueued(country: Country, kind: str) -> int:
    with writing(country.engine) as session:
        return outbox.enqueue(session, [KUMOI, TANTO], kind, "R8-0001", "件", "本文", MORNING)


def sends(country: Country, mailer: Mailer) -> Mailer:
    """The mailer with the links of a site's own secret."""
    secret = house(an_app(country)).config.secret
    return replace(
        mailer, secret_path=partial(_secret_path, secret), stop_path=partial(declined_mail.link, secret)
    )


def domains(country: Country, slug: str, *registered: str) -> None:
    with writing(country.engine) as session:
        org = session.exec(select(Organization).where(Organization.slug == slug)).one()
        org.mail_domains = list(registered)
        session.add(org)


def subjects(box: Postbox) -> list[str]:
    return [mail["Subject"].removeprefix("【共創パイプライン】") for _, mail in box.received]


def stop(mail: EmailMessage) -> str:
    """The path of the link by which a mail's kind is declined."""
    return str(mail["List-Unsubscribe"]).strip("<>").removeprefix(SITE)


def two_more_products(country: Country, slug: str) -> list[str]:
    """The same product twice more, of ideas that skipped the gates: here only the mail matters."""
    made = [slug]
    for n in (2, 3):
        number = country.an_idea(f"案{n}")
        with Session(country.engine) as session:
            product = session.exec(select(Product).where(Product.slug == slug)).one()
            idea = session.exec(select(Idea).where(Idea.number == number)).one()
            idea.stage = "rollout"
            values = product.model_dump(exclude={"id"})
            values |= {"slug": f"{slug}-{n}", "name": f"品{n}", "idea_id": idea.id}
            copied = Product(**values)
            session.add_all([idea, copied])
            session.flush()
            near = (
                select(RolloutTarget)
                .where(RolloutTarget.product_id == product.id)
                .join(Organization, col(Organization.id) == RolloutTarget.org_id)
            )
            for target in session.exec(near.where(Organization.prefecture == "架空の県")).all():
                again = {**target.model_dump(exclude={"id"}), "product_id": copied.id}
                session.add(RolloutTarget(**again))
            session.commit()
        made.append(f"{slug}-{n}")
    return made


def test_three_products_and_a_lapsing_answer_make_one_mail_with_every_link(small_country: Country) -> None:
    country = small_country
    _, product = country.a_flagged_product()
    country.say(HOSHIMORI, "adoption.report", product=product, status="adopted")
    forget_what_waits(country)
    country.pass_days(340)
    country.tick()
    country.pass_days(1)
    products = two_more_products(country, product)
    for slug in products:
        where = {"where": {"prefecture": "架空の県"}, "starts_on": country.day()}
        country.say(JIMUKYOKU, "wave.open", product=slug, name="県内へ", **where)
    with a_postbox() as (box, mailer):
        setting = Setting(mailer=sends(country, mailer))
        tell_waves(country.engine, country.now, setting)
        send_mail(country.engine, country.now, setting)
        ((_, mail),) = [got for got in box.received if got[0] == HOSHIMORI]
        assert str(mail["Subject"]).endswith("（ほか1件）")
        text = mail.get_content()
        assert "星守村 ご担当者さま" in text
        assert "デジタル庁" in text.partition("の事務局から")[0]
        for slug in products:
            assert f"\n　{SITE}/products/{slug}#adoption\n" in text
        assert f"\n{SITE}/municipalities/993514#fitting\n" in text
        assert "ごろまでにお答えください" in text
        (secret,) = re.findall(rf"^{SITE}(/adoptions/\S+)$", text, re.MULTILINE)
        assert "いまも同じです" in reader(country).opens(secret)
        assert f"\n{SITE}{stop(mail)}\n" in text
        tell_waves(country.engine, country.now + HOUR, setting)
        assert send_mail(country.engine, country.now + HOUR, setting) == 0


def test_before_six_and_after_the_day_s_mail_the_rollout_waits_and_nothing_else_does(
    country: Country,
) -> None:
    write(country, "wave.opened", "adoption.expired", "review.decided")
    with a_postbox() as (box, mailer):
        deliver(country.engine, MORNING - HOUR, mailer)
        assert subjects(box) == ["件 review.decided"]
        deliver(country.engine, MORNING, mailer)
        write(country, "wave.reminded", "incident.filed")
        deliver(country.engine, MORNING + 9 * HOUR, mailer)
        deliver(country.engine, MORNING + DAY - HOUR, mailer)
        assert subjects(box)[1:] == ["件 wave.opened（ほか1件）", "件 incident.filed"]
        deliver(country.engine, MORNING + DAY, mailer)
        assert subjects(box)[3:] == ["件 wave.reminded"]
        write(country, "wave.opened", "adoption.expired", to=TANTO)
        box.closed = True
        deliver(country.engine, MORNING + DAY, mailer)
        box.closed = False
        write(country, "wave.reminded", to=TANTO)
        deliver(country.engine, MORNING + DAY, mailer)
        assert len(box.received) == 4, "what failed is not overtaken by what came after it"
        deliver(country.engine, MORNING + DAY + HOUR, mailer)
        assert subjects(box)[4:] == ["件 wave.opened（ほか2件）"]


def test_two_clocks_send_one_mail_even_where_an_earlier_part_is_committed_late(country: Country) -> None:
    write(country, "wave.opened", id=900_011, attempts=MOST_ATTEMPTS - 1)
    write(country, "adoption.expired", id=900_012, attempts=MOST_ATTEMPTS - 1)
    by_the_second = []
    with a_postbox() as (box, mailer):

        class Slow(Mailer):
            """Another clock comes by while this one connects."""

            @contextmanager
            def connection(self) -> Iterator[smtplib.SMTP]:
                write(country, "wave.reminded", id=900_010)
                by_the_second.append(deliver(country.engine, MORNING + HOUR / 10, mailer))
                with super().connection() as server:
                    yield server

        assert deliver(country.engine, MORNING, Slow(mailer.url, SENDER, SITE)) == 2
        assert (by_the_second, subjects(box)) == ([0], ["件 wave.opened（ほか1件）"])
        deliver(country.engine, MORNING + DAY, mailer)
    assert subjects(box)[1:] == ["件 wave.reminded"]


def test_four_clocks_at_once_send_one_mail_to_each(country: Country) -> None:
    people = [f"p{i}@hoshimori.example.jp" for i in range(30)]
    for who in people:
        write(country, "wave.opened", "adoption.expired", to=who)
    with a_postbox() as (box, mailer):
        at_once(country.engine, [lambda engine: deliver(engine, MORNING, mailer)] * 4)
    assert sorted(to for to, _ in box.received) == sorted(people)


def test_a_part_whose_link_cannot_be_made_stays_and_the_others_go(small_country: Country) -> None:
    write(small_country, "wave.opened", "adoption.expired")
    with writing(small_country.engine) as session:
        lapsed = session.exec(select(Message).where(Message.kind == "adoption.expired")).one()
        lapsed.about = "adoption:1:1:20300601"
    with a_postbox() as (box, mailer):
        assert deliver(small_country.engine, MORNING, mailer) == 1
    assert subjects(box) == ["件 wave.opened"]
    with reading(small_country.engine) as session:
        lapsed = session.exec(select(Message).where(Message.kind == "adoption.expired")).one()
    assert (lapsed.sent_at, "KYOSO_SECRET" in (lapsed.last_error or "")) == (None, True)


def test_a_mail_program_declines_by_post_alone_and_only_as_long_as_nothing_else_was_chosen(
    country: Country,
) -> None:
    app = an_app(country)
    program, person = Reader(app, country), Reader(app, country, KUMOI)
    write(country, "wave.opened", "target_unanswered_60", "review.decided")
    with a_postbox() as (box, mailer):
        deliver(country.engine, country.now, sends(country, mailer))
    decided, digest = (mail for _, mail in box.received)
    assert decided["List-Unsubscribe"] is None
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path, one_click = stop(digest), {"List-Unsubscribe": "One-Click"}
    assert "kumoi" not in path
    before = country.everything()
    assert "止めますか" in program.opens(path)
    assert program.forms() == {path}
    program.opens("/nowhere?lang=en", 404)
    assert japanese_in(program.opens(path)) == []
    program.opens("/nowhere?lang=ja", 404)
    for wrong in (
        path[:-8] + "AAAAAAAA",
        "/mail/declined/x",
        "/mail/declined/あ",
        path.replace("gAAAAA", "gAAAAB", 1),
    ):
        assert program.client.post(wrong, base_url=program.address, data=one_click).status_code == 404
    token = declined_mail.link("another secret of nobody", KUMOI, ["waves"], country.now)
    program.opens(token, 404)
    assert country.everything() == before, "neither opening it nor guessing it changes anything"
    write(country, "wave.reminded", "comment.posted")
    for _ in range(2):
        sent = program.client.post(path, base_url=program.address, data=one_click)
        assert (sent.status_code, "止めました" in sent.text, "Location" in sent.headers) == (200, True, False)
    with reading(country.engine) as session:
        waits = session.exec(select(Message.kind).where(col(Message.sent_at).is_(None)))
        assert "comment.posted" in (kinds := set(waits))
        assert "wave.reminded" not in kinds, "what was declined and waited is taken back"
    every = ("wave.opened", "adoption.expired", "comment.posted", "review.decided", "incident.filed", *OWN)
    assert [enqueued(country, kind) for kind in every] == [1, 1, 2, 2, 2, 2, 2, 2]
    page = person.opens("/me")
    checked = re.findall(r'name="wanted" value="(\w+)" checked', page)
    assert checked == ["flags", "comments", "demand"]
    country.now += HOUR
    person.posts("/me/mail", wanted=["waves", "answers", "flags", "nonsense"])
    assert [enqueued(country, kind) for kind in every[:4]] == [2, 2, 1, 2]
    sent = program.client.post(path, base_url=program.address, data=one_click)
    assert (sent.status_code, "選び直しています" in sent.text) == (410, True), (
        "an old mail undoes no later choice"
    )
    assert enqueued(country, "wave.opened") == 2
    assert reader(country).client.post("/me/mail").status_code in (303, 400, 403)


def test_what_is_within_an_organization_s_domains() -> None:
    for address, registered, is_within in (
        ("a@town.example.jp", ["town.example.jp"], True),
        ("a@ka.Town.example.jp", ["town.example.JP"], True),
        ("a@nottown.example.jp", ["town.example.jp"], False),
        ("a@town.example.jp.evil.example", ["town.example.jp"], False),
        ("a@free.example", ["town.example.jp", "b.example.jp"], False),
        ("a@free.example", [], True),
    ):
        assert within(address, registered) is is_within, (address, registered)


def test_nothing_goes_outside_the_domains_and_who_looks_after_the_town_sees_it(
    small_country: Country,
) -> None:
    country = small_country
    _, product = country.a_flagged_product()
    country.tick()

    def seen() -> Preview:
        with reading(country.engine) as session:
            eyes = Eyes(session, speaker(session, JIMUKYOKU), country.now)
            return preview(eyes, seen_product(eyes, product).product, Where(kind="town"))

    def told(*orgs: str) -> list[str]:
        with reading(country.engine) as session:
            return outbox.members_of(session, orgs)

    towns = seen()
    assert (towns.outside, towns.declined, towns.unchecked) == (0, 0, 1)
    assert {KUMOI, KUMOI_KESSAI} <= set(told("kumoi"))
    forget_what_waits(country)
    write(country, "wave.opened", "adoption.expired", "incident.filed", *OWN)
    domains(country, "kumoi", "another.example.jp")
    assert told("kumoi") == []
    after = seen()
    assert (after.outside, after.nobody, after.mailed) == (1, towns.nobody, towns.mailed - 1)
    with a_postbox() as (box, mailer):
        deliver(country.engine, MORNING, mailer)
        assert sorted(subjects(box)) == sorted(f"件 {kind}" for kind in OWN), "not even parts of a digest"
        with reading(country.engine) as session:
            kept = session.exec(select(Message).where(col(Message.last_error).is_not(None))).all()
            assert {(m.kind, m.sent_at, m.last_error) for m in kept} == {
                (kind, None, OUTSIDE) for kind in ("wave.opened", "adoption.expired", "incident.filed")
            }
        domains(country, "kazami", "kazami.example.jp")
        guest = {"email": "sode@free.example", "name": "そで", "org": "kazami", "roles": ["member"]}
        country.say(KANRI, "user.invite", **guest)
        assert country.look("mail", guest["email"]) == [], "no invitation either"
        write(country, "wave.opened", to="sode@free.example")
        country.say(KANRI, "user.invite", **{**guest, "org": "hoshimori"})
        domains(country, "hoshimori")
        deliver(country.engine, MORNING, mailer)
        assert box.received[-1][0] == guest["email"], "one of theirs has registered none"
    page = reader(country, KANRI).opens("/admin/organizations/kazami")
    assert page.count(">メールが届きません<") == 1
    assert "1 人には、メールが届きません" in page
    assert "メールが届きません" not in reader(country, KANRI).opens("/admin/organizations/hoshimori")
    domains(country, "kumoi")
    assert seen().unchecked == 1
    with writing(country.engine) as session:
        for who in (KUMOI, KUMOI_KESSAI):
            choose(session, person_id(country, who), ["waves"], MORNING)
    after = seen()
    assert (after.declined, after.unchecked) == (1, 0)
    assert "1 団体では、利用者がみな案内のメールを止めている" in reader(country, JIMUKYOKU).opens(
        f"/rollout/{product}?kind=town"
    )


def test_whole_batches_that_are_held_back_keep_nobody_s_mail_waiting(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.runtime.mail.BATCH", 1)
    domains(small_country, "kumoi", "another.example.jp")
    write(small_country, "incident.filed", "review.decided")
    write(small_country, "review.decided", to=TANTO)
    with a_postbox() as (box, mailer):
        assert deliver(small_country.engine, MORNING, mailer) == 1
    assert [to for to, _ in box.received] == [TANTO]


def test_a_flag_can_be_declined_unless_something_is_overdue() -> None:
    flags = {flag.key for stage in PIPELINE for flag in stage.flags}
    declinable = {kind for kinds in DECLINABLE.values() for kind in kinds}
    overdue = {"action_overdue", "decision_overdue", "preliminary_report_overdue", "final_report_overdue"}
    assert flags - declinable == overdue & flags
    assert not {*OWN, "review.decided", "incident.filed"} & (declinable | set(TOGETHER))
