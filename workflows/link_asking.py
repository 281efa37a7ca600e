"""Whether a link opens: one small request, to public addresses alone, within bounds. The one place where links are asked for."""

import ipaddress
import socket
from urllib.parse import urlsplit

import urllib3

OPENS = frozenset({401, 403, 405, 429})
"""Answers of a page that is there, but not for us: who may see it signs in."""
SILENT = "応答がありません。"


def ask(url: str, seconds: float) -> str | None:
    """None where the link opens (redirects count, and are not followed), else a Japanese sentence that says why not. What
    leads into a network of our own is not asked: the name is looked up once, and the connection goes to that address."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, ValueError):
        return "アドレスの名前が見つかりません。"
    if not found or not all(ipaddress.ip_address(a.partition("%")[0]).is_global for a in found):
        return "公開されていないアドレスのため、確かめません。"
    bound = urllib3.Timeout(total=seconds)
    address = sorted(found)[0]
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, timeout=bound, retries=False, server_hostname=host, assert_hostname=host
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=bound, retries=False)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": "Kyoso (link check)"}
    try:
        with pool:
            answer = pool.request("GET", path, headers=headers, redirect=False, preload_content=False)
            answer.close()  # what it says is not read
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        return SILENT
    opens = answer.status < 400 or answer.status in OPENS
    return None if opens else f"開けません（{answer.status}）。"
