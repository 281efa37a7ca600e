"""Mail as it arrives: real SMTP to a server on the loopback, in Japanese, with a link; failures are kept and tried again."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest
from sqlmodel import Session, col, select

from tests.country import HOSHIMORI, KESSAI, TANTO, VENDOR, Country
from tests.postbox import SENDER, SITE, Postbox, a_postbox
from workflows.runtime import outbox
from workflows.runtime.clock import Setting
from workflows.runtime.mail import CLAIM_LASTS, MOST_ATTEMPTS, deliver
from workflows.runtime.mailer import Mailer
from workflows.tables.machinery import Message


def written(country: Country, *recipients: str, about: str = "R8-0001", subject: str = "お知らせ") -> None:
    with Session(country.engine) as session:
        outbox.enqueue(session, recipients, "news", about, subject, "本文です。\n二行目。", country.now)
        session.commit()


def messages(country: Country) -> list[Message]:
    with Session(country.engine) as session:
        return list(session.exec(select(Message).order_by(col(Message.id))))


def to(box: Postbox) -> list[str]:
    return [recipient for recipient, _ in box.received]


def nobody_listens() -> Mailer:
    """A mailer whose server is not there: the port was free a moment ago and is closed."""
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        number = port.getsockname()[1]
    return Mailer(f"smtp://127.0.0.1:{number}", SENDER, SITE)


def test_a_question_of_the_vendor_arrives_in_japanese_with_a_link(country: Country) -> None:
    idea = country.an_idea("窓口FAQ下書き支援")
    country.say(VENDOR, "team.ask", idea=idea, org="kazemirai", message="一緒に作りたいです。①髙﨑𠮷野より。")
    with a_postbox() as (box, mailer):
        country.tick(Setting(mailer=mailer))
    assert to(box) == [KESSAI, TANTO]
    mail = box.received[1][1]
    assert mail["Subject"] == "【共創パイプライン】株式会社カゼミライから参加の申出: 窓口FAQ下書き支援"
    assert (mail["From"], mail["To"]) == (SENDER, TANTO)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == country.now
    assert mail["Message-ID"].endswith("@digital-agency.example.jp>")
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content()
    assert text.startswith("一緒に作りたいです。①髙﨑𠮷野より。")
    assert f"\n{SITE}/ideas/{idea}\n" in text
    assert [m.sent_at for m in messages(country)] == [country.now] * 2


def test_nothing_is_sent_twice(country: Country) -> None:
    written(country, TANTO, KESSAI)
    with a_postbox() as (box, mailer):
        assert deliver(country.engine, country.now, mailer) == 2
        assert deliver(country.engine, country.now + timedelta(days=1), mailer) == 0
    assert to(box) == [TANTO, KESSAI]


def test_a_slow_server_does_not_let_a_second_clock_send_what_the_first_is_sending(country: Country) -> None:
    """A claim of two minutes ended before a batch on a slow server did: whoever was last in it got the mail twice."""
    people = [f"p{i}@hoshimori.example.jp" for i in range(3)]
    written(country, *people)
    by_the_second = []
    with a_postbox() as (box, mailer):

        class Slow(Mailer):
            """Takes four minutes to connect, in which another clock comes by."""

            @contextmanager
            def connection(self) -> Iterator[smtplib.SMTP]:
                by_the_second.append(deliver(country.engine, country.now + timedelta(minutes=4), mailer))
                with super().connection() as server:
                    yield server

        assert deliver(country.engine, country.now, Slow(mailer.url, SENDER, SITE)) == 3
    assert (by_the_second, to(box)) == ([0], people)


def test_a_batch_that_takes_too_long_is_given_back_before_its_claim_ends(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [f"p{i}@hoshimori.example.jp" for i in range(5)]
    written(country, *people)
    minutes = count()
    monkeypatch.setattr("workflows.runtime.mail.monotonic", lambda: next(minutes) * 2 * 60.0)
    with a_postbox() as (box, mailer):
        assert deliver(country.engine, country.now, mailer) == 5
    assert to(box) == people
    assert {m.attempts for m in messages(country)} == {1}, "what was given back was not tried"


def test_what_a_clock_that_died_had_claimed_is_sent_by_another(country: Country) -> None:
    written(country, TANTO)

    class Dies(Mailer):
        @contextmanager
        def connection(self) -> Iterator[smtplib.SMTP]:
            raise KeyboardInterrupt
            yield

    with a_postbox() as (box, mailer):
        with pytest.raises(KeyboardInterrupt):
            deliver(country.engine, country.now, Dies(mailer.url, SENDER, SITE))
        assert deliver(country.engine, country.now + CLAIM_LASTS - timedelta(seconds=1), mailer) == 0
        assert deliver(country.engine, country.now + CLAIM_LASTS + timedelta(seconds=1), mailer) == 1
    assert to(box) == [TANTO]


def test_what_is_about_no_idea_links_to_the_site(country: Country) -> None:
    written(country, TANTO, about="ledger")
    with a_postbox() as (box, mailer):
        deliver(country.engine, country.now, mailer)
    assert f"\n{SITE}\n" in box.received[0][1].get_content()


def test_a_subject_cannot_smuggle_in_a_header(country: Country) -> None:
    written(country, TANTO, subject="題名\r\nBcc: eigyo@yosomono.example.jp")
    with a_postbox() as (box, mailer):
        deliver(country.engine, country.now, mailer)
    assert to(box) == [TANTO]
    assert box.received[0][1]["Bcc"] is None


def test_a_refused_recipient_is_told_apart_and_does_not_stop_the_others(country: Country) -> None:
    written(country, TANTO, HOSHIMORI, KESSAI)
    with a_postbox() as (box, mailer):
        box.unknown.add(HOSHIMORI)
        assert deliver(country.engine, country.now, mailer) == 2
    assert to(box) == [TANTO, KESSAI]
    failed = messages(country)[1]
    assert failed.sent_at is None
    assert failed.last_error is not None
    assert failed.last_error.startswith("宛先が受け取りませんでした")
    assert "no such mailbox" in failed.last_error


def test_more_than_a_batch_leaves_although_one_recipient_is_refused(country: Country) -> None:
    people = [f"p{i}@hoshimori.example.jp" for i in range(250)]
    written(country, *people)
    with a_postbox() as (box, mailer):
        box.unknown.add(people[3])
        deliver(country.engine, country.now, mailer)
        assert set(to(box)) == set(people) - {people[3]}


def test_a_failure_is_kept_with_its_reason_and_tried_again_after_its_time(country: Country) -> None:
    written(country, TANTO)
    assert deliver(country.engine, country.now, nobody_listens()) == 0
    kept = messages(country)[0]
    assert kept.last_error is not None
    assert kept.last_error.startswith("ConnectionRefusedError")
    assert (kept.attempts, kept.try_after) == (1, country.now + timedelta(minutes=2))
    with a_postbox() as (box, mailer):
        assert deliver(country.engine, country.now + timedelta(minutes=1, seconds=59), mailer) == 0
        assert deliver(country.engine, country.now + timedelta(minutes=2), mailer) == 1
    assert to(box) == [TANTO]
    assert messages(country)[0].last_error is None


def test_a_server_that_is_busy_is_asked_again_later_and_at_last_left_alone(country: Country) -> None:
    written(country, TANTO)
    with a_postbox() as (box, mailer):
        box.closed = True
        now, waits = country.now, []
        for _ in range(MOST_ATTEMPTS + 2):
            deliver(country.engine, now, mailer)
            message = messages(country)[0]
            assert message.try_after is not None
            waits.append(int((message.try_after - now).total_seconds() // 60))
            now = max(message.try_after, now)
        assert waits[:MOST_ATTEMPTS] == [2, 4, 8, 16, 32, 64, 128] + [240] * (MOST_ATTEMPTS - 7)
        assert message.attempts == MOST_ATTEMPTS
        assert message.last_error is not None
        assert "come back later" in message.last_error
    assert box.received == []


def test_without_a_mail_server_messages_wait_in_the_outbox(country: Country) -> None:
    written(country, TANTO)
    assert country.tick()["outbox"] == 0
    assert [(m.attempts, m.sent_at) for m in messages(country)] == [(0, None)]


@pytest.mark.parametrize("address", ["tantō@kazami.example.jp", "担当@kazami.example.jp"])
def test_an_address_the_server_cannot_take_stops_nobody_else(country: Country, address: str) -> None:
    """An address beyond ASCII needs SMTPUTF8; a server without it must cost one message, not the batch."""
    written(country, address, TANTO)
    with a_postbox() as (box, mailer):
        deliver(country.engine, country.now, mailer)
        deliver(country.engine, country.now + timedelta(hours=1), mailer)
    assert TANTO in to(box)
    assert messages(country)[1].sent_at is not None


def test_a_title_with_a_strange_line_break_stops_nobody(country: Country) -> None:
    """Slides leave vertical tabs in pasted titles: the header library takes them for line breaks and raises."""
    written(country, TANTO, subject="窓口\x0bFAQ\u2028下書き")
    written(country, "tanto@[kazami.example", KESSAI)
    with a_postbox() as (box, mailer):
        assert deliver(country.engine, country.now, mailer) == 2
    assert to(box) == [TANTO, KESSAI]
    assert box.received[0][1]["Subject"] == "【共創パイプライン】窓口 FAQ 下書き"
    assert messages(country)[1].last_error is not None
