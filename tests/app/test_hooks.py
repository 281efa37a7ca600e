"""`POST /hooks/github` as GitHub meets it: what it answers, what it keeps, and that it tells nobody."""

import json
import logging
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app import hooks
from app.hooks import COST_OF_A_REFUSAL, MOST_A_MINUTE, MOST_ADDRESSES, Turnstile
from app.route import house
from tests.app.terminal import Terminal
from tests.app.web import an_app
from tests.country import VENDOR, Country
from tests.hooks import FULL_NAME, SECRET, a_payload, a_repository, facts, signed, works
from workflows.github.webhooks import LARGEST_BODY

FORMER = "a secret that was replaced last week"


def hearing(country: Country, *secrets: str) -> Flask:
    app = an_app(country, KYOSO_PROXIES="127.0.0.1")
    object.__setattr__(house(app).config, "github_webhook_secrets", secrets or (SECRET,))
    return app


def sends(
    app: Flask,
    payload: Any,
    *,
    event: str = "repository",
    delivery: str = "d-1",
    secret: str = SECRET,
    **headers: str,
) -> TestResponse:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    sent = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": signed(body, secret),
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/044aadd",
    } | headers
    return app.test_client().post("/hooks/github", data=body, headers={k: v for k, v in sent.items() if v})


def linked(country: Country) -> None:
    country.say(VENDOR, "repo.link", idea=country.an_idea_with_a_team(), full_name=FULL_NAME)


def reason(answer: TestResponse) -> tuple[int, str]:
    assert answer.mimetype == "application/json"
    assert answer.json is not None
    assert answer.json["message"].endswith("。")
    return answer.status_code, answer.json["reason"]


def test_a_delivery_is_queued_without_a_session_and_worked_through_by_the_clock(country: Country) -> None:
    linked(country)
    app = hearing(country)
    answer = sends(app, a_payload("archived", a_repository(country.now, archived=True)))
    assert (answer.status_code, answer.json) == (202, {"heard": "queued"})
    assert "Set-Cookie" not in answer.headers
    assert country.tick()["webhooks"] == 1
    assert facts(country)["archived"] is True


def test_old_and_new_secret_hold_while_one_is_replaced(small_country: Country) -> None:
    linked(small_country)
    payload = a_payload("edited", a_repository(small_country.now))
    both = hearing(small_country, SECRET, FORMER)
    for number, secret in enumerate((SECRET, FORMER)):
        assert sends(both, payload, secret=secret, delivery=f"d-{number}").status_code == 202
    replaced = hearing(small_country, SECRET)
    assert reason(sends(replaced, payload, secret=FORMER, delivery="d-3")) == (401, "wrong_signature")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Hub-Signature-256": ""}, (401, "unsigned")),
        ({"X-Hub-Signature-256": "", "X-Hub-Signature": "sha1=" + "0" * 40}, (401, "unsigned")),
        ({"X-Hub-Signature-256": "sha256=" + "0" * 64}, (401, "wrong_signature")),
        ({"X-GitHub-Delivery": ""}, (400, "malformed")),
    ],
)
def test_what_is_not_signed_or_not_numbered_is_refused(
    small_country: Country, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    linked(small_country)
    app = hearing(small_country)
    before = small_country.everything()
    sent = sends(app, a_payload("edited", a_repository(small_country.now)), **headers)
    assert reason(sent) == expected
    assert small_country.everything() == before


def test_a_body_changed_by_one_byte_is_refused(small_country: Country) -> None:
    linked(small_country)
    body = json.dumps(a_payload("edited", a_repository(small_country.now))).encode()
    header = {"X-Hub-Signature-256": signed(body)}
    assert reason(sends(hearing(small_country), body + b" ", **header)) == (401, "wrong_signature")


def test_a_replay_is_refused_as_a_duplicate(country: Country) -> None:
    linked(country)
    app = hearing(country)
    payload = a_payload("edited", a_repository(country.now))
    assert sends(app, payload).status_code == 202
    works(country)
    before = country.everything()
    assert reason(sends(app, payload)) == (409, "duplicate")
    assert country.everything() == before


def test_without_a_secret_there_is_no_such_address(small_country: Country) -> None:
    linked(small_country)
    before = small_country.everything()
    assert reason(sends(an_app(small_country), a_payload("edited", a_repository(small_country.now)))) == (
        404,
        "unknown",
    )
    assert small_country.everything() == before


def test_a_body_that_is_too_large_is_not_read(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = hearing(small_country)

    def read(*_: Any) -> None:
        raise AssertionError("its signature was looked at")

    with monkeypatch.context() as patched:
        patched.setattr("workflows.github.webhooks.check_signature", read)
        assert reason(sends(app, b" " * (LARGEST_BODY + 1))) == (413, "too_large")
    assert reason(sends(app, b" " * LARGEST_BODY)) == (400, "malformed")


def test_a_form_is_answered_with_what_to_set(small_country: Country) -> None:
    answer = sends(
        hearing(small_country), b"payload=%7B%7D", **{"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert reason(answer) == (400, "malformed")
    assert "application/json" in answer.text


def test_it_is_no_page(small_country: Country) -> None:
    assert hearing(small_country).test_client().get("/hooks/github").status_code == 405


def test_wrong_signatures_close_the_gate_to_their_address_alone_and_for_a_minute(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(small_country)
    app = hearing(small_country)
    now = [600.0]
    monkeypatch.setattr(hooks.time, "monotonic", lambda: now[0])
    payload, elsewhere = (
        a_payload("edited", a_repository(small_country.now)),
        {"X-Forwarded-For": "192.0.2.7"},
    )
    guesses = [reason(sends(app, payload, secret="a guess", **elsewhere)) for _ in range(62)]
    assert guesses == [(401, "wrong_signature")] * 60 + [(429, "rate_limited")] * 2
    refused = sends(app, payload, **elsewhere)
    assert refused.headers["Retry-After"] == "60"
    assert sends(app, payload).status_code == 202
    now[0] += 60
    assert reason(sends(app, payload, **elsewhere)) == (409, "duplicate")


def test_a_flood_from_many_addresses_takes_no_more_memory() -> None:
    gate = Turnstile()
    for n in range(MOST_ADDRESSES + MOST_A_MINUTE // COST_OF_A_REFUSAL):
        gate.charge(f"address {n}", COST_OF_A_REFUSAL)
    assert gate.is_open("address 0")
    assert not gate.is_open("one that comes later")
    assert len(gate._counted) <= MOST_ADDRESSES + 1


def test_nothing_of_a_delivery_reaches_the_log(
    country: Country, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    linked(country)
    app = hearing(country)
    caplog.set_level(logging.DEBUG)
    payload = a_payload("edited", a_repository(country.now, "yosomono/himitsu", 7), secret="himitsu")
    sends(app, payload)
    sends(app, payload, secret="himitsu-no-kagi")
    sends(app, json.dumps(payload).encode()[:-1])
    sends(app, a_payload("edited", a_repository(country.now)), delivery="d-2")
    said = caplog.text + "".join(capfd.readouterr())
    for hidden in ("himitsu", SECRET, "hito-no-namae", "d-1", "sha256="):
        assert hidden not in said


def test_a_database_that_is_away_is_answered_503_and_nothing_is_lost(small_country: Country) -> None:
    """GitHub's list of deliveries shows it as failed, and sends it again when asked."""
    linked(small_country)
    app = hearing(small_country)
    with small_country.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE hook_delivery RENAME TO away"))
    payload = a_payload("edited", a_repository(small_country.now))
    assert sends(app, payload).status_code in (500, 503)
    with small_country.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE away RENAME TO hook_delivery"))
    assert sends(app, payload).status_code == 202


def test_check_says_how_the_webhooks_are(country: Country) -> None:
    terminal = Terminal(country.engine.url.render_as_string(hide_password=False))
    terminal.environ |= {"KYOSO_ENV": "development"}

    def level() -> tuple[str, str]:
        terminal.kyoso("--json", "check")
        lines = json.loads(terminal.out)["checks"]
        return next((line["level"], line["text"]) for line in lines if line["subject"] == "Webhook")

    assert level() == ("ok", "受け取っていません（KYOSO_GITHUB_WEBHOOK_SECRETS を設定すると受け取ります）")
    terminal.environ["KYOSO_GITHUB_WEBHOOK_SECRETS"] = SECRET
    assert level()[0] == "warning"
    linked(country)
    sends(hearing(country), a_payload("edited", a_repository(country.now)))
    assert level()[0] == "error", "it has waited since the country's time"
    works(country)
    assert level()[0] == "ok"
