"""Guessing passwords and codes is slowed: failed sign-ins counted by account and by address, in the database, so that it holds across processes."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Request
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, update

from app.db import writing
from app.route import house
from workflows.runtime.addresses import Network, literal
from workflows.tables.people import SignInFailure

FORGOTTEN_AFTER = timedelta(hours=24)
LONGEST_WAIT = timedelta(minutes=15)
FREE_TRIES = {"account": 4, "address": 40, "second": 4, "mail": 2, "mailer": 40}
"""Failures without a wait. One address may be a whole town hall behind one gateway, so it has more. `second` counts codes tried
for an account, `mail` and `mailer` links to set a password that were asked for: by account, and by address."""


@dataclass(frozen=True)
class Attempt:
    """One attempt to sign in, by the digests of what it is counted under: no mail address and no IP address is stored."""

    account: str
    address: str

    @property
    def keys(self) -> tuple[str, str]:
        return self.account, self.address


def attempt(
    secret: str, account: str, address: str, kinds: tuple[str, str] = ("account", "address")
) -> Attempt:
    """The attempt on an account (known or not) from an address, counted as these two of FREE_TRIES. `secret` keys the digests."""
    of_account, of_address = (
        digest_of(secret, kinds[0], account.strip().lower()),
        digest_of(secret, kinds[1], address),
    )
    return Attempt(f"{kinds[0]}:{of_account}", f"{kinds[1]}:{of_address}")


def digest_of(secret: str, kind: str, text: str) -> str:
    """By which an account or an address is known again, and not known."""
    return hmac.digest(secret.encode(), f"{kind}:{text}".encode(), "sha256").hex()


def wait_after(kind: str, failures: int) -> timedelta:
    """How long to wait after so many failures: nothing at first, then 1, 2, 4 … seconds, at most LONGEST_WAIT."""
    beyond = failures - FREE_TRIES[kind]
    if beyond <= 0:
        return timedelta()
    return min(timedelta(seconds=2 ** min(beyond - 1, 20)), LONGEST_WAIT)


def charge(engine: Engine, tried: Attempt, now: datetime) -> timedelta | None:
    """Counts an attempt as failed before it is looked at, so that many at once are counted each; None where it may go on.

    Else how long to wait: then nothing is counted, or impatience would never end. `forgive` takes the count back.
    """
    for last_try in (False, True):
        try:
            with writing(engine) as session:
                rows = {key: _row(session, key, now) for key in tried.keys}
                waits = [
                    row.last_at + wait_after(key.split(":")[0], row.count) - now for key, row in rows.items()
                ]
                if max(waits) > timedelta():
                    return max(waits)
                for row in rows.values():
                    row.count, row.last_at = row.count + 1, now
                return None
        except IntegrityError:  # two first failures at the same moment
            if last_try:
                raise
    raise AssertionError("unreachable")


def forgive(engine: Engine, tried: Attempt) -> None:
    """A right password clears its account, and takes back what it counted against its address."""
    key, count = col(SignInFailure.key), col(SignInFailure.count)
    with writing(engine) as session:
        session.exec(delete(SignInFailure).where(key == tried.account))
        session.exec(update(SignInFailure).where(key == tried.address, count > 0).values(count=count - 1))


def _row(session: Session, key: str, now: datetime) -> SignInFailure:
    row = session.get(SignInFailure, key, with_for_update=True)
    if row is None:
        row = SignInFailure(key=key, count=0, last_at=now)
        session.add(row)
        session.flush()
    elif now - row.last_at > FORGOTTEN_AFTER:
        row.count, row.last_at = 0, now
    return row


def address_of(request: Request) -> str:
    """Where a request comes from. Behind proxies that the configuration names it is what the first of them saw: read from the
    end of X-Forwarded-For, past our own. From anybody else the header could say anything and is not read."""
    proxies = house().config.proxies
    address = request.remote_addr or ""
    for said in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not _is_one_of(proxies, address):
            break
        if literal(said.strip()) is None:
            break
        address = said.strip()
    return address


def _is_one_of(networks: Sequence[Network], address: str) -> bool:
    found = literal(address)
    return found is not None and any(found in network for network in networks)
