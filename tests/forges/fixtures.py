"""Fixtures: a GitHub that keeps state, one that fails, one that repeats what the real one said, and examples of webhooks.

Where they cannot be had (no npm, no Java, no registry) their tests are skipped; with KYOSO_TEST_REQUIRE naming github they fail.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from tests.databases import is_required
from tests.forges.emulated import Emulated, emulating
from tests.forges.faults import Faults, failing
from tests.forges.installing import NoForge, npm_modules, recordings
from tests.forges.provider import PEOPLE_THERE, REDIRECTS, OpenIdProvider, providing
from tests.forges.recordings import Recorded, replaying


@contextmanager
def had() -> Iterator[None]:
    """Around getting a counterpart: what cannot be had skips the test, saying why, or fails it where it is required."""
    try:
        yield
    except NoForge as error:
        if is_required("github"):
            raise
        pytest.skip(f"GitHub's counterparts: {error}")


@pytest.fixture(scope="session")
def emulating_program() -> Iterator[Callable[[Mapping[str, Any]], Emulated]]:
    with ExitStack() as stack:
        with had():
            opened = stack.enter_context(emulating())
        yield opened


@pytest.fixture(scope="session")
def openid_provider() -> Iterator[OpenIdProvider]:
    """A real OpenID Connect provider for tests/app/test_openid.py, which names its people."""
    with ExitStack() as stack:
        with had():
            opened = stack.enter_context(providing(REDIRECTS, PEOPLE_THERE))
        yield opened


@pytest.fixture
def provider(openid_provider: OpenIdProvider) -> OpenIdProvider:
    """The same, telling the truth again."""
    openid_provider.is_honest()
    return openid_provider


@pytest.fixture
def emulate(
    emulating_program: Callable[[Mapping[str, Any]], Emulated],
) -> Callable[[Mapping[str, Any]], Emulated]:
    """Opens a GitHub that keeps state: `emulate(seed("faq"))`, see tests/forges/emulated.py. One at a time."""
    return emulating_program


@pytest.fixture(scope="session")
def failing_program() -> Iterator[Faults]:
    with ExitStack() as stack:
        with had():
            faults = stack.enter_context(failing())
        yield faults


@pytest.fixture
def wiremock(failing_program: Faults) -> Faults:
    """A server that fails as this test tells it: see tests/forges/faults.py."""
    failing_program.reset()
    return failing_program


@pytest.fixture
def recorded() -> Iterator[Callable[[str], Recorded]]:
    """Answers of the real GitHub: `recorded("Repository_contributors")` serves that cassette of github3.py's own tests."""
    with ExitStack() as stack:
        with had():
            folder = recordings()
        yield lambda cassette: stack.enter_context(replaying(folder / f"{cassette}.json"))


@pytest.fixture(scope="session")
def webhook_examples() -> list[tuple[str, Mapping[str, Any]]]:
    """All payloads of @octokit/webhooks-examples with the name of their event."""
    with had():
        folder = npm_modules() / "@octokit" / "webhooks-examples"
    listed = json.loads((folder / "api.github.com" / "index.json").read_text(encoding="utf-8"))
    return [(event["name"], example) for event in listed for example in event["examples"]]
