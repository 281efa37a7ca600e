"""`/sign-in/forgotten`, `/sign-in/reset/<token>`: a link by mail, and the page on which it is used. Nobody learns who has an account."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import resets, security_log, sign_in_limits
from app.pages.signing import in_words
from app.route import house, sign
from workflows.runtime.refusal import HTTP_STATUS, Refused


@sign("/sign-in/forgotten", "GET", "POST")
def forgotten() -> ResponseReturnValue:
    if request.method == "GET":
        return render_template("keys/forgotten.html", asked=False, refusal=None)
    here, email = house(), request.form.get("email", "").replace("\x00", "")
    tried = sign_in_limits.attempt(
        here.config.secret, email, sign_in_limits.address_of(request), ("mail", "mailer")
    )
    wait = sign_in_limits.charge(here.engine, tried, here.now())
    if wait is not None:  # counted for every address that is typed, whoever has it
        security_log.refused("shut_out", kind="mail", account=security_log.account(here.config.secret, email))
        seconds = int(wait.total_seconds()) + 1
        sentence = gettext(
            "続けて頼まれたため、止めています。%(time)sほど待ってから、もう一度行ってください。",
            time=in_words(seconds),
        )
        response = make_response(render_template("keys/forgotten.html", asked=False, refusal=sentence), 429)
        response.headers["Retry-After"] = str(seconds)
        return response
    resets.ask(here.engine, here.config.secret, email, here.now())
    return render_template("keys/forgotten.html", asked=True, refusal=None)


@sign("/sign-in/reset/<token>", "GET", "POST")
def reset(token: str) -> ResponseReturnValue:
    here = house()
    if request.method == "GET":
        return _page(resets.stands(here.engine, token, here.now()))
    new = request.form.get("new", "")
    try:
        resets.use(here.engine, token, new, here.now())
    except Refused as refused:
        security_log.refused(
            "key_not_changed", why="link" if refused.reason == "unknown" else "weak_password"
        )
        if refused.reason == "unknown":
            return make_response(_page(False), 404)
        return make_response(_page(True, gettext(refused.message)), HTTP_STATUS[refused.reason])
    flash(gettext("パスワードを決めました。新しいパスワードでサインインしてください。"), "success")
    return redirect(url_for("sign_in"), 303)


def _page(stands: bool, refusal: str | None = None) -> ResponseReturnValue:
    page = make_response(
        render_template("keys/reset.html", stands=stands, refusal=refusal), 200 if stands else 404
    )
    page.headers["Cache-Control"] = "no-store"  # the address is the secret
    return page
