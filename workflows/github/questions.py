"""Questions about one repository: how they are asked, and what ends a look."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from workflows.github import pieces
from workflows.github.outcomes import (
    Blocked,
    Forbidden,
    Fresh,
    Gone,
    Limited,
    Malformed,
    Page,
    Refusal,
    Reply,
    Unavailable,
    Unchanged,
)

STRANGE = "GitHub の答えではないものが返ってきました。"
MOVED = "見ている間にリポジトリの名前が変わりました。次の確認で見ます。"


class Asks(Protocol):
    """What is needed of a client."""

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        etag: str | None = None,
        raw: bool = False,
    ) -> Reply: ...


class Ended(Exception):
    """Nothing can be said of the repository now."""

    def __init__(self, why: Refusal) -> None:
        super().__init__()
        self.why = why


class Questions:
    """What one look asks of GitHub: counted, conditional where an answer is kept, each answer noted with the facts it gave."""

    def __init__(self, client: Asks, kept: Mapping[str, Page], now: datetime) -> None:
        self.client = client
        self.kept = kept
        self.now = now
        self.name = ""
        self.requests = 0
        self.pages: dict[str, Page] = {}
        self.facts: dict[str, Any] = {}
        self.seen: dict[str, list[str]] = {}
        self.missed = False

    def get(self, path: str, params: Mapping[str, str | int] | None = None, etag: str | None = None) -> Reply:
        self.requests += 1
        return self.client.get(path, params, etag=etag)

    def page(self, reply: Fresh, read: Callable[[Any], dict[str, Any]]) -> Page:
        try:
            return Page(reply.etag, read(reply.data))
        except pieces.Strange:
            raise Ended(Malformed(STRANGE)) from None

    def ask(
        self,
        key: str,
        path: str,
        read: Callable[[Fresh], dict[str, Any]],
        params: Mapping[str, str | int] | None = None,
    ) -> dict[str, Any] | None:
        """A part of the repository as a piece; None where this token may not see it. Ends the look where there is no answer."""
        known = self.kept.get(key)
        reply = self.get(f"/repos/{self.name}{path}", params, etag=known.etag if known else None)
        match reply:
            case Fresh():
                page = self.page(reply, lambda _: read(reply))
            case Unchanged() if known is not None:
                page = known
            case Gone():
                self.missed = True
                return None
            case Forbidden() | Blocked():
                return None
            case _:
                raise Ended(refusal_of(reply))
        self.pages[key] = page
        found: dict[str, Any] = page.piece
        return found

    def more(self, path: str, params: Mapping[str, str | int], number: int) -> Any:
        """A further page of a list of which the first was new."""
        reply = self.get(f"/repos/{self.name}{path}", {**params, "page": number})
        if isinstance(reply, Fresh):
            return reply.data
        raise Ended(Unavailable(MOVED) if isinstance(reply, Gone) else refusal_of(reply))

    def note(self, path: str, **facts: Any) -> None:
        at = self.now.astimezone(UTC).isoformat()
        for name, value in facts.items():
            self.facts[name] = value
            self.seen[name] = [at, path]


def refusal_of(reply: Reply) -> Refusal:
    """Why a look ends; an answer that was not asked for is no answer."""
    if isinstance(reply, Gone | Blocked | Forbidden | Limited | Unavailable | Malformed):
        return reply
    return Malformed(STRANGE)
