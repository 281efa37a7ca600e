"""Asks GitHub, or a server that speaks like it, and says by type what came of it; never raises for what a server does.

The only importer of github3.py, of which its session alone is used: what it makes of answers loses what must be known
(a 202 is an empty list to it, a limit looks like a missing permission, and a token follows a link to any host).
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from github3.session import GitHubSession

from workflows.github import reading
from workflows.github.credentials import STRANGE, Credentials, Speaker
from workflows.github.exchange import Authorization, exchange, late
from workflows.github.limits import Limits
from workflows.github.names import BY_NUMBER, FULL_NAME, path_of
from workflows.github.outcomes import (
    Blocked,
    Forbidden,
    Fresh,
    Gone,
    Limited,
    Malformed,
    Refusal,
    Reply,
    Unavailable,
    Unchanged,
)
from workflows.runtime.exchange import Answer, Session, WatchedAdapter

MOST_REDIRECTS = 3
MOST_TRIES = 5
FIRST_WAIT_SECONDS = 0.5
TRY_AGAIN = (202, 500, 502, 503, 504)
JSON = "application/vnd.github+json"
RAW = "application/vnd.github.raw+json"
LIMIT_WORDS = ("rate limit", "abuse detection")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the server knows us."""

    name: str | None
    """Of the App; None for a token."""
    remaining: int | None
    """Requests left until the limit; None where the server has none."""
    resets_at: datetime | None


class _Session(Session, GitHubSession):  # type: ignore[misc]  # the library has no types
    """github3.py's, which sees no redirects."""


class Client:
    """One who asks; used by one thread at a time. Others, in other processes too, share its limits.

    `deadline_seconds` bounds one `get` with all its retries and redirects, `most_bytes` the body of an answer, unpacked.
    """

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        limits: Limits,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        deadline_seconds: float = 30.0,
        most_bytes: int = 10_000_000,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.deadline_seconds = deadline_seconds
        self.most_bytes = most_bytes
        self._credentials = credentials
        self._limits = limits
        self._clock, self._now, self._sleep = clock, now, sleep
        self._session = _Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, WatchedAdapter())

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        etag: str | None = None,
        raw: bool = False,
    ) -> Reply:
        """What is at `path`, which stays below /repos/{owner}/{name} (or /repositories/{number}) or is not asked for at all.

        `path` is plain text, escaped here. With the `etag` of an earlier answer the reply may be Unchanged. With `raw` the
        bytes of a file, else parsed JSON. A repository that was renamed answers under its former name: compare full_name.
        """
        wire = path_of(path)
        if wire is None or (etag is not None and not (etag.isascii() and etag.isprintable())):
            return Malformed("リポジトリの外を指す名前なので、問い合わせません。")
        known = None if BY_NUMBER.match(path) else FULL_NAME.match(path.removeprefix("/repos/"))
        end = self._clock() + self.deadline_seconds
        headers = {"Accept": RAW if raw else JSON, **({"If-None-Match": etag} if etag else {})}

        def ask(method: str, there: str, authorization: Authorization, who: str) -> Reply:
            return self._asked(method, there, Speaker(authorization, who), end)

        reply: Reply = late()
        for _ in range(2):
            speaker = self._credentials.speaker(known[0] if known else None, ask, self._now())
            if not isinstance(speaker, Speaker):
                return speaker
            reply = self._asked("GET", wire, speaker, end, params=params, headers=headers, raw=raw)
            if not (isinstance(reply, _Unknown) and self._credentials.refused(speaker)):
                break
        return Forbidden(reply.because) if isinstance(reply, _Unknown) else reply

    def standing(self) -> Standing | Refusal:
        """Whether the server answers, knows us, and how much it still allows."""
        speaker, path = self._credentials.itself(self._now())
        reply = self._asked("GET", path, speaker, self._clock() + self.deadline_seconds)
        if isinstance(reply, Gone):  # a server without limits has no such page
            return Standing(None, None, None)
        if isinstance(reply, Unchanged) or (isinstance(reply, Fresh) and not isinstance(reply.data, dict)):
            return Malformed(STRANGE)
        if not isinstance(reply, Fresh):
            return Forbidden(reply.because) if isinstance(reply, _Unknown) else reply
        name, rate = reply.data.get("name"), reply.data.get("rate")
        found = rate if isinstance(rate, dict) else {}
        left, resets = found.get("remaining"), found.get("reset")
        return Standing(
            name if isinstance(name, str) else None,
            left if isinstance(left, int) else None,
            datetime.fromtimestamp(resets, UTC) if isinstance(resets, int) and 0 < resets < 1e11 else None,
        )

    def _asked(
        self,
        method: str,
        path: str,
        speaker: Speaker,
        end: float,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bool = False,
    ) -> Reply:
        """Asks until there is an answer, the tries or the time are used up, or a limit is met."""
        url, redirects, tries = self.base_url + path, 0, 0
        while True:
            if until := self._limits.blocked_until(self._now(), speaker.who):
                return Limited(until)
            said = exchange(
                self._session, method, url, params=params, headers=headers or {"Accept": JSON},
                authorization=speaker.authorization, seconds=end - self._clock(), most_bytes=self.most_bytes,
            )  # fmt: skip
            if isinstance(said, Malformed):
                return said
            if isinstance(said, Answer):
                if limited := self._limited(said, speaker.who):
                    return limited
                if said.status in (301, 302, 307, 308) and method == "GET":
                    target, redirects = self._target(url, said), redirects + 1
                    if target is None or redirects > MOST_REDIRECTS:
                        return Malformed("GitHub の外か、終わりのない先へ案内されました。")
                    url, params = target, None
                    continue
                if said.status not in TRY_AGAIN:
                    return self._reply(said, raw)
            tries += 1
            wait = self._wait(said, tries)
            if tries >= MOST_TRIES or wait >= end - self._clock():
                return _no_answer(said)
            self._sleep(wait)

    def _wait(self, said: Answer | Unavailable, tries: int) -> float:
        """Seconds before the next try: longer each time, never the same for two who failed together."""
        wait: float = FIRST_WAIT_SECONDS * 2 ** (tries - 1) * random.uniform(0.5, 1.5)
        told = reading.retry_after(said.headers, self._now()) if isinstance(said, Answer) else None
        return max(wait, told.total_seconds() if told else 0.0)

    def _limited(self, said: Answer, who: str) -> Limited | None:
        """Notes what the headers say, before anybody hears of the answer; Limited where it is no answer but a limit."""
        now = self._now()
        left, resets = reading.remaining(said.headers), reading.resets_at(said.headers, now)
        if said.status not in (403, 429):
            self._limits.note(now, who, remaining=left, resets_at=resets)
            return None
        told = reading.retry_after(said.headers, now)
        message = (reading.message_of(said.body) or "").lower()
        if said.status == 403 and told is None and left != 0 and not any(w in message for w in LIMIT_WORDS):
            self._limits.note(now, who, remaining=left, resets_at=resets)
            return None
        until = now + told if told else resets if left == 0 and resets else now + reading.A_WHILE
        self._limits.note(now, who, remaining=left, resets_at=resets, blocked_until=until)
        return Limited(until)

    def _target(self, url: str, said: Answer) -> str | None:
        """Where a redirect leads, if that is a repository of the same server: whoever asks shows the token there."""
        try:
            target = urljoin(url, said.headers.get("Location", ""))
            there, here = urlsplit(target), urlsplit(self.base_url)
            ours = (there.scheme, there.hostname, there.port, there.username) == (
                here.scheme,
                here.hostname,
                here.port,
                None,
            )
        except ValueError:
            return None
        below = there.path.removeprefix(here.path)
        stays = there.path.startswith(here.path) and path_of(below) is not None
        return target if ours and stays and "\\" not in target else None

    def _reply(self, said: Answer, raw: bool) -> Reply:
        etag = said.headers.get("ETag")
        match said.status:
            case 200 | 201 if raw:
                if "html" in said.headers.get("Content-Type", "").lower():
                    return Malformed(STRANGE)
                return Fresh(said.body, etag)
            case 200 | 201:
                try:
                    return Fresh(reading.parsed(said.body), etag, reading.last_page(said.headers))
                except ValueError:
                    return Malformed(STRANGE)
            case 204:
                return Fresh(None, etag)
            case 304:
                return Unchanged()
        message = reading.message_of(said.body)
        if (
            message is None
        ):  # something on the way refused, in its own words: of the repository nothing is known
            return Malformed(f"{STRANGE}（{said.status}）")
        match said.status:
            case 404 | 410:
                return Gone(said.status)
            case 451:
                return Blocked()
            case 401:
                return _Unknown("GitHub がトークンを受け付けません。期限が切れたか、取り消されています。")
            case 403:
                return Forbidden("このトークンでは見られません。権限を確かめてください。")
            case 409 if "empty" in message.lower():  # a repository without a commit
                return Fresh(None)
        return Malformed(f"GitHub が問い合わせを受け付けません（{said.status}）。")


class _Unknown(Forbidden):
    """401: it is not known who asks."""


def _no_answer(said: Answer | Unavailable) -> Unavailable:
    if isinstance(said, Unavailable):
        return said
    if said.status == 202:
        return Unavailable("GitHub がまだ数えている途中です。")
    return Unavailable(f"GitHub が応答できない状態です（{said.status}）。")
