"""What lies between machines, for `kyoso check`: the way to the database, and the public address as a browser meets it.

The address is the one that who runs this site has named (KYOSO_BASE_URL), so it may lie in any network, as an OpenID provider's may
(docs/decisions/0019); nothing is sent but questions for a handshake and two plain ones, and no redirect is followed.
"""

import ssl
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from socket import create_connection
from typing import Literal
from urllib.parse import urlsplit

from psycopg.pq import Conninfo
from requests.certs import where
from sqlalchemy import make_url

from workflows.calendar import TOKYO

Level = Literal["ok", "warning", "error"]
Line = tuple[str, Level, str]
"""Subject, level and text of a line of the check."""

SECONDS = 5.0
"""For one question."""
PLAIN_PORT = 80
FOR_PROGRAMS = "/hooks/github"
"""An address to which programs send, and no person ever goes."""
SOON = timedelta(days=14)
"""A certificate that ends sooner should have been renewed by itself already."""
OLD = {"TLS 1.0": ssl.TLSVersion.TLSv1, "TLS 1.1": ssl.TLSVersion.TLSv1_1}
ANY = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
WEAK = ":".join(
    ("ALL:COMPLEMENTOFALL", *(f"-{keys}+{cipher}" for keys in ("ECDHE", "DHE")
     for cipher in ("AESGCM", "AESCCM", "CHACHA20", "ARIAGCM")), "@SECLEVEL=0")
)  # fmt: skip
"""All but what seals with a key of this one connection: what is left can be read later, or changed on the way."""
HOW_TO = "直し方は docs/operating.md の「https の中継」にあります。"
MISTRUST = {
    10: "期限が切れています。新しいものに替えてください",
    18: "自分で署名したものです。広く信じられた認証局のものに替えてください",
    19: "知られていない認証局のものです。広く信じられた認証局のものに替えてください",
    20: "知られていない認証局のものか、中間の証明書が足りません。中間の証明書も並べたファイルを中継に置いてください",
    62: "このホスト名のものではありません。KYOSO_BASE_URL のホスト名で取ってください",
}
"""By OpenSSL's number (X509_V_ERR_...)."""


def database_way(url: str, *, is_production: bool) -> Line | None:
    """Whether what goes to a PostgreSQL on another machine is sealed, and proved to come there; None where there is no such way.

    What the address leaves open is libpq's own to say (PGHOST, PGSSLMODE, its defaults), as when it connects.
    """
    place = make_url(url)
    if place.get_backend_name() != "postgresql":
        return None
    wanted = {
        option.keyword.decode(): option.val.decode() for option in Conninfo.get_defaults() if option.val
    }
    wanted |= {name: str(said) for name, said in place.get_dialect()().create_connect_args(place)[1].items()}
    hosts = (wanted.get("hostaddr") or wanted.get("host") or "").split(",")
    if all(_is_here(host) for host in hosts):
        return None
    mode, subject = wanted.get("sslmode") or "prefer", "データベースへの経路"
    mend = (
        "KYOSO_DATABASE_URL に ?sslmode=verify-full&sslrootcert=認証局の証明書のファイル を付けてください。"
    )
    if mode == "verify-full":
        return subject, "ok", "暗号化し、相手の証明書とホスト名を確かめます。"
    if mode in ("require", "verify-ca"):
        text = f"暗号化しますが、相手が本物かを確かめません（sslmode={mode}）。{mend}"
        return subject, "warning", text
    text = f"ほかの機械との間が、暗号化されないことがあります（sslmode={mode}）。{mend}"
    return subject, "error" if is_production else "warning", text


def _is_here(host: str) -> bool:
    """A socket in a folder, or this machine itself."""
    if not host or host[0] in "/@" or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def look_at(base_url: str) -> Iterator[Line]:
    """The public address from outside: certificate, versions and suites of TLS, and what plain http answers."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        here = _is_here(host)
        yield (
            "公開のアドレス",
            "ok" if here else "error",
            f"{base_url} はこの計算機の中だけのものです。"
            if here
            else f"{base_url} は暗号化されません。https で受ける中継を前に置き、KYOSO_BASE_URL を https:// で始めてください。{HOW_TO}",
        )
        return
    port = parts.port or 443
    found = _certificate(host, port)
    yield "証明書", *found[:2]
    if found[2]:
        yield "TLS の版", *_versions(host, port)
        yield "TLS の暗号", *_suites(host, port)
    yield "http での画面", *_pages(host, parts.netloc)
    yield "http での受付け", *_programs(host)


def _met(host: str, port: int, context: ssl.SSLContext) -> tuple[str, str]:
    """Shakes hands: the suite agreed on, and when the certificate ends where it is looked at. Raises OSError (ssl.SSLError too)."""
    with (
        create_connection((host, port), SECONDS) as line,
        context.wrap_socket(line, server_hostname=host) as sealed,
    ):
        suite, shown = sealed.cipher(), sealed.getpeercert() or {}
        return suite[0] if suite else "", str(shown.get("notAfter", ""))


def _certificate(host: str, port: int) -> tuple[Level, str, bool]:
    """By the authorities that browsers know (Mozilla's list, as requests brings it), else by those of this machine; and whether
    anybody is there to be asked more."""
    try:
        _, ends = _met(host, port, ssl.create_default_context(cafile=where()))
    except ssl.SSLCertVerificationError as error:
        try:
            if error.verify_code in (18, 19, 20):
                _met(host, port, ssl.create_default_context())
                text = "この計算機は信じますが、広く信じられた認証局のものではありません。その認証局を入れていない端末では開けません。"
                return "warning", text, True
        except OSError:
            pass
        why = MISTRUST.get(error.verify_code, f"確かめられません（{error.verify_message}）")
        return "error", f"証明書は、{why}。{HOW_TO}", True
    except ssl.SSLError as error:
        text = f"TLS 1.2 以上の、安全な暗号ではつながりません（{error.reason}）。{HOW_TO}"
        return "error", text, True
    except OSError as error:
        text = f"{host} のポート {port} につながりません（{type(error).__name__}）。名前と、中継が動いているかを確かめてください。"
        return "error", text, False
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
    day = f"{until.astimezone(TOKYO):%Y-%m-%d}"
    if until - datetime.now(UTC) < SOON:
        return "warning", f"{day} に切れます。更新が止まっていないか確かめてください。", True
    return "ok", f"広く信じられたもので、{day} まで有効です。", True


def _lax(first: ssl.TLSVersion, last: ssl.TLSVersion, suites: str) -> ssl.SSLContext:
    """To ask for what nobody should grant; whoever answers is not believed, and told nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is why they are asked for
        context.minimum_version, context.maximum_version = first, last
    context.set_ciphers(suites)
    return context


def _granted(host: str, port: int, context: ssl.SSLContext) -> str | None:
    """The suite that was granted, empty where none was; None where it could not be asked for."""
    try:
        return _met(host, port, context)[0]
    except ssl.SSLError as error:  # what this machine's library no longer speaks, it does not even ask for
        return None if "NO_PROTOCOLS" in (error.reason or "") or "NO_CIPHERS" in (error.reason or "") else ""
    except ConnectionResetError:
        return ""
    except OSError:
        return None


def _versions(host: str, port: int) -> tuple[Level, str]:
    asked = {name: _granted(host, port, _lax(version, version, ANY)) for name, version in OLD.items()}
    if granted := [name for name, suite in asked.items() if suite]:
        return (
            "error",
            f"古い {'・'.join(granted)} でもつながります。TLS 1.2 と 1.3 だけにしてください。{HOW_TO}",
        )
    if unknown := [name for name, suite in asked.items() if suite is None]:
        return "warning", f"{'・'.join(unknown)} を断るかどうかは、この計算機からは確かめられません。"
    return "ok", "TLS 1.0・1.1 は断られます。"


def _suites(host: str, port: int) -> tuple[Level, str]:
    suite = _granted(host, port, _lax(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, WEAK))
    if suite:
        return "warning", f"弱い暗号（{suite}）でもつながります。{HOW_TO}"
    if suite is None:
        return "warning", "弱い暗号を断るかどうかは、この計算機からは確かめられません。"
    return "ok", "弱い暗号は断られます。"


def _said(host: str, method: str, path: str) -> tuple[int, str]:
    """Status and redirect of plain http; 0 where nobody answers."""
    line = HTTPConnection(host, PLAIN_PORT, timeout=SECONDS)
    try:
        line.request(method, path, headers={"User-Agent": "Kyoso (check)", "Connection": "close"})
        answer = line.getresponse()
        return answer.status, answer.getheader("Location", "")
    except (OSError, HTTPException):
        return 0, ""
    finally:
        line.close()


def _pages(host: str, netloc: str) -> tuple[Level, str]:
    status, to = _said(host, "GET", "/")
    if not status:
        return "ok", "何も答えません。"
    if status in (301, 302, 303, 307, 308):
        if to == f"https://{netloc}" or to.startswith(f"https://{netloc}/"):
            return "ok", "https へ案内されます。"
        return (
            "error",
            f"http://{host}/ が、ほかの所（{to[:100]}）へ案内されます。https://{netloc}/ にしてください。{HOW_TO}",
        )
    return (
        "error",
        f"http://{host}/ が暗号化されないまま答えます（{status}）。https へ案内してください。{HOW_TO}",
    )


def _programs(host: str) -> tuple[Level, str]:
    """A program that is led on has sent what it had already, and nobody notices: it must fail at once (ASVS 4.1.2)."""
    status, _ = _said(host, "POST", FOR_PROGRAMS)
    if not status or status >= 400:
        return "ok", "プログラムから送られたものは断られます。"
    text = f"http で送られたものが断られません（{status}）。案内せずに断ってください。{HOW_TO}"
    return "error", text
