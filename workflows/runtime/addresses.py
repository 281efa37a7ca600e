"""Which addresses anybody's text may make us ask: those of the public Internet, spelt one way.

The registries are IANA's special-purpose ones (IPv4, IPv6), written out, since Python's own `is_global` says different things
from release to release. IPv6 that carries an IPv4 address (mapped, NAT64, 6to4, Teredo) is not asked at all.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit, urlunsplit

import idna

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

NOT_PUBLIC = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
"""This host, private, shared (CGNAT), loopback, link-local (where clouds keep their secrets), protocols, documentation,
relays, benchmarks, multicast, reserved."""
PUBLIC_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
"""Protocols with Teredo, documentation, 6to4, documentation again; everything outside 2000::/3 is no public address either."""
OWN_NAMES = (
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "corp",
    "home",
    "arpa",
    "test",
    "invalid",
    "onion",
)
"""Last labels that mean something in one network alone (RFC 6761, 6762, 8375, and habits)."""
LONGEST_URL = 2_000


class NotAllowed(Exception):
    """An address that is not asked. `because` is a Japanese sentence that shows nothing of what is inside."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


def is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC)
    return (
        address in PUBLIC_6
        and address.scope_id is None
        and not any(address in network for network in NOT_PUBLIC_6)
    )


def network(text: str) -> Network:
    """A network or a single address as one writes it in a setting; raises ValueError."""
    return ip_network(text, strict=False)


def judged_url(url: str, ports: frozenset[int], allowed_private: Sequence[Network] = ()) -> SplitResult:
    """The URL in the one spelling in which it is asked (ASCII host, no fragment); raises NotAllowed.

    Refused: other schemes, a name and password, ports beyond `ports`, letters that programs read differently, numbers that
    are an address in disguise (`2130706433`, `0x7f.1`, `0177.0.0.1`), and names that mean a machine in one's own network.
    """
    if len(url) > LONGEST_URL or "\\" in url or not url.isprintable() or any(c.isspace() for c in url):
        raise NotAllowed("リンクに使えない文字があるか、長すぎます。")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise NotAllowed("リンクのアドレスとして読めません。") from None
    if parts.scheme not in ("http", "https"):
        raise NotAllowed("http か https で始まるリンクだけを確かめます。")
    if "@" in parts.netloc:
        raise NotAllowed("利用者名やパスワードを含むリンクは使えません。")
    port = port if port is not None else {"http": 80, "https": 443}[parts.scheme]
    if port not in ports:
        raise NotAllowed(f"ポート {port} のリンクは確かめません。")
    name = f"[{ip_address(host)}]" if ":" in host and _is_plain(host) else _name(host, bool(allowed_private))
    return urlsplit(urlunsplit((parts.scheme, f"{name}:{port}", parts.path or "/", parts.query, "")))


def literal(host: str) -> Address | None:
    """The address that a host is, where it is no name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def insist_on_public(addresses: Sequence[Address], allowed_private: Sequence[Network]) -> None:
    """Raises NotAllowed unless every one is public or allowed: a name with one private address among others is refused."""
    for address in addresses:
        if not is_public(address) and not any(address in allowed for allowed in allowed_private):
            raise NotAllowed("インターネットに公開されていない場所を指すリンクは確かめません。")


def _is_plain(host: str) -> bool:
    if "%" in host or literal(host) is None:
        raise NotAllowed("リンクのアドレスとして読めません。")
    return True


def _name(host: str, private_is_allowed: bool) -> str:
    """The host as ASCII: full-width letters and dots, capitals and Japanese names in the spelling that is looked up."""
    try:
        name = idna.encode(host, uts46=True, std3_rules=True).decode() if not _is_ascii_name(host) else host
    except (idna.IDNAError, UnicodeError):
        raise NotAllowed("リンクのホスト名として読めません。") from None
    name = name.lower().removesuffix(".")
    last = name.rpartition(".")[2]
    if last.isdecimal() or last.startswith("0x"):
        if not isinstance(literal(name), IPv4Address):
            raise NotAllowed("数字で書き換えたアドレスは使えません。")
        return name
    if not last or (not private_is_allowed and ("." not in name or last in OWN_NAMES)):
        raise NotAllowed("インターネットに公開されていない場所を指すリンクは確かめません。")
    return name


def _is_ascii_name(host: str) -> bool:
    """Underscores are no letters of a host's name, and yet some towns' hosts have them."""
    return host.isascii() and all(c.isalnum() or c in "-._" for c in host) and ".." not in host
