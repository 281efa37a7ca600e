"""`/sign-in`, `/sign-out`: by mail address and password; in a demo, as anybody with one click."""

from urllib.parse import urlsplit

from flask import flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app import identity, security, sign_in_limits
from app.route import house, sign

WRONG = "メールアドレスかパスワードが違います。確かめて、もう一度入れてください。"


@sign("/sign-in", "GET", "POST")
def sign_in() -> ResponseReturnValue:
    if request.method == "GET":
        return _form()
    # PostgreSQL takes no NUL, and no address has one.
    here, email = house(), request.form.get("email", "").replace("\x00", "")
    tried = sign_in_limits.attempt(here.config.secret, email, sign_in_limits.address_of(request))
    wait = sign_in_limits.charge(here.engine, tried, here.now())
    if wait is not None:
        seconds = int(wait.total_seconds()) + 1
        response = make_response(
            _form(
                f"続けて間違えたため、止めています。{_in_words(seconds)}ほど待ってから、もう一度入れてください。"
            ),
            429,
        )
        response.headers["Retry-After"] = str(seconds)
        return response
    try:
        user_id = identity.check_password(here.engine, email, request.form.get("password", ""))
    except identity.WrongCredentials:
        return make_response(_form(WRONG), 403)
    sign_in_limits.forgive(here.engine, tried)
    return _welcome(user_id)


@sign("/sign-in/as", "POST")
def sign_in_as() -> ResponseReturnValue:
    """The demo's one click. Anywhere else there is no such address."""
    here = house()
    if not here.config.demo:
        raise NotFound
    wanted = request.form.get("person", "")
    person = next((p for p in identity.demo_people(here.engine) if str(p.user_id) == wanted), None)
    if person is None:
        raise NotFound("この人は、デモにはいません。サインインの画面から選び直してください。")
    return _welcome(person.user_id)


@sign("/sign-out", "POST")
def sign_out() -> ResponseReturnValue:
    secret = request.cookies.get(security.cookie_name())
    if secret:
        identity.end(house().engine, secret, house().now())
    session.clear()
    flash("サインアウトしました。", "success")
    response = make_response(redirect(url_for("home"), 303))
    security.forget(response)
    return response


def _form(refusal: str | None = None) -> str:
    people = identity.demo_people(house().engine) if house().config.demo else []
    return render_template(
        "sign_in.html",
        refusal=refusal,
        email=request.form.get("email", ""),
        goes_to=_local(request.values.get("next")),
        main=identity.main_people(people),
        people=people,
    )


def _welcome(user_id: int) -> ResponseReturnValue:
    """A new secret for each sign-in; the form cookie of before is forgotten with it."""
    here = house()
    secret, token = identity.start(
        here.engine, user_id, here.now(), request.cookies.get(security.cookie_name())
    )
    session.clear()
    session["csrf_token"] = token
    response = make_response(redirect(_local(request.form.get("next")) or url_for("home"), 303))
    security.keep_signed_in(response, secret)
    return response


def _local(address: str | None) -> str | None:
    """An address of this site to go on to; None for anything that could lead elsewhere."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or len(address) > 500:
        return None
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc and address.isprintable() else None


def _in_words(seconds: int) -> str:
    return f"{seconds} 秒" if seconds < 120 else f"{-(-seconds // 60)} 分"
