"""A server that says exactly the bytes a test gives it, as slowly as the test likes; it keeps the first lines and headers it heard."""

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress


class Saying:
    """Such a server. `heard` has what each connection said, as it came."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.url = ""

    def lines(self) -> list[str]:
        """The request lines."""
        return [said.split("\r\n")[0] for said in self.heard]


def response(body: bytes | str, status: str = "200 OK", **headers: str) -> bytes:
    """A response, whole; underscores in names of headers stand for hyphens."""
    content = body.encode() if isinstance(body, str) else body
    told = {
        "Content_Type": "application/json",
        "Content_Length": str(len(content)),
        "Connection": "close",
        **headers,
    }
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in told.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@contextmanager
def saying(*answers: bytes | Iterable[bytes], pause: float = 0.0) -> Iterator[Saying]:
    """Each connection is given the next answer, the last one for ever; pieces of an iterable come `pause` seconds apart."""
    server = socket.create_server(("127.0.0.1", 0))
    found = Saying()
    found.url = f"http://127.0.0.1:{server.getsockname()[1]}"
    over = threading.Event()

    def serve() -> None:
        number = 0
        while not over.is_set():
            with suppress(OSError):
                line, _ = server.accept()
                with line:
                    line.settimeout(10)
                    said = b""
                    while b"\r\n\r\n" not in said and (piece := line.recv(65536)):
                        said += piece
                    if not said:
                        continue
                    found.heard.append(said.decode("latin-1"))
                    answer = answers[min(number, len(answers) - 1)]
                    number += 1
                    for piece in [answer] if isinstance(answer, bytes) else answer:
                        line.sendall(piece)
                        if over.wait(pause):
                            break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        with suppress(OSError), socket.create_connection(server.getsockname(), timeout=1):
            pass  # wakes accept()
        thread.join(10)
        server.close()
