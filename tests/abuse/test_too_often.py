"""What is repeated without end is stopped, however many processes answer; reading a page writes nothing."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import request

from app import rate_limits
from app.rate_limits import ACTS, SEARCHES, SIGNING, Limit, Turnstile, limit_of, wait_for
from app.route import SIGNING as SIGNING_ROUTES
from app.route import guard_of
from tests.app.web import Reader, an_app, statements
from tests.country import TANTO, Country

TWENTY = Limit("twenty", 20, timedelta(minutes=1))
NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
KNOCKS = """
import sys
from datetime import UTC, datetime, timedelta
from app.db import create_engine
from app.rate_limits import Limit, Turnstile
engine, gate = create_engine(sys.argv[1]), Turnstile("secret")
print("ready", flush=True)
sys.stdin.readline()
limit, now = Limit("twenty", 20, timedelta(minutes=1)), datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
print(sum(gate.passes(engine, limit, "somebody", now) is None for _ in range(30)))
"""


def test_two_processes_count_together(engine: sa.Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", KNOCKS, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in asking:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in asking:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert sum(int(process.communicate(timeout=60)[0]) for process in asking) == TWENTY.most


def test_many_at_once_are_counted_each_and_the_next_minute_is_another(engine: sa.Engine) -> None:
    gates = [Turnstile("secret") for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda n: gates[n % 4].passes(engine, TWENTY, "somebody", NOW), range(48)))
    assert sum(wait is None for wait in waits) == TWENTY.most
    later = NOW + timedelta(seconds=45)
    assert gates[0].passes(engine, TWENTY, "somebody", later) == timedelta(seconds=15)
    assert gates[0].passes(engine, TWENTY, "somebody else", later) is None
    assert gates[0].passes(engine, TWENTY, "somebody", NOW + timedelta(minutes=1)) is None
    with statements(engine) as said:
        for _ in range(30):
            gates[1].passes(engine, TWENTY, "somebody", NOW + timedelta(minutes=1))
    assert (
        len([text for text in said if text.startswith("INSERT")]) <= 20
    )  # then it is remembered, not written


def test_an_act_said_too_often_is_not_done_and_what_was_typed_stays(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = an_app(small_country, KYOSO_RATE_LIMITS="1")
    monkeypatch.setattr(rate_limits, "ACTS", Limit("acts", 2, timedelta(hours=1)))
    tanto = Reader(app, small_country, TANTO)
    tanto.opens("/ideas/new")
    for n in range(2):
        tanto.says("idea.draft", 422, title=f"題 {n}")
        tanto.opens("/ideas/new")
    refused = tanto.says("idea.draft", 429, title="三つめの題")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert "短い間に繰り返されたため" in refused.text
    assert "三つめの題" in refused.text
    with small_country.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM idea WHERE title = '三つめの題'")) == 0
        kept = str(connection.execute(sa.text("SELECT * FROM rate_count")).all())
    assert "kazami" not in kept
    assert "127.0.0.1" not in kept


def test_searching_is_counted_and_looking_is_not(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = an_app(small_country, KYOSO_RATE_LIMITS="1")
    monkeypatch.setattr(rate_limits, "SEARCHES", Limit("searches", 3, timedelta(hours=1)))
    public = Reader(app, small_country)
    with statements(small_country.engine) as said:
        for _ in range(5):
            public.opens("/ideas")
            public.opens("/sign-in")
    assert not [text for text in said if "rate_count" in text]
    for word in ("議事録", "要約", "見守り"):
        public.opens(f"/ideas?q={word}")
    stopped = public.opens("/ideas?q=道路", 429)
    assert "短い間に繰り返されたため" in stopped
    assert public.page is not None
    assert int(public.page.headers["Retry-After"]) > 0
    public.opens("/ideas")
    Reader(app, small_country, TANTO).opens(
        "/ideas?q=道路"
    )  # counted by person, not by the town hall's address


def test_signing_in_and_what_belongs_to_it_is_counted_by_address(
    small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = an_app(small_country, KYOSO_RATE_LIMITS="1", KYOSO_PROXIES="127.0.0.1")
    monkeypatch.setattr(rate_limits, "SIGNING", Limit("signing", 2, timedelta(hours=1)))
    public = Reader(app, small_country)
    for n in range(2):
        public.opens("/sign-in")
        public.posts("/sign-in", 403, email=f"{n}@kazami.example.jp", password="x")
    public.opens("/sign-in")
    public.posts("/sign-in", 429, email="3@kazami.example.jp", password="x")
    elsewhere = {"X-Forwarded-For": "198.51.100.9"}
    public.opens("/sign-in")
    public.posts("/sign-in", 403, headers=elsewhere, email="4@kazami.example.jp", password="x")


def test_every_address_about_signing_in_is_counted_but_for_mere_forms(small_country: Country) -> None:
    """Resets, second steps, passkeys, invitations, providers, devices: by the routes there are, so that none is forgotten."""
    app = an_app(small_country, KYOSO_RATE_LIMITS="1")
    counted, free = set(), set()
    for rule in app.url_map.iter_rules():
        guard = guard_of(rule.endpoint)
        if guard is None or guard.kind != "signs":
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            address = rule.rule.replace("<token>", "x").replace("<key>", "x")
            with app.test_request_context(address, method=method):
                (counted if limit_of(request) is SIGNING else free).add((rule.endpoint, method))
    assert free == {(name, m) for name in ("sign_in", "second_step", "forgotten") for m in ("GET", "HEAD")}
    assert {name for name, _ in counted} == SIGNING_ROUTES
    assert {
        ("reset", "GET"),
        ("invitation", "GET"),
        ("sign_in_outside", "GET"),
        ("outside_back", "GET"),
    } <= counted


def test_it_can_be_left_to_what_stands_in_front(small_country: Country) -> None:
    with an_app(small_country, KYOSO_RATE_LIMITS="0").app_context():
        assert all(wait_for(Limit("none", 0, timedelta(hours=1)), "somebody") is None for _ in range(3))
    assert ACTS.most >= SEARCHES.most >= 60
