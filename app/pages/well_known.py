"""`/.well-known/security.txt`: where to tell of a hole, for machines and people that look there first (RFC 9116)."""

from datetime import datetime, timedelta

from flask import Response
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app.route import files, house

GOOD_FOR = timedelta(days=180)
"""RFC 9116 §2.5.5 asks for less than a year. Computed: one that was forgotten would say that nobody is there."""


@files("/.well-known/security.txt")
def security_txt() -> ResponseReturnValue:
    """Not there unless a contact is configured: the operator's, of a role."""
    config = house().config
    if not config.security_contact:
        raise NotFound
    return Response(
        security_text(config.security_contact, config.base_url, house().now()),
        mimetype="text/plain",
        headers={"Cache-Control": "public, max-age=86400"},
    )


def security_text(contact: str, base_url: str, now: datetime) -> str:
    """Good from the day on which it is asked for, so that it changes once a day. Canonical has to be https (§2.5.2)."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {contact}",
        f"Expires: {(day + GOOD_FOR):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: ja, en",
    ]
    if base_url.startswith("https:"):
        lines.append(f"Canonical: {base_url}/.well-known/security.txt")
    return "\n".join(lines) + "\n"
