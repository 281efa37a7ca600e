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
from sqlmodel import Session, and_, col, func, or_, select

from workflows.runtime.mail_kinds import (
    AUDITS,
    DECLINABLE,
    LEAVES_FROM,
    OWN,
    TOGETHER,
    WAVES,
    day_began,
    name_of,
    outside,
)
from workflows.runtime.transaction import reading, take_turns, writing
from workflows.tables.machinery import Message

BATCH = 100
MOST_ATTEMPTS = 8
SECONDS = 20
"""How long a mail server may take for one answer."""
CLAIM_LASTS = timedelta(minutes=15)
"""A claimed message is no other clock's for so long; one whose clock died is sent by another after it."""
TURN = 7_318_261_420_552
"""What leaves once a day is claimed by turns (an advisory lock on PostgreSQL), so that no second clock begins a second mail."""
BATCH_LASTS = timedelta(minutes=5)
"""After that nothing more of a batch is begun, however slow the server is, so that a message that is under way (at most
seven answers of 20 seconds) is done long before its claim ends."""


RESET, INVITATION, ADOPTION = "reset:", "invitation:", "adoption:"
"""What a mail is about begins with one of these where its link is a secret: made at the moment of sending, so that no outbox holds it."""


OUTSIDE = "宛先が、団体に登録されたメールのドメインの外にあるため、送りません。"
_OF_PRODUCT = re.compile(r"^　(/products/[\w#-]+)$", re.MULTILINE)


class Unsendable(Exception):
    """A message that cannot be sent as things stand. The sentence is Japanese."""


@dataclass(frozen=True)
class Mailer:
    """How mail leaves: smtp:// (STARTTLS where offered) or smtps://, with the sender's address and the site's own.

    `secret_path`: for what a mail is about, the path of its link where that is a secret. `stop_path`: for an address, the names
    of kinds (mail_kinds.DECLINABLE) and the time, the path at which those kinds can be declined.
    """

    url: str
    sender: str
    base_url: str
    secret_path: Callable[[str], str | None] | None = None
    stop_path: Callable[[str, Sequence[str], datetime], str] | None = None

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

    def compose(self, message: Message, *more: Message, at: datetime | None = None) -> EmailMessage:
        """The mail of outbox messages to one address, sent at a time: each with its text and the link to what it is about, then
        how to decline its kind where that can be done. Raises Unsendable."""
        every = (message, *more)
        mail = EmailMessage()
        others = f"（ほか{len(more)}件）" if more else ""
        mail["Subject"] = " ".join(f"【共創パイプライン】{message.subject}{others}".splitlines())
        mail["From"], mail["To"] = self.sender, message.recipient
        mail["Date"] = format_datetime(message.created_at)
        mail["Message-ID"] = make_msgid(
            idstring=str(message.id), domain=self.sender.rpartition("@")[2].strip("> ") or None
        )
        mail["Auto-Submitted"] = "auto-generated"
        parts = [f"{self._body(m)}\n\n{_LINK.get(m.kind, _MORE)}:\n{self.link(m)}\n" for m in every]
        if more:
            titled = (
                f"■ {n}. {m.subject}\n\n{part}"
                for n, (m, part) in enumerate(zip(every, parts, strict=True), 1)
            )
            parts = [f"今日のお知らせは {len(every)}件です。\n", *titled]
        end = "\nこのメールは共創パイプラインから自動で送られています。\n"
        names = list(dict.fromkeys(name for m in every if (name := name_of(m.kind))))
        if names and self.stop_path is not None:  # RFC 8058: the mail program posts, nobody signs in
            stop = self.base_url + self.stop_path(message.recipient, names, at or message.created_at)
            mail["List-Unsubscribe"] = f"<{stop}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            end += f"この種類のメールを止めるとき（サインインは要りません）:\n{stop}\n"
        if names:
            end += f"届くメールの種類を選ぶとき:\n{self.base_url}/me#mail\n"
        mail.set_content("\n\n".join(parts) + end)
        return mail

    def _body(self, message: Message) -> str:
        """The text; in that of a wave each product has the path of its page below its name."""
        if message.kind in DECLINABLE[WAVES]:
            return _OF_PRODUCT.sub(rf"　{self.base_url}\1", message.body)
        return message.body

    def link(self, message: Message) -> str:
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


_UNSENT = (col(Message.sent_at).is_(None), col(Message.attempts) < MOST_ATTEMPTS)
_MORE = "詳しくはこちらから"
_LINK = dict.fromkeys(DECLINABLE[WAVES], "団体のページはこちらから")


def deliver(engine: Engine, now: datetime, mailer: Mailer) -> int:
    """Sends what waits in the outbox, each message claimed first so that no two clocks send it; returns how many left.

    A failure is tried again after 2, 4, 8 … minutes, eight times in all; the message says why.
    """
    sent = 0
    began = monotonic()
    while claimed := _claim(engine, now, timedelta(seconds=monotonic() - began)):
        ends = monotonic() + BATCH_LASTS.total_seconds()
        held = _held_back(engine, claimed)
        results = dict(held)
        try:
            with mailer.connection() as server:
                for together in _together(claimed, results):
                    if monotonic() >= ends:
                        break
                    results.update(_send(server, mailer, together, now))
        except (OSError, smtplib.SMTPException) as error:
            for message in claimed:
                results.setdefault(message.id, f"{type(error).__name__}: {error}"[:500])
        sent += _note(engine, now, [message.id for message in claimed], results)
        if len(held) < len(claimed) and all(results.values()):  # what is held back says nothing of the server
            break
    return sent


def _held_back(engine: Engine, claimed: Sequence[Message]) -> dict[int, str | None]:
    """Those whose address is outside the domains of its organizations now, with why they are not sent."""
    about_orgs = [m for m in claimed if m.kind not in (*OWN, *AUDITS)]
    with reading(engine) as session:
        held = outside(session, (m.recipient for m in about_orgs))
    return {m.id: OUTSIDE for m in about_orgs if m.recipient in held}


def _together(claimed: Sequence[Message], decided: Mapping[int, str | None]) -> Iterator[list[Message]]:
    """What leaves as one mail: all that the rollout has for one address; everything else alone."""
    groups: dict[tuple[str, int], list[Message]] = {}
    for message in claimed:
        if message.id not in decided:
            alone = 0 if message.kind in TOGETHER else message.id
            groups.setdefault((message.recipient, alone), []).append(message)
    return iter(groups.values())


def _claim(engine: Engine, now: datetime, elapsed: timedelta) -> list[Message]:
    """The next messages that are due at `now`, this clock's from here on. `elapsed` is how long it has been sending since."""
    until = now + elapsed + CLAIM_LASTS
    with writing(engine) as session:
        due = or_(col(Message.try_after).is_(None), col(Message.try_after) <= now)
        waiting = select(Message).where(*_UNSENT, due, col(Message.kind).not_in(TOGETHER))
        claimed = list(
            session.exec(waiting.order_by(col(Message.id)).limit(BATCH).with_for_update(skip_locked=True))
        )
        _mark(session, claimed, until)
    if len(claimed) < BATCH and now >= day_began(now) + LEAVES_FROM:
        with writing(engine) as session:
            parts = _of_a_day(session, now, BATCH - len(claimed))
            _mark(session, parts, until)
        claimed += parts
    return claimed


def _of_a_day(session: Session, now: datetime, most: int) -> list[Message]:
    """All that the rollout has for so many people, of whom none had such mail today; nor is any of theirs under way, or waits to
    be tried again. Clocks look by turns: what is written first may be committed last, and is then not in any mail yet."""
    take_turns(session, TURN)
    m = Message
    in_hand = and_(col(m.sent_at).is_(None), col(m.try_after) > now)
    # Apart from the rest, not asked for each message in turn: ten thousand that wait are held against thousands that left.
    served = select(m.recipient).where(
        col(m.kind).in_(TOGETHER), or_(col(m.sent_at) >= day_began(now), in_hand)
    )
    rollout = [*_UNSENT, col(m.kind).in_(TOGETHER)]
    whose = select(m.recipient).where(*rollout, col(m.recipient).not_in(served)).group_by(m.recipient)
    people = session.exec(whose.order_by(func.min(m.id)).limit(most)).all()
    parts = select(m).where(*rollout, col(m.recipient).in_(people)).order_by(col(m.id))
    return list(session.exec(parts.with_for_update()))


def _mark(session: Session, claimed: Sequence[Message], until: datetime) -> None:
    for message in claimed:
        message.attempts += 1
        message.try_after = until
        session.add(message)


def _note(engine: Engine, now: datetime, claimed: Sequence[int], results: Mapping[int, str | None]) -> int:
    """Writes down what became of claimed messages: sent, failed and why, or not begun and so given back; how many were sent."""
    sent = 0
    with writing(engine) as session:
        ours = select(Message).where(col(Message.id).in_(claimed)).order_by(col(Message.id))
        # Held: one that its person declines in this moment would else be missed by the update, and all be sent once more.
        for message in session.exec(ours.with_for_update()):
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


def _send(
    server: smtplib.SMTP, mailer: Mailer, together: list[Message], at: datetime
) -> dict[int, str | None]:
    """Sends messages as one mail; what became of each. A part whose link cannot be made stays behind, the others go."""
    became: dict[int, str | None] = {}
    for message in together:
        try:
            mailer.link(message)
        except Unsendable as error:
            became[message.id] = str(error)
    ready = [m for m in together if m.id not in became]
    if not ready:
        return became
    return {**became, **dict.fromkeys((m.id for m in ready), _one(server, mailer, ready, at))}


def _one(server: smtplib.SMTP, mailer: Mailer, ready: list[Message], at: datetime) -> str | None:
    try:
        server.send_message(mailer.compose(*ready, at=at))
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
