"""A server that fails as told (WireMock): limits, resets, dribbling or cut bodies, answers that change from one asking to the next."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from tempfile import TemporaryDirectory
from typing import Any

import requests

from tests.forges.installing import NoForge, java, npm_modules


class Faults:
    """One such server; what it was asked is kept. `url` is what a client is configured with."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._scenarios = count(1)

    def answers(self, path: str, *answers: Mapping[str, Any], method: str = "GET") -> None:
        """To `path` (without query) it gives these answers one after the other, the last one for ever.

        Each is WireMock's own response: status, jsonBody, body, base64Body, headers, fault, fixedDelayMilliseconds,
        chunkedDribbleDelay.
        """
        scenario = f"scenario {next(self._scenarios)}"
        for number, answer in enumerate(answers):
            state = "Started" if number == 0 else f"after {number}"
            following = {"newScenarioState": f"after {number + 1}"} if number + 1 < len(answers) else {}
            self._admin(
                "POST",
                "mappings",
                {
                    "request": {"method": method, "urlPath": path},
                    "response": dict(answer),
                    "scenarioName": scenario,
                    "requiredScenarioState": state,
                    **following,
                },
            )

    def asked(self) -> list[Mapping[str, Any]]:
        """The requests it got, in order: method, url, headers as WireMock writes them."""
        journal = self._admin("GET", "requests")["requests"]
        return [entry["request"] for entry in reversed(journal)]

    def reset(self) -> None:
        self._admin("POST", "reset")

    def _admin(self, method: str, path: str, body: Any = None) -> Any:
        said = requests.request(method, f"{self.url}/__admin/{path}", json=body, timeout=30)
        said.raise_for_status()
        return said.json() if said.content else None


@contextmanager
def failing() -> Iterator[Faults]:
    """The server, on a free port of this machine."""
    jar = next((npm_modules() / "wiremock" / "build").glob("*.jar"))
    with TemporaryDirectory() as folder, subprocess.Popen(
        [java(), "-Xmx256m", "-XX:TieredStopAtLevel=1", "-jar", jar, "--port", "0", "--bind-address", "127.0.0.1",
         "--max-request-journal-entries", "1000", "--root-dir", folder],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as program:  # fmt: skip
        assert program.stdout is not None
        try:
            said = []
            for line in program.stdout:
                said.append(line)
                if port := re.match(r"port:\s+(\d+)", line):
                    break
            else:
                raise NoForge(f"WireMock did not start: {''.join(said)[-400:]}")
            yield Faults(f"http://127.0.0.1:{port[1]}")
        finally:
            program.terminate()
            program.stdout.close()
