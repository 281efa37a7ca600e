"""GitHub's side of a webhook in tests: payloads of its shape, signed as it signs them."""

import hmac
import json
from datetime import datetime
from itertools import count
from typing import Any

from sqlmodel import Session, col, select

from tests.country import Country
from workflows.github.deliveries import work_through
from workflows.github.webhooks import receive
from workflows.tables.repositories import FormerName, Repository, Snapshot

SECRET = "a secret that only GitHub and the tests know"
FULL_NAME, FORGE_ID = "kazemirai/madoguchi-faq", 186853002
_serial = count(1)


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()


def a_repository(
    at: datetime,
    full_name: str = FULL_NAME,
    forge_id: int = FORGE_ID,
    *,
    licence: str | None = "MIT",
    **more: Any,
) -> dict[str, Any]:
    """The part of a payload that is about the repository, as it is since `at`."""
    owner, name = full_name.split("/")
    return {
        "id": forge_id,
        "name": name,
        "full_name": full_name,
        "private": False,
        "owner": {"login": owner},
        "description": None,
        "archived": False,
        "license": {"key": licence.lower(), "spdx_id": licence} if licence else None,
        "updated_at": at.isoformat().replace("+00:00", "Z"),
        "pushed_at": at.isoformat().replace("+00:00", "Z"),
        "default_branch": "main",
        **more,
    }


def a_payload(action: str | None, repository: dict[str, Any], **more: Any) -> dict[str, Any]:
    said = {"action": action} if action else {}
    return {**said, "repository": repository, "sender": {"login": "hito-no-namae"}, **more}


def renamed(before: str, after: dict[str, Any]) -> dict[str, Any]:
    return a_payload("renamed", after, changes={"repository": {"name": {"from": before.split("/")[1]}}})


def hears(country: Country, event: str, payload: dict[str, Any], delivery: str = "") -> bool:
    """Queues a delivery; whether anything of it was kept."""
    body = json.dumps(payload).encode()
    country._seen = None
    return receive(country.engine, event, delivery or f"d-{next(_serial)}", body, country.now)


def works(country: Country) -> int:
    country._seen = None
    return work_through(country.engine, country.now)


def facts(country: Country) -> dict[str, Any]:
    """What is known last of the repository."""
    with Session(country.engine) as session:
        newest = select(Snapshot).order_by(col(Snapshot.taken_at).desc(), col(Snapshot.id).desc())
        found = session.exec(newest.limit(1)).first()
        return found.facts if found else {}


def names(country: Country) -> tuple[str, set[str]]:
    """The name of the one repository, and the keys of its former ones."""
    with Session(country.engine) as session:
        return session.exec(select(Repository.full_name)).one(), set(session.exec(select(FormerName.key)))
