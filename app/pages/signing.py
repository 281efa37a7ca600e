"""`/sign-in`, `/sign-out`: by mail address and password; in a demo, as anybody with one click."""

from collections.abc import Sequence

from flask import flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from app import identity, security, sign_in_limits
from app.languages import counted
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
    wait = sign_in_limits.charge(here.engine, tried, here.now())
    if wait is not None:
        seconds = int(wait.total_seconds()) + 1
        response = make_response(
            form_page(
                gettext(
                    "続けて間違えたため、止めています。%(time)sほど待ってから、もう一度入れてください。",
                    time=_in_words(seconds),
                )
            ),
            429,
        )
        response.headers["Retry-After"] = str(seconds)
        return response
    try:
        user_id = identity.check_password(here.engine, email, request.form.get("password", ""))
    except identity.WrongCredentials:
        return make_response(form_page(str(WRONG)), 403)
    sign_in_limits.forgive(here.engine, tried)
    return welcome(user_id)


@sign("/sign-in/as", "POST")
def sign_in_as() -> ResponseReturnValue:
    """The demo's one click. Anywhere else there is no such address."""
    here = house()
    if not here.config.demo:
        raise NotFound
    wanted = request.form.get("person", "")
    person = next((p for p in identity.demo_people(here.engine) if str(p.user_id) == wanted), None)
    if person is None:
        raise NotFound(gettext("この人は、デモにはいません。サインインの画面から選び直してください。"))
    return welcome(person.user_id, "demo")


@sign("/sign-out", "POST")
def sign_out() -> ResponseReturnValue:
    secret = request.cookies.get(security.cookie_name())
    if secret:
        identity.end(house().engine, secret, house().now())
    session.clear()
    flash(gettext("サインアウトしました。"), "success")
    response = make_response(redirect(url_for("home"), 303))
    security.forget(response)
    return response


KEPT = "kept."
"""What a form was typed into before its sign-in ended goes through signing in under this prefix."""
MOST_KEPT = 100_000
"""Characters: more is not carried along."""


def ask_to_sign_in(verb: str, back: str, form: MultiDict[str, str]) -> ResponseReturnValue:
    """The sign-in page in place of a form that nobody signed in has sent; what was typed comes back after it."""
    kept = [(name, value) for name, value in form.items(multi=True) if name not in ("csrf_token", "once")]
    if sum(len(name) + len(value) for name, value in kept) > MOST_KEPT:
        kept = []
    sentence = gettext("この操作にはサインインが必要です。入力したものは、サインインの後にそのまま残ります。")
    flash(sentence, "warning")
    carried = [(f"{KEPT}verb", verb), *((f"{KEPT}field.{name}", value) for name, value in kept)]
    return make_response(form_page(goes_to=back, kept=carried), 403)


def _what_was_typed() -> Refusal | None:
    """The form that was kept through this sign-in."""
    verb = request.form.get(f"{KEPT}verb")
    if verb not in REGISTRY:
        return None
    start = f"{KEPT}field."
    typed = MultiDict(
        (name[len(start) :], value)
        for name, value in request.form.items(multi=True)
        if name.startswith(start)
    )
    sentence = gettext(
        "サインインしました。入力したものはまだ送られていません。確かめて、もう一度送ってください。"
    )
    return Refusal(verb, sentence, typed=typed)


def form_page(
    refusal: str | None = None, goes_to: str | None = None, kept: Sequence[tuple[str, str]] | None = None
) -> str:
    people = identity.demo_people(house().engine) if house().config.demo else []
    return render_template(
        "sign_in.html",
        refusal=refusal,
        email=request.form.get("email", ""),
        goes_to=goes_to or local(request.values.get("next")),
        kept=[(n, v) for n, v in request.form.items(multi=True) if n.startswith(KEPT)]
        if kept is None
        else kept,
        main=identity.main_people(people),
        people=people,
        providers=house().config.oidc_providers,
    )


def welcome(
    user_id: int, way: str = "password", kinds: Sequence[str] | None = None, goes_to: str | None = None
) -> ResponseReturnValue:
    """A new secret for each sign-in, by whatever way; the form cookie of before is forgotten with it."""
    here = house()
    secret, token = identity.start(
        here.engine, user_id, here.now(), request.cookies.get(security.cookie_name()), way, kinds
    )
    session.clear()
    session["csrf_token"] = token
    goes_to = local(goes_to or request.form.get("next")) or url_for("home")
    typed = _what_was_typed()
    if typed is not None:
        g.signed_in = identity.signed_in(here.engine, secret, here.now())
        g.pop("csrf_token", None)  # of the form that signed in
        g.refusal = typed
        response = shown_or_home(goes_to, 200)
    else:
        response = make_response(redirect(goes_to, 303))
    security.keep_signed_in(response, secret)
    return response


def _in_words(seconds: int) -> str:
    if seconds < 120:
        return counted("%(n)s 秒", seconds)
    return counted("%(n)s 分", -(-seconds // 60))
