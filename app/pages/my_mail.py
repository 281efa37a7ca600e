"""`/me/mail`: which kinds of mail a person wants; `/mail/declined/<token>`: where a mail's own link declines its kind."""

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from werkzeug.exceptions import NotFound

from app import declined_mail
from app.db import writing
from app.pages.keys import own
from app.route import declines, house, sign
from workflows.runtime.mail_kinds import ANSWERS, COMMENTS, DECLINABLE, DEMAND, FLAGS, WAVES, choose

MAIL_NAMES = {
    WAVES: lazy_gettext("プロダクトのご案内"),
    ANSWERS: lazy_gettext("導入状況の回答のお願い・期限"),
    FLAGS: lazy_gettext("期限が近いこと・止まっていること"),
    COMMENTS: lazy_gettext("コメント"),
    DEMAND: lazy_gettext("「うちも使いたい」の声"),
}


@sign("/me/mail", "POST")
@own
def choose_mail() -> ResponseReturnValue:
    here, wanted = house(), set(request.form.getlist("wanted"))
    with writing(here.engine) as session:
        choose(session, g.signed_in.user_id, DECLINABLE.keys() - wanted, here.now())
    flash(gettext("届くメールの種類を変えました。"), "success")
    return redirect(url_for("me", _anchor="mail"), 303)


@declines("/mail/declined/<token>")
def mail_declined(token: str) -> ResponseReturnValue:
    """Opening it (GET) changes nothing; a button, or the mail program, posts. The signed link is all there is."""
    here = house()
    asked = declined_mail.read(here.config.secret, token)
    if asked is None:
        raise NotFound(
            gettext("このアドレスは正しくありません。メールのアドレスを、途中で切らずに開いてください。")
        )
    done = None
    if request.method == "POST":
        done = declined_mail.decline(here.engine, asked, here.now())
    text = render_template("mail_declined.html", names=[MAIL_NAMES[name] for name in asked.names], done=done)
    response = make_response(text, 410 if done is False else 200)
    response.headers["Cache-Control"] = "no-store"
    return response
