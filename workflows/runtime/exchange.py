"""One question and its answer over HTTP, within a time and a size, whatever the server does meanwhile.

Nothing of an error is passed on but its kind: it may quote what was sent.
"""

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

LONGEST_SILENCE_SECONDS = 10.0
"""Without a byte; a connection that lives says something sooner."""
PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why there is none: the time was over, no or a broken connection, a certificate that proves nothing, or too much of it."""

    why: Literal["late", "cut", "certificate", "too_large"]


class Session(requests.Session):
    """Sees no redirects: preparing for one requests would read its body, however large, and trip over its address."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    *,
    authorization: requests.auth.AuthBase | None = None,
    headers: Mapping[str, str],
    params: Mapping[str, str | int] | None = None,
    seconds: float,
    most_bytes: int,
) -> Answer | NoAnswer:
    """Asks once. Redirects are answers like others. `seconds` bound all of it: a server that dribbles headers or body is
    hung up on (reads are bounded by their silence alone, and it is never silent)."""
    if seconds <= 0:
        return NoAnswer("late")
    silence = min(seconds, LONGEST_SILENCE_SECONDS)
    try:
        with (
            HangUp(seconds) as watch,
            session.request(
                method, url, params=params, headers=dict(headers), auth=authorization, stream=True,
                allow_redirects=False, timeout=silence,
            ) as response,
        ):  # fmt: skip
            body = b"" if method == "HEAD" else read_body(response, most_bytes)
    except requests.exceptions.SSLError:
        return NoAnswer("late" if watch.is_over else "certificate")
    except requests.Timeout:
        return NoAnswer("late")
    except (requests.RequestException, HTTPError, OSError, ValueError):
        return NoAnswer("late" if watch.is_over else "cut")
    if watch.is_over:
        return NoAnswer("late")
    if body is None:
        return NoAnswer("too_large")
    return Answer(response.status_code, response.headers, body)


def read_body(response: requests.Response, most_bytes: int) -> bytes | None:
    """The body, unpacked; None where it says or turns out to be larger. Raises where it is cut."""
    said = response.headers.get("Content-Length", "")
    if said.isdecimal() and int(said[:20]) > most_bytes:
        return None
    pieces, size = [], 0
    raw: HTTPResponse = response.raw
    while piece := raw.read1(PIECE, decode_content=True):
        size += len(piece)
        if size > most_bytes:
            return None
        pieces.append(piece)
    return b"".join(pieces)


class HangUp:
    """Within it, the connection in use is cut after so many seconds, by another thread, whatever this one waits for."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self.ends_at = time.monotonic() + seconds
        self._guard = threading.Lock()
        self._line: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "HangUp":
        self._before = watching.set(self)
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        watching.reset(self._before)

    def watch(self, line: socket.socket | None) -> None:
        """The connection that is used from now on."""
        with self._guard:
            self._line = line
        if self.is_over:
            self._cut()

    def _cut(self) -> None:
        with self._guard:
            self.is_over = True
            if self._line is not None:
                with suppress(OSError):  # it may have ended by itself
                    self._line.shutdown(socket.SHUT_RDWR)


watching: ContextVar[HangUp | None] = ContextVar("watching", default=None)


class Watched:
    """A connection that tells whoever watches which line it waits on. A handshake has its own bound, and precedes this."""

    sock: socket.socket | None

    def getresponse(self, *args: Any, **more: Any) -> Any:
        if watch := watching.get():
            watch.watch(self.sock)
        return super().getresponse(*args, **more)  # type: ignore[misc]


class _Plain(Watched, HTTPConnection):
    pass


class _Secure(Watched, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class WatchedAdapter(HTTPAdapter):
    """Opens connections that can be watched, directly or through the proxy that the environment names."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **more)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        return manager
