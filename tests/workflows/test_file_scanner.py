"""clamd is asked before anything of a file is opened; what it has not called clean is not kept."""

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.config import ConfigError, read_config
from tests.country import TANTO, Country
from workflows.files.not_now import NotNow
from workflows.files.receiving import Files, receive
from workflows.files.scanner import Scanner
from workflows.files.stores import FolderStore
from workflows.runtime.refusal import Refused

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.StreamRequestHandler):
    """INSTREAM as clamd(8) has it: zINSTREAM\\0, chunks behind their length, an empty one, and an answer that ends in NUL."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        data = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            data += self.rfile.read(size)
        if data == b"silent":
            return
        found = b"stream: Eicar-Test-Signature FOUND" if EICAR in data else b"stream: OK"
        self.wfile.write((b"INSTREAM size limit exceeded. ERROR" if data == b"large" else found) + b"\0")


@contextmanager
def serving(server: Any) -> Iterator[None]:
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(params=["unix", "tcp"])
def scanner(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scanner]:
    if request.param == "unix":
        path = str(tmp_path / "c")
        server: Any = socketserver.ThreadingUnixStreamServer(path, Clamd)
        setting = f"unix:{path}"
    else:
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd)
        setting = f"tcp://127.0.0.1:{server.server_address[1]}"
    found = read_config({"KYOSO_ENV": "development", "KYOSO_SCANNER": setting}).scanner
    assert found is not None
    with serving(server):
        yield found


def test_clean_infected_and_whatever_else_is_said(scanner: Scanner) -> None:
    scanner.insist_on_clean(b"a" * 200_000)
    with pytest.raises(Refused, match="ウイルスが見つかった"):
        scanner.insist_on_clean(b"x" * 100_000 + EICAR)
    for data in (b"silent", b"large"):
        with pytest.raises(NotNow, match="検査ができない"):
            scanner.insist_on_clean(data)


def test_a_scanner_that_is_not_there_or_never_answers_lets_nothing_through(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        for address in (str(tmp_path / "nowhere"), ("127.0.0.1", 9), deaf.getsockname()):
            with pytest.raises(NotNow):
                Scanner(address, seconds=0.05).insist_on_clean(b"a")


def test_an_infected_file_is_never_opened_nor_stored(
    small_country: Country, scanner: Scanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_country.an_idea_with_a_team()
    files = Files(FolderStore(tmp_path / "files"), scanner)
    engine, now = small_country.engine, small_country.now
    assert receive(engine, files, TANTO, "a.txt", b"clean", now)
    monkeypatch.delattr("workflows.files.receiving.cleaned_apart")
    with pytest.raises(Refused, match="ウイルス"):
        receive(engine, files, TANTO, "a.txt", EICAR, now)
    assert len(list((tmp_path / "files").glob("??/*"))) == 1


@pytest.mark.parametrize("place", ["clamd", "unix:relative", "http://x", "tcp://host:port"])
def test_a_place_that_cannot_be_read_is_refused_at_the_start(place: str) -> None:
    with pytest.raises(ConfigError, match="ウイルス検査の場所"):
        read_config({"KYOSO_ENV": "development", "KYOSO_SCANNER": place})
