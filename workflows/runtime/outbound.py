"""What somebody's text makes us ask for (links that the clock checks): only the public Internet, over http and https.

Each name is looked up once, every address of the answer is judged, and the connection goes to one of those: what a name
server says a moment later changes nothing (SSRF by link, redirect and rebinding: Indico CVE-2026-25738, Decidim
CVE-2026-45573). Redirects are followed by hand, at most three, each judged anew. The environment's proxy is not asked: a site
whose only way out is a proxy names it in KYOSO_OUTBOUND_PROXY, and then the proxy is what is connected to.
"""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import SplitResult, urljoin, urlunsplit

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from workflows.runtime.addresses import (
    Address,
    Network,
    NotAllowed,
    insist_on_public,
    is_public,
    judged_url,
    literal,
)
from workflows.runtime.exchange import Answer, NoAnswer, Session, Watched, WatchedAdapter, exchange, watching

MOST_REDIRECTS = 3
MOST_ADDRESSES = 4
"""Of one name are tried."""
PORTS = frozenset({80, 443})
HEADERS = {"User-Agent": "Kyoso (link check)", "Accept": "*/*", "Accept-Encoding": "gzip"}

Resolve = Callable[[str, int], Sequence[str]]
"""Looks a name up: host and port to addresses; raises OSError."""

BECAUSE = {
    "late": "時間内に応答がありませんでした。",
    "cut": "つながらないか、通信が途中で切れました。",
    "certificate": "証明書を確かめられませんでした。",
    "too_large": "内容が大きすぎます。",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the server said; `url` is where, after redirects. A status of 404 or 500 is an answer like others."""

    status: int
    url: str
    content_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotFetched:
    """Why nothing came: `not_allowed` was not asked at all; the others are `NoAnswer`'s. `because` is a Japanese sentence."""

    reason: Literal["not_allowed", "late", "cut", "certificate", "too_large"]
    because: str


def look_up(host: str, port: int) -> Sequence[str]:
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Outbound:
    """The way out as an installation is configured: networks of its own that may be asked, ports, and its proxy, if any."""

    allowed_private: tuple[Network, ...] = ()
    ports: frozenset[int] = PORTS
    proxy: str = ""
    places: tuple[str, ...] = ()
    """The only hosts that are asked (`github.com`, `*.lg.jp`), before their names are looked up; empty: any public one."""
    resolve: Resolve = look_up

    def fetch(
        self, url: str, *, method: Literal["GET", "HEAD"] = "GET", seconds: float, most_bytes: int
    ) -> Fetched | NotFetched:
        """Asks for `url` without cookies or names. `seconds` bound all of it, looking names up and redirects included;
        `most_bytes` the body, unpacked. Raises nothing for what a server or a link does."""
        end = time.monotonic() + seconds
        try:
            here = judged_url(url, self.ports, self.allowed_private)
            for _ in range(MOST_REDIRECTS + 1):
                said = self._ask(here, method, end, most_bytes)
                if isinstance(said, NoAnswer):
                    return NotFetched(said.why, BECAUSE[said.why])
                if said.status not in (301, 302, 303, 307, 308) or not said.headers.get("Location"):
                    return Fetched(said.status, _shown(here), said.headers.get("Content-Type", ""), said.body)
                here = self._next(here, said.headers["Location"])
        except NotAllowed as refused:
            return NotFetched("not_allowed", refused.because)
        return NotFetched("not_allowed", "案内が続き、行き先にたどり着けません。")

    def _next(self, here: SplitResult, location: str) -> SplitResult:
        try:
            there = judged_url(urljoin(urlunsplit(here), location), self.ports, self.allowed_private)
        except ValueError:
            raise NotAllowed("案内された先のアドレスを読めません。") from None
        if here.scheme == "https" and there.scheme == "http":
            raise NotAllowed("暗号化されない先へ案内されました。")
        return there

    def _ask(self, here: SplitResult, method: str, end: float, most_bytes: int) -> Answer | NoAnswer:
        with Session() as session:
            session.headers.clear()
            lost = self.lead(session, here, end)
            left = end - time.monotonic()
            return lost or exchange(
                session, method, urlunsplit(here), headers=HEADERS, seconds=left, most_bytes=most_bytes
            )

    def lead(self, session: requests.Session, here: SplitResult, end: float) -> NoAnswer | None:
        """Makes a session go to a judged URL's addresses, as they are now, or to the proxy; or says why it cannot. Raises
        NotAllowed. What lies in a network of one's own is not asked by way of the proxy, which leads outside."""
        host, port = here.hostname or "", here.port or 0
        self._insist_on_a_place(host)
        pinned = self._addresses(host, port, end)
        if isinstance(pinned, NoAnswer):
            return pinned
        by_proxy = bool(self.proxy) and all(is_public(address) for address in pinned)
        session.trust_env = False
        session.proxies = {"http": self.proxy, "https": self.proxy} if by_proxy else {}
        adapter = WatchedAdapter() if by_proxy else _PinnedAdapter(host, port, pinned)
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)
        return None

    def _insist_on_a_place(self, host: str) -> None:
        """Raises NotAllowed for a host that is not on the list, where there is one. An address of an allowed network is on it."""
        there = literal(host)
        if not self.places or (
            there is not None and any(there in network for network in self.allowed_private)
        ):
            return
        if not any(host == p or (p[:2] == "*." and host.endswith(p[1:])) for p in self.places):
            raise NotAllowed(
                "この仕組みから問い合わせてよい所（運用する人が決めた一覧）にないリンクのため、確かめません。"
                "必要なら、運用する人に加えてもらってください。"
            )

    def _addresses(self, host: str, port: int, end: float) -> Sequence[Address] | NoAnswer:
        """Where `host` is, all of it judged. Behind a proxy, which looks names up itself, a name unknown here may be asked."""
        there = literal(host)
        if there is None:
            found = _in_time(self.resolve, host, port, end)
            if found is None:
                return NoAnswer("late") if not self.proxy else ()
            # An address with a zone is of one machine's own cable, and judged as what it is.
            addresses = [a for text in found if (a := literal(text)) is not None]
            if len(addresses) < len(found):
                raise NotAllowed("リンクのホスト名を確かめられません。")
        else:
            addresses = [there]
        insist_on_public(addresses, self.allowed_private)
        if not addresses and not self.proxy:
            return NoAnswer("cut")
        return addresses[:MOST_ADDRESSES]


def _in_time(resolve: Resolve, host: str, port: int, end: float) -> Sequence[str] | None:
    """What looking the name up gives, empty where it has no address, None where that takes too long: the system's way of
    looking names up cannot be told to hurry, so it is left behind."""
    found: list[Sequence[str]] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            found.append(resolve(host, port))
            return
        found.append(())

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(max(0.0, end - time.monotonic()))
    return found[0] if found else None


def _shown(here: SplitResult) -> str:
    """The URL without the port that goes without saying."""
    usual = {"http": ":80", "https": ":443"}[here.scheme]
    return urlunsplit(here._replace(netloc=here.netloc.removesuffix(usual)))


class _Pinned(Watched):
    """Connects to the addresses that were judged, whatever its host's name would mean now; Host, SNI and certificate are
    those of the name."""

    goes_to: tuple[str, int, Sequence[Address]] = ("", 0, ())

    def _new_conn(self: Any) -> socket.socket:
        host, port, addresses = self.goes_to
        watch = watching.get()
        if (self._dns_host.strip("[]"), self.port) != (host, port) or watch is None:
            raise NewConnectionError(self, "not where this connection was to go")
        for address in addresses:
            left = watch.ends_at - time.monotonic()
            if left <= 0:
                break
            with suppress(OSError):
                line = socket.create_connection((str(address), port), min(left, self.timeout))
                line.settimeout(self.timeout)
                watch.watch(line)
                return line
        raise NewConnectionError(self, "no address answers")


class _PinnedAdapter(WatchedAdapter):
    """Opens connections to these addresses only."""

    def __init__(self, host: str, port: int, addresses: Sequence[Address]) -> None:
        there = {"goes_to": (host, port, tuple(addresses))}
        plain = type("Plain", (_Pinned, HTTPConnection), there)
        secure = type("Secure", (_Pinned, HTTPSConnection), there)
        self._pools = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = self._pools
