"""`kyoso check --address` in front of real servers, good and bad, and what `kyoso check` says of the way to a database."""

import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.commands import transport
from tests.app.terminal import Terminal

DAY = timedelta(days=1)
LIKE_OUR_NGINX = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""As docs/operating.md has it."""


def key_and_name(name: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Name]:
    return ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Authority:
    """Certifies hosts; `file` is what one must have to believe it."""

    def __init__(self, folder: Path) -> None:
        self.folder, (self.key, self.name) = folder, key_and_name(f"{folder.name} の認証局")
        self.file = folder / "authority.pem"
        basic = x509.BasicConstraints(ca=True, path_length=None)
        self.file.write_bytes(
            self._sign(self.name, self.key, basic, 30).public_bytes(serialization.Encoding.PEM)
        )

    def _sign(self, name: x509.Name, key: Any, extension: Any, days: float) -> x509.Certificate:
        builder = x509.CertificateBuilder(self.name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(datetime.now(UTC) - 9 * DAY).not_valid_after(
            datetime.now(UTC) + days * DAY
        )
        return builder.add_extension(extension, critical=True).sign(self.key, hashes.SHA256())

    def server(
        self, host: str = "localhost", days: float = 30, suites: str = LIKE_OUR_NGINX,
        first: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2, last: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ) -> ssl.SSLContext:  # fmt: skip
        key, name = key_and_name(host)
        file = self.folder / "server.pem"
        form = serialization.PrivateFormat.PKCS8
        file.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
            + self._sign(name, key, x509.SubjectAlternativeName([x509.DNSName(host)]), days).public_bytes(
                serialization.Encoding.PEM
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        context.set_ciphers(suites)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = first, last
        return context


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that everybody believes."""
    found = Authority(tmp_path)
    monkeypatch.setattr(transport, "where", lambda: str(found.file))
    return found


class Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A handshake that was refused is what is asked for here."""


@contextmanager
def listening(
    answer: Callable[[BaseHTTPRequestHandler], None], tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """The port of a server that gives this answer to GET and POST."""
    methods: dict[str, Any] = {name: answer for name in ("do_GET", "do_POST")}
    handler = type("Handler", (BaseHTTPRequestHandler,), {**methods, "log_message": lambda *_: None})
    server = Quiet(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(get: int = 200, post: int = 403, to: str = "") -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(get if handler.command == "GET" else post)
        handler.send_header("Location", to)
        handler.end_headers()

    return answer


@contextmanager
def site(monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, **plain: Any) -> Iterator[str]:
    """The public address of a TLS server, beside a plain one that leads to it unless it is told otherwise."""
    with ExitStack() as stack:
        port = stack.enter_context(listening(says(), tls))
        address = f"https://localhost:{port}"
        leading = {"get": 301, "to": f"{address}/", **plain}
        monkeypatch.setattr(transport, "PLAIN_PORT", stack.enter_context(listening(says(**leading))))
        yield address


def levels(address: str) -> dict[str, str]:
    return {subject: f"{level}: {text}" for subject, level, text in transport.look_at(address)}


def test_a_public_address_as_the_manual_has_it_is_well_and_said_so(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, sqlite_engine: sa.Engine
) -> None:
    terminal = Terminal(sqlite_engine.url.render_as_string(hide_password=False))
    with site(monkeypatch, authority.server()) as address:
        terminal.environ |= {"KYOSO_ENV": "development", "KYOSO_BASE_URL": address}
        assert "証明書" not in {
            line["subject"] for line in terminal.json("check")["checks"]
        }  # asked for alone
        found = {line["subject"]: line for line in terminal.json("check", "--address")["checks"]}
    asked = ("証明書", "TLS の版", "TLS の暗号", "http での画面", "http での受付け")
    assert {found[subject]["level"] for subject in asked} == {"ok"}, found
    assert "まで有効" in found["証明書"]["text"]
    # With nobody there any more, it is an error of the command.
    assert terminal.kyoso("check", "--address") == 1
    assert "× 証明書: localhost のポート" in terminal.out


def test_what_is_wrong_with_a_public_address_is_said_and_how_to_mend_it(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    unknown = Authority(tmp_path / "other")
    old, new = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_2
    any_suite = "ALL:@SECLEVEL=0"
    wrong: list[tuple[ssl.SSLContext, dict[str, Any], str, str]] = [
        (unknown.server(), {}, "証明書", "error: 証明書は、知られていない認証局"),
        (authority.server(host="kyoso.example.go.jp"), {}, "証明書", "error: 証明書は、このホスト名のものではありません"),
        (authority.server(days=-1), {}, "証明書", "error: 証明書は、期限が切れています"),
        (authority.server(days=3), {}, "証明書", "warning: "),
        (authority.server(first=old, suites=any_suite), {}, "TLS の版", "error: 古い TLS 1.0・TLS 1.1 でもつながります"),
        (authority.server(first=old, last=ssl.TLSVersion.TLSv1_1, suites=any_suite), {}, "証明書", "error: TLS 1.2 以上の"),
        (authority.server(suites="ECDHE+AES", last=new), {}, "TLS の暗号", "warning: 弱い暗号（ECDHE-ECDSA-AES"),
        (authority.server(), {"get": 200}, "http での画面", "error: http://localhost/ が暗号化されないまま答えます（200）"),
        (authority.server(), {"to": "https://elsewhere.example.jp/"}, "http での画面", "error: http://localhost/ が、ほかの所"),
        (authority.server(), {"to": "http://localhost/"}, "http での画面", "error: "),
        (authority.server(), {"post": 307}, "http での受付け", "error: http で送られたものが断られません（307）"),
        (authority.server(), {"post": 200}, "http での受付け", "error: http で送られたものが断られません（200）"),
    ]  # fmt: skip
    for context, plain, subject, begins in wrong:
        with site(monkeypatch, context, **plain) as address:
            found = levels(address)
        assert found[subject].startswith(begins), found
        others = {name for name, text in found.items() if name != subject and not text.startswith("ok")}
        assert others <= {"TLS の版", "TLS の暗号"}, found
        assert not others or subject in ("TLS の版", "証明書"), found
    # Known to this machine alone: it works here, and for nobody else.
    monkeypatch.setenv("SSL_CERT_FILE", str(unknown.file))
    with site(monkeypatch, unknown.server()) as address:
        assert levels(address)["証明書"].startswith("warning: この計算機は信じますが")
    assert levels("http://kyoso.example.go.jp")["公開のアドレス"].startswith("error: ")
    assert levels("http://127.0.0.1:8000")["公開のアドレス"].startswith("ok: ")


@pytest.mark.parametrize(
    ("query", "level"),
    [
        ("db.example.go.jp/kyoso", "error"),
        ("db.example.go.jp/kyoso?sslmode=allow", "error"),
        ("db.example.go.jp/kyoso?sslmode=require", "warning"),
        ("db.example.go.jp/kyoso?sslmode=verify-ca&sslrootcert=ca.pem", "warning"),
        ("db.example.go.jp/kyoso?sslmode=verify-full&sslrootcert=ca.pem", "ok"),
        ("/kyoso?host=10.0.0.7", "error"),
        ("/kyoso?host=127.0.0.1&host=10.0.0.7", "error"),
        ("10.0.0.7:5433/kyoso", "error"),
        ("127.0.0.1/kyoso", None),
        ("[::1]/kyoso", None),
        ("localhost/kyoso", None),
        ("/kyoso?host=/run/postgresql", None),
        ("/kyoso", None),
    ],
)
def test_the_way_to_a_database_on_another_machine_is_to_be_sealed_and_proved(
    query: str, level: str | None
) -> None:
    found = transport.database_way(f"postgresql+psycopg://{query}", is_production=True)
    assert (found[1] if found else None) == level
    assert transport.database_way("sqlite:////tmp/kyoso.db", is_production=True) is None


def test_what_the_environment_says_of_the_way_counts_and_check_ends_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = {"KYOSO_SECRET": "a secret of the tests, long enough for production"}
    for host, levels_ in (
        ("127.0.0.1", []),
        ("0.0.0.0", ["error"]),
    ):  # the second is no machine; nobody is there to wait for
        terminal = Terminal(f"postgresql://kyoso@{host}:1/kyoso")
        terminal.environ |= secret
        found = terminal.json("check", status=1)["checks"]
        assert [line["level"] for line in found if line["subject"] == "データベースへの経路"] == levels_
    monkeypatch.setenv("PGHOSTADDR", "10.0.0.7")
    here = "postgresql+psycopg:///kyoso"
    assert (transport.database_way(here, is_production=True) or "")[1] == "error"
    assert (transport.database_way(here, is_production=False) or "")[1] == "warning"
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert (transport.database_way(here, is_production=True) or "")[1] == "ok"
