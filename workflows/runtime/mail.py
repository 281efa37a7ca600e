"""Mail by SMTP: plain text in Japanese with a link, sent from the outbox after the transaction that wrote it."""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from time import monotonic
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine
from sqlmodel import col, or_, select

from workflows.runtime.transaction import writing
from workflows.tables.machinery import Message

BATCH = 100
MOST_ATTEMPTS = 8
SECONDS = 20
"""How long a mail server may take for one answer."""
CLAIM_LASTS = timedelta(minutes=15)
"""A claimed message is no other clock's for so long; one whose clock died is sent by another after it."""
BATCH_LASTS = timedelta(minutes=5)
"""After that nothing more of a batch is begun, however slow the server is, so that a message that is under way (at most
seven answers of 20 seconds) is done long before its claim ends."""


RESET, INVITATION, ADOPTION = "reset:", "invitation:", "adoption:"
"""What a mail is about begins with one of these where its link is a secret: made at the moment of sending, so that no outbox holds it."""


class Unsendable(Exception):
    """A message that cannot be sent as things stand. The sentence is Japanese."""


@dataclass(frozen=True)
class Mailer:
    """How mail leaves: smtp:// (STARTTLS where offered) or smtps://, with the sender's address and the site's own.

    `secret_path`: for what a mail is about, the path of its link where that is a secret.
    """

    url: str
    sender: str
    base_url: str
    secret_path: Callable[[str], str | None] | None = None

    @contextmanager
    def connection(self) -> Iterator[smtplib.SMTP]:
        """An open SMTP connection. Raises OSError or SMTPException where the server cannot be reached."""
        parts = urlsplit(self.url)
        host, secure = parts.hostname or "localhost", parts.scheme == "smtps"
        port = parts.port or (465 if secure else 25)
        context = ssl.create_default_context()
        server = (
            smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
            if secure
            else smtplib.SMTP(host, port, timeout=SECONDS)
        )
        with server:
            server.ehlo()
            if not secure and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            yield server

    def compose(self, message: Message) -> EmailMessage:
        """The mail of an outbox message: the text, then the link to what it is about. Raises Unsendable."""
        mail = EmailMessage()
        mail["Subject"] = " ".join(f"【共創パイプライン】{message.subject}".splitlines())
        mail["From"], mail["To"] = self.sender, message.recipient
        mail["Date"] = format_datetime(message.created_at)
        mail["Message-ID"] = make_msgid(
            idstring=str(message.id), domain=self.sender.rpartition("@")[2].strip("> ") or None
        )
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(
            f"{message.body}\n\n詳しくはこちらから:\n{self._link(message)}\n\n"
            "このメールは共創パイプラインから自動で送られています。\n"
        )
        return mail

    def _link(self, message: Message) -> str:
        """Always below the site's own address, as configured: no request has a say in it."""
        about = message.about
        if about.startswith((RESET, INVITATION, ADOPTION)):
            if self.secret_path is None:
                raise Unsendable("リンクを作るには、画面と同じ KYOSO_SECRET が時計にも要ります。")
            return self.base_url + (self.secret_path(about) or "")
        if re.fullmatch(r"R\d+-\d+", about):
            return f"{self.base_url}/ideas/{about}"
        if message.kind == "ledger.anchor":
            return f"{self.base_url}/ledger/anchors"
        return self.base_url + about if about.startswith("/") else self.base_url


def deliver(engine: Engine, now: datetime, mailer: Mailer) -> int:
    """Sends what waits in the outbox, each message claimed first so that no two clocks send it; returns how many left.

    A failure is tried again after 2, 4, 8 … minutes, eight times in all; the message says why.
    """
    sent = 0
    began = monotonic()
    while claimed := _claim(engine, now, timedelta(seconds=monotonic() - began)):
        ends = monotonic() + BATCH_LASTS.total_seconds()
        results: dict[int, str | None] = {}
        try:
            with mailer.connection() as server:
                for message in claimed:
                    if monotonic() >= ends:
                        break
                    results[message.id] = _send(server, mailer, message)
        except (OSError, smtplib.SMTPException) as error:
            for message in claimed:
                results.setdefault(message.id, f"{type(error).__name__}: {error}"[:500])
        sent += _note(engine, now, [message.id for message in claimed], results)
        if all(results.values()):
            break
    return sent


def _claim(engine: Engine, now: datetime, elapsed: timedelta) -> list[Message]:
    """The next messages that are due at `now`, this clock's from here on. `elapsed` is how long it has been sending since."""
    with writing(engine) as session:
        due = or_(col(Message.try_after).is_(None), col(Message.try_after) <= now)
        waiting = select(Message).where(col(Message.sent_at).is_(None), Message.attempts < MOST_ATTEMPTS, due)
        claimed = list(
            session.exec(waiting.order_by(col(Message.id)).limit(BATCH).with_for_update(skip_locked=True))
        )
        for message in claimed:
            message.attempts += 1
            message.try_after = now + elapsed + CLAIM_LASTS
            session.add(message)
    return claimed


def _note(engine: Engine, now: datetime, claimed: Sequence[int], results: Mapping[int, str | None]) -> int:
    """Writes down what became of claimed messages: sent, failed and why, or not begun and so given back; how many were sent."""
    sent = 0
    with writing(engine) as session:
        for message in session.exec(select(Message).where(col(Message.id).in_(claimed))):
            if message.id not in results:
                message.attempts, message.try_after = message.attempts - 1, None
            else:
                message.last_error = results[message.id]
                if message.last_error is None:
                    message.sent_at = now
                    sent += 1
                else:
                    message.try_after = now + timedelta(minutes=2**message.attempts)
            session.add(message)
    return sent


def _send(server: smtplib.SMTP, mailer: Mailer, message: Message) -> str | None:
    try:
        server.send_message(mailer.compose(message))
    except Unsendable as error:
        return str(error)
    except smtplib.SMTPRecipientsRefused as error:
        return f"宛先が受け取りませんでした: {error}"[:500]
    except (smtplib.SMTPResponseException, smtplib.SMTPNotSupportedError, UnicodeError) as error:
        return f"メールサーバーの応答: {error}"[:500]
    except (
        ValueError,
        AttributeError,
    ) as error:  # how the library says that an address cannot stand in a header
        return f"宛先がメールアドレスとして読めません: {error}"[:500]
    return None
