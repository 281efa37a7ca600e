"""The counterparts do what the tests that use them rely on."""

from collections.abc import Callable, Mapping
from typing import Any

import requests

from tests.forges.emulated import OWNER, Emulated, seed
from tests.forges.faults import Faults
from tests.forges.installing import LOCK
from tests.forges.recordings import Recorded

Opens = Callable[[Mapping[str, Any]], Emulated]


def test_the_lock_names_no_host() -> None:
    assert "://" not in LOCK.read_text(encoding="utf-8")


def test_a_github_that_keeps_state_has_etags_and_counts_what_it_is_asked(emulate: Opens) -> None:
    forge = emulate(seed("faq"))
    address = f"{forge.url}/repos/{OWNER}/faq"
    first = requests.get(address, timeout=30)
    again = requests.get(address, headers={"If-None-Match": first.headers["ETag"]}, timeout=30)
    forge.writes(f"{OWNER}/faq", "LICENSE", "MIT License")
    forge.says("PATCH", f"/repos/{OWNER}/faq", {"license": {"key": "mit", "name": "MIT", "spdx_id": "MIT"}})
    changed = requests.get(address, headers={"If-None-Match": first.headers["ETag"]}, timeout=30)
    assert [first.status_code, again.status_code, changed.status_code] == [200, 304, 200]
    assert changed.json()["license"]["spdx_id"] == "MIT"
    assert changed.json()["url"] == address
    assert forge.asked() == [("GET", f"/repos/{OWNER}/faq", status) for status in (200, 304, 200)]
    forge.forget()
    assert forge.asked() == []


def test_a_renamed_repository_redirects_from_its_former_name(emulate: Opens) -> None:
    forge = emulate(seed("faq"))
    forge.says("PATCH", f"/repos/{OWNER}/faq", {"name": "faq2"})
    said = requests.get(f"{forge.url}/repos/{OWNER}/faq", allow_redirects=False, timeout=30)
    assert said.status_code == 301
    assert requests.get(said.headers["Location"], timeout=30).json()["full_name"] == f"{OWNER}/faq2"


def test_a_limit_is_reached_when_the_test_wants_it_and_each_seed_begins_anew(emulate: Opens) -> None:
    forge = emulate(seed("faq"))
    forge.allows(1, resets=2_000_000_000)
    address = f"{forge.url}/repos/{OWNER}/faq"
    said = [requests.get(address, timeout=30) for _ in range(2)]
    assert [s.status_code for s in said] == [200, 403]
    assert said[1].headers["X-RateLimit-Reset"] == "2000000000"
    forge = emulate(seed("other"))
    assert requests.get(f"{forge.url}/repos/{OWNER}/faq", timeout=30).status_code == 404


def test_faults_come_in_the_order_they_were_told(wiremock: Faults) -> None:
    wiremock.answers("/repos/a/b", {"status": 503}, {"jsonBody": {"id": 1}})
    said = [requests.get(f"{wiremock.url}/repos/a/b", timeout=30).status_code for _ in range(3)]
    assert said == [503, 200, 200]
    assert [asked["url"] for asked in wiremock.asked()] == ["/repos/a/b"] * 3


def test_a_recording_is_served_as_it_was(recorded: Callable[[str], Recorded]) -> None:
    github = recorded("Repository_contributors")
    said = requests.get(github.url + github.paths[0], timeout=30)
    assert said.headers["X-RateLimit-Limit"]
    assert said.json()


def test_there_are_329_examples_of_58_events(webhook_examples: list[tuple[str, Mapping[str, Any]]]) -> None:
    assert (len(webhook_examples), len({event for event, _ in webhook_examples})) == (329, 58)
