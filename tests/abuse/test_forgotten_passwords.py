"""What was done to others by their links to set a password: used twice, sent to another host, outlived by sessions, asked for lists."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from app import identity, resets
from app.db import reading, writing
from app.route import house
from tests.app.web import HTTPS, Reader, an_app, person_id
from tests.country import KANRI, KESSAI, TANTO, Country
from tests.keychain import (
    OTHER_PASSWORD,
    PASSWORD,
    adds_an_app,
    app,
    asks_for_a_link,
    cheap_guesses,
    is_signed_in,
    links,
    mailed,
    messages,
    signs_in,
)
from tests.postbox import a_postbox
from workflows.runtime.mail import deliver
from workflows.runtime.refusal import Refused
from workflows.tables.keys import Passkey

pytestmark = pytest.mark.usefixtures("cheap_guesses")
__all__ = ["app", "cheap_guesses"]


def path_of(link: str) -> str:
    return link.removeprefix("http://localhost")


def test_a_reset_link_used_twice(app: Flask, small_country: Country) -> None:
    """Vikunja CVE-2026-28268: a link that had been used could be used again by whoever found it in a mailbox."""
    person = Reader(app, small_country)
    asks_for_a_link(person)
    asks_for_a_link(person)
    first, second = (path_of(link) for link in links(app, small_country))
    person.opens(second)
    assert "推測されやすい" in person.posts(second, 422, new="password1234").text
    person.posts(second, new=OTHER_PASSWORD)
    for used_or_older in (second, first):
        assert "このリンクは使えません" in person.opens(used_or_older, 404)
        person.opens("/sign-in")
        person.posts(used_or_older, 404, new="三人目が決めようとした言葉")
    signs_in(person, password=OTHER_PASSWORD)
    assert "メールのリンクからパスワードが変わりました" in mailed(app, small_country, "key.changed")[-1]


def test_a_reset_link_used_by_two_at_once(country: Country) -> None:
    identity.set_password(country.engine, TANTO, PASSWORD)
    app = an_app(country)
    asks_for_a_link(Reader(app, country))
    token = links(app, country)[0].rpartition("/")[2]

    def use(word: str) -> bool:
        try:
            resets.use(country.engine, token, f"{word}{OTHER_PASSWORD}", country.now)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(use, "甲乙丙丁戊己")) == 1


def test_a_reset_link_after_its_hour_and_after_leaving(app: Flask, small_country: Country) -> None:
    person = Reader(app, small_country)
    asks_for_a_link(person)
    small_country.now += timedelta(hours=1)
    person.opens(path_of(links(app, small_country)[0]), 404)
    asks_for_a_link(person)
    late = path_of(links(app, small_country)[1])
    small_country.say(KANRI, "user.revoke", user=TANTO, org="kazami")
    person.opens(late, 404)
    asks_for_a_link(person)
    assert links(app, small_country) == [], "what was not sent yet is not sent any more, and nothing new is"


def test_a_poisoned_host_in_a_reset_mail(small_country: Country) -> None:
    """IRRd CVE-2026-28681: the mailed link was built from the Host header, and led to whoever had sent the request."""
    identity.set_password(small_country.engine, TANTO, PASSWORD)
    app = an_app(small_country, base_url=HTTPS, env="production")
    thief = Reader(app, small_country)
    thief.address = "https://evil.example"
    thief.opens("/sign-in/forgotten", 400)
    # And where the site is reached by another name, too, the link is still its own.
    app = an_app(small_country, base_url=HTTPS, env="production", KYOSO_HOSTS="evil.example")
    thief = Reader(app, small_country)
    thief.address = "https://evil.example"
    thief.opens("/sign-in/forgotten")
    forwarded = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    thief.posts("/sign-in/forgotten", 200, email=TANTO, headers=forwarded)
    (text,) = mailed(app, small_country, "password.reset")
    assert "evil" not in text
    assert links(app, small_country)[0].startswith(f"{HTTPS}/sign-in/reset/")


def test_sessions_that_survive_a_reset(app: Flask, small_country: Country) -> None:
    """Airflow CVE-2023-40273: whoever had got in stayed in after the password had been reset because of them."""
    at_work, thief, half = (Reader(app, small_country) for _ in range(3))
    signs_in(at_work)
    signs_in(thief)
    code_app, _ = adds_an_app(at_work, small_country.now)
    signs_in(half, status=200)
    user, now = person_id(small_country, TANTO), small_country.now
    other_ways = [
        identity.start(small_country.engine, user, now, how=how, kinds=kinds)[0]
        for how, kinds in (("oidc:towns", ["municipality"]), ("passkey", None), ("one_click", None))
    ]
    with writing(small_country.engine) as session:
        session.add(
            Passkey(user_id=user, name="鍵", credential="c", public_key="k", sign_count=0, added_at=now)
        )
    asks_for_a_link(Reader(app, small_country))
    person = Reader(app, small_country)
    link = path_of(links(app, small_country)[0])
    person.opens(link)
    person.posts(link, new=OTHER_PASSWORD)
    assert not any(is_signed_in(reader) for reader in (at_work, thief, person))
    assert not any(identity.signed_in(small_country.engine, secret, now) for secret in other_ways)
    with reading(small_country.engine) as session:
        assert len(session.exec(select(Passkey)).all()) == 1, "a mailbox takes no key away"
    assert "知らないものがないか" in mailed(app, small_country, "key.changed")[-1]
    half.opens("/sign-in")
    small_country.now += timedelta(minutes=1)
    half.posts("/sign-in/second", 303, code=code_app.at(small_country.now))
    assert not is_signed_in(half)
    signs_in(person, status=200, password=OTHER_PASSWORD)
    assert not is_signed_in(person), "the second factor is asked after a reset too"


def test_asking_for_a_link_tells_nobody_who_has_an_account(app: Flask, small_country: Country) -> None:
    """In words, status, headers, and in the transactions that are waited for."""
    answers, commits = [], []
    sa.event.listen(small_country.engine, "commit", lambda _: commits.append(1))
    counted = []
    for email in (TANTO, KESSAI, "nobody@kazami.example.jp", "not an address"):
        reader = Reader(app, small_country)
        reader.opens("/sign-in/forgotten")
        commits.clear()
        answer = reader.posts("/sign-in/forgotten", 200, email=email)
        counted.append(len(commits))
        headers = {
            k: v for k, v in answer.headers.items() if k not in ("Set-Cookie", "ETag", "Content-Length")
        }
        answers.append(
            (answer.text.replace(reader.token(), "") if "csrf" in answer.text else answer.text, headers)
        )
    assert all(answer == answers[0] for answer in answers)
    assert len(set(counted)) == 1
    assert counted[0] > 0
    assert len(links(app, small_country)) == 2


def test_nobody_is_flooded_with_links(app: Flask, small_country: Country) -> None:
    """By account: after three in a row one waits, longer each time; and more than three an hour are not mailed, whoever asks."""
    reader = Reader(app, small_country)
    for _ in range(3):
        asks_for_a_link(reader)
    for email in (TANTO, TANTO.upper()):
        assert "続けて頼まれた" in asks_for_a_link(reader, email, 429)
    for _ in range(4):
        small_country.now += timedelta(seconds=30)
        asks_for_a_link(reader)
    assert len(links(app, small_country)) == 3


def test_what_is_stored_opens_nothing(app: Flask, small_country: Country) -> None:
    """Neither the rows of the links nor the outbox hold what is mailed."""
    asks_for_a_link(Reader(app, small_country))
    token = links(app, small_country)[0].rpartition("/")[2]
    with small_country.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM password_reset")).all()
    stored = f"{rows} {[m.model_dump() for m in messages(small_country, 'password.reset')]}"
    assert rows
    assert token not in stored
    assert token not in house(app).config.secret


def test_the_link_leaves_by_mail_and_only_where_the_secret_is(app: Flask, small_country: Country) -> None:
    """A clock without KYOSO_SECRET cannot make the link: the mail waits, and says why; the next clock sends it."""
    asks_for_a_link(Reader(app, small_country))
    (expected,) = links(app, small_country)
    with a_postbox() as (box, mailer):
        assert deliver(small_country.engine, small_country.now, mailer) == 0
        (waits,) = messages(small_country, "password.reset")
        assert "KYOSO_SECRET" in str(waits.last_error)
        knows = replace(
            mailer, base_url="http://localhost", secret_path=partial(resets.link, house(app).config.secret)
        )
        assert deliver(small_country.engine, small_country.now + timedelta(minutes=5), knows) == 1
    ((recipient, mail),) = box.received
    assert recipient == TANTO
    assert f"\n{expected}\n" in mail.get_content()
