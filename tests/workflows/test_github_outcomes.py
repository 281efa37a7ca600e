"""Every way in which a look can end, played to a repository that was seen before: what the person reads, and what was kept."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.app.web import reader
from tests.conftest import SUMMARY
from tests.country import TANTO, Country
from tests.forges.asking import asking
from tests.forges.emulated import Emulated, seed
from tests.forges.faults import Faults
from tests.workflows.test_github_sync import NAME, linked, looks, snapshots, state

Opens = Callable[[Mapping[str, Any]], Emulated]
JSON = {"Content-Type": "application/json"}
TOLD = {"message": "…", "documentation_url": "https://docs.github.com/rest"}
RESET = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1775002800"}
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "404 deleted, or private now": ({"status": 404, "jsonBody": TOLD}, "gone"),
    "410 gone": ({"status": 410, "jsonBody": TOLD}, "gone"),
    "451 taken down": ({"status": 451, "jsonBody": TOLD}, "blocked"),
    "401 token refused": ({"status": 401, "jsonBody": {"message": "Bad credentials"}}, "forbidden"),
    "403 no permission": (
        {"status": 403, "jsonBody": {"message": "Resource not accessible by personal access token"}},
        "forbidden",
    ),
    "403 primary limit": ({"status": 403, "jsonBody": TOLD, "headers": RESET}, "limited"),
    "429 secondary limit": ({"status": 429, "jsonBody": TOLD, "headers": {"Retry-After": "120"}}, "limited"),
    "500": ({"status": 500, "body": "oops"}, "unavailable"),
    "202 for ever": ({"status": 202, "jsonBody": {}}, "unavailable"),
    "connection reset": ({"fault": "CONNECTION_RESET_BY_PEER"}, "unavailable"),
    "empty answer": ({"fault": "EMPTY_RESPONSE"}, "unavailable"),
    "cut in the middle": ({"status": 200, "body": '{"id": 1, "full_na', "headers": JSON}, "malformed"),
    "a page of HTML": (
        {"status": 200, "body": "<html>sign in</html>", "headers": {"Content-Type": "text/html"}},
        "malformed",
    ),
    "a proxy's 404 in HTML": (
        {"status": 404, "body": "<html>no</html>", "headers": {"Content-Type": "text/html"}},
        "malformed",
    ),
    "another repository's name": ({"status": 200, "jsonBody": {"id": 1, "full_name": "../../user"}}, "malformed"),
    "redirect to another host": ({"status": 301, "headers": {"Location": "https://example.com/"}}, "malformed"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_fault_leaves(
    small_country: Country,
    emulate: Opens,
    wiremock: Faults,
    fault: str,
    record_property: Callable[[str, object], None],
) -> None:
    country = small_country
    linked(country, "madoguchi-faq")
    looks(country, asking(emulate(seed("madoguchi-faq")), country.engine, country.now))
    (before,) = snapshots(country)
    country.pass_days(1)
    answer, outcome = FAULTS[fault]
    for path in (f"/repos/{NAME}", f"/repositories/{state(country).forge_id}"):
        wiremock.answers(path, answer)
    looks(country, asking(wiremock, country.engine, country.now))
    now = state(country)
    assert now.outcome == outcome
    assert now.outcome_since == country.now
    *_, kept = snapshots(country)
    if outcome in ("gone", "blocked"):
        assert kept.facts == {**before.facts, "gone": True}
    else:
        assert kept.id == before.id, "the last good snapshot stays"
        assert now.seen_at == country.now - timedelta(days=1)
    card = reader(country, TANTO).opens(f"/repositories/{NAME}")
    assert now.outcome_because
    assert now.outcome_because in card
    assert "MIT" in card, "what was seen before is still shown"
    left = "last facts and 'gone'" if outcome in ("gone", "blocked") else "last snapshot"
    record_property(SUMMARY, f"GitHub, {fault}: {outcome}; read: {now.outcome_because}; kept: {left}")
