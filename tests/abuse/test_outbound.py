"""SSRF through links, redirects and rebinding (Indico CVE-2026-25738, Decidim CVE-2026-45573): connections counted at the socket."""

import gzip
import json
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import ECKey

from app import oidc
from app.oidc_providers import Provider
from workflows.runtime.addresses import NotAllowed, network
from workflows.runtime.outbound import Fetched, NotFetched, Outbound

connected: list[Any] = []
_counting = threading.Event()


def _audit(event: str, details: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _counting.is_set():
        connected.append(details[1])


sys.addaudithook(_audit)  # told by the interpreter itself of every connection of this process


@pytest.fixture
def sockets() -> Iterator[list[Any]]:
    """Where this process has connected to, as the interpreter saw it."""
    connected.clear()
    _counting.set()
    yield connected
    _counting.clear()


FORBIDDEN = (
    # loopback and this host, in every spelling
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "017700000001",
    "127.255.255.254", "0.0.0.0", "0", "0x0", "１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1", "127.0.0.1.", "localhost",
    "LOCALHOST", "localhost.", "ⓛocalhost", "kyoso.localhost", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]",
    # private, shared, link-local and the clouds' own
    "10.0.0.1", "10.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "0xc0a80101", "3232235777", "100.64.0.1",
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.170.2", "metadata.google.internal",
    "router.local", "intranet", "db.home.arpa", "[fe80::1]", "[fe80::1%25eth0]", "[fc00::1]", "[fd00:ec2::254]",
    # reserved, multicast, documentation, benchmarks, relays
    "192.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9", "198.18.0.1", "192.88.99.1", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "[ff02::1]", "[2001:db8::1]", "[3fff::1]", "[2001:2::1]", "[100::1]", "[5f00::1]",
    # IPv4 inside IPv6
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:8.8.8.8]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::]", "[2001:0:7f00:1::1]",
)  # fmt: skip
URLS = (
    "file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "ftp://127.0.0.1/", "dict://127.0.0.1:11211/", "//127.0.0.1/",
    "javascript:alert(1)", "data:text/html,x", "http:///", "http://", "", "http://user:pass@www.town.example.jp/",
    "http://www.town.example.jp@127.0.0.1/", "http://127.0.0.1#@www.town.example.jp/", "http://127.0.0.1\\@town.example.jp/",
    "http://town.example.jp:22/", "http://town.example.jp:6379/", "http://town.example.jp:99999/", "http://town.example.jp:-1/",
    "http://[::1/", "http://town.example.jp/\r\nX-Injected: 1", "http://town.example.jp/ ", "http://to wn.example.jp/",
    "http://\u0000127.0.0.1/", "http://xn--a.example.jp-\u200b/", "http://..../", "http://a..b.example.jp/", "https://" + "a" * 3000,
)  # fmt: skip


def test_no_connection_to_an_address_that_is_not_public(
    sockets: list[Any], record_property: Callable[[str, object], None]
) -> None:
    for way in (Outbound(), Outbound(proxy="http://127.0.0.1:1")):
        for host in FORBIDDEN:
            said = way.fetch(f"http://{host}/latest/meta-data/", seconds=5, most_bytes=1000)
            assert isinstance(said, NotFetched), host
            assert (said.reason, sockets) == ("not_allowed", []), host
    record_property("summary", f"outbound guard: {len(FORBIDDEN)} addresses, connections {len(sockets)}")


def test_no_connection_for_a_link_that_is_none(sockets: list[Any]) -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    for url in URLS:
        said = Outbound(resolve=resolve).fetch(url, seconds=5, most_bytes=1000)
        assert isinstance(said, NotFetched), url
        assert (said.reason, asked, sockets) == ("not_allowed", [], []), url


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1", "93.184.216.34"], ["169.254.169.254"], ["::ffff:10.0.0.1"],
        ["fe80::1%eth0"], ["2606:2800:21f::1", "fd00::1"], ["93.184.216.34", "not an address"],
    ],
)  # fmt: skip
def test_no_connection_where_one_address_of_a_name_is_not_public(
    answer: list[str], sockets: list[Any]
) -> None:
    for proxy in ("", "http://127.0.0.1:1"):
        way = Outbound(proxy=proxy, resolve=lambda *_: answer)
        said = way.fetch("https://shiryo.example.jp/", seconds=5, most_bytes=1000)
        assert isinstance(said, NotFetched)
        assert said.reason == "not_allowed"
    assert sockets == []


class Site:
    """A server on an address of this machine; what it heard is kept. `answers` has the path's answer as (status, headers, body)."""

    def __init__(self, address: str) -> None:
        site = self
        self.heard: list[tuple[str, str, dict[str, str]]] = []
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.dribbles = False

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.heard.append((self.command, self.path, dict(self.headers)))
                status, headers, body = site.answers.get(self.path, (200, {}, b"seen"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "1000" if site.dribbles else str(len(body)))
                self.end_headers()
                if site.dribbles:
                    for _ in range(100):
                        time.sleep(0.05)
                        self.wfile.write(b"x")
                elif self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                pass

        self.server = Quiet((address, 0), Handler)
        self.address, self.port = address, self.server.server_port


@contextmanager
def served(address: str = "127.0.0.2", tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    site = Site(address)
    if tls:
        site.server.socket = tls.wrap_socket(site.server.socket, server_side=True)
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        thread.join()
        site.server.server_close()


def way_to(site: Site, resolve: Callable[[str, int], Sequence[str]] | None = None, *ports: int) -> Outbound:
    """Only the site's own address is allowed beside the public ones."""
    return Outbound(
        (network(site.address),),
        frozenset({site.port, *ports}),
        resolve=resolve or (lambda *_: [site.address]),
    )


def test_a_link_is_asked_once_under_its_own_name(sockets: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # the environment's is not asked
    with served() as site:
        url = f"http://資料.example.jp:{site.port}/a b?q=1#part".replace(" ", "%20")
        said = way_to(site).fetch(url, seconds=5, most_bytes=1000)
        assert isinstance(said, Fetched), said
        assert (said.status, said.body) == (200, b"seen")
        (method, path, headers) = site.heard[0]
        assert (method, path, headers["Host"]) == ("GET", "/a%20b?q=1", f"xn--qev058f.example.jp:{site.port}")
        assert not {"Cookie", "Authorization", "Referer"} & set(headers)
        assert sockets == [(site.address, site.port)]


def test_rebinding_between_the_look_and_the_connection_changes_nothing(sockets: list[Any]) -> None:
    """The name server says something harmless first, and this machine the second time."""
    with served() as site:
        answers = iter([[site.address], ["127.0.0.1"]])
        said = way_to(site, lambda *_: next(answers)).fetch(
            f"http://rebind.example.jp:{site.port}/", seconds=5, most_bytes=1000
        )
        assert isinstance(said, Fetched)
        assert sockets == [(site.address, site.port)]
        assert next(answers) == ["127.0.0.1"]  # nobody asked a second time


def test_rebinding_between_a_page_and_its_redirect_is_seen(sockets: list[Any]) -> None:
    with served() as site:
        site.answers["/"] = (302, {"Location": "/again"}, b"")
        answers = iter([[site.address], ["127.0.0.1"]])
        said = way_to(site, lambda *_: next(answers)).fetch(
            f"http://rebind.example.jp:{site.port}/", seconds=5, most_bytes=1000
        )
        assert isinstance(said, NotFetched)
        assert said.reason == "not_allowed"
        assert sockets == [(site.address, site.port)]
        assert len(site.heard) == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/", "http://169.254.169.254/latest/", "file:///etc/passwd", "//127.0.0.1:{port}/",
        "http://0x7f.1:{port}/", "http://[::1]:{port}/", "http://a:b@127.0.0.2:{port}/", "gopher://127.0.0.2:{port}/",
        "http://127.0.0.2:22/", "http://[", "http://localhost:{port}/",
    ],
)  # fmt: skip
def test_a_redirect_inside_is_not_followed(location: str, sockets: list[Any]) -> None:
    with served() as site, served("127.0.0.1") as inside:
        site.answers["/"] = (302, {"Location": location.format(port=inside.port)}, b"")
        way = way_to(
            site, lambda host, _: ["127.0.0.1"] if host == "localhost" else [site.address], inside.port
        )
        said = way.fetch(f"http://shiryo.example.jp:{site.port}/", seconds=5, most_bytes=1000)
        assert isinstance(said, NotFetched)
        assert said.reason == "not_allowed"
        assert sockets == [(site.address, site.port)]
        assert inside.heard == []


def test_three_redirects_are_followed_and_no_fourth() -> None:
    with served() as site:
        for n in range(5):
            site.answers[f"/{n}"] = (301, {"Location": f"{n + 1}"}, b"")
        way = way_to(site)
        said = way.fetch(f"http://shiryo.example.jp:{site.port}/2", seconds=5, most_bytes=1000, method="HEAD")
        assert isinstance(said, Fetched)
        assert said.url.endswith("/5")
        assert {method for method, _, _ in site.heard} == {"HEAD"}
        said = way.fetch(f"http://shiryo.example.jp:{site.port}/1", seconds=5, most_bytes=1000)
        assert isinstance(said, NotFetched)
        assert "案内" in said.because


def test_a_small_answer_that_unpacks_into_a_large_one_is_left() -> None:
    with served() as site:
        bomb = gzip.compress(b"\0" * 50_000_000)
        assert len(bomb) < 60_000
        site.answers["/"] = (200, {"Content-Encoding": "gzip"}, bomb)
        said = way_to(site).fetch(f"http://a.example.jp:{site.port}/", seconds=5, most_bytes=100_000)
        assert isinstance(said, NotFetched)
        assert said.reason == "too_large"


def test_a_server_that_dribbles_and_a_name_server_that_is_silent_are_left_in_time() -> None:
    with served() as site:
        site.dribbles = True
        begun = time.monotonic()
        said = way_to(site).fetch(f"http://a.example.jp:{site.port}/", seconds=0.4, most_bytes=100_000)
        assert isinstance(said, NotFetched)
        assert said.reason == "late"
        silent = threading.Event()

        def resolve(*_: object) -> Sequence[str]:
            silent.wait(5)
            return [site.address]

        said = way_to(site, resolve).fetch(f"http://a.example.jp:{site.port}/", seconds=0.2, most_bytes=1000)
        silent.set()
        assert isinstance(said, NotFetched)
        assert said.reason == "late"
        assert time.monotonic() - begun < 3


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate that nobody has vouched for; keeps the name it was asked for in `asked_for`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shiryo.example.jp")])
    day = timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - day)
        .not_valid_after(datetime.now(UTC) + day)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_over_tls_the_name_is_asked_for_and_proved_though_the_address_is_pinned(tmp_path: Path) -> None:
    context = certificate(tmp_path)
    asked_for: list[str | None] = []
    context.sni_callback = lambda _line, name, _context: asked_for.append(name)
    with served(tls=context) as site:
        said = way_to(site).fetch(f"https://shiryo.example.jp:{site.port}/", seconds=5, most_bytes=1000)
        assert isinstance(said, NotFetched)
        assert said.reason == "certificate"
        assert asked_for == ["shiryo.example.jp"]
        assert site.heard == []


def test_a_site_whose_only_way_out_is_a_proxy_connects_to_the_proxy_alone(sockets: list[Any]) -> None:
    def unknown_here(*_: object) -> Sequence[str]:
        raise OSError("no such name in this network")

    with served("127.0.0.1") as proxy:
        way = Outbound(proxy=f"http://127.0.0.1:{proxy.port}", resolve=unknown_here)
        proxy.answers["http://www.town.example.jp:80/a"] = (302, {"Location": "http://169.254.169.254/"}, b"")
        said = way.fetch("http://www.town.example.jp/", seconds=5, most_bytes=1000)
        assert isinstance(said, Fetched), said
        said = way.fetch("http://www.town.example.jp/a", seconds=5, most_bytes=1000)
        assert isinstance(said, NotFetched), proxy.heard
        assert {there for there in sockets} == {("127.0.0.1", proxy.port)}
        assert len(proxy.heard) == 2


def test_https_is_not_given_up_on_the_way() -> None:
    here = urlsplit("https://shiryo.example.jp:443/")
    with pytest.raises(NotAllowed, match="暗号化されない"):
        Outbound()._next(here, "http://shiryo.example.jp/")


def test_where_a_provider_of_sign_ins_says_its_keys_are_is_not_asked_inside(sockets: list[Any]) -> None:
    """Its own address was written by who runs the site, and may be inside; what it tells of may not."""
    with served("127.0.0.1") as issuer, served("127.0.0.1") as inside:
        told = f"http://127.0.0.1:{issuer.port}"
        issuer.answers["/keys"] = (200, {}, b"{}")
        issuer.answers["/moved"] = (302, {"Location": f"http://127.0.0.1:{inside.port}/"}, b"")
        issuer.answers["/large"] = (200, {}, b" " * (oidc.LARGEST + 1))
        asking = oidc.Asking(Provider("sso", "SSO", told, "a", "b", (), ()), f"{told}/back", Outbound())
        assert asking.request("GET", f"{told}/keys", withhold_token=True).json() == {}
        for url in (
            "https://10.0.0.1/keys", "https://169.254.169.254/", "https://[::1]/", "https://localhost/", "file:///etc/passwd",
            f"http://127.0.0.1:{inside.port}/", f"http://localhost:{issuer.port}/keys", f"https://127.0.0.1:{issuer.port}/keys",
            f"{told}/moved", f"{told}/large",
        ):  # fmt: skip
            with pytest.raises(oidc.NotSignedIn):
                asking.request("GET", url, withhold_token=True)
        assert set(sockets) == {("127.0.0.1", issuer.port)}
        assert inside.heard == []


def test_a_network_of_ones_own_is_not_asked_by_way_of_the_proxy(sockets: list[Any]) -> None:
    with served() as site:
        way = replace(way_to(site), proxy="http://127.0.0.1:1")
        said = way.fetch(f"http://shiryo.example.jp:{site.port}/", seconds=5, most_bytes=1000)
        assert isinstance(said, Fetched), said
        assert sockets == [(site.address, site.port)]


def test_where_places_are_listed_no_other_is_looked_up_or_asked(sockets: list[Any]) -> None:
    """ASVS 13.2.4 and 13.2.5: KYOSO_OUTBOUND_PLACES. Redirects and what a provider tells of are held to it as well."""
    looked_up: list[str] = []
    with served() as site:

        def resolve(host: str, _port: int) -> Sequence[str]:
            looked_up.append(host)
            return [site.address]

        way = replace(way_to(site, resolve), places=("www.town.example.jp", "*.lg.example.jp"))
        site.answers["/away"] = (302, {"Location": f"http://elsewhere.example.jp:{site.port}/"}, b"")
        for host in ("www.town.example.jp", "a.b.lg.example.jp", "WWW.town.EXAMPLE.jp", site.address):
            said = way.fetch(f"http://{host}:{site.port}/", seconds=5, most_bytes=1000)
            assert isinstance(said, Fetched), host
        asked = (len(looked_up), len(sockets))
        for host in (
            "town.example.jp",
            "lg.example.jp",
            "xlg.example.jp",
            "www.town.example.jp.example.com",
            "93.184.216.34",
        ):
            said = way.fetch(f"http://{host}:{site.port}/", seconds=5, most_bytes=1000)
            assert isinstance(said, NotFetched), host
            assert said.reason == "not_allowed"
            assert "運用する人" in said.because
        assert (len(looked_up), len(sockets)) == asked
        said = way.fetch(f"http://www.town.example.jp:{site.port}/away", seconds=5, most_bytes=1000)
        assert isinstance(said, NotFetched)
        assert "elsewhere.example.jp" not in looked_up
    with served("127.0.0.1") as issuer:
        told = f"http://127.0.0.1:{issuer.port}"
        issuer.answers["/keys"] = (200, {}, b"{}")
        provider = Provider("sso", "SSO", told, "a", "b", (), ())
        asking = oidc.Asking(provider, f"{told}/back", Outbound(places=("*.lg.example.jp",)))
        assert asking.request("GET", f"{told}/keys", withhold_token=True).json() == {}
        with pytest.raises(oidc.NotSignedIn):
            asking.request("GET", "https://keys.example.com/", withhold_token=True)


def test_only_the_configured_issuers_metadata_and_only_id_tokens_are_believed() -> None:
    """ASVS 10.5.3 and 9.2.2: a description of somebody else's issuer; another kind of token, signed by the right key."""
    now, key = datetime.now(UTC), ECKey.generate_key("P-256", {"kid": "1", "use": "sig"})
    with served("127.0.0.1") as site:
        told = f"http://127.0.0.1:{site.port}"
        described = {"issuer": told, "jwks_uri": f"{told}/keys"}
        site.answers["/keys"] = (200, {}, json.dumps({"keys": [key.as_dict(private=False)]}).encode())
        provider = Provider("sso", "SSO", told, "kyoso", "b", (), ())
        asking = oidc.Asking(provider, f"{told}/back", Outbound())
        for issuer in ("https://sso.example.com", f"{told}/", None):
            site.answers["/.well-known/openid-configuration"] = (
                200,
                {},
                json.dumps(described | {"issuer": issuer}).encode(),
            )
            oidc._known.clear()
            with pytest.raises(oidc.NotSignedIn):
                oidc._metadata(asking, provider)
        claims = {
            "iss": told,
            "aud": "kyoso",
            "sub": "1",
            "nonce": "n",
            "exp": int(now.timestamp()) + 60,
            "iat": int(now.timestamp()),
        }

        def read(**header: str) -> str:
            token = jwt.encode({"alg": "ES256", "kid": "1", **header}, claims, key)
            return str(oidc._claims(asking, provider, described, {"id_token": token}, "n", now)["sub"])

        assert {read(), read(typ="JWT"), read(typ="jwt")} == {"1"}
        for kind in ("at+jwt", "logout+jwt", "secevent+jwt"):
            with pytest.raises(ValueError, match="no ID token"):
                read(typ=kind)
        oidc._known.clear()
