"""Webhooks as GitHub sends them: whose they are, what they are about, and the little of them that is queued.

A delivery is believed for its signature over the raw body, and heard once for its id. Of one that is about no linked
repository nothing is kept, not even a name. The queue is worked through by `deliveries`.
"""

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from workflows.github.names import is_full_name
from workflows.runtime.transaction import reading, writing
from workflows.tables.repositories import ForgeState, FormerName, HookDelivery, Repository, RepositoryLink

LARGEST_BODY = 5_000_000
"""Bytes. GitHub sends up to 25 MB; what is larger than this is a push of thousands of commits, which the next look sees anyway."""
EVERY_ACTION = None
HEARD: Mapping[str, frozenset[str] | None] = {
    "ping": EVERY_ACTION,
    "push": EVERY_ACTION,
    "release": EVERY_ACTION,
    "repository": EVERY_ACTION,
    "issues": frozenset({"opened", "closed", "reopened", "deleted", "transferred"}),
    "pull_request": frozenset({"opened", "closed", "reopened"}),
    "check_suite": frozenset({"completed"}),
    "workflow_run": frozenset({"completed"}),
    "installation": EVERY_ACTION,
    "installation_repositories": EVERY_ACTION,
}
"""Event -> its actions that can change a fact. Everything else is accepted and ignored."""
STATUS = {
    "unknown": 404,
    "rate_limited": 429,
    "too_large": 413,
    "unsigned": 401,
    "wrong_signature": 401,
    "malformed": 400,
    "duplicate": 409,
}
"""Why a delivery is not heard -> its HTTP status, in the order in which it is looked at."""
INEXACT_LICENCE = re.compile(r"NOASSERTION|[AL]?GPL-\d\.\d")
"""Names by which GitHub says less than a look finds out (which GNU licence it is: "only", or "or later"): left to the look."""
LARGEST_ID = 2**63
AT_ONCE = 500
"""Repositories of an installation that are searched for in one statement."""


class NotHeard(Exception):
    """A delivery that is refused: `reason` is one of STATUS, `message` a Japanese sentence for who set the webhook up."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class About:
    """A repository that a delivery names."""

    forge_id: int
    full_name: str
    was: str | None = None
    """The name before a rename or a transfer that this delivery tells of."""

    @property
    def keys(self) -> list[str]:
        """The name it has, then the one it had."""
        return [name.lower() for name in (self.full_name, self.was) if name]


@dataclass(frozen=True, slots=True)
class Notice:
    """What is taken from a payload: facts that were so at `happened_at`. Without a time there are none."""

    about: Sequence[About]
    facts: Mapping[str, Any]
    happened_at: datetime | None


def check_signature(secrets: Sequence[str], body: bytes, signature: str | None) -> None:
    """Refused unless X-Hub-Signature-256 is the HMAC of the raw body under one of the secrets, each compared in constant time."""
    if not signature:
        raise NotHeard(
            "unsigned",
            "署名（X-Hub-Signature-256）がありません。GitHub の Webhook に secret を設定してください。",
        )
    given = signature.encode("utf-8", "replace")
    fits = [
        hmac.compare_digest(f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}".encode(), given)
        for secret in secrets
    ]
    if not any(fits):
        raise NotHeard(
            "wrong_signature",
            "署名が合いません。GitHub の Webhook の secret と KYOSO_GITHUB_WEBHOOK_SECRETS を合わせてください。",
        )


def receive(engine: sa.Engine, event: str, delivery: str, body: bytes, received_at: datetime) -> bool:
    """Queues a delivery whose signature holds; False where it is of no use here and nothing was kept. Refused by NotHeard."""
    if not re.fullmatch(r"[0-9A-Za-z-]{1,64}", delivery):
        raise NotHeard("malformed", "配信の番号（X-GitHub-Delivery）がないか、読めません。")
    notice = read(event, _parsed(body), received_at)
    if notice is None:
        return False
    with reading(engine) as session:
        found = _linked(session, notice.about)
        if not found:
            return False
        if session.exec(select(HookDelivery.delivery).where(HookDelivery.delivery == delivery)).first():
            raise _replayed()
    happened_at = notice.happened_at.isoformat() if notice.happened_at else None
    try:
        with writing(engine) as session:
            for repository_id, about in found.items():
                kept = {
                    "forge_id": about.forge_id,
                    "full_name": about.full_name,
                    "happened_at": happened_at,
                    "facts": dict(notice.facts),
                }
                session.add(
                    HookDelivery(
                        delivery=delivery,
                        repository_id=repository_id,
                        event=event,
                        received_at=received_at,
                        body=kept,
                    )
                )
    except IntegrityError:  # the same delivery twice at the same moment
        raise _replayed() from None
    return True


def _replayed() -> NotHeard:
    return NotHeard("duplicate", "この配信はすでに受け取っています。")


def _malformed() -> NotHeard:
    return NotHeard(
        "malformed", "GitHub の知らせとして読めません。Content type は application/json にしてください。"
    )


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):  # no JSON, no UTF-8, an absurd number; brackets without end
        raise _malformed() from None
    if not isinstance(payload, dict):
        raise _malformed()
    return payload


def read(event: str, payload: Mapping[str, Any], received_at: datetime) -> Notice | None:
    """What a payload says of repositories, or None where the event is none of HEARD. Refused `malformed`."""
    if event not in HEARD:
        return None
    action, actions = str(payload.get("action")), HEARD[event]
    if actions is not None and action not in actions:
        return None
    if event.startswith("installation"):
        lists = (payload.get(name) for name in ("repositories", "repositories_added", "repositories_removed"))
        # What an App may see has changed: that is no fact of a repository, but a reason to look at it.
        return Notice([_about(entry) for entries in lists for entry in _entries(entries)], {}, None)
    if payload.get("repository") is None:  # the ping of an organization's webhook
        return None
    about = _about(payload["repository"], payload.get("changes"))
    if event == "repository" and action == "deleted":
        # The times in the payload are of its last change, not of its end.
        return Notice([about], {"gone": True}, received_at)
    happened_at = _changed_at(payload["repository"])
    # A clock that runs ahead must not silence what comes later.
    happened_at = min(happened_at, received_at) if happened_at else None
    return Notice([about], _facts(payload["repository"]) if happened_at else {}, happened_at)


def _entries(value: Any) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise _malformed()
    return value or []


def _about(entry: Any, changes: Any = None) -> About:
    """The repository of an entry, by what it says and by the name that `changes` says it had. Refused `malformed`."""
    if not isinstance(entry, dict):
        raise _malformed()
    forge_id, full_name = entry.get("id"), entry.get("full_name")
    if isinstance(forge_id, bool) or not isinstance(forge_id, int) or not 0 < forge_id < LARGEST_ID:
        raise _malformed()
    if not isinstance(full_name, str) or not is_full_name(full_name):
        raise _malformed()
    owner, _, name = full_name.partition("/")
    before = _inside(changes, "owner", "from")
    owner_before = _inside(before, "user", "login") or _inside(before, "organization", "login") or owner
    name_before = _inside(changes, "repository", "name", "from") or name
    was = f"{owner_before}/{name_before}"
    return About(forge_id, full_name, was if was != full_name and is_full_name(was) else None)


def _inside(value: Any, *path: str) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _facts(repository: Mapping[str, Any]) -> dict[str, Any]:
    """Those by which a flag falls at once. A look sees everything else better, and is asked for by every delivery."""
    facts: dict[str, Any] = {}
    if isinstance(repository.get("archived"), bool):
        facts["archived"] = repository["archived"]
    licence = repository.get("license", {})
    name = None if licence is None else _inside(licence, "spdx_id")
    if licence is None or (
        isinstance(name, str)
        and re.fullmatch(r"[A-Za-z0-9.+-]{1,100}", name)
        and not INEXACT_LICENCE.fullmatch(name)
    ):
        facts["licence_spdx"] = name
    return facts


def _changed_at(repository: Mapping[str, Any]) -> datetime | None:
    """The latest change that the repository itself says it has: whatever a payload shows of it was so then."""
    times = [_moment(repository.get(name)) for name in ("updated_at", "pushed_at")]
    return max((at for at in times if at), default=None)


def _moment(value: Any) -> datetime | None:
    """An ISO time, or seconds since 1970 as in the event `push`; None for anything else."""
    try:
        if isinstance(value, int):
            return datetime.fromtimestamp(value, UTC)
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _linked(session: Session, about: Sequence[About]) -> dict[int, About]:
    """The repositories linked here that are meant, each with what names it: by GitHub's number where it is known, else by a
    name it has or had. One of the same name and another number is a stranger who took the name over."""
    live = sa.exists().where(
        col(RepositoryLink.repository_id) == Repository.id, col(RepositoryLink.unlinked_at).is_(None)
    )
    rows = select(Repository.id, ForgeState.forge_id, Repository.key)
    rows = rows.outerjoin(ForgeState, col(ForgeState.repository_id) == Repository.id).where(live)
    unnumbered = rows.where(col(ForgeState.forge_id).is_(None))
    formerly = unnumbered.add_columns(col(FormerName.key))
    formerly = formerly.join(FormerName, col(FormerName.repository_id) == Repository.id)
    found: dict[int, About] = {}
    for start in range(0, len(about), AT_ONCE):
        some = about[start : start + AT_ONCE]
        keys = {key for one in some for key in one.keys}
        numbered = rows.where(col(ForgeState.forge_id).in_([one.forge_id for one in some]))
        by_number = {number: id_ for id_, number, _ in session.exec(numbered)}
        by_name = {key: id_ for id_, _, key in session.exec(unnumbered.where(col(Repository.key).in_(keys)))}
        by_former = {
            former: id_
            for id_, _, _, former in session.connection().execute(
                formerly.where(col(FormerName.key).in_(keys))
            )
        }
        for one in some:
            ways = [
                by_number.get(one.forge_id),
                *(names.get(k) for names in (by_name, by_former) for k in one.keys),
            ]
            id_ = next((way for way in ways if way), None)
            if id_:
                found.setdefault(id_, one)
    return found
