"""A GitHub that keeps state (emulate), seeded for one test; what it was asked is counted."""

import base64
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import requests

from tests.forges.installing import HERE, NoForge, node, npm_modules

TOKEN = "forge-token-of-the-tests"
OWNER = "kazemirai"


def seed(*names: str, **more: Any) -> dict[str, Any]:
    """Repositories kazemirai/NAME with a README each, an owner, and a token that may do everything; `more` as emulate takes it."""
    return {
        "tokens": {TOKEN: {"login": OWNER, "scopes": ["repo", "user", "admin:org", "admin:repo_hook"]}},
        "github": {
            "users": [{"login": OWNER}],
            "repos": [{"owner": OWNER, "name": name, "auto_init": True} for name in names],
            **more,
        },
    }


class Emulated:
    """One such GitHub. Its owner speaks through it in the test; what we asked meanwhile is in `requests()`."""

    token = TOKEN

    def __init__(self, url: str) -> None:
        self.url = url

    def says(self, method: str, path: str, body: Any = None) -> Any:
        """The owner does something by GitHub's own API, which is not counted; the parsed answer. Fails the test on a refusal."""
        said = self._said(method, path, body)
        assert said.ok, f"{method} {path}: {said.status_code} {said.text[:300]}"
        return said.json() if said.content else None

    def writes(self, full_name: str, path: str, text: str | bytes) -> None:
        """A file is committed to the default branch."""
        address = f"/repos/{full_name}/contents/{quote(path)}"
        there = self._said("GET", address)
        kept = {"sha": there.json()["sha"]} if there.ok else {}
        content = base64.b64encode(text.encode() if isinstance(text, str) else text).decode()
        self.says("PUT", address, {"message": path, "content": content, **kept})

    def allows(self, left: int, resets: int) -> None:
        """After `left` requests more the limit is reached, until the second `resets` (since 1970)."""
        requests.put(f"{self.url}/_limit", json={"requests": left, "resets": resets}, timeout=30)

    def asked(self) -> list[tuple[str, str, int]]:
        """What it was asked, in order: method, path with query, status."""
        return [(m, p, s) for m, p, s in requests.get(f"{self.url}/_seen", timeout=30).json()]

    def forget(self) -> None:
        """Begin to count anew."""
        requests.delete(f"{self.url}/_seen", timeout=30)

    def _said(self, method: str, path: str, body: Any = None) -> requests.Response:
        headers = {"Authorization": f"token {self.token}", "X-By-The-Owner": "1"}
        return requests.request(method, self.url + path, json=body, headers=headers, timeout=30)


@contextmanager
def emulating() -> Iterator[Callable[[Mapping[str, Any]], Emulated]]:
    """A program that opens a fresh GitHub for each seed, the one before being closed."""
    with subprocess.Popen(
        [node(), HERE / "emulated.mjs", npm_modules()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    ) as program:  # fmt: skip
        assert program.stdin is not None
        assert program.stdout is not None

        def opened(wanted: Mapping[str, Any]) -> Emulated:
            program.stdin.write(json.dumps(wanted) + "\n")
            program.stdin.flush()
            if address := program.stdout.readline().strip():
                return Emulated(address)
            raise NoForge("emulate ended; what it said stands above")

        try:
            yield opened
        finally:
            program.stdin.close()
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
