"""A mail of messages of the outbox, in plain Japanese text with a link to each thing, and the way to the server by which it leaves."""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

from workflows.runtime.mail_kinds import DECLINABLE, WAVES, name_of
from workflows.tables.machinery import Message

SECONDS = 20
"""How long a mail server may take for one answer."""

RESET, INVITATION, ADOPTION = "reset:", "invitation:", "adoption:"
"""What a mail is about begins with one of these where its link is a secret: made at the moment of sending, so that no outbox holds it."""


_OF_PRODUCT = re.compile(r"^　(/products/[\w#-]+)$", re.MULTILINE)
_MORE = "詳しくはこちらから"
_LINK = dict.fromkeys(DECLINABLE[WAVES], "団体のページはこちらから")


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
