"""Sessions in the wrong hands: planted before signing in, kept after leaving, ended by strangers, used to change the keys."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask

from tests.app.web import Reader
from tests.country import KANRI, KESSAI, TANTO, Country
from tests.keychain import (
    CHROME,
    OTHER_PASSWORD,
    PASSWORD,
    adds_an_app,
    app,
    cheap_guesses,
    is_signed_in,
    mailed,
    signs_in,
)

pytestmark = pytest.mark.usefixtures("cheap_guesses")
__all__ = ["app", "cheap_guesses"]


def secret_of(reader: Reader) -> str:
    cookie = reader.client.get_cookie("kyoso")
    assert cookie is not None
    return cookie.value


def test_a_session_planted_before_signing_in(app: Flask, small_country: Country) -> None:
    """Session fixation: at each step the secret is a new one, and those before it are worth nothing."""
    person = Reader(app, small_country)
    code_app, _ = adds_an_app(Reader(app, small_country, TANTO), small_country.now)
    person.client.set_cookie("kyoso", "planted by somebody")
    signs_in(person, status=200)
    half = secret_of(person)
    small_country.now += timedelta(minutes=1)
    person.posts("/sign-in/second", code=code_app.at(small_country.now))
    whole = secret_of(person)
    person.opens("/me/security")
    person.posts("/me/security/password", old=PASSWORD, new=OTHER_PASSWORD)
    assert is_signed_in(person)
    assert len({"planted by somebody", half, whole, secret_of(person)}) == 4
    for before in ("planted by somebody", half, whole):
        thief = Reader(app, small_country)
        thief.client.set_cookie("kyoso", before)
        assert not is_signed_in(thief)
        thief.opens("/sign-in")
        thief.posts("/sign-in/second", code=code_app.at(small_country.now))
        assert not is_signed_in(thief)


def test_sessions_that_survive_leaving(app: Flask, small_country: Country) -> None:
    """Whoever belongs nowhere any more is signed out; whoever belongs elsewhere too goes on, with the rights that are left."""
    leaver, other = Reader(app, small_country, TANTO), Reader(app, small_country, KESSAI)
    small_country.say("system", "user.invite", email=KESSAI, name="兼務", org="hoshimori", roles=["approver"])
    for who in (TANTO, KESSAI):
        small_country.say(KANRI, "user.revoke", user=who, org="kazami")
    assert not is_signed_in(leaver)
    assert is_signed_in(other)


def test_a_lost_machine_is_signed_out_by_the_administrator(app: Flask, small_country: Country) -> None:
    """ASVS 7.4.5: by the agency's for everybody, by a town's for who belongs to the town alone; it says so by mail, changes no
    key and no role, and shows neither addresses nor browsers."""
    town_admin = "kanri@kazami.example.jp"
    small_country.say(
        KANRI, "user.invite", email=town_admin, name="風見市 管理", org="kazami", roles=["administrator"]
    )
    small_country.say("system", "user.invite", email=KESSAI, name="兼務", org="hoshimori", roles=["approver"])
    lost, of_two = Reader(app, small_country), Reader(app, small_country, KESSAI)
    lost.client.environ_base["HTTP_USER_AGENT"] = CHROME
    signs_in(lost)
    Reader(app, small_country, TANTO)
    town, agency = Reader(app, small_country, town_admin), Reader(app, small_country, KANRI)
    text = town.opens("/admin/organizations/kazami")
    assert (
        text.count("台の端末でサインイン中") == text.count('action="/do/user.sign_out"') == 2
    )  # and their own
    part = text.split(TANTO)[1].split("</li>")[0]
    assert "2 台の端末でサインイン中" in part
    assert not re.search(r"Chrome|Windows|127\.0\.0\.1", text)
    assert agency.opens("/admin/organizations/kazami").count("台の端末でサインイン中") == 3
    small_country.refused("not_permitted", town_admin, "user.sign_out", user=KESSAI, org="kazami")
    small_country.refused("not_permitted", KESSAI, "user.sign_out", user=TANTO, org="kazami")
    small_country.refused("unknown", KANRI, "user.sign_out", user=TANTO, org="hoshimori")
    small_country.refused("unknown", KANRI, "user.sign_out", user="nobody@example.jp", org="kazami")
    assert is_signed_in(of_two)
    assert is_signed_in(lost)
    town.says("user.sign_out", user=TANTO, org="kazami")
    assert not is_signed_in(lost)
    assert "すべての端末で終えました" in town.opens("/admin/organizations/kazami")
    (told,) = (m for m in small_country.look("mail", TANTO) if m["kind"] == "user.signed_out")
    assert "/me/security" in str(told)
    agency.says("user.sign_out", user=KESSAI, org="kazami")
    assert not is_signed_in(of_two)
    signs_in(lost)  # no key is lost
    small_country.say(
        TANTO, "idea.draft", title="題", field="窓口", challenge="課題", as_is="", to_be=""
    )  # and no role


def test_there_is_no_most_of_devices_as_the_manual_says_and_each_is_seen(
    app: Flask, small_country: Country
) -> None:
    """ASVS 7.1.2: nobody is signed out, or kept out, because they are signed in elsewhere."""
    manual = (Path(__file__).parents[2] / "docs" / "operating.md").read_text("utf-8")
    assert "一人の端末の数に上限はありません" in manual
    readers = [Reader(app, small_country, TANTO) for _ in range(40)]
    assert all(is_signed_in(reader) for reader in (readers[0], readers[-1]))
    text = readers[0].opens("/me/security")
    assert text.count('name="device"') == 39
    readers[0].posts("/me/security/devices/end-others")
    assert not is_signed_in(readers[-1])


def test_devices_are_seen_and_ended_by_their_owner_alone(app: Flask, small_country: Country) -> None:
    at_work, at_home, other = (
        Reader(app, small_country),
        Reader(app, small_country),
        Reader(app, small_country, KESSAI),
    )
    at_work.client.environ_base["HTTP_USER_AGENT"] = CHROME
    at_home.client.environ_base["HTTP_USER_AGENT"] = "<script>alert(1)</script> Firefox/130.0 iPhone"
    for reader in (at_work, at_home):
        signs_in(reader)
    text = at_work.opens("/me/security")
    assert text.count("この端末</span>") == 1
    assert "Chrome / Windows" in text
    assert "Firefox / iPhone" in text
    with small_country.engine.connect() as connection:
        ids = connection.exec_driver_sql("SELECT id FROM sign_in ORDER BY id").scalars().all()
        assert "script" not in str(connection.exec_driver_sql("SELECT browser FROM sign_in").all())
    other.opens("/me/security")
    for number in (*ids[1:], "x", "-1", "9" * 30):
        other.posts("/me/security/devices/end", 404, device=str(number))
        other.opens("/me/security")
    other.posts("/me/security/devices/end-others")
    assert is_signed_in(at_work)
    assert is_signed_in(at_home)
    at_work.opens("/me/security")
    at_work.posts("/me/security/devices/end", device=str(ids[2]))
    assert not is_signed_in(at_home)
    signs_in(at_home)
    at_work.opens("/me/security")
    at_work.posts("/me/security/devices/end-others")
    assert not is_signed_in(at_home)
    assert is_signed_in(at_work)


def test_a_browser_left_open_changes_no_key(app: Flask, small_country: Country) -> None:
    """Ten minutes after signing in, every change of a key asks to sign in again; ending a device does not."""
    person = Reader(app, small_country)
    signs_in(person)
    adds_an_app(person, small_country.now)
    small_country.now += timedelta(minutes=11)
    before = small_country.everything()
    for path in ("app/keep", "app/remove", "passkeys", "passkeys/remove", "codes"):
        person.opens("/me/security")
        sent = person.posts(f"/me/security/{path}", passkey="1", code="1")
        assert sent.headers["Location"] == "/sign-in?next=/me/security", path
    assert person.client.get("/me/security/app").status_code == 303
    person.opens("/me/security")
    assert (
        "いまのパスワードが違います"
        in person.posts("/me/security/password", 403, old="x", new=OTHER_PASSWORD).text
    )
    after = small_country.everything()
    assert {k: v for k, v in after.items() if k not in ("sign_in", "sign_in_failure")} == {
        k: v for k, v in before.items() if k not in ("sign_in", "sign_in_failure")
    }


def test_a_new_password_ends_the_other_sessions_and_says_so(app: Flask, small_country: Country) -> None:
    person, thief = Reader(app, small_country), Reader(app, small_country)
    signs_in(person)
    signs_in(thief)
    person.opens("/me/security")
    weak = person.posts("/me/security/password", 422, old=PASSWORD, new="kazamikazami12").text
    assert "推測されやすい" in weak
    assert "kazamikazami12" not in weak
    assert is_signed_in(thief)
    person.opens("/me/security")
    person.posts("/me/security/password", old=PASSWORD, new=OTHER_PASSWORD)
    assert "パスワードを変えました" in person.opens("/me/security")
    assert not is_signed_in(thief)
    (mail,) = mailed(app, small_country, "key.changed")
    assert "http://localhost/me/security" in mail
    assert OTHER_PASSWORD not in mail


def test_an_account_is_not_told_by_the_time_that_a_refusal_takes(
    app: Flask, small_country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """User enumeration: an unknown account, one without a password and a wrong password cost the same hash and transactions."""
    work: list[str] = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda self, *said: work.append("hash") or verify(self, *said)
    )
    sa.event.listen(small_country.engine, "commit", lambda _: work.append("commit"))
    done = []
    for email in (TANTO, KESSAI, "nobody@kazami.example.jp"):
        reader = Reader(app, small_country)
        reader.opens("/sign-in")
        work.clear()
        reader.posts("/sign-in", 403, email=email, password="まちがいの言葉")
        done.append(tuple(work))
    assert len(set(done)) == 1
    assert done[0].count("hash") == 1
