"""What may be repeated how often: counted in the database, so that it holds across processes, and only where it is worth a write.

Counted: acts (by person, or by address where nobody signed in), everything about signing in, its keys and links (by address; wrong
passwords are slowed besides, app/sign_in_limits.py), searches and downloads (by person or address), refused webhooks (by address). A page
that is merely looked at is not counted, nor is a form about signing in: reading writes nothing. docs/decisions/0020-keeping-out.md
"""

import hmac
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask, Request, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from werkzeug.exceptions import TooManyRequests

from app import security_log
from app.languages import counted
from app.route import Refusal, guard_of, house, local, shown_or_home
from app.sign_in_limits import address_of
from workflows.runtime.transaction import writing
from workflows.tables.machinery import RateCount

MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class Limit:
    """At most so many of a kind within a time that begins with the first."""

    kind: str
    most: int
    within: timedelta


A_MINUTE = timedelta(minutes=1)
ACTS = Limit("acts", 120, A_MINUTE)
"""Of one person: two a second, for a whole minute, is no hand. A draft saves itself every few seconds at most."""
SIGNING = Limit("signing", 120, A_MINUTE)
"""Of one address, which may be a town hall whose clerks all come at half past eight."""
SEARCHES = Limit("searches", 120, A_MINUTE)
DOWNLOADS = Limit("downloads", 60, A_MINUTE)
MERE_FORMS = frozenset({"sign_in", "second_step", "forgotten"})
"""Pages about signing in that hold nothing but a form: no secret in their address, and nobody else is asked."""
REFUSED_HOOKS = Limit("refused hooks", 60, A_MINUTE)


class Turnstile:
    """Counts in the database; remembers who is shut out, so that impatience writes nothing."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._lock = threading.Lock()
        self._shut: dict[str, datetime] = {}

    def passes(self, engine: Engine, limit: Limit, who: str, now: datetime) -> timedelta | None:
        """Counts one more; None where that is within the limit, else how long to wait."""
        digest = self._digest(limit, who)
        if wait := self._wait(digest, now):
            return wait
        began_at, count = _counted(engine, digest, now, limit.within)
        if count <= limit.most:
            return None
        until = began_at + limit.within
        security_log.refused("shut_out", kind=limit.kind, until=until.isoformat(timespec="seconds"))
        with self._lock:
            if len(self._shut) >= MOST_REMEMBERED:
                self._shut = {key: end for key, end in self._shut.items() if end > now}
            if len(self._shut) < MOST_REMEMBERED:
                self._shut[digest] = until
        return until - now

    def _digest(self, limit: Limit, who: str) -> str:
        """No mail address and no IP address is stored."""
        return hmac.digest(self._secret, f"{limit.kind}:{who}".encode(), "sha256").hex()

    def _wait(self, digest: str, now: datetime) -> timedelta | None:
        with self._lock:
            until = self._shut.get(digest)
            if until is None or until <= now:
                self._shut.pop(digest, None)
                return None
            return until - now


def _counted(engine: Engine, digest: str, now: datetime, within: timedelta) -> tuple[datetime, int]:
    """One more, in one statement, so that none is lost however many count at once: since when, and how many by now."""
    insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert
    table = RateCount.__table__  # type: ignore[attr-defined]
    is_over = table.c.began_at <= now - within
    statement = (
        insert(table)
        .values(digest=digest, began_at=now, count=1)
        .on_conflict_do_update(
            index_elements=[table.c.digest],
            set_={
                "began_at": sa.case((is_over, now), else_=table.c.began_at),
                "count": sa.case((is_over, 1), else_=table.c.count + 1),
            },
        )
        .returning(table.c.began_at, table.c.count)
    )
    with writing(engine) as session:
        began_at, count = session.connection().execute(statement).one()
    return began_at, count


def set_up(app: Flask) -> None:
    """After who it is and whether the form is ours: nobody else's request is counted against a person."""
    app.extensions["kyoso.rates"] = Turnstile(house(app).config.secret)
    app.before_request(check_the_rate)


def check_the_rate() -> ResponseReturnValue | None:
    limit = limit_of(request)
    wait = None if limit is None else wait_for(limit, _who(limit))
    if wait is None:
        return None
    seconds = max(1, -int(-wait.total_seconds() // 1))
    guard = guard_of(request.endpoint or "")
    if guard is not None and guard.kind == "says":
        return _shown_again(guard.name, seconds)
    raise TooManyRequests(sentence(seconds), retry_after=seconds)


def wait_for(limit: Limit, who: str) -> timedelta | None:
    """Counts one more of the running app's; None where it may go on. For what only its own page knows to count."""
    here = house()
    if not here.config.rate_limits:
        return None
    turnstile: Turnstile = current_app.extensions["kyoso.rates"]
    return turnstile.passes(here.engine, limit, who, datetime.now(UTC))


def limit_of(asked: Request) -> Limit | None:
    """What a request is counted as, if at all."""
    guard = guard_of(asked.endpoint or "")
    if guard is None:
        return None
    if guard.kind == "says":
        return ACTS
    if guard.kind in ("signs", "answers"):
        return None if guard.name in MERE_FORMS and asked.method in ("GET", "HEAD") else SIGNING
    if guard.kind == "reads" and asked.args.get("q", "").strip():
        return SEARCHES
    if guard.kind == "reads" and "." in asked.path.rpartition("/")[2]:
        return DOWNLOADS
    return None


def _who(limit: Limit) -> str:
    person = g.get("signed_in")
    return f"person {person.user_id}" if person and limit is not SIGNING else f"address {address_of(request)}"


def sentence(seconds: int) -> str:
    return gettext(
        "短い間に繰り返されたため、止めています。%(time)sほど待ってから、もう一度行ってください。",
        time=counted("%(n)s 秒", seconds),
    )


def _shown_again(verb: str, seconds: int) -> ResponseReturnValue:
    """An act that was not done: its page again, with what was typed."""
    g.refusal = Refusal(verb, sentence(seconds), typed=request.form, reason="rate_limited")
    if request.headers.get("HX-Request"):
        response = make_response(render_template("parts/not_saved.html"), 429)
    else:
        response = make_response(shown_or_home(local(request.form.get("back")) or "/", 429))
    response.headers["Retry-After"] = str(seconds)
    return response
