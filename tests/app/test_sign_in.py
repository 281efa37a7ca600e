"""Signing in: by password with guessing slowed, by one click in a demo; sessions are rows, and end when they should."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from flask import Flask
from sqlmodel import select

from app import demo_people, identity, sign_in_limits
from app.db import reading
from tests.app.web import HTTPS, Reader, an_app, person_id
from tests.country import JIMUKYOKU, KESSAI, TANTO, Country
from tests.keychain import PASSWORD, app, cheap_guesses, signs_in
from workflows.runtime.pruning import FAILURES_KEPT
from workflows.runtime.refusal import Refused
from workflows.tables.people import SignIn, SignInFailure

WRONG = "サインインできませんでした"
HASHER = identity._hasher
pytestmark = pytest.mark.usefixtures("cheap_guesses")
__all__ = ["app", "cheap_guesses"]


def test_a_guess_costs_what_rfc_9106_advises() -> None:
    assert extract_parameters(HASHER.hash(PASSWORD)) == RFC_9106_LOW_MEMORY
    assert HASHER.verify(HASHER.hash(PASSWORD), PASSWORD)


def sign_ins(country: Country) -> list[SignIn]:
    with reading(country.engine) as session:
        return list(session.exec(select(SignIn).order_by(SignIn.id)))  # type: ignore[arg-type]


def test_the_right_password_signs_in(app: Flask, small_country: Country) -> None:
    reader = Reader(app, small_country)
    signs_in(reader, email=f"  {TANTO.upper()} ")
    assert "kazami 担当 さん" in reader.opens("/")


def test_the_cookie_is_the_browsers_alone_and_the_row_keeps_only_a_digest(
    app: Flask, small_country: Country
) -> None:
    reader = Reader(app, small_country)
    signs_in(reader)
    assert reader.page is not None
    cookie = next(c for c in reader.page.headers.getlist("Set-Cookie") if c.startswith("kyoso="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    secret = cookie.split(";")[0].removeprefix("kyoso=")
    (row,) = sign_ins(small_country)
    assert secret not in row.model_dump_json()


def test_over_https_cookies_are_secure_and_bound_to_this_host(small_country: Country) -> None:
    identity.set_password(small_country.engine, TANTO, PASSWORD)
    reader = Reader(an_app(small_country, base_url=HTTPS, env="production"), small_country)
    reader.opens("/sign-in")
    assert reader.page is not None
    form_cookie = reader.page.headers["Set-Cookie"]
    signs_in(reader)
    for cookie in [form_cookie, *reader.page.headers.getlist("Set-Cookie")]:
        if "Max-Age=0" not in cookie:
            assert cookie.startswith("__Host-kyoso"), cookie
            assert "Secure" in cookie
    assert reader.page.headers["Strict-Transport-Security"]


def test_signing_in_again_makes_a_new_secret_and_ends_the_old(app: Flask, small_country: Country) -> None:
    reader = Reader(app, small_country)
    signs_in(reader)
    old = reader.client.get_cookie("kyoso")
    assert old is not None
    signs_in(reader)
    first, second = sign_ins(small_country)
    assert first.ended_at is not None
    assert second.ended_at is None
    assert identity.signed_in(small_country.engine, old.value, small_country.now) is None


def test_a_planted_form_cookie_does_not_survive_signing_in(app: Flask, small_country: Country) -> None:
    reader = Reader(app, small_country)
    reader.opens("/sign-in")
    before = reader.token()
    signs_in(reader)
    reader.opens("/")
    reader.posts("/sign-out", 400, csrf_token=before)


def test_signing_out_ends_it_for_every_copy_of_the_cookie(app: Flask, small_country: Country) -> None:
    reader = Reader(app, small_country)
    signs_in(reader)
    copy = reader.client.get_cookie("kyoso")
    reader.opens("/")
    gone = reader.posts("/sign-out").headers["Clear-Site-Data"]
    assert "storage" in gone
    assert "cookies" not in gone, "the language of the desk stays"
    assert "サインアウトしました" in reader.opens("/")
    thief = Reader(app, small_country)
    thief.client.set_cookie("kyoso", copy.value)  # type: ignore[union-attr]
    assert "さん" not in thief.opens("/")


def test_twelve_idle_hours_end_it_and_use_keeps_it(app: Flask, small_country: Country) -> None:
    reader = Reader(app, small_country)
    signs_in(reader)
    for _ in range(3):
        small_country.now += timedelta(hours=11, minutes=59)
        assert "さん" in reader.opens("/")
    small_country.now += timedelta(hours=12)
    assert "さん" not in reader.opens("/")


def test_seven_days_end_it_however_busy(app: Flask, small_country: Country) -> None:
    reader = Reader(app, small_country)
    signs_in(reader)
    for _ in range(13):
        small_country.now += timedelta(hours=11)
        assert "さん" in reader.opens("/")
    small_country.now += timedelta(days=7) - 13 * timedelta(hours=11)
    assert "さん" not in reader.opens("/")


def test_an_unknown_account_a_wrong_and_a_missing_password_read_the_same(
    app: Flask, small_country: Country
) -> None:
    answers = set()
    for email in ("nobody@kazami.example.jp", TANTO, KESSAI):
        text = signs_in(Reader(app, small_country), email=email, password="まちがい", status=403)
        assert WRONG in text
        answers.add(text[text.index(WRONG) :].split("</div>")[0])
    assert len(answers) == 1


def test_what_was_typed_is_kept_but_never_the_password(app: Flask, small_country: Country) -> None:
    text = signs_in(Reader(app, small_country), password="まちがい123456", status=403)
    assert TANTO in text
    assert "まちがい123456" not in text


def test_guessing_an_account_is_slowed_more_and_more(app: Flask, small_country: Country) -> None:
    reader = Reader(app, small_country)
    for _ in range(5):
        signs_in(reader, password="まちがい", status=403)
    waits = []
    for _ in range(5):
        assert "続けて間違えたため" in signs_in(reader, status=429), "even the right password waits"
        assert reader.page is not None
        waits.append(int(reader.page.headers["Retry-After"]))
        small_country.now += timedelta(seconds=waits[-1])
        signs_in(reader, password="まちがい", status=403)
    assert waits == sorted(waits)
    assert waits[-1] >= 16
    small_country.now += timedelta(seconds=2 * waits[-1] + 1)
    signs_in(reader)
    signs_in(reader, password="まちがい", status=403)


def test_an_unknown_account_is_slowed_the_same(app: Flask, small_country: Country) -> None:
    reader = Reader(app, small_country)
    for _ in range(5):
        signs_in(reader, email="nobody@kazami.example.jp", status=403)
    signs_in(reader, email="nobody@kazami.example.jp", status=429)
    signs_in(reader)


def test_one_address_is_slowed_whatever_account_it_tries(engine: sa.Engine) -> None:
    now = Country(engine, peopled=False).now
    tries = sign_in_limits.FREE_TRIES["address"] + 1
    for i in range(tries):
        assert (
            sign_in_limits.charge(engine, sign_in_limits.attempt("s", f"p{i}@x.example", "192.0.2.1"), now)
            is None
        )
    last = sign_in_limits.attempt("s", "somebody@x.example", "192.0.2.1")
    assert sign_in_limits.charge(engine, last, now) is not None
    elsewhere = sign_in_limits.attempt("s", "somebody@x.example", "192.0.2.2")
    assert sign_in_limits.charge(engine, elsewhere, now) is None


def test_many_guesses_at_once_are_each_counted(engine: sa.Engine) -> None:
    now = Country(engine, peopled=False).now
    tried = sign_in_limits.attempt("s", TANTO, "192.0.2.1")
    with ThreadPoolExecutor(12) as pool:
        waits = list(pool.map(lambda _: sign_in_limits.charge(engine, tried, now), range(24)))
    assert sum(w is None for w in waits) == sign_in_limits.FREE_TRIES["account"] + 1


def test_no_mail_address_and_no_ip_address_is_kept_of_a_failure(engine: sa.Engine) -> None:
    now = Country(engine, peopled=False).now
    sign_in_limits.charge(engine, sign_in_limits.attempt("s", TANTO, "192.0.2.1"), now)
    with reading(engine) as session:
        kept = " ".join(row.key for row in session.exec(select(SignInFailure)))
    assert "192.0.2" not in kept
    assert "kazami" not in kept


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "address"),
    [
        ("", "127.0.0.1", "198.51.100.1", "127.0.0.1"),
        ("", "10.0.0.7", "198.51.100.1", "10.0.0.7"),
        ("10.0.0.0/8", "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.7", "198.51.100.1, 198.51.100.2", "198.51.100.2"),
        ("10.0.0.0/8", "10.0.0.7", "198.51.100.1, 10.0.0.8", "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.7", "198.51.100.1, ' OR 1", "10.0.0.7"),
        ("10.0.0.0/8,::1", "::1", "", "::1"),
    ],
)
def test_only_a_proxy_that_is_configured_says_where_a_request_comes_from(
    small_country: Country, proxies: str, peer: str, forwarded: str, address: str
) -> None:
    app = an_app(small_country, KYOSO_PROXIES=proxies)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": peer}, headers=headers) as context:
        assert sign_in_limits.address_of(context.request) == address


def test_a_new_password_ends_every_sign_in(app: Flask, small_country: Country) -> None:
    reader = Reader(app, small_country)
    signs_in(reader)
    identity.set_password(small_country.engine, TANTO, "あたらしいパスワードです", small_country.now)
    assert "さん" not in reader.opens("/")
    signs_in(Reader(app, small_country), status=403)
    signs_in(Reader(app, small_country), password="あたらしいパスワードです")


def test_a_short_password_and_an_unknown_person_are_refused(small_country: Country) -> None:
    with pytest.raises(Refused, match="12 文字以上"):
        identity.set_password(small_country.engine, TANTO, "みじかい")
    with pytest.raises(Refused, match="登録されていません"):
        identity.set_password(small_country.engine, "nobody@kazami.example.jp", PASSWORD)


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/ideas?stage=pilot", "/ideas?stage=pilot"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_after_signing_in_one_goes_on_within_this_site_only(
    app: Flask, small_country: Country, wanted: str, reached: str
) -> None:
    reader = Reader(app, small_country)
    signs_in(reader, next=wanted)
    assert reader.page is not None
    assert reader.page.headers["Location"] == reached


def test_in_a_demo_each_role_is_one_click(small_country: Country) -> None:
    reader = Reader(an_app(small_country, demo=True), small_country)
    text = reader.opens("/sign-in")
    for role in ("担当者", "決裁者", "審査者", "事務局", "監査", "管理者", "メンバー"):
        assert role in text
    assert "@" not in text.split('id="by-mail"')[0].split('id="as"')[1], "no mail address is shown"
    reader.posts("/sign-in/as", person=str(person_id(small_country, JIMUKYOKU)))
    assert "digital-agency 担当 さん" in reader.opens("/")
    assert "これはデモです" in reader.opens("/ideas")


def test_the_first_ten_are_different_people(small_country: Country) -> None:
    chosen = demo_people.the_first_ten(demo_people.everybody(small_country.engine))
    assert len(chosen) == len({p.user_id for p in chosen}) == 10


def test_outside_a_demo_there_is_no_such_address(app: Flask, small_country: Country) -> None:
    reader = Reader(app, small_country)
    assert "これはデモです" not in reader.opens("/sign-in")
    reader.posts("/sign-in/as", 404, person=str(person_id(small_country, JIMUKYOKU)))


def test_one_click_is_refused_over_a_database_with_real_people(small_country: Country) -> None:
    small_country.say(
        "system", "user.invite", email="someone@city.lg.jp", name="職員", org="kazami", roles=["submitter"]
    )
    reader = Reader(an_app(small_country, demo=True), small_country)
    assert "役割を選んで入ることはできません" in reader.opens("/sign-in")
    reader.posts("/sign-in/as", 404, person=str(person_id(small_country, JIMUKYOKU)))


def test_a_counter_is_never_pruned_while_it_still_slows_guessing_down() -> None:
    assert FAILURES_KEPT > sign_in_limits.FORGOTTEN_AFTER
    assert sign_in_limits.FORGOTTEN_AFTER > sign_in_limits.LONGEST_WAIT
