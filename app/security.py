"""What guards every request and every answer: its origin, its token, its sign-in, and the headers that go out."""

import hashlib
from urllib.parse import urlsplit

from flask import Flask, Response, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import Forbidden, NotFound, RequestEntityTooLarge

from app import identity, second_factors, security_log, survey_tables
from app.pages.joining import shown_as
from app.pages.shapes import takes_a_file
from app.route import HANDING, Refusal, guard_of, house, local, shown_or_home
from workflows.files.kinds import LARGEST

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_REQUEST = 2_000_000
"""Bytes of a form: 100,000 typed characters still reach the verb, which refuses them by name."""
LARGEST_WITH_A_FILE = 3 * LARGEST
"""Bytes of a form with a file. Larger than a file may be: so much is read to show the page again with what was typed."""
LARGEST_WITH_A_SURVEY = LARGEST_REQUEST + survey_tables.LARGEST
"""Bytes of a survey's form: a file that is chosen anew comes beside the text of the one before it."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

WITH_ONE_FACTOR = frozenset({"keys", "new_app"})
"""The pages on which a second factor is added."""

csrf = CSRFProtect()


def set_up(app: Flask) -> None:
    """Registers, in this order: where a request comes from, who it is from, and the token of its form."""
    config = house(app).config
    over_https = config.base_url.startswith("https:")
    app.config.update(
        SECRET_KEY=config.secret,
        SESSION_COOKIE_NAME="__Host-kyoso-form" if over_https else "kyoso-form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=over_https,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        MAX_FORM_PARTS=200,
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below, in our order
        WTF_CSRF_TIME_LIMIT=None,  # it ends with the sign-in
        WTF_CSRF_SSL_STRICT=False,  # some town halls strip Referer; Origin and Sec-Fetch-Site are looked at instead
    )
    csrf.init_app(app)
    app.before_request(refuse_nul)
    app.before_request(refuse_other_sites)
    app.before_request(find_the_person)
    app.before_request(let_files_in)
    app.before_request(check_the_token)
    app.before_request(ask_for_a_second_factor)
    app.after_request(add_headers)
    app.after_request(stands_as_seen)


def refuse_nul() -> None:
    """An address with a NUL names nothing here, and PostgreSQL would fail on it. In a form the verb refuses it by field."""
    if "\x00" in request.path or b"%00" in request.query_string:
        raise NotFound


def refuse_other_sites() -> None:
    """An unsafe request comes from our own pages: by Sec-Fetch-Site where the browser says it, else by Origin."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    ours = {_origin(house().config.base_url), _origin(request.host_url)}
    if (site is not None and site != "same-origin") or (origin is not None and origin not in ours):
        security_log.refused("request_refused", why="another_site", address=request.endpoint)
        raise Forbidden(
            "ほかのサイトから送られた操作は受け付けません。このサイトのページを開いて、やり直してください。"
        )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def over_https() -> bool:
    return house().config.base_url.startswith("https:")


def cookie_name() -> str:
    """Over https the name itself makes browsers insist on Secure, this host alone, and no narrower path."""
    return "__Host-kyoso" if over_https() else "kyoso"


def find_the_person() -> None:
    """Who signed in, read from the row of their sign-in at each request."""
    g.signed_in = None
    secret = request.cookies.get(cookie_name())
    if secret and request.endpoint not in ("static_file", *HANDING):
        g.signed_in = identity.signed_in(house().engine, secret, house().now())


def let_files_in() -> None:
    """A form that takes a file or a survey may be larger, where its sender is signed in; what is beyond says so before it is read."""
    guard = guard_of(request.endpoint or "")
    if guard is None or guard.kind != "says":
        return
    if guard.name == "adoption.import":
        most, beyond = LARGEST_WITH_A_SURVEY, survey_tables.TOO_MANY
        request.max_form_memory_size = most  # too many rows are refused by the verb, which says what to do
    elif takes_a_file(guard.name):
        most, beyond = (
            LARGEST_WITH_A_FILE,
            gettext(
                "20 MB を超えるファイルは付けられません。分けるか、画像を小さくして保存し直してください。"
            ),
        )
    else:
        return
    sent = request.content_length or 0
    if g.signed_in is not None:
        request.max_content_length = most
    elif sent > LARGEST_REQUEST:
        raise Forbidden(
            gettext("サインインの期限が切れました。サインインして、もう一度ファイルを選んでください。")
        )
    if sent > most:
        raise RequestEntityTooLarge(beyond)


def check_the_token() -> ResponseReturnValue | None:
    """Forms carry the token of their sign-in: the row decides, not what the form cookie says."""
    if g.signed_in is not None and session.get("csrf_token") != g.signed_in.csrf:
        session["csrf_token"] = g.signed_in.csrf
    if request.method in SAFE_METHODS or request.endpoint is None:
        return None
    verb = guard_of(request.endpoint)
    if verb is not None and verb.kind in ("hears", "declines"):
        return None  # a machine may send it: what it brings is signed or sealed, and no sign-in counts
    of_a_verb = verb is not None and verb.kind == "says"
    if of_a_verb and g.signed_in is None:
        return None  # nothing is done without a sign-in; what was typed is kept through one
    try:
        csrf.protect()
    except CSRFError:
        security_log.refused("request_refused", why="form_token", address=request.endpoint)
        if verb is None or not of_a_verb:
            raise
        return keep_what_was_typed(verb.name)
    return None


def must_add_a_factor() -> bool:
    """Whether whoever signed in has yet to add a second factor, or to sign in with it, before anything else."""
    who = g.signed_in
    here = house()
    return who is not None and second_factors.lacks_one(here.engine, here.config.require_second_factor, who)


def ask_for_a_second_factor() -> ResponseReturnValue | None:
    """Where two factors are asked of a person (KYOSO_REQUIRE_SECOND_FACTOR), one opens only the page on which to add another."""
    guard = guard_of(request.endpoint or "")
    if (
        guard is None
        or guard.kind in ("signs", "answers", "declines", "files", "hears")
        or request.endpoint in WITH_ONE_FACTOR
    ):
        return None
    if not must_add_a_factor():
        return None
    if request.method in SAFE_METHODS:
        return redirect(url_for("keys", _anchor="second"), 303)
    security_log.refused("request_refused", why="second_factor", address=request.endpoint)
    raise Forbidden(
        gettext(
            "二段階目の確認がまだないため、行っていません。「パスワードと端末」で加えてから、もう一度送ってください。"
        )
    )


def keep_what_was_typed(verb: str) -> ResponseReturnValue:
    """A form from before a later sign-in: not done, shown again with a token that holds."""
    sentence = gettext(
        "開いたままの画面から送られたため、まだ行っていません。内容を確かめて、もう一度送ってください。"
    )
    g.refusal = Refusal(shown_as(verb, request.form), sentence, typed=request.form)
    if request.headers.get("HX-Request"):
        return make_response(render_template("parts/not_saved.html"), 400)
    return shown_or_home(local(request.form.get("back")) or "/", 400)


def keep_signed_in(response: Response, secret: str) -> None:
    response.set_cookie(
        cookie_name(),
        secret,
        max_age=int(identity.LONGEST.total_seconds()),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=over_https(),
    )


def forget(response: Response) -> None:
    response.delete_cookie(cookie_name(), path="/", httponly=True, samesite="Lax", secure=over_https())


def stands_as_seen(response: Response) -> Response:
    """To the public a page is sent again only when it says something else: a weak ETag over what it says, and 304 to who has
    that already. What a signed-in person sees is kept nowhere and has none."""
    if g.get("signed_in") or request.method not in ("GET", "HEAD") or response.status_code != 200:
        return response
    if request.endpoint == "static_file" or response.is_streamed or response.direct_passthrough:
        return response
    response.set_etag(hashlib.blake2b(response.get_data(), digest_size=16).hexdigest(), weak=True)
    response.make_conditional(request)
    return response


def add_headers(response: Response) -> Response:
    """The same strict policy on every answer; nothing a signed-in person saw is kept by a browser or a proxy."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if over_https():
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store" if g.get("signed_in") else "no-cache"
    return response
