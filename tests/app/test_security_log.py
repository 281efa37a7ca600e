"""What the log says of the doors: who was refused what, who came in and who did not; without names, keys or anything typed."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app import identity, log_lines, rate_limits
from app.discreet import trace_of
from app.route import house
from tests.app.web import Reader, an_app, person_id
from tests.country import JIMUKYOKU, KANRI, KESSAI, SHINSA1, TANTO, VENDOR, Country
from tests.discretion import LEAKS
from tests.keychain import OTHER_PASSWORD, PASSWORD, adds_an_app, asks_for_a_link, cheap_guesses, signs_in

pytestmark = pytest.mark.usefixtures("cheap_guesses")
__all__ = ["cheap_guesses"]

NOBODY = "nobody@kazami.example.jp"
FORGED = 'x\r\n{"event": "signed_in", "who": "u1"}\u2028'
"""Typed by somebody who wants a line of their own in the log."""


class Heard:
    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog

    def lines(self) -> Iterator[dict[str, Any]]:
        """What was said since the last time, as a machine reads it; none of it names anybody."""
        for record in self.caplog.records:
            if record.name != "kyoso.security":
                continue
            line = log_lines.Lines(as_json=True).line(record)
            assert len(line.splitlines()) == len(record.getMessage().splitlines()) == 1
            assert not LEAKS.search(line)
            assert not re.search(r"127\.0\.0\.1|風見|橋の下", line)
            found = json.loads(line)
            assert {"at", "level", "log", "event", "from"} <= found.keys()
            yield found
        self.caplog.clear()

    def last(self, *names: str) -> tuple[Any, ...]:
        *_, found = self.lines()
        return tuple(found.get(name) for name in ("event", *names))


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Heard:
    caplog.set_level(logging.INFO, "kyoso.security")
    return Heard(caplog)


def test_a_sign_in_says_how_and_a_failure_says_why_and_of_which_account(
    small_country: Country, heard: Heard
) -> None:
    identity.set_password(small_country.engine, TANTO, PASSWORD)
    app, me = an_app(small_country), f"u{person_id(small_country, TANTO)}"
    caller = Reader(app, small_country)
    signs_in(caller)
    assert heard.last("how", "who", "for") == ("signed_in", "password", me, "kazami")
    caller.opens("/me/security")
    caller.posts("/me/security/password", 403, old=OTHER_PASSWORD, new=OTHER_PASSWORD)
    assert heard.last("why", "who") == ("key_not_changed", "password", me)
    code_app, _ = adds_an_app(caller, small_country.now)
    assert [(line["what"], line["of"]) for line in heard.lines()] == [("code_app", me)]
    caller.opens("/me/security")
    caller.posts("/sign-out")
    assert heard.last("who") == ("signed_out", me)
    signs_in(caller, password=PASSWORD, status=200)
    caller.posts("/sign-in/second", 403, code="000000")
    assert heard.last("why", "of", "who") == ("sign_in_failed", "code", me, None)
    caller.posts("/sign-in/second", code=code_app.at(small_country.now.timestamp() + 30))
    assert heard.last("how", "who") == ("signed_in", "code", me)
    for email, status in (
        (TANTO, 403),
        (NOBODY, 403),
        (FORGED, 403),
        *[(TANTO.upper(), 403)] * 4,
        (TANTO, 429),
    ):
        signs_in(caller, email, OTHER_PASSWORD, status)
    said = list(heard.lines())
    assert [line["why"] for line in said] == ["password"] * 7 + ["must_wait"]
    accounts = [line["account"] for line in said]
    assert len(set(accounts)) == 3, (
        "whoever tries one account is seen to, and it is not said whether there is one"
    )
    assert accounts[0] == accounts[-1]
    for _ in range(4):
        asks_for_a_link(caller, NOBODY, 429 if _ == 3 else 200)
    assert heard.last("kind", "account") == ("shut_out", "mail", accounts[1])
    caller.opens("/sign-in/reset/x", 404)
    caller.opens("/sign-in/forgotten")
    caller.posts("/sign-in/reset/x", 404, new=OTHER_PASSWORD)
    assert heard.last("why") == ("key_not_changed", "link")
    caller.opens("/invitations/x", 404)
    assert heard.last("why") == ("invitation_refused", "not_ours")


def test_a_refused_act_says_who_what_about_what_and_why(small_country: Country, heard: Heard) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    small_country.say(KESSAI, "review.request", idea=idea)
    app = an_app(small_country)

    def tries(who: str, status: int, verb: str, **fields: str) -> tuple[Any, ...]:
        reader = Reader(app, small_country, who)
        reader.opens("/")
        reader.says(verb, status, **fields)
        return heard.last("who", "for", "verb", "reason", "about")

    def by(who: str, org: str, *rest: Any) -> tuple[Any, ...]:
        return ("act_refused", f"u{person_id(small_country, who)}", org, *rest)

    review = f"{idea}-V1"
    small_country.say(KANRI, "user.invite", email=SHINSA1, name="審査者", org="kazami", roles=["member"])
    assert tries(VENDOR, 403, "idea.submit", idea=idea) == by(
        VENDOR, "kazemirai", "idea.submit", "not_permitted", {"idea": idea}
    )
    assert tries(VENDOR, 404, "idea.submit", idea=f"{idea[:-1]}9")[4:] == (
        "unknown",
        {"idea": f"{idea[:-1]}9"},
    )
    assert tries(SHINSA1, 403, "review.recuse", review=review, because="都合")[3:] == (
        "review.recuse",
        "not_assigned",
        {"review": review},
    )
    assert tries(JIMUKYOKU, 403, "review.assign", review=review, reviewer=SHINSA1)[3:] == (
        "review.assign", "conflict_of_interest", {"review": review},
    )  # fmt: skip
    assert tries(TANTO, 422, "idea.draft", title=FORGED, org="kazami")[3:] == (
        "idea.draft",
        "invalid",
        {"org": "kazami"},
    )
    assert tries(TANTO, 422, "idea.submit", idea=FORGED, product=PASSWORD, org="q8Zk" * 6)[4:] == (
        "invalid",
        None,
    )
    Reader(app, small_country, VENDOR).opens("/admin/organizations/kazami", 404)
    assert heard.last("page", "reason", "for") == ("page_refused", "organization", "unknown", "kazemirai")
    Reader(app, small_country).opens("/admin/organizations/kazami", 404)
    assert list(heard.lines()) == [], "the public that meets a page which is not theirs is no news"


def test_what_is_turned_away_at_the_door_says_why(
    small_country: Country, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "SEARCHES", replace(rate_limits.SEARCHES, most=2))
    app = an_app(
        small_country, KYOSO_RATE_LIMITS="1", KYOSO_GITHUB_WEBHOOK_SECRETS="kept with care at both ends"
    )
    person = Reader(app, small_country, TANTO)
    person.opens("/")
    sent = {"title": "題", "csrf_token": "planted"}
    person.posts("/do/idea.draft", 403, headers={"Sec-Fetch-Site": "cross-site"}, **sent)
    assert heard.last("why", "address") == ("request_refused", "another_site", "do idea.draft")
    person.opens("/")
    person.posts("/do/idea.draft", 400, **sent)
    assert heard.last("why", "address") == ("request_refused", "form_token", "do idea.draft")
    person.opens("/")
    person.posts("/sign-out", 400, csrf_token="planted")
    assert heard.last("why", "address") == ("request_refused", "form_token", "sign_out")
    assert person.client.get("/", base_url="http://evil.example").status_code == 400
    assert heard.last("why") == ("request_refused", "host")
    assert app.test_client().post("/hooks/github", data="{}").status_code == 401
    assert heard.last("reason") == ("delivery_refused", "unsigned")
    for _ in range(4):
        person.client.get("/ideas?q=x", base_url=person.address)
    assert [(line["event"], line["kind"]) for line in heard.lines()] == [("shut_out", "searches")], (
        "once, not each time"
    )
    strict = Reader(an_app(small_country, two_factors="all"), small_country, TANTO)
    strict.opens("/me/security")
    strict.says("idea.draft", 403, title="題")
    assert heard.last("why", "address") == ("request_refused", "second_factor", "do idea.draft")


def test_in_production_every_record_of_ours_is_one_line_of_json(
    small_country: Country, capfd: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.2.4 and 16.4.1: a trace too, whatever an error quotes."""
    try:
        app = an_app(small_country, env="production", base_url="https://kyoso.example.go.jp")
        capfd.readouterr()
        try:
            raise ValueError(FORGED)
        except ValueError as error:
            logging.getLogger("kyoso.web").error("%s", trace_of(error, house(app).config))
        logging.getLogger("kyoso.clock").info("%s", FORGED)
        lines = capfd.readouterr().err.strip().split("\n")
    finally:
        log_lines.set_up(as_json=False)
    assert [json.loads(line)["level"] for line in lines] == ["ERROR", "INFO"]
    assert "Traceback" in json.loads(lines[0])["said"]
