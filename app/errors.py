"""Error pages in the look of the others: one sentence on what happened, one on what to do; the cause goes to the log with an id."""

import logging
import secrets
from contextlib import suppress

from flask import Flask, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from gunicorn.http.errors import NoMoreData, ParseException  # type: ignore[import-untyped]  # the library has no types
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app import security_log
from app.db import UnfitDatabase, explain
from app.discreet import discreet, trace_of
from app.route import guard_of, house, know_the_reader
from workflows.files.not_now import NotNow
from workflows.runtime.refusal import HTTP_STATUS, Refused

log = logging.getLogger("kyoso.web")

SAYINGS = {
    400: (_("送信を確かめられませんでした"), _("しばらく開いたままだった画面から送られたようです。画面を開き直してから、もう一度送ってください。")),
    403: (_("この操作はできません"), _("この操作をする役割がありません。団体の管理者に役割を確かめてください。")),
    404: (_("ページが見つかりません"), _("番号や綴りが違うか、見る役割がありません。アドレスを確かめるか、サインインしてください。")),
    405: (_("このアドレスは直接開けません"), _("画面のボタンから送るためのアドレスです。もとの画面を開いてください。")),
    409: (_("いまはできません"), _("ほかの人の操作で状態が変わりました。もとの画面を読み直してください。")),
    413: (_("送られた内容が大きすぎます"), _("文章を短くするか、分けて送ってください。")),
    422: (_("入力を確かめてください"), _("読み取れない値があります。もとの画面に戻って入れ直してください。")),
    429: (_("しばらくお待ちください"), _("短い間に繰り返されたため、止めています。少し待ってから、もう一度行ってください。")),
    500: (_("思わぬ誤りが起きました"), _("記録に残しました。続くときは、下の番号を添えて管理する人に知らせてください。")),
    503: (_("いまは使えません"), _("少し待ってから、もう一度開いてください。続くときは、管理する人に知らせてください。")),
}  # fmt: skip
"""Status -> heading, and the sentence for when nothing more exact is known."""
NOT_THERE_FOR_YOU = _(
    "番号や綴りが違うか、見る役割がありません。アドレスを確かめるか、所属する団体の管理者に役割を確かめてください。"
)
"""The sentence of 404 for who has signed in already."""
NOT_BY_THIS_NAME = _("このアドレスでは開けません")
"""The heading of 400 where nothing was sent: the address itself is wrong."""


def set_up(app: Flask) -> None:
    app.register_error_handler(Refused, on_refusal)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(NotNow, lambda error: error_page(503, error.message))
    app.register_error_handler(UnfitDatabase, on_database)
    app.register_error_handler(SQLAlchemyError, on_database)
    # A body whose chunks are none, or that breaks off: the sender's mistake, which gunicorn sees only when it is read.
    app.register_error_handler(ParseException, lambda _: error_page(400))
    app.register_error_handler(NoMoreData, lambda _: error_page(400))
    app.register_error_handler(Exception, on_surprise)


def error_page(status: int, sentence: str | None = None, number: str | None = None) -> ResponseReturnValue:
    """The page of a status. `number` is the id under which the log has the cause."""
    heading, usual = SAYINGS[status]
    with suppress(SQLAlchemyError, UnfitDatabase):  # which may be what is wrong
        if status < 500:
            know_the_reader()
    if status == 404 and g.get("signed_in"):
        usual = NOT_THERE_FOR_YOU
    if status == 400 and request.method in ("GET", "HEAD"):
        heading = NOT_BY_THIS_NAME
    body = render_template(
        "error.html", status=status, heading=str(heading), sentence=sentence or str(usual), number=number
    )
    return make_response(body, status)


def on_refusal(refused: Refused) -> ResponseReturnValue:
    """Of a page; who may not see it and is signed in is noted. (What an act was refused for, app/pages/doing.py has noted.)"""
    guard = guard_of(request.endpoint or "")
    if g.get("signed_in") is not None and guard is not None and guard.kind == "reads":
        named = security_log.things({name: str(value) for name, value in (request.view_args or {}).items()})
        security_log.refused("page_refused", page=request.endpoint, reason=refused.reason, about=named)
    return error_page(HTTP_STATUS[refused.reason], refused.message)


def on_http(error: HTTPException) -> ResponseReturnValue:
    """Werkzeug's own: a redirect goes on as it is; a description is shown only where it is ours (Japanese)."""
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if status >= 500 and status not in SAYINGS:
        status = 500
    if status not in SAYINGS:
        status = 400
    own = error.description if error.description and not error.description.isascii() else None
    response = make_response(error_page(status, None if isinstance(error, CSRFError) else own))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def on_database(error: UnfitDatabase | SQLAlchemyError) -> ResponseReturnValue:
    """A database that is missing, behind, busy or unreachable is 503, with the sentence that says so; else it is a bug."""
    said = explain(error)
    if said is None:
        return on_surprise(error)
    number = _log(error, said)
    response = make_response(error_page(503, None if _tells_where(said) else said, number))
    response.headers["Retry-After"] = "30"
    return response


def _tells_where(sentence: str) -> bool:
    """Whether a sentence names this machine's files, which in production are nobody's business but the log's."""
    config = house().config
    places = (str(config.home), make_url(config.database_url).database or "")
    return config.is_production and any(place and place in sentence for place in places)


def on_surprise(error: Exception) -> ResponseReturnValue:
    return error_page(500, number=_log(error))


def _log(error: Exception, said: str = "") -> str:
    number = secrets.token_hex(4)
    # A database that is known not to fit needs no trace through our code at every request.
    trace = (
        "" if isinstance(error, UnfitDatabase) else f"\n{trace_of(error, house().config, sent_just_now())}"
    )
    log.error("%s %s%s", number, discreet(said) or type(error).__name__, trace)
    return number


def sent_just_now() -> list[str]:
    """What the request that is answered now has brought along."""
    try:
        typed = [*request.form.values(), *request.args.values(), *request.cookies.values()]
    except Exception:  # noqa: BLE001 - a form that cannot be read is not what is logged
        typed = [*request.args.values(), *request.cookies.values()]
    said = [request.headers.get(name, "") for name in ("Authorization", "X-Hub-Signature-256", "Cookie")]
    return [
        *typed,
        *(line for value in typed for line in value.splitlines()),
        *said,
        *map(str, (request.view_args or {}).values()),
    ]
