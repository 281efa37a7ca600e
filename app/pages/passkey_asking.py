"""What a page asks of a passkey, and what was answered: the challenge waits in the form cookie, and holds a quarter of an hour."""

from datetime import timedelta

from flask import request, session

from app import passkeys
from app.route import house

HOLDS = timedelta(minutes=15)
ASKED = "passkey"


def challenge() -> str:
    """The one that this browser was asked last, or a new one."""
    now = int(house().now().timestamp())
    asked = session.get(ASKED)
    if asked and now - asked["at"] < HOLDS.total_seconds() / 2:
        return str(asked["challenge"])
    session[ASKED] = {"challenge": passkeys.new_challenge(), "at": now}
    return str(session[ASKED]["challenge"])


def to_show() -> str | None:
    """The question for a sign-in, as JSON; None where this site has no passkeys."""
    at = passkeys.site(house().config.base_url)
    return passkeys.asked_to_show(at, challenge()) if at is not None else None


def answered() -> tuple[passkeys.Site, str, str]:
    """Site, answer and the challenge that it must be of; each challenge is taken once. Raises PasskeyRefused."""
    at = passkeys.site(house().config.base_url)
    asked = session.pop(ASKED, None)
    if at is None or not asked or house().now().timestamp() - asked["at"] > HOLDS.total_seconds():
        raise passkeys.PasskeyRefused
    return at, request.form.get("answer", ""), str(asked["challenge"])
