"""A real mail server on the loopback for tests: takes what is sent by SMTP, refuses whom it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from workflows.runtime.mailer import Mailer

SENDER, SITE = "kyoso@digital-agency.example.jp", "https://kyoso.example.jp"


class Postbox:
    """What came in, in order: (recipient, mail). Recipients in `unknown` are refused, a `closed` box takes nothing."""

    def __init__(self) -> None:
        self.received: list[tuple[str, EmailMessage]] = []
        self.unknown: set[str] = set()
        self.closed = False

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.closed:
            return "451 4.3.0 come back later"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.received += [(to, mail) for to in envelope.rcpt_tos]
        return "250 OK"


class _OnAnyPort(Controller):
    """The system picks a free port; the controller then knocks on that one to see that it is open."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def a_postbox() -> Iterator[tuple[Postbox, Mailer]]:
    """An open mail server, and a mailer that sends to it."""
    box = Postbox()
    server = _OnAnyPort(box, hostname="127.0.0.1", port=0, enable_SMTPUTF8=False)
    server.start()
    try:
        yield box, Mailer(f"smtp://127.0.0.1:{server.port}", SENDER, SITE)
    finally:
        server.stop()
