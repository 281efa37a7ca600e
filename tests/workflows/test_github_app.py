"""A GitHub App: its installation is found, its tokens are renewed before they end, and neither key nor token is shown."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.forges.emulated import OWNER, Emulated, seed
from tests.forges.faults import Faults
from tests.workflows.test_github_client import NOW, OneProcess
from workflows.github.client import Client, Standing
from workflows.github.credentials import App
from workflows.github.outcomes import Forbidden, Fresh, Gone, Limited, Malformed

FAQ = f"/repos/{OWNER}/faq"


@cache
def a_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


def installed(*accounts: str) -> dict[str, object]:
    """A GitHub with kazemirai/faq, and an App 12345 that these accounts have installed."""
    app = {
        "app_id": 12345,
        "slug": "kyoso",
        "name": "共創パイプライン",
        "private_key": a_key(),
        "permissions": {"contents": "read", "metadata": "read"},
        "events": [],
        "installations": [
            {"installation_id": 100 + n, "account": account, "repository_selection": "all"}
            for n, account in enumerate(accounts)
        ],
    }
    return seed("faq", apps=[app], users=[{"login": OWNER}, {"login": "other"}])


def an_app(url: str, now: list[datetime], limits: OneProcess | None = None) -> Client:
    return Client(
        url, App("12345", a_key()), limits or OneProcess(), now=lambda: now[0], sleep=lambda _: None
    )


def test_an_installation_is_asked_for_once_and_its_token_is_renewed_before_it_ends(
    emulate: Callable[..., Emulated],
) -> None:
    forge = emulate(installed(OWNER))
    now = [datetime.now(UTC)]  # the stand-in looks at the clock itself
    client = an_app(forge.url, now)
    for _ in range(2):
        assert isinstance(client.get(FAQ), Fresh)
    of_the_app = [("GET", f"{FAQ}/installation", 200), ("POST", "/app/installations/100/access_tokens", 201)]
    assert forge.asked() == [*of_the_app, ("GET", FAQ, 200), ("GET", FAQ, 200)]
    forge.forget()
    now[0] += timedelta(minutes=54)
    client.get(FAQ)
    assert forge.asked() == [("GET", FAQ, 200)]
    forge.forget()


def test_a_token_within_five_minutes_of_its_end_is_renewed(wiremock: Faults) -> None:
    wiremock.answers(f"{FAQ}/installation", {"jsonBody": {"id": 7}})
    tokens = [
        {"jsonBody": {"token": f"ghs_{n}", "expires_at": f"{NOW + timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ}"}}
        for n in (1, 2)
    ]
    wiremock.answers("/app/installations/7/access_tokens", *tokens, method="POST")
    wiremock.answers(FAQ, {"jsonBody": {}})
    now = [NOW]
    client = an_app(wiremock.url, now)
    for minutes in (0, 54, 56, 57):
        now[0] = NOW + timedelta(minutes=minutes)
        assert client.get(FAQ) == Fresh({})
    used = [r["headers"]["Authorization"] for r in wiremock.asked() if r["url"] == FAQ]
    assert used == ["token ghs_1", "token ghs_1", "token ghs_2", "token ghs_2"]


def test_a_repository_that_is_gone_is_seen_to_be_gone_by_its_owners_installation(
    emulate: Callable[..., Emulated],
) -> None:
    forge = emulate(installed("other", OWNER))
    assert an_app(forge.url, [datetime.now(UTC)]).get(f"/repos/{OWNER}/deleted") == Gone(404)


def test_where_the_app_is_not_installed_nothing_is_said_of_the_repository(
    emulate: Callable[..., Emulated],
) -> None:
    forge = emulate(installed("other"))
    reply = an_app(forge.url, [datetime.now(UTC)]).get(FAQ)
    assert isinstance(reply, Forbidden)
    assert "入れてもらって" in reply.because


def test_a_token_that_was_revoked_is_asked_for_anew_once(wiremock: Faults) -> None:
    wiremock.answers(f"{FAQ}/installation", {"jsonBody": {"id": 7}})
    token = {"token": "ghs_x", "expires_at": f"{NOW + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}
    wiremock.answers("/app/installations/7/access_tokens", {"jsonBody": token}, method="POST")
    bad = {"status": 401, "jsonBody": {"message": "Bad credentials"}}
    wiremock.answers(FAQ, bad, {"jsonBody": {}}, bad)
    client = an_app(wiremock.url, [NOW])
    assert client.get(FAQ) == Fresh({})
    assert type(client.get(FAQ)) is Forbidden
    assert len([r for r in wiremock.asked() if r["url"] == FAQ]) == 4


def test_a_limit_of_one_installation_does_not_silence_another(wiremock: Faults) -> None:
    for number, owner in enumerate(("a", "b"), 1):
        wiremock.answers(f"/repos/{owner}/x/installation", {"jsonBody": {"id": number}})
        token = {"token": f"ghs_{owner}", "expires_at": f"{NOW + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}
        wiremock.answers(f"/app/installations/{number}/access_tokens", {"jsonBody": token}, method="POST")
    wiremock.answers("/repos/a/x", {"status": 429, "headers": {"Retry-After": "60"}})
    wiremock.answers("/repos/b/x", {"jsonBody": {}})
    client = an_app(wiremock.url, [NOW])
    assert isinstance(client.get("/repos/a/x"), Limited)
    assert client.get("/repos/b/x") == Fresh({})


@pytest.mark.parametrize(
    "answer", [{"id": "7/../../user"}, {"id": None}, [], {"id": -1}, {"id": True}, {}], ids=str
)  # fmt: skip
def test_an_installation_that_makes_no_sense_is_malformed(wiremock: Faults, answer: object) -> None:
    wiremock.answers(f"{FAQ}/installation", {"jsonBody": answer})
    assert isinstance(an_app(wiremock.url, [NOW]).get(FAQ), Malformed)
    assert len(wiremock.asked()) == 1


@pytest.mark.parametrize(
    "answer", [{"token": "ghs\r\nX: 1", "expires_at": "2026-04-01T04:00:00Z"}, {"token": "x", "expires_at": "soon"}, {}, []], ids=str
)  # fmt: skip
def test_a_token_that_makes_no_sense_is_malformed(wiremock: Faults, answer: object) -> None:
    wiremock.answers(f"{FAQ}/installation", {"jsonBody": {"id": 7}})
    wiremock.answers("/app/installations/7/access_tokens", {"jsonBody": answer}, method="POST")
    assert isinstance(an_app(wiremock.url, [NOW]).get(FAQ), Malformed)


def test_the_app_signs_by_its_number_as_text_dated_back_and_for_less_than_ten_minutes() -> None:
    speaker, path = App("12345", a_key()).itself(NOW)
    signed = (speaker.authorization.header or "").removeprefix("Bearer ")
    said = jwt.decode(signed, options={"verify_signature": False})
    assert (path, said["iss"]) == ("/app", "12345")
    assert said["iat"] == (NOW - timedelta(minutes=1)).timestamp()
    assert NOW.timestamp() < said["exp"] < said["iat"] + 600


def test_an_app_knows_how_it_stands(emulate: Callable[..., Emulated]) -> None:
    forge = emulate(installed(OWNER))
    assert an_app(forge.url, [datetime.now(UTC)]).standing() == Standing("共創パイプライン", None, None)


def test_neither_key_nor_token_is_shown(emulate: Callable[..., Emulated]) -> None:
    forge = emulate(installed(OWNER))
    client = an_app(forge.url, [datetime.now(UTC)])
    client.get(FAQ)
    app = client._credentials
    assert isinstance(app, App)
    token = app._by_owner[OWNER].token
    assert token.startswith("ghs_")
    said = f"{client!r} {vars(client)!r} {app!r} {vars(app)!r}"
    assert token not in said
    assert a_key().splitlines()[1] not in said


@pytest.mark.parametrize(
    "pem", ["", "nonsense", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"]
)
def test_what_is_no_key_is_refused_without_being_quoted(pem: str) -> None:
    with pytest.raises(ValueError, match="秘密鍵として読めません") as refused:
        App("1", pem)
    assert "AAAA" not in str(refused.value)


def test_a_key_on_one_line_is_read_too() -> None:
    App("1", a_key().replace("\n", "\\n"))
