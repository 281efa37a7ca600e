"""The link of a reminder by which somebody confirms their local government's statement without signing in.

It carries the statement, the person, its last day and a code that only this site's secret makes of the three: no table holds it.
What it can do is little, and asked afresh when it is used: renew what the town itself has said, as a person who may do so now.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from app.db import reading
from app.sealing import keyed
from stages.lifecycle import timely
from stages.permissions import Standing, may
from workflows.calendar import tokyo_day
from workflows.registry import perform
from workflows.runtime.actors import Hat, speaker
from workflows.runtime.mailer import ADOPTION
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization, User
from workflows.tables.products import Adoption, Product

VERB = "adoption.reconfirm"
_TOKEN = re.compile(r"([1-9]\d{0,9})\.([1-9]\d{0,9})\.(\d{8})\.([\w-]{43})", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """A statement as its link shows it. `state`: open, answered (it or another one stands since), expired, or denied (the
    person may not speak for the local government now); then nothing of the statement is shown."""

    state: str
    email: str
    person: str
    org: str
    org_slug: str
    org_code: str
    product: str
    product_slug: str
    statement: int
    status: str
    since: date | None
    confirmed_on: date
    until: date


def link(secret: str, about: str) -> str | None:
    """The path of the link that a reminder carries; None for any other mail."""
    if not about.startswith(ADOPTION):
        return None
    named = about.removeprefix(ADOPTION).replace(":", ".")
    return f"/adoptions/{named}.{_code(secret, named)}"


def _code(secret: str, named: str) -> str:
    return keyed(secret, "adoption", named)


def find(engine: Engine, secret: str, token: str, now: datetime) -> Asked | None:
    """The statement of a link; None where nobody was ever sent it."""
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        return None
    named, _, code = token.rpartition(".")
    if not hmac.compare_digest(code.encode(), _code(secret, named).encode()):
        return None
    columns: list[Any] = [Adoption, Product, Idea.status, Idea.stage, Organization, User]
    with reading(engine) as session:
        found = session.exec(
            select(*columns)
            .select_from(Adoption)
            .join(Product, col(Product.id) == Adoption.product_id)
            .join(Idea, col(Idea.id) == Product.idea_id)
            .join(Organization, col(Organization.id) == Adoption.org_id)
            .join(User, col(User.id) == int(parts[2]))
            .where(Adoption.id == int(parts[1]))
        ).first()
        if found is None:
            return None
        statement, product, status, stage, org, person = found
        held = speaker(session, person.email, Hat(org.slug, by_link=True)).actor
    until = _day(parts[3])
    state = "open"
    if may(held, VERB, Standing(own=None)) or org.closed_on is not None or timely(VERB, status, stage):
        state = "denied"
    elif statement.replaced_at is not None:
        state = "answered"
    elif tokyo_day(now) > until:
        state = "expired"
    return Asked(
        state, person.email, person.name, org.name, org.slug, org.lgcode or org.slug, product.name,
        product.slug, statement.id, statement.status, statement.since, tokyo_day(statement.confirmed_at), until,
    )  # fmt: skip


def _day(digits: str) -> date:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def confirm(engine: Engine, asked: Asked, now: datetime) -> None:
    """Says that the statement still holds, as the person of the link. Raises Refused: also `stale`, where it no longer stands."""
    hat = Hat(asked.org_slug, by_link=True)
    command = {"product": asked.product_slug, "org": asked.org_slug, "statement": asked.statement}
    perform(engine, VERB, command, asked.email, now, hat=hat)
