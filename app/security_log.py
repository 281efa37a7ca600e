"""What the log says of the doors: acts that were refused, requests that were turned away, sign-ins, changed keys. A line each.

Nobody is named. A person is the number that the ledger has (u12); the account that was tried and the address that a request came
from are keyed digests, the same in every line, cut to 16 letters: enough to see that it is one and the same, and no more. Nothing
typed is repeated but references of the form that ours have. docs/decisions/0020-keeping-out.md says what is logged where.
"""

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from flask import g, has_request_context, request
from sqlalchemy import event
from sqlmodel import Session

from app.route import house
from app.sign_in_limits import address_of, digest_of

log = logging.getLogger("kyoso.security")

LETTERS = 16
REFERENCE = re.compile(r"R\d{1,3}-\d{4,6}(?:-[A-Z]\d{1,5}|-[a-z][a-z0-9_]{0,30}){0,3}")
SLUG = re.compile(r"(?!.*[a-z0-9]{20})[a-z][a-z0-9-]{0,39}")
BY_SLUG = frozenset({"org", "product", "event"})


def refused(what: str, /, **facts: Any) -> None:
    """Something did not happen, because it was not allowed or not believed."""
    _note(logging.WARNING, what, facts)


def done(what: str, /, **facts: Any) -> None:
    """Somebody came in, went, or changed a key."""
    _note(logging.INFO, what, facts)


def done_once_stored(session: Session, what: str, /, **facts: Any) -> None:
    """The same, when the transaction that does it is over; nothing where it fails."""
    event.listen(session, "after_commit", lambda _: done(what, **facts), once=True)


def things(form: Mapping[str, str]) -> dict[str, str]:
    """What an act was about, as far as a form names it by references of ours."""
    return {
        name: value
        for name, value in form.items()
        if REFERENCE.fullmatch(value) or (name in BY_SLUG and SLUG.fullmatch(value))
    }


def account(secret: str, email: str) -> str:
    """The account that was tried, whether there is one or not."""
    return digest_of(secret, "account", email.strip().lower())[:LETTERS]


def _note(level: int, what: str, facts: Mapping[str, Any]) -> None:
    found = {"event": what, **_of_the_request(), **{name: value for name, value in facts.items() if value}}
    log.log(level, "%s", json.dumps(found), extra={"facts": found})


def _of_the_request() -> dict[str, str]:
    """Who asks, for which organization, and from where: what is known of it at this moment."""
    if not has_request_context():
        return {}
    found = {"from": digest_of(house().config.secret, "address", address_of(request))[:LETTERS]}
    if (who := g.get("signed_in")) is not None:
        found["who"] = f"u{who.user_id}"
        if who.acting is not None:
            found["for"] = who.acting.slug
    return found
