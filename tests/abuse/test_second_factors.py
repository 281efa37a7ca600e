"""A second factor that is gone around: by the same code again, by guessing, by what the first step alone opens, by another's key."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from app import second_factors
from app.route import house
from tests.app.web import Reader, person_id
from tests.country import KESSAI, TANTO, Country
from tests.keychain import (
    PASSWORD,
    SoftKey,
    adds_an_app,
    app,
    cheap_guesses,
    is_signed_in,
    mailed,
    question,
    signs_in,
)

pytestmark = pytest.mark.usefixtures("cheap_guesses")
__all__ = ["app", "cheap_guesses"]
HERE = ("http://localhost", "localhost")


def test_a_code_used_twice(app: Flask, small_country: Country) -> None:
    """A code that was looked at over a shoulder, or caught by a false page, shall be worth nothing once it was used."""
    person = Reader(app, small_country, TANTO)
    code_app, _ = adds_an_app(person, small_country.now)
    thief = Reader(app, small_country)
    at = small_country.now
    signs_in(thief, status=200)
    thief.posts("/sign-in/second", 403, code=code_app.at(at))  # it was used to add the app
    small_country.now += timedelta(seconds=60)
    signs_in(person, status=200)
    spoken = code_app.at(small_country.now)
    person.posts(
        "/sign-in/second",
        code=f"{spoken[:3]} {spoken[3:]}".translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    )
    assert is_signed_in(person)
    signs_in(thief, status=200)
    for seen in (spoken, code_app.at(small_country.now - timedelta(seconds=30)), "000000", ""):
        thief.posts("/sign-in/second", 403, code=seen)
    assert not is_signed_in(thief)


def test_a_code_used_by_two_at_once(country: Country) -> None:
    user, key = person_id(country, TANTO), "a secret of the tests"
    secret = second_factors.new_secret()
    code_of = second_factors.pyotp.TOTP(secret).at
    assert second_factors.add_app(country.engine, key, user, secret, code_of(country.now), country.now)
    later = country.now + timedelta(minutes=1)
    (recovery, *_) = second_factors.new_codes(country.engine, user, later)
    for code in (code_of(later), recovery):
        with ThreadPoolExecutor(6) as pool:
            found = pool.map(
                lambda c: second_factors.check_code(country.engine, key, user, c, later), [code] * 6
            )
            assert sum(how is not None for how in found) == 1


def test_guessing_codes_is_slowed_and_the_password_does_not_set_it_back(
    app: Flask, small_country: Country
) -> None:
    code_app, _ = adds_an_app(Reader(app, small_country, TANTO), small_country.now)
    thief = Reader(app, small_country)
    for _ in range(5):
        signs_in(thief, status=200)
        thief.posts("/sign-in/second", 403, code="123456")
    signs_in(thief, status=200)
    small_country.now += timedelta(seconds=0.5)
    refused = thief.posts("/sign-in/second", 429, code=code_app.at(small_country.now))
    assert int(refused.headers["Retry-After"]) >= 1
    assert not is_signed_in(thief)


def test_the_password_alone_opens_nothing(app: Flask, small_country: Country) -> None:
    """Between the two steps one is nobody: no page, no act, no key, and no longer than ten minutes."""
    code_app, _ = adds_an_app(Reader(app, small_country, TANTO), small_country.now)
    idea = small_country.an_idea()
    half = Reader(app, small_country)
    signs_in(half, status=200, next="/me/security")
    for path in ("/me", "/me/security", "/me/security/app"):
        half.opens(path, 404)
    half.opens("/sign-in/second")
    before = small_country.everything()
    assert "サインインが必要です" in half.posts("/do/idea.follow", 403, idea=idea).text
    half.opens("/sign-in/second")
    for path in ("password", "app/keep", "app/remove", "passkeys", "codes", "devices/end-others"):
        assert half.posts(f"/me/security/{path}", code="1").headers["Location"].startswith("/sign-in")
        half.opens("/sign-in/second")
    assert small_country.everything() == before
    small_country.now += timedelta(minutes=10)
    half.posts("/sign-in/second", code=code_app.at(small_country.now))
    assert not is_signed_in(half)


def test_what_was_typed_before_signing_in_is_kept_through_both_steps(
    app: Flask, small_country: Country
) -> None:
    code_app, _ = adds_an_app(Reader(app, small_country, TANTO), small_country.now)
    idea = small_country.an_idea()
    reader = Reader(app, small_country)
    reader.opens("/sign-in")
    asked = reader.says("comment.post", 403, idea=idea, body_md="考えた文", back=f"/ideas/{idea}").text
    kept = dict(re.findall(r'name="((?:kept\.|next)[^"]*)" value="([^"]*)"', asked))
    second = reader.posts("/sign-in", 200, email=TANTO, password=PASSWORD, **kept).text
    kept = dict(re.findall(r'name="((?:kept\.|next)[^"]*)" value="([^"]*)"', second))
    small_country.now += timedelta(minutes=1)
    shown = reader.posts("/sign-in/second", 200, code=code_app.at(small_country.now), **kept).text
    assert "考えた文" in shown
    assert "まだ送られていません" in shown


def test_a_recovery_code_used_twice(app: Flask, small_country: Country) -> None:
    person = Reader(app, small_country, TANTO)
    _, codes = adds_an_app(person, small_country.now)
    assert len(set(codes)) == 10
    signs_in(person, status=200)
    person.posts("/sign-in/second", code=codes[3].upper().replace("-", " "))
    assert "残り 9 個" in person.opens("/me/security")
    assert "回復用コードでサインイン" in mailed(app, small_country, "key.changed")[-1]
    signs_in(person, status=200)
    person.posts("/sign-in/second", 403, code=codes[3])
    signs_in(person, status=200)
    person.posts("/sign-in/second", code=codes[4])
    person.opens("/me/security")
    person.posts("/me/security/codes", 200)
    signs_in(person, status=200)
    person.posts("/sign-in/second", 403, code=codes[5])


def test_a_passkey_is_believed_once_for_this_site_and_for_its_owner(
    app: Flask, small_country: Country
) -> None:
    """Its answer again, of another site, of nobody's finger, of a copy whose counter lags, and of one that was never added."""
    owner = Reader(app, small_country, TANTO)
    key = SoftKey(*HERE)
    owner.opens("/me/security")
    assert (
        "回復用コード"
        in owner.posts("/me/security/passkeys", 200, name="庁内", answer=key.made(question(owner))).text
    )
    visitor = Reader(app, small_country)
    visitor.opens("/sign-in")
    answer = key.shown(question(visitor))
    cookie = visitor.client.get_cookie("kyoso-form")
    visitor.posts("/sign-in/passkey", answer=answer)
    assert "kazami 担当 さん" in visitor.opens("/")
    thief = Reader(app, small_country)
    thief.opens("/sign-in")
    thief.client.set_cookie("kyoso-form", cookie.value)  # type: ignore[union-attr]
    thief.opens("/sign-in")
    thief.posts("/sign-in/passkey", 403, answer=answer)

    def tries(by: SoftKey, status: int = 403, bend: str | None = None) -> None:
        reader = Reader(app, small_country)
        reader.opens("/sign-in")
        said = by.shown(question(reader)) if bend is None else bend
        reader.posts("/sign-in/passkey", status, answer=said)
        assert is_signed_in(reader) is (status == 303)

    key.origin = "http://evil.example"
    tries(key)
    key.origin, key.host = HERE[0], "evil.example"
    tries(key)
    key.host, key.flags = HERE[1], 0x01  # somebody was there, nobody looked who
    tries(key)
    key.flags, key.count = 0x05, 0
    tries(key)
    tries(SoftKey(*HERE))
    for nonsense in (
        "",
        "{}",
        "[]",
        "null",
        '{"id": 3}',
        "x" * 30_000,
        '{"id":"\x00"}'.replace("\x00", "\\u0000"),
    ):
        tries(key, bend=nonsense)
    half_true = json.loads(answer) | {"response": {"clientDataJSON": "e30"}}
    tries(key, bend=json.dumps(half_true))
    key.count = 90
    tries(key, 303)

    other = Reader(app, small_country, KESSAI)
    other.opens("/me/security")
    other.posts("/me/security/passkeys", 422, answer=key.made(question(other)))
    other.opens("/me/security")
    other.posts("/me/security/passkeys/remove", 404, passkey="1")
    tries(key, 303)
    assert "パスキーが加わりました" in mailed(app, small_country, "key.changed")[-1]


def test_an_app_is_kept_only_by_whom_it_was_shown_to(app: Flask, small_country: Country) -> None:
    """The secret on its way through the page is sealed, to one person, for a quarter of an hour."""
    mine, other = Reader(app, small_country, TANTO), Reader(app, small_country, KESSAI)
    text = mine.opens("/me/security/app")
    sealed = re.findall(r'name="sealed" value="([^"]+)"', text)[0]
    secret = re.findall(r'<code class="secret">([^<]+)', text)[0].replace(" ", "")
    code = second_factors.pyotp.TOTP(secret).at(small_country.now)
    other.opens("/me/security/app")
    for made_up in (sealed, "x", sealed[:-4] + "AAA="):
        assert "/me/security/app" in other.posts("/me/security/app/keep", sealed=made_up, code=code).location
        other.opens("/me/security/app")
    with small_country.engine.connect() as connection:
        assert secret not in str(connection.exec_driver_sql("SELECT * FROM code_app").all())
    assert "コードが違います" in mine.posts("/me/security/app/keep", 422, sealed=sealed, code="12345").text
    mine.posts("/me/security/app/keep", 200, sealed=sealed, code=code)
    with small_country.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT sealed_secret FROM code_app").scalar_one()
    assert secret not in kept
    assert house(app).config.secret not in kept


def test_what_was_typed_and_where_one_was_going_come_through_the_second_step(
    app: Flask, small_country: Country
) -> None:
    """Else whoever is asked for a code loses a form, and next time stays signed in at a shared desk."""
    code_app, _ = adds_an_app(Reader(app, small_country, TANTO), small_country.now)
    idea = small_country.a_draft()
    kept = {"kept.verb": "idea.revise", "kept.field.idea": idea, "kept.field.challenge": "長い文章です。"}
    sent = {"next": f"/ideas/{idea}/edit", **kept}
    person = Reader(app, small_country)
    asked = signs_in(person, status=200, **sent)
    for name, value in sent.items():
        assert f'name="{name}" value="{value}"' in asked
    small_country.now += timedelta(minutes=1)
    refused = person.posts("/sign-in/second", 403, code="000000", **sent).text
    assert all(f'name="{name}" value="{value}"' in refused for name, value in sent.items())
    shown = person.posts("/sign-in/second", 200, code=code_app.at(small_country.now), **sent).text
    assert "長い文章です。" in shown
    assert "まだ送られていません" in shown
