"""`/me/security`: one's own keys (password, authenticator app, passkeys, recovery codes), and where one is signed in."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from werkzeug.exceptions import NotFound

from app import devices, identity, passkeys, second_factors, security, security_log, sign_in_limits
from app.db import reading, writing
from app.notices import tell
from app.pages import passkey_asking
from app.pages.signing import begin, in_words
from app.passwords import insist_on_a_good_password, known_about
from app.route import house, page, shown, sign
from app.sealing import Unreadable, opened, seal
from app.second_factors import HELD_OPEN
from workflows.queries.looks import Eyes
from workflows.runtime.refusal import HTTP_STATUS, Refused
from workflows.tables.people import User

RECENT = timedelta(minutes=10)
"""Keys are changed by who has just shown one: a browser that was left open changes nothing."""
HOW = {
    "password": lazy_gettext("パスワード"),
    "code": lazy_gettext("パスワードと認証アプリ"),
    "recovery": lazy_gettext("パスワードと回復用コード"),
    "passkey": lazy_gettext("パスキー"),
    "invitation": lazy_gettext("招待のメール"),
    "oidc": lazy_gettext("外の認証"),
    "one_click": lazy_gettext("デモのボタン"),
}
LONGEST_NAME = 40
TO_KEEP = "new code app"


def _is_recent() -> bool:
    return bool(house().now() - g.signed_in.started_at <= RECENT)


def _to_sign_in_again(back: str) -> ResponseReturnValue:
    flash(gettext("鍵を変えるには、もう一度サインインしてください。"), "warning")
    return redirect(url_for("sign_in", next=back), 303)


def own(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """For who is signed in; anybody else is asked to sign in first."""

    @wraps(view)
    def guarded(**named: str) -> ResponseReturnValue:
        if g.signed_in is None:
            return redirect(url_for("sign_in", next=url_for("keys")), 303)
        return view(**named)

    return guarded


def own_recently(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """For who signed in within ten minutes; anybody else is asked to sign in again."""

    @own
    @wraps(view)
    def guarded(**named: str) -> ResponseReturnValue:
        return view(**named) if _is_recent() else _to_sign_in_again(url_for("keys"))

    return guarded


@page("/me/security", reads="own.read")
def keys(eyes: Eyes) -> ResponseReturnValue:
    here, user_id = house(), g.signed_in.user_id
    at = passkeys.site(here.config.base_url)
    question = None
    if at is not None and _is_recent():
        question = passkeys.asked_to_make(
            eyes.session, at, here.config.secret, user_id, g.signed_in.email, passkey_asking.challenge()
        )
    person = eyes.session.get_one(User, user_id)
    factors = second_factors.factors_of(eyes.session, user_id)
    return render_template(
        "keys/keys.html",
        has_password=person.password_hash is not None,
        factors=factors,
        must_add=g.signed_in.how not in identity.STRONG
        and second_factors.is_asked_of(here.config.require_second_factor, eyes.actor.memberships),
        has_passkeys=at is not None,
        question=question,
        is_recent=_is_recent(),
        devices=devices.devices(eyes.session, user_id, here.now()),
        this=g.signed_in.sign_in_id,
        how=HOW,
        wrong=g.get("wrong_key"),
    )


@page("/me/security/app", reads="own.read")
def new_app(eyes: Eyes) -> ResponseReturnValue:
    """A new secret with each opening; it is kept once a code has shown that the app has it."""
    if not _is_recent():
        return _to_sign_in_again(url_for("new_app"))
    return _app_page(second_factors.new_secret())


def _app_page(secret: str, refusal: str | None = None) -> str:
    here, who = house(), g.signed_in
    address = second_factors.address_for_apps(secret, who.email)
    sealed = seal(here.config.secret, TO_KEEP, f"{who.user_id} {secret}", int(here.now().timestamp()))
    return render_template(
        "keys/app.html",
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        picture=second_factors.picture(address),
        sealed=sealed,
        refusal=refusal,
    )


def _again(where: str, sentence: str, status: int) -> ResponseReturnValue:
    """The page of the keys, with what went wrong beside the form that was sent."""
    g.wrong_key = (where, sentence)
    return shown(url_for("keys"), status)


def done(sentence: str, anchor: str) -> ResponseReturnValue:
    flash(sentence, "success")
    return redirect(url_for("keys", _anchor=anchor), 303)


def _go_on_as(how: str, answer: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Answers under a new secret: what was shown just now counts for this sign-in."""
    secret = begin(g.signed_in.user_id, how)
    g.signed_in = identity.signed_in(house().engine, secret, house().now())
    response = make_response(answer())
    security.keep_signed_in(response, secret)
    return response


@sign("/me/security/password", "POST")
@own
def change_password() -> ResponseReturnValue:
    """By the old password; where there is none yet, by having signed in just now. Everything else is signed out."""
    here, who = house(), g.signed_in
    with reading(here.engine) as session:
        person = session.get_one(User, who.user_id)
        about = known_about(session, person)
    if person.password_hash is None and not _is_recent():
        return _to_sign_in_again(url_for("keys"))
    if person.password_hash is not None:
        tried = sign_in_limits.attempt(here.config.secret, who.email, sign_in_limits.address_of(request))
        wait = sign_in_limits.charge(here.engine, tried, here.now())
        if wait is not None:
            time = in_words(int(wait.total_seconds()) + 1)
            sentence = gettext(
                "続けて間違えたため、止めています。%(time)sほど待ってから、もう一度入れてください。",
                time=time,
            )
            return _again("password", sentence, 429)
        try:
            identity.check_password(here.engine, who.email, request.form.get("old", ""))
        except identity.WrongCredentials:
            security_log.refused("key_not_changed", why="password")
            return _again("password", gettext("いまのパスワードが違います。"), 403)
        sign_in_limits.forgive(here.engine, tried)
    try:
        insist_on_a_good_password(request.form.get("new", ""), about)
    except Refused as refused:
        return _again("password", gettext(refused.message), HTTP_STATUS[refused.reason])
    hashed = identity.hash_of(request.form["new"])
    with writing(here.engine) as session:
        identity.keep_password(session, who.user_id, hashed, here.now(), but=who.sign_in_id)
        tell(session, who.user_id, "password", here.now())
    sentence = gettext("パスワードを変えました。ほかの端末のサインインは終了しました。")
    return _go_on_as(who.how, lambda: done(sentence, "password"))


@sign("/me/security/app/keep", "POST")
@own_recently
def keep_app() -> ResponseReturnValue:
    here, who = house(), g.signed_in
    at = int(here.now().timestamp())
    try:
        held = opened(
            here.config.secret, TO_KEEP, request.form.get("sealed", ""), at, int(HELD_OPEN.total_seconds())
        )
    except Unreadable:
        held = ""
    owner, _, secret = held.partition(" ")
    if owner != str(who.user_id):
        flash(gettext("時間が過ぎました。新しい画像を読み取ってください。"), "warning")
        return redirect(url_for("new_app"), 303)
    if not second_factors.add_app(
        here.engine, here.config.secret, who.user_id, secret, request.form.get("code", ""), here.now()
    ):
        sentence = gettext(
            "コードが違います。アプリに出ている 6 桁を入れてください。端末の時計も確かめてください。"
        )
        return make_response(_app_page(secret, sentence), 422)
    return _added("code", gettext("認証アプリを加えました。"))


def _added(how: str, sentence: str) -> ResponseReturnValue:
    """After a second factor: with the first one, recovery codes are shown; else back to the page."""
    here, user_id = house(), g.signed_in.user_id
    with reading(here.engine) as session:
        has_codes = second_factors.factors_of(session, user_id).codes_left > 0
    if has_codes:
        return _go_on_as(how, lambda: done(sentence, "second"))
    codes = second_factors.new_codes(here.engine, user_id, here.now(), is_first=True)
    return _go_on_as(how, lambda: render_template("keys/codes.html", codes=codes, added=sentence))


@sign("/me/security/app/remove", "POST")
@own_recently
def remove_app() -> ResponseReturnValue:
    second_factors.remove_app(house().engine, g.signed_in.user_id, house().now())
    return done(gettext("認証アプリを外しました。"), "second")


@sign("/me/security/passkeys", "POST")
@own_recently
def add_passkey() -> ResponseReturnValue:
    here, who = house(), g.signed_in
    name = " ".join(request.form.get("name", "").split())[:LONGEST_NAME] or gettext("パスキー")
    try:
        at, answer, challenge = passkey_asking.answered()
        passkeys.add(here.engine, at, who.user_id, name, answer, challenge, here.now())
    except passkeys.PasskeyRefused:
        sentence = gettext("パスキーを加えられませんでした。画面を開き直して、もう一度行ってください。")
        return _again("passkey", sentence, 422)
    return _added("passkey", gettext("パスキー「%(name)s」を加えました。", name=name))


@sign("/me/security/passkeys/remove", "POST")
@own_recently
def remove_passkey() -> ResponseReturnValue:
    number = request.form.get("passkey", "")
    here, user_id = house(), g.signed_in.user_id
    if not is_number(number) or not passkeys.remove(here.engine, user_id, int(number), here.now()):
        raise NotFound
    return done(gettext("パスキーを外しました。"), "second")


@sign("/me/security/codes", "POST")
@own_recently
def new_codes() -> ResponseReturnValue:
    here, who = house(), g.signed_in
    with reading(here.engine) as session:
        if not second_factors.has_any(session, who.user_id):
            raise NotFound
    codes = second_factors.new_codes(here.engine, who.user_id, here.now())
    return render_template("keys/codes.html", codes=codes, added=None)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
