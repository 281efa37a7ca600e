"""`/adoptions/<token>`: where a reminder's link leads. Opening it changes nothing, since mail programs open links too."""

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from app import adoption_links
from app.route import answers, house
from workflows.runtime.refusal import HTTP_STATUS, Refused


@answers("/adoptions/<token>")
def adoption_link(token: str) -> ResponseReturnValue:
    here = house()
    asked = adoption_links.find(here.engine, here.config.secret, token, here.now())
    if asked is None:
        raise NotFound(
            gettext("このアドレスは正しくありません。メールのアドレスを、途中で切らずに開いてください。")
        )
    if request.method != "POST" or asked.state != "open":  # HEAD too: programs that check links ask so
        return _shown(asked, 200 if asked.state == "open" else 410)
    try:
        adoption_links.confirm(here.engine, asked, here.now())
    except Refused as refused:
        after = adoption_links.find(here.engine, here.config.secret, token, here.now()) or asked
        return _shown(after, HTTP_STATUS[refused.reason], refused.message)
    return redirect(url_for("adoption_link", token=token, done=1), 303)


def _shown(asked: adoption_links.Asked, status: int, refusal: str | None = None) -> ResponseReturnValue:
    done = asked.state == "answered" and request.args.get("done") == "1"
    text = render_template("adoption_link.html", asked=asked, refusal=refusal, done=done)
    response = make_response(text, 200 if done else status)
    response.headers["Cache-Control"] = "no-store"
    return response
