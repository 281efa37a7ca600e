"""What a log may say of an error: where it happened and what kind it was, but nothing that somebody typed, sent or is.

An error's own words may quote a form, a row (PostgreSQL's DETAIL) or a mail server's answer. So they go through `trace_of`,
which leaves out mail addresses, rows, and every value that is known to be private just now; a canary test plays the product
and looks (tests/abuse/test_logs.py).
"""

import re
import traceback
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from app.config import Config

LEFT_OUT = "…"
SHORTEST_PRIVATE = 4
"""Characters. Shorter values stand in every text by chance, and are no secrets."""
ADDRESS = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
ROWS = re.compile(
    r"^(.*\b(?:DETAIL|CONTEXT)\s*:).*(?:\n(?![A-Z]+:|\s+File |\w+(?:\.\w+)*(?:Error|Exception)\b).*)*",
    re.MULTILINE,
)
"""From PostgreSQL's `DETAIL:  Key (email)=(…) already exists.` to the end of what it tells."""
TOKEN = re.compile(r"(?<=/)(?=[^/?# ]*[A-Za-z0-9_-]{20})[^/?# ]+")
"""A part of an address with so many letters in a row that it may be somebody's key: to a reset, an invitation or a file."""


def trace_of(error: BaseException, config: Config, sent: Iterable[str] = ()) -> str:
    """The trace of an error for the log. `sent` is what a request brought along, if one was being answered."""
    return discreet("".join(traceback.format_exception(error)), [*secrets_of(config), *sent])


def discreet(text: str, private: Iterable[str] = ()) -> str:
    """The text without mail addresses, rows that a database quotes, and these values."""
    for value in sorted({v for v in private if len(v) >= SHORTEST_PRIVATE}, key=len, reverse=True):
        text = text.replace(value, LEFT_OUT).replace(repr(value)[1:-1], LEFT_OUT)
    return ADDRESS.sub(LEFT_OUT, ROWS.sub(rf"\1 {LEFT_OUT}", text))


def secrets_of(config: Config) -> list[str]:
    """What the configuration keeps to itself."""
    urls = [urlsplit(url).password or "" for url in (config.database_url, config.outbound_proxy)]
    mail = config.mail_server.password if config.mail_server else ""
    found = [
        config.secret,
        config.github_token,
        config.github_app_key,
        mail,
        config.bucket.secret if config.bucket else "",
        *(provider.client_secret for provider in config.oidc_providers),
        *urls,
        *config.github_webhook_secrets,
    ]
    return [*found, *(quote(value, safe="") for value in found), *(unquote(value) for value in urls)]


def quiet_address(path: str) -> str:
    """The path of a request without what is asked for and without keys or mail addresses in it."""
    return discreet(TOKEN.sub(LEFT_OUT, unquote(path.partition("?")[0])))
