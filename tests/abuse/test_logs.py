"""What the product writes into logs while everything goes right and wrong: no password, key, cookie or mail address (canaries)."""

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from app import identity, oidc, outside
from app.commands import clock as clock_command
from app.commands.clock import mailer
from app.config import read_config
from app.discreet import discreet, quiet_address, trace_of
from app.github import github_client
from app.route import house
from tests.app.test_openid import comes_back, goes, settings
from tests.app.web import Reader, an_app, person_id
from tests.country import KANRI, TANTO, VENDOR, Country
from tests.forges.provider import SECRET, OpenIdProvider
from tests.forges.sayings import response, saying
from tests.keychain import adds_an_app, asks_for_a_link, links, mailed, signs_in
from workflows.github.sync import sync
from workflows.runtime import outbox
from workflows.runtime.clock import Setting, run_minute
from workflows.runtime.transaction import writing

CANARIES = {
    "password": "kanaria-no-aikotoba-1", "wrong password": "kanaria-machigai-2", "token": "ghp_kanaria3kanaria3kanaria3",
    "webhook": "kanaria-webhook-himitsu-4", "mail password": "kanaria-mail-5%@", "secret": "kanaria-secret-6-long-enough-for-production",
    "typed": "kanaria-typed-7 個人の番号", "address": "kanaria8@kazami.example.jp", "code": "kanaria-code-9-876543",
    "new password": "kanaria-atarashii-10", "bucket": "kanaria-bucket-11",
}  # fmt: skip
GUEST = "shinjin@kazami.example.jp"
LEAKS = re.compile(r"kanaria|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|876543", re.IGNORECASE)
"""Every canary, and any mail address at all."""


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that any logger says from DEBUG on, traces included, as a handler would write it."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield out
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def an_app_with_secrets(country: Country, github: str, issuer: str) -> Flask:
    return an_app(
        country, KYOSO_SECRET=CANARIES["secret"], KYOSO_GITHUB_URL=github, KYOSO_GITHUB_TOKEN=CANARIES["token"],
        KYOSO_GITHUB_WEBHOOK_SECRETS=CANARIES["webhook"], KYOSO_RATE_LIMITS="1", KYOSO_OIDC_PROVIDERS=settings(issuer),
        KYOSO_FILES=f"s3://number:{CANARIES['bucket']}@127.0.0.1:1/files",
        KYOSO_SMTP_URL="smtp://kanaria:kanaria-mail-5%25%40@127.0.0.1:1", KYOSO_MAIL_FROM=CANARIES["address"],
    )  # fmt: skip


def breaks(country: Country, table: str) -> None:
    with country.engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {table} RENAME TO away"))


def mends(country: Country, table: str) -> None:
    with country.engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE away RENAME TO {table}"))


def test_the_log_of_a_whole_day_names_nobody_and_gives_nothing_away(
    country: Country,
    provider: OpenIdProvider,
    logged: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, repository = CANARIES["address"], "kazemirai/madoguchi-faq"
    country.say(VENDOR, "repo.link", idea=country.an_idea_with_a_team(), full_name=repository)
    country.say("system", "user.invite", email=address, name="風見市 担当", org="kazami", roles=["submitter"])
    identity.set_password(country.engine, address, CANARIES["password"], country.now)
    with saying(response('{"message": "Bad credentials"}', "401 Unauthorized")) as github:
        app = an_app_with_secrets(country, github.url, provider.issuer)
        _signs_in(app, country)
        _a_request_fails(app, country)
        _a_bug_quotes_what_was_typed(app, country, monkeypatch)
        spoken = [*_links_by_mail(app, country), *_a_second_step(app, country)]
        spoken += _by_a_provider(app, country, provider, monkeypatch)
        _webhooks(app)
        client = github_client(house(app).config, country.engine)
        assert client is not None
        sync(country.engine, country.now, client, [repository])
        client.standing()
        assert CANARIES["token"] in "".join(github.heard), "the token was really used"
    _the_clock(app, country, monkeypatch)
    said = logged.getvalue() + "".join(capfd.readouterr())
    assert said.count("Traceback") >= 3, "what went wrong is really in it"
    assert "Dieser Fehler" in said, "and a bug's own words, as far as they quote nobody"
    assert LEAKS.findall(said) == []
    assert [secret for secret in spoken if not secret or secret in said] == []


def _links_by_mail(app: Flask, country: Country) -> list[str]:
    """A reset and an invitation, each used after it has failed once; their tokens."""
    public = Reader(app, country)
    asks_for_a_link(public, CANARIES["address"])
    reset = urlsplit(links(app, country)[-1]).path
    country.say(KANRI, "user.invite", email=GUEST, name="新人", org="kazami", roles=["member"])
    invitation = re.findall(r"/invitations/\S+", mailed(app, country, "user.invited")[-1])[0]
    new = CANARIES["new password"]
    for path, table, fields in (
        (reset, "password_reset", {"new": new}),
        (invitation, "invitation", {"password": new, "again": new}),
    ):
        public.opens(path)
        breaks(country, table)
        public.posts(path, 503, **fields)
        mends(country, table)
        public.opens(path)
        public.posts(path, **fields)
    return [path.rpartition("/")[2] for path in (reset, invitation)]


def _a_second_step(app: Flask, country: Country) -> list[str]:
    """An authenticator app: added, its code refused, failed with, used; then a recovery code. All that was secret of it."""
    identity.set_password(country.engine, TANTO, CANARIES["password"], country.now)
    person = Reader(app, country, TANTO)
    code_app, recovery = adds_an_app(person, country.now)
    public = Reader(app, country)
    code = code_app.at(country.now.timestamp() + 30)
    for table, said in (("code_app", code), ("recovery_code", recovery[0])):
        signs_in(public, TANTO, CANARIES["password"], 200)
        public.posts("/sign-in/second", 403, code="kanaria 0")
        breaks(country, table)
        public.posts("/sign-in/second", 503, code=said)
        mends(country, table)
        signs_in(public, TANTO, CANARIES["password"], 200)
        public.posts("/sign-in/second", code=said)
    return [code_app.secret, *recovery, code]


def _by_a_provider(
    app: Flask, country: Country, provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Somebody comes in by OpenID Connect, by the real time; once the provider lies. The codes that it sent them back with."""
    known = oidc.Known(provider.issuer, "new", GUEST)
    outside.link(country.engine, person_id(country, GUEST), known, country.now)
    public, codes = Reader(app, country), []
    with monkeypatch.context() as patch:
        patch.setattr(house(app), "now", lambda: datetime.now(UTC))
        for status in (403, 303):
            provider.spoils(nonce=CANARIES["typed"]) if status == 403 else provider.is_honest()
            back = goes(public, provider, "new")
            codes.append(parse_qs(urlsplit(back).query)["code"][0])
            comes_back(public, back, status)
    return [*codes, SECRET]


def _signs_in(app: Flask, country: Country) -> None:
    public = Reader(app, country)
    public.opens("/sign-in")
    public.posts("/sign-in", 403, email=CANARIES["address"], password=CANARIES["wrong password"])
    public.posts(
        "/sign-in", 403, email="kanaria-nobody@kazami.example.jp", password=CANARIES["wrong password"]
    )
    public.posts("/sign-in", email=CANARIES["address"], password=CANARIES["password"])
    public.opens("/me")
    public.opens(f"/ideas?q={CANARIES['address']}")
    public.opens("/ideas/new")
    public.says("idea.draft", 422, title="x", org=CANARIES["typed"], code=CANARIES["code"])


def _a_request_fails(app: Flask, country: Country) -> None:
    """The database refuses: a table is away, and a row breaks a rule (PostgreSQL quotes the row)."""
    public = Reader(app, country)
    public.opens("/sign-in")
    breaks(country, "person")
    sent = {"email": CANARIES["address"], "password": CANARIES["password"], "code": CANARIES["code"]}
    public.posts("/sign-in", 503, **sent)
    mends(country, "person")
    with (
        app.test_request_context("/sign-in", method="POST", data=sent),
        pytest.raises(sa.exc.IntegrityError) as caught,
        country.engine.begin() as connection,
    ):
        connection.execute(sa.text("UPDATE person SET email = :email"), {"email": CANARIES["address"]})
    logging.getLogger("kyoso.web").error("%s", trace_of(caught.value, house(app).config))


def _a_bug_quotes_what_was_typed(app: Flask, country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError(
            f"Dieser Fehler quotes {CANARIES['password']!r}, {CANARIES['typed']} {CANARIES['secret']} of {TANTO}"
        )

    tanto = Reader(app, country, TANTO)
    tanto.opens("/ideas/new")
    with monkeypatch.context() as patch:
        patch.setattr("app.pages.doing.perform", broken)
        tanto.says("idea.draft", 500, title=CANARIES["typed"], note=CANARIES["password"])


def _webhooks(app: Flask) -> None:
    body = json.dumps({"sender": {"email": CANARIES["address"]}, "note": CANARIES["typed"]})
    for signature in ("sha256=kanaria", "kanaria", ""):
        headers = {
            "X-Hub-Signature-256": signature,
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": "kanaria-d",
        }
        assert app.test_client().post("/hooks/github", data=body, headers=headers).status_code in (400, 401)


def _the_clock(app: Flask, country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail server is down; a job fails and says whom it was about."""
    config = house(app).config
    with writing(country.engine) as session:
        outbox.enqueue(
            session, [CANARIES["address"]], "news", "R8-0001", "件名", CANARIES["typed"], country.now
        )
    run_minute(country.engine, country.now, Setting(mailer=mailer(config)))
    breaks(country, "job_run")
    with pytest.raises(sa.exc.DBAPIError) as caught:
        run_minute(country.engine, country.now, Setting(mailer=mailer(config)))
    mends(country, "job_run")
    clock_command.log.error("%s", trace_of(caught.value, config))
    failing = OSError(
        f"535 {CANARIES['address']} {config.mail_server.password if config.mail_server else ''}"
    )
    clock_command.log.error("%s", trace_of(failing, config))


def test_what_is_left_out_and_what_stays() -> None:
    rows = 'duplicate key value violates unique constraint "person_email_key"\nDETAIL:  Key (email)=(a b) already exists.\n  x\n'
    assert discreet(rows + "ValueError: y") == (
        'duplicate key value violates unique constraint "person_email_key"\nDETAIL: …\nValueError: y'
    )
    assert discreet("of tanto@kazami.example.jp, of 12 in R8-0001") == "of …, of 12 in R8-0001"
    assert discreet("a\\nb ab", ["a\nb  c", "x"]) == "a\\nb ab"
    assert quiet_address("/ideas/R8-0001?q=x") == "/ideas/R8-0001"
    assert quiet_address(f"/invitations/{'aB3_-' * 5}/accept") == "/invitations/…/accept"
    assert quiet_address(f"/invitations/12.{'aB3_-' * 8}") == "/invitations/…"
    assert quiet_address(f"/files/{'aB3_-' * 8}.x.{'aB3_-' * 5}") == "/files/…"
    assert quiet_address("/evidence/R8-0001-E1/file") == "/evidence/R8-0001-E1/file"
    config = read_config(
        {"KYOSO_ENV": "development", "KYOSO_DATABASE_URL": "postgresql://a:p%40ss-word@db/k"}
    )
    assert "ss-word" not in trace_of(ValueError("postgresql://a:p%40ss-word@db/k p@ss-word"), config)
