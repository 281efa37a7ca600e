"""`/sign-in`, `/sign-out`: by mail address, password and a second factor; by passkey; in a demo, as anybody with one click."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from flask import flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from app import (
    demo_people,
    devices,
    identity,
    kept_forms,
    passkeys,
    second_factors,
    security,
    security_log,
    sign_in_limits,
)
from app.db import reading
from app.languages import counted
from app.pages import passkey_asking
from app.route import Refusal, house, local, shown_or_home, sign
from workflows.registry import REGISTRY

WRONG = lazy_gettext("メールアドレスかパスワードが違います。確かめて、もう一度入れてください。")


@sign("/sign-in", "GET", "POST")
def sign_in() -> ResponseReturnValue:
    if request.method == "GET":
        return form_page()
    # PostgreSQL takes no NUL, and no address has one.
    here, email = house(), request.form.get("email", "").replace("\x00", "")
    tried = sign_in_limits.attempt(here.config.secret, email, sign_in_limits.address_of(request))
    account = security_log.account(here.config.secret, email)
    wait = sign_in_limits.charge(here.engine, tried, here.now())
    if wait is not None:
        security_log.refused("sign_in_failed", why="must_wait", account=account)
        return _stopped(form_page, wait)
    try:
        user_id = identity.check_password(here.engine, email, request.form.get("password", ""))
    except identity.WrongCredentials:
        security_log.refused("sign_in_failed", why="password", account=account)
        return make_response(form_page(str(WRONG)), 403)
    sign_in_limits.forgive(here.engine, tried)
    return first_step_done(user_id)


@sign("/sign-in/second", "GET", "POST")
def second_step() -> ResponseReturnValue:
    """The code after the password: of the authenticator app, or a recovery code."""
    here = house()
    half = request.cookies.get(security.cookie_name(), "")
    due = identity.half_signed_in(here.engine, half, here.now())
    if due is None:
        if request.method == "POST":
            flash(gettext("時間が過ぎたため、はじめからサインインしてください。"), "warning")
        return redirect(url_for("sign_in", next=local(request.values.get("next"))), 303)
    user_id, kinds = due
    if request.method == "GET":
        return _second_form()
    tried = sign_in_limits.attempt(
        here.config.secret, f"u{user_id}", sign_in_limits.address_of(request), ("second", "address")
    )
    wait = sign_in_limits.charge(here.engine, tried, here.now())
    if wait is not None:
        security_log.refused("sign_in_failed", why="must_wait", of=f"u{user_id}")
        return _stopped(_second_form, wait)
    code = request.form.get("code", "")
    how = second_factors.check_code(here.engine, here.config.secret, user_id, code, here.now())
    if how is None:
        security_log.refused("sign_in_failed", why="code", of=f"u{user_id}")
        sentence = gettext(
            "コードが違うか、すでに使われています。認証アプリの次のコードを待って、もう一度入れてください。"
        )
        return make_response(_second_form(sentence), 403)
    sign_in_limits.forgive(here.engine, tried)
    return welcome(user_id, how, kinds)


@sign("/sign-in/passkey", "POST")
def sign_in_by_passkey() -> ResponseReturnValue:
    """A passkey alone: it is on a device, and was opened by its owner."""
    here = house()
    try:
        user_id = passkeys.owner(here.engine, *passkey_asking.answered(), here.now())
    except passkeys.PasskeyRefused:
        security_log.refused("sign_in_failed", why="passkey")
        sentence = gettext(
            "このパスキーではサインインできません。画面を開き直してもう一度行うか、パスワードで入ってください。"
        )
        return make_response(form_page(sentence), 403)
    return welcome(user_id, "passkey")


@sign("/sign-in/as", "POST")
def sign_in_as() -> ResponseReturnValue:
    """The demo's one click. Anywhere else there is no such address."""
    here = house()
    if not here.config.demo:
        raise NotFound
    wanted = request.form.get("person", "")
    person = next((p for p in demo_people.everybody(here.engine) if str(p.user_id) == wanted), None)
    if person is None:
        raise NotFound(gettext("この人は、デモにはいません。サインインの画面から選び直してください。"))
    return welcome(person.user_id, "one_click")


@sign("/sign-out", "POST")
def sign_out() -> ResponseReturnValue:
    secret = request.cookies.get(security.cookie_name())
    if secret:
        security_log.done("signed_out")
        identity.end(house().engine, secret, house().now())
    session.clear()
    flash(gettext("サインアウトしました。"), "success")
    response = make_response(redirect(url_for("home"), 303))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'  # a desk is shared; the language is kept
    security.forget(response)
    return response


KEPT = "kept."
"""What a form was typed into before its sign-in ended goes through signing in under this prefix."""
KEPT_AT = "kept"
"""In the session of a browser that came back from a provider with a second step before it: where to find the same."""


def ask_to_sign_in(verb: str, back: str, form: MultiDict[str, str]) -> ResponseReturnValue:
    """The sign-in page in place of a form that nobody signed in has sent; what was typed comes back after it."""
    kept = [(name, value) for name, value in form.items(multi=True) if name not in ("csrf_token", "once")]
    if not kept_forms.fits(kept):
        kept = []
    sentence = gettext("この操作にはサインインが必要です。入力したものは、サインインの後にそのまま残ります。")
    flash(sentence, "warning")
    carried = [(f"{KEPT}verb", verb), *((f"{KEPT}field.{name}", value) for name, value in kept)]
    return make_response(form_page(goes_to=back, kept=carried), 403)


def _what_was_typed(kept: kept_forms.Pairs) -> Refusal | None:
    """The form that was kept through this sign-in."""
    verb = dict(kept).get(f"{KEPT}verb")
    if verb not in REGISTRY:
        return None
    start = f"{KEPT}field."
    typed = MultiDict((name[len(start) :], value) for name, value in kept if name.startswith(start))
    sentence = gettext(
        "サインインしました。入力したものはまだ送られていません。確かめて、もう一度送ってください。"
    )
    return Refusal(verb, sentence, typed=typed)


def form_page(
    refusal: str | None = None, goes_to: str | None = None, kept: Sequence[tuple[str, str]] | None = None
) -> str:
    people = demo_people.everybody(house().engine) if house().config.demo else []
    return render_template(
        "sign_in.html",
        refusal=refusal,
        email=request.form.get("email") or (g.signed_in.email if g.signed_in else ""),
        goes_to=goes_to or local(request.values.get("next")),
        kept=typed_before() if kept is None else kept,
        asked_passkey=passkey_asking.to_show(),
        main=demo_people.the_first_ten(people),
        people=people,
        providers=house().config.oidc_providers,
    )


def typed_before() -> list[tuple[str, str]]:
    """What the form that is answered now carries along."""
    return [(n, v) for n, v in request.form.items(multi=True) if n.startswith(KEPT)]


def _second_form(refusal: str | None = None, goes_to: str | None = None) -> str:
    return render_template(
        "keys/second_step.html",
        refusal=refusal,
        goes_to=goes_to or local(request.values.get("next")),
        kept=typed_before(),
        asked_passkey=passkey_asking.to_show(),
    )


def _stopped(form: Callable[[str], str], wait: timedelta) -> ResponseReturnValue:
    """The form again, with how long to wait."""
    seconds = int(wait.total_seconds()) + 1
    sentence = gettext(
        "続けて間違えたため、止めています。%(time)sほど待ってから、もう一度入れてください。",
        time=in_words(seconds),
    )
    response = make_response(form(sentence), 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _has_second_factor(user_id: int) -> bool:
    with reading(house().engine) as rows:
        return second_factors.has_any(rows, user_id)


def begin(user_id: int, how: str, kinds: Sequence[str] | None = None) -> str:
    """A new secret at every step, ending the one before; the form cookie of before is forgotten with it."""
    here = house()
    secret, token = identity.start(
        here.engine,
        user_id,
        here.now(),
        request.cookies.get(security.cookie_name()),
        how=how,
        browser=devices.browser_of(request.user_agent.string),
        kinds=kinds,
    )
    session.clear()
    session["csrf_token"] = token
    g.pop("csrf_token", None)  # of the form that was sent
    return secret


def first_step_done(
    user_id: int,
    how: str = "password",
    kinds: Sequence[str] | None = None,
    goes_to: str | None = None,
    kept: str | None = None,
) -> ResponseReturnValue:
    """One factor was shown, by whatever way: signed in, or asked for the second by those who have one.

    `kinds` are those of organization that this way may enter (None: all); `kept` is where what was typed before waits.
    """
    if not _has_second_factor(user_id):
        return welcome(user_id, how, kinds, goes_to, kept)
    secret = begin(user_id, identity.HALF, kinds)
    if kept:
        session[KEPT_AT] = kept
    session.pop("csrf_token")  # a half sign-in has no token of its own: it is nobody's yet
    g.signed_in = None
    if request.method == "GET":  # back from a provider: its answer is used up, and opens no second time
        response = make_response(redirect(url_for("second_step", next=local(goes_to)), 303))
    else:
        response = make_response(_second_form(goes_to=local(goes_to)))
    security.keep_signed_in(response, secret)
    return response


def welcome(
    user_id: int,
    how: str = "password",
    kinds: Sequence[str] | None = None,
    goes_to: str | None = None,
    kept: str | None = None,
) -> ResponseReturnValue:
    """Signed in, and on to where one was going. Whoever must still add a second factor is asked to by security.py."""
    here = house()
    waiting = kept_forms.take(here.engine, kept or session.get(KEPT_AT), here.now())
    secret = begin(user_id, how, kinds)
    goes_to = local(goes_to or request.form.get("next")) or url_for("home")
    typed = _what_was_typed(typed_before() or waiting)
    g.signed_in = identity.signed_in(here.engine, secret, here.now())
    security_log.done("signed_in", how=how)
    if typed is not None and not security.must_add_a_factor():
        g.refusal = typed
        response = shown_or_home(goes_to, 200)
    else:
        response = make_response(redirect(goes_to, 303))
    security.keep_signed_in(response, secret)
    return response


def in_words(seconds: int) -> str:
    if seconds < 120:
        return counted("%(n)s 秒", seconds)
    return counted("%(n)s 分", -(-seconds // 60))
