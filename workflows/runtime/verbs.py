"""The registry: name -> strict command, function. Pages, API, command line and scenarios all go through `perform`."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from stages.permissions import ROWS
from workflows.runtime.actors import Hat, speaker
from workflows.runtime.commands import Command, parse
from workflows.runtime.refusal import Refused
from workflows.runtime.transaction import writing
from workflows.runtime.work import Work
from workflows.tables.machinery import SaidOnce

C = TypeVar("C", bound=Command)
R = TypeVar("R")
TRIES = 4
"""A deadlock or a lost race is tried again this often."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A way to change the world: its name, the command it takes, the one function that does it."""

    name: str
    command: type[Command]
    function: Callable[[Work, Any], Any]

    @property
    def summary(self) -> str:
        """The first line of the function's documentation."""
        return (self.function.__doc__ or "").strip().split("\n")[0]


REGISTRY: dict[str, Verb] = {}


def verb(name: str, command: type[C]) -> Callable[[Callable[[Work, C], R]], Callable[[Work, C], R]]:
    """Registers a function as the verb of a name. The name must be in the permission matrix."""

    def register(function: Callable[[Work, C], R]) -> Callable[[Work, C], R]:
        if name in REGISTRY or name not in ROWS:
            raise ValueError(f"{name}: said twice, or not in the permission matrix")
        REGISTRY[name] = Verb(name, command, function)
        return function

    return register


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb made or changed: its kind (a table's name), its readable reference and, where it has one, its version."""

    kind: str
    ref: str
    version: int | None = None
    facts: Mapping[str, Any] | None = None


def outcome_of(row: Any) -> Outcome:
    """The outcome of a row: the reference is the first of ref, number, slug, full_name, email that it has."""
    if isinstance(row, Outcome):
        return row
    names = (n for n in ("ref", "number", "slug", "full_name", "email") if hasattr(row, n))
    ref = next((getattr(row, n) for n in names), f"{row.__tablename__}-{row.id}")
    return Outcome(row.__tablename__, ref, getattr(row, "version", None))


def _worth_another_try(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlstate", None)
    return isinstance(error, IntegrityError) or code in ("40001", "40P01")


def _digest(once: str, as_: str, name: str, command: Command) -> str:
    said = json.dumps([once, as_, name, command.model_dump_json()])
    return hashlib.sha256(said.encode()).hexdigest()


def perform(
    engine: sa.Engine,
    name: str,
    payload: Mapping[str, Any],
    as_: str,
    now: datetime,
    once: str | None = None,
    again_after: timedelta | None = None,
    hat: Hat | None = None,
) -> Outcome:
    """Says a verb for the person of a mail address (or `system`): one transaction, whole or not at all.

    `once` is the key of a form or request: the same person saying the same with the same key again (a double click, back
    and send) is given the first outcome, and nothing more is done. With `again_after` so is, whatever the key, who says the
    very same again so soon: a browser that goes back fills a fresh form with the text that was sent. `hat` is the one
    organization for which a person on the pages acts; without it every membership may allow.
    Raises Refused with a reason code; then nothing has been written.
    """
    found = REGISTRY.get(name)
    if found is None:
        raise Refused(
            "invalid", f"「{name}」という操作はありません。綴りを確かめてください。", {"verb": name}
        )
    command = parse(found.command, payload)
    for attempt in range(1, TRIES + 1):
        try:
            with writing(engine) as session:
                work = Work(session, speaker(session, as_, hat), now)
                who = (
                    f"{as_} {hat.org}" if hat else as_
                )  # the same words for another organization are another act
                digests: dict[str, datetime | None] = {}
                if once:
                    digests[_digest(once, who, name, command)] = None
                if again_after:
                    digests[_digest("", who, name, command)] = now - again_after
                stale: dict[str, SaidOnce] = {}
                for digest, since in digests.items():
                    said = session.get(SaidOnce, digest, with_for_update=True)
                    if said is not None and (since is None or said.said_at > since):
                        return Outcome(said.kind, said.ref, said.version)
                    if said is not None:
                        stale[digest] = said
                outcome = outcome_of(found.function(work, command))
                for digest in digests:
                    # Of two that say it at the same moment the second meets the first one's row, and is tried again.
                    row = stale.get(digest) or SaidOnce(
                        digest=digest, kind=outcome.kind, ref=outcome.ref, said_at=now
                    )
                    row.kind, row.ref, row.version, row.said_at = (
                        outcome.kind, outcome.ref, outcome.version, now,
                    )  # fmt: skip
                    session.add(row)
                return outcome
        except DBAPIError as error:
            if attempt == TRIES or not _worth_another_try(error):
                raise
    raise AssertionError("unreachable")
