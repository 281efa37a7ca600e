"""Answers of the real GitHub, as github3.py's own tests recorded them, served again byte for byte from an address of this machine."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

GITHUB = "https://api.github.com"


class Recorded:
    """The exchanges of one cassette at an address; each path answers with what was recorded for it, whatever the query."""

    def __init__(self, cassette: Path) -> None:
        exchanges = json.loads(cassette.read_text(encoding="utf-8"))["http_interactions"]
        self.paths = [
            urlsplit(e["request"]["uri"]).path for e in exchanges if e["request"]["method"] == "GET"
        ]
        self._answers = {urlsplit(e["request"]["uri"]).path: e["response"] for e in reversed(exchanges)}
        self.asked: list[str] = []
        self.url = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        recorded = self._answers.get(urlsplit(request.path).path)
        if recorded is None:
            request.send_error(404)
            return
        body = recorded["body"]
        content = (
            base64.b64decode(body["base64_string"])
            if "base64_string" in body
            else body["string"].encode(body.get("encoding") or "utf-8")
        )
        request.send_response(recorded["status"]["code"])
        for name, value in recorded["headers"].items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                text = value if isinstance(value, str) else ", ".join(value)
                # A redirect leads to GitHub itself, which is here now.
                request.send_header(
                    name, text.replace(GITHUB, self.url) if name.lower() == "location" else text
                )
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)


@contextmanager
def replaying(cassette: Path) -> Iterator[Recorded]:
    """A cassette at an address of this machine."""
    recorded = Recorded(cassette)

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            recorded.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    recorded.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield recorded
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
