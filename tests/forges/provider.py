"""A real OpenID Connect provider (npm's oidc-provider) on this machine, and a person's browser that signs in at it."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import Any
from urllib.parse import urljoin

import requests

from tests.forges.installing import HERE, NoForge, node, npm_modules

CLIENT, SECRET = "kyoso", "a secret of the tests"
REDIRECTS = [f"http://localhost/sign-in/with/{key}/back" for key in ("towns", "makers")]
PEOPLE_THERE: Mapping[str, Any] = {
    "new": {"email": "shinjin@kazami.example.jp", "email_verified": True},
    "moved": {"email": "idou@kazami.example.jp", "email_verified": True},
    "clerk": {"email": "tanto@kazami.example.jp", "email_verified": True},
    "namesake": {"email": "shinjin@kazami.example.jp", "email_verified": True},
    "unverified": {"email": "shinjin@kazami.example.jp", "email_verified": False},
    "elsewhere": {"email": "shinjin@kazami.example.jp.example.com", "email_verified": True},
    "stranger": {"email": "dareka@kazami.example.jp", "email_verified": True},
    "maker": {"email": "gyosha@kazemirai.example.jp", "email_verified": True},
}
"""Subject -> what the provider knows of them."""


class OpenIdProvider:
    """One such provider. `people` it was opened with: subject -> claims."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.browser = requests.Session()
        """What the person who signed in last has there."""

    def spoils(self, none: bool = False, foreign: bool = False, **claims: Any) -> None:
        """From now on its ID tokens carry these claims (None: lack them), are unsigned, or signed by a key that is not its own."""
        self._told("PUT", "/_spoil", {"claims": claims, "none": none, "foreign": foreign})

    def is_honest(self) -> None:
        self._told("PUT", "/_spoil", None)

    def changes_its_key(self) -> None:
        self._told("POST", "/_rotate", None)

    def _told(self, method: str, path: str, body: Any) -> None:
        requests.request(
            method, self.issuer + path, json=body, data="null" if body is None else None, timeout=30
        ).raise_for_status()

    def signs_out(self) -> None:
        """The person who signed in last ends that, in the same browser."""
        asked = self.browser.get(f"{self.issuer}/session/end", timeout=30)
        xsrf = re.search(r'name="xsrf" value="([^"]+)"', asked.text)
        assert xsrf, asked.text[:1000]
        confirmed = {"xsrf": xsrf[1], "logout": "yes"}
        ended = self.browser.post(f"{self.issuer}/session/end/confirm", data=confirmed, timeout=30)
        assert ended.ok, ended.text[:1000]

    def knows_the_browser(self, address: str) -> bool:
        """Whether the person who signed in last comes back from there without being asked who they are."""
        answer = self.browser.get(address, allow_redirects=False, timeout=30)
        return "code=" in answer.headers.get("Location", "")

    def signs_in(self, address: str, subject: str, declines: bool = False) -> str:
        """A person follows the address there, says who they are, agrees; the address to which they are sent back."""
        browser = self.browser = requests.Session()
        answer = browser.get(address, allow_redirects=False, timeout=30)
        for _ in range(20):
            if answer.is_redirect:
                goes_to = urljoin(answer.url, answer.headers["Location"])
                if not goes_to.startswith(self.issuer):
                    return goes_to
                answer = browser.get(goes_to, allow_redirects=False, timeout=30)
                continue
            assert answer.ok, f"{answer.status_code} {answer.text[:500]}"
            if declines:
                refuse = re.search(r'href="([^"]+/abort)"', answer.text)
                assert refuse, answer.text[:1000]
                answer = browser.get(
                    urljoin(answer.url, unescape(refuse[1])), allow_redirects=False, timeout=30
                )
                continue
            action = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="([^"]+)"', answer.text)
            assert action, answer.text[:1000]
            assert prompt, answer.text[:1000]
            said = {"prompt": prompt[1], "login": subject, "password": "any"}
            answer = browser.post(
                urljoin(answer.url, unescape(action[1])), data=said, allow_redirects=False, timeout=30
            )
        raise AssertionError("the provider sends the browser round and round")


@contextmanager
def providing(redirects: list[str], people: Mapping[str, Any]) -> Iterator[OpenIdProvider]:
    with subprocess.Popen(
        [node(), HERE / "provider.mjs", npm_modules()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
    ) as program:  # fmt: skip
        assert program.stdin is not None
        assert program.stdout is not None
        try:
            program.stdin.write(json.dumps({"redirects": redirects, "people": people}) + "\n")
            program.stdin.flush()
            while line := program.stdout.readline():
                if line.startswith("http://127.0.0.1:"):
                    yield OpenIdProvider(line.strip())
                    return
            raise NoForge("oidc-provider ended before it gave its address")
        finally:
            program.stdin.close()
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
