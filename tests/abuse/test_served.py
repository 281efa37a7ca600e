"""The process that is really served: a message whose end is unclear is not heard (request smuggling), and its log names nobody."""

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
import requests

from tests.abuse.test_logs import CANARIES, LEAKS
from tests.app.served import Served, serving
from tests.shelves import SQLiteShelf

HIDDEN = b"GET /.well-known/hidden HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
"""A second request, smuggled in as the body of the first; whoever hears it answers twice."""
CHUNKED = b"Transfer-Encoding: chunked\r\n"


FORM = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
"""Its body is read, to look for the form's token, without which it is refused (400)."""


def post(*headers: bytes, body: bytes = b"") -> bytes:
    return FORM + b"".join(headers) + b"\r\n" + body


def length(said: int | str) -> bytes:
    return f"Content-Length: {said}\r\n".encode()


UNCLEAR = {
    "a length and chunks": post(length(len(HIDDEN) + 5), CHUNKED, body=b"0\r\n\r\n" + HIDDEN),
    "chunks and a length": post(CHUNKED, length(5), body=b"0\r\n\r\n" + HIDDEN),
    "two lengths": post(length(0), length(len(HIDDEN)), body=HIDDEN),
    "two lengths in one": post(length(f"0, {len(HIDDEN)}"), body=HIDDEN),
    "a length with a sign": post(length("+0"), body=HIDDEN),
    "a length below nothing": post(length("-1"), body=HIDDEN),
    "a length with an underscore": post(length("1_0"), body=HIDDEN),
    "a length in hexadecimal": post(length("0x0"), body=HIDDEN),
    "a length in other digits": post("Content-Length: ０\r\n".encode(), body=HIDDEN),
    "a space before the colon": post(b"Content-Length : 0\r\n", body=HIDDEN),
    "a length on the line that goes on": post(b"X: a\r\n Content-Length: 0\r\n", body=HIDDEN),
    "an encoding nobody knows": post(b"Transfer-Encoding: xchunked\r\n", body=b"0\r\n\r\n" + HIDDEN),
    "chunks not last": post(b"Transfer-Encoding: chunked, identity\r\n", body=b"0\r\n\r\n" + HIDDEN),
    "chunks twice": post(CHUNKED, CHUNKED, body=b"0\r\n\r\n" + HIDDEN),
    "chunks in version 1.0": post(CHUNKED, body=b"0\r\n\r\n" + HIDDEN).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "an encoding hidden by a tab": post(b"Transfer-Encoding:\tchunked\x0b\r\n", length(0), body=HIDDEN),
    "a chunk of no size": post(CHUNKED, body=b"\r\n0\r\n\r\n" + HIDDEN),
    "a chunk size below nothing": post(CHUNKED, body=b"-1\r\n0\r\n\r\n" + HIDDEN),
    "a chunk size with a prefix": post(CHUNKED, body=b"0x0\r\n\r\n" + HIDDEN),
    "a chunk size with an underscore": post(CHUNKED, body=b"0_0\r\n\r\n" + HIDDEN),
    "a chunk longer than its size": post(CHUNKED, body=b"1\r\nab\r\n0\r\n\r\n" + HIDDEN),
    "a chunk size ended by a bare LF": post(CHUNKED, body=b"0\n\r\n" + HIDDEN),
    "chunks that break off": post(CHUNKED, body=b"7\r\nemail=a\r\n5\r\nb"),
    "lines ended by bare LF": post(length(0), body=HIDDEN).replace(b"\r\n", b"\n"),
    "a header ended by a bare LF": post(b"X: a\nContent-Length: 0\r\n", body=HIDDEN),
    "a header ended by a bare CR": post(b"X: a\rContent-Length: 0\r\n", body=HIDDEN),
    "a NUL in a header": post(b"X: a\0\r\n", length(0), body=HIDDEN),
}


def answers(server: Served, sent: bytes) -> list[int]:
    """The status of every answer that a connection gives to these bytes, until it is closed by the other side or falls silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        said = b""
        with suppress(ConnectionResetError):
            while more := line.recv(65536):
                said += more
    return [int(part[2:5]) for part in said.split(b"HTTP/1.")[1:]]


def visits(server: Served) -> None:
    """Asks and sends what should stand in no log."""
    at, key = server.address, "kanaria" * 6
    with requests.Session() as browser:
        browser.trust_env = False
        headers = {
            "Referer": f"{at}/x?kanaria",
            "Authorization": "Basic kanaria",
            "Cookie": "kyoso=kanaria",
        }
        for path in (
            "/ideas?q=kanaria%40kazami.example.jp",
            f"/sign-in/reset/{key}",
            f"/sign-in/reset/{key}?kanaria",
            f"/invitations/12.{key}",
            f"/files/{key}.kanaria.{key}",
            "/sign-in/with/towns/back?code=kanaria&state=kanaria",
            "/kanaria8%40kazami.example.jp",
        ):
            browser.get(at + path.replace("/kanaria8", "/x/a"), headers=headers, timeout=30)
        browser.post(
            f"{at}/sign-in",
            data={"email": CANARIES["address"], "password": CANARIES["password"]},
            timeout=30,
        )
        browser.get(f"{at}/", headers={"Host": "kanaria.example"}, timeout=30)


@dataclass
class Day:
    """What happened while the process was served, and all that it wrote."""

    both: list[list[int]]
    heard: dict[str, list[int]]
    said: str


@pytest.fixture(scope="module")
def day(sqlite_shelf: SQLiteShelf) -> Iterator[Day]:
    """One process for all: gunicorn itself, with the access log on and the most talkative format."""
    format_ = '%(h)s %(u)s "%(r)s" %(U)s %(q)s %(s)s "%(f)s" "%({cookie}i)s" "%({authorization}i)s" "%({set-cookie}o)s"'
    options = ("--access-logfile", "-", "--access-logformat", format_)
    plain = [post(length(0), body=HIDDEN), post(CHUNKED, body=b"0\r\n\r\n" + HIDDEN)]
    with sqlite_shelf.plot() as plot:
        with serving(plot.engine, *options, KYOSO_SECRET=CANARIES["secret"]) as server:
            both = [answers(server, sent) for sent in plain]
            heard = {name: answers(server, sent) for name, sent in UNCLEAR.items()}
            visits(server)
        yield Day(both, heard, server.said)


def test_a_message_whose_end_is_unclear_is_refused_and_what_follows_is_not_heard(day: Day) -> None:
    assert day.both == [[400, 404]] * 2  # where the end is clear, what follows is heard
    assert {name: found for name, found in day.heard.items() if found not in ([400], [501])} == {}
    # The sender's mistakes are no errors of ours, with a trace and a number that an operator would look for.
    assert "Traceback" not in day.said, day.said
    assert "ERROR" not in day.said


def test_the_server_logs_accesses_without_keys_addresses_and_what_was_asked_for(day: Day) -> None:
    assert len(re.findall(r'"(?:GET|POST) /', day.said)) >= 6, day.said
    assert "/ideas " in day.said
    assert LEAKS.findall(day.said) == []
