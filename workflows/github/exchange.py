"""One question and its answer over HTTP: to one server only, within a time and a size, whatever the server does meanwhile."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from workflows.github.outcomes import Malformed, Unavailable

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
class Authorization(requests.auth.AuthBase):
    """The header that says who asks. Given as requests' own kind of thing, since a .netrc would else replace it; it shows nothing."""

    header: str | None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.header:
            request.headers["Authorization"] = self.header
        return request

    def __repr__(self) -> str:
        return "Authorization(…)"


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    *,
    authorization: Authorization,
    headers: Mapping[str, str],
    params: Mapping[str, str | int] | None,
    seconds: float,
    most_bytes: int,
) -> Answer | Unavailable | Malformed:
    """Asks once. Redirects are answers like others. `seconds` bound all of it: a server that dribbles headers or body is
    hung up on (reads are bounded by their silence alone, and it is never silent)."""
    if seconds <= 0:
        return late()
    silence = min(seconds, LONGEST_SILENCE_SECONDS)
    try:
        with (
            _HangUp(seconds) as watch,
            session.request(
                method, url, params=params, headers=dict(headers), auth=authorization, stream=True,
                allow_redirects=False, timeout=silence,
            ) as response,
        ):  # fmt: skip
            body = _read(response, most_bytes)
    except requests.exceptions.SSLError:
        return Unavailable(
            "GitHub の証明書を確かめられません。間にある装置か、証明書の設定を確かめてください。"
        )
    except requests.Timeout:
        return late()
    except (requests.RequestException, HTTPError, OSError, ValueError):
        # Nothing of the error is passed on: it may quote what was sent.
        return late() if watch.is_over else Unavailable("GitHub につながらないか、通信が途中で切れました。")
    if watch.is_over:
        return late()
    if body is None:
        return Malformed(f"GitHub の答えが大きすぎます（上限は {most_bytes:,} バイト）。")
    return Answer(response.status_code, response.headers, body)


def late() -> Unavailable:
    """The time is over."""
    return Unavailable("GitHub が時間内に答えませんでした。")


def _read(response: requests.Response, most_bytes: int) -> bytes | None:
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


class _HangUp:
    """Within it, the connection in use is cut after so many seconds, by another thread, whatever this one waits for."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._guard = threading.Lock()
        self._line: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "_HangUp":
        self._before = _watching.set(self)
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _watching.reset(self._before)

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


_watching: ContextVar[_HangUp | None] = ContextVar("watching", default=None)


class _Watched:
    """A connection that tells whoever watches which line it waits on. A handshake has its own bound, and precedes this."""

    sock: socket.socket | None

    def getresponse(self, *args: Any, **more: Any) -> Any:
        if watch := _watching.get():
            watch.watch(self.sock)
        return super().getresponse(*args, **more)  # type: ignore[misc]


class _Plain(_Watched, HTTPConnection):
    pass


class _Secure(_Watched, HTTPSConnection):
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
