"""How a page or an act gets an address: never without naming its reading permission or its verb.

`page` reads: route → query → template. `says` writes: form → verb → redirect. `sign`, `hears` and `files` are the named exceptions.
A route test walks the URL map; `create_app` refuses to start with an address that none of these gave.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask, Response, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import HTTPException, NotFound

from app.config import Config
from app.db import reading
from app.identity import SignedIn
from app.readings import READING
from stages.permissions import PUBLIC
from workflows.files.receiving import Files
from workflows.queries.looks import Eyes
from workflows.registry import REGISTRY
from workflows.runtime.actors import Speaker, speaker
from workflows.runtime.refusal import Refused

SIGNING = frozenset(
    {
        "sign_in", "sign_in_as", "sign_out", "act_for", "invitation",
        "sign_in_outside", "outside_back", "link_outside", "unlink_outside",
        "second_step", "sign_in_by_passkey", "forgotten", "reset", "change_password", "keep_app", "remove_app",
        "add_passkey", "remove_passkey", "new_codes", "end_device", "end_other_devices", "choose_mail",
    }
)  # fmt: skip
"""The only addresses that change something without a verb: neither a sign-in, nor its keys, nor the mail one wants are an act
of the domain."""

HANDING = frozenset({"file_link"})
"""The only addresses that hand something out without a session: their link is signed, short-lived and used once."""

ANSWERING = frozenset({"adoption_link"})
"""The only addresses at which a verb is said without signing in: by a link that is signed for one person and one statement,
is good once, and asks at that moment whether they still may."""

DECLINING = frozenset({"mail_declined"})
"""The only addresses at which a kind of mail is declined, by a signed link: a mail program posts to it without a session or a form."""

HEARING = frozenset({"github_hook"})
"""The only addresses at which another machine speaks, without a session or a form: what it sends is signed."""


@dataclass
class House:
    """What every request works with. `now` is the clock; tests set their own."""

    config: Config
    engine: Engine
    now: Callable[[], datetime]
    schema_is_current: bool = False
    files: Files = field(kw_only=True)


def house(app: Flask | None = None) -> House:
    """The house of an app, by default of the one that answers now."""
    found: House = (app or current_app).extensions["kyoso"]
    return found


@dataclass(frozen=True)
class Guard:
    """What guards an address: a reading permission, a verb, signing in or out, a signature, or nothing but the package's own
    files."""

    kind: str  # reads, says, signs, hears, hands, answers, declines, files
    name: str


@dataclass(frozen=True)
class Refusal:
    """A form that was not done: shown on its page, with what was typed. `reason` is the code, None where it was only kept."""

    verb: str
    message: str
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: MultiDict[str, str] = field(default_factory=MultiDict)
    reason: str | None = None


@dataclass(frozen=True)
class _Route:
    rule: str
    endpoint: str
    methods: tuple[str, ...]
    guard: Guard
    view: Callable[..., ResponseReturnValue]


_routes: dict[str, _Route] = {}
View = Callable[..., ResponseReturnValue]


def _add(rule: str, guard: Guard, methods: tuple[str, ...], name: str, view: View) -> None:
    if name in _routes:
        raise ValueError(f"two routes are called {name}")
    _routes[name] = _Route(rule, name, methods, guard, view)


def page(rule: str, *, reads: str) -> Callable[[View], View]:
    """A page: the view gets the reader's Eyes (inside one reading transaction) and what the permission's check found."""
    check = READING[reads]

    def register(view: View) -> View:
        def show(**named: Any) -> ResponseReturnValue:
            with reading(house().engine) as session:
                eyes = Eyes(session, _reader(session), house().now())
                found = check(eyes, named)
                return view(eyes) if found is None else view(eyes, found)

        _add(rule, Guard("reads", reads), ("GET",), view.__name__, show)
        return view

    return register


def _reader(session: Any) -> Speaker:
    """Who reads; the header of every page asks which roles that is (`g.actor`)."""
    who: SignedIn | None = g.get("signed_in")
    reader = speaker(session, who.email, who.hat) if who else Speaker(PUBLIC)
    g.actor = reader.actor
    return reader


def know_the_reader() -> None:
    """Who reads, where no page has asked: the header of an error page is the same as that of any other."""
    if g.get("signed_in") is not None and "actor" not in g:
        with reading(house().engine) as session:
            _reader(session)


def says(rule: str, verb: str, view: View) -> None:
    """The address to which every form of a verb is sent."""
    if verb not in REGISTRY:
        raise ValueError(f"{verb}: no such verb")
    _add(rule, Guard("says", verb), ("POST",), f"do {verb}", view)


def shown(address: str, status: int) -> Response:
    """The page of a local address, as the answer to this request: for a form that is shown again with what was typed.

    Raises NotFound where the address is no page, or the reader may not see it.
    """
    parts = urlsplit(address)
    endpoint, named = current_app.url_map.bind("").match(parts.path, "GET")
    route = _routes.get(endpoint)
    if route is None or route.guard.kind != "reads":
        raise NotFound
    # The page asks the request where it is, and for its filters.
    request.url_rule = next(current_app.url_map.iter_rules(endpoint))
    request.view_args = dict(named)
    request.args = ImmutableMultiDict(parse_qsl(parts.query))
    response = current_app.make_response(route.view(**named))
    response.status_code = status
    return response


def shown_or_home(address: str, status: int) -> Response:
    """The same; where this reader has no such page the front page, on which what was typed can be copied."""
    try:
        return shown(address.partition("#")[0], status)
    except (HTTPException, Refused):
        return shown(url_for("home"), status)


def local(address: str | None) -> str | None:
    """An address of this site to go on to; None for anything that could lead elsewhere."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or len(address) > 500:
        return None
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc and address.isprintable() else None


def sign(rule: str, *methods: str) -> Callable[[View], View]:
    """Signing in or out, and the keys to it: one of SIGNING, by the name of its view."""
    return _exception("signs", SIGNING, rule, methods)


def hears(rule: str) -> Callable[[View], View]:
    """Where another machine speaks: one of HEARING, by the name of its view, which checks the signature itself."""
    return _exception("hears", HEARING, rule, ("POST",))


def hands(rule: str) -> Callable[[View], View]:
    """What a signed link leads to: one of HANDING, by the name of its view, which checks the link itself."""
    return _exception("hands", HANDING, rule, ("GET",))


def answers(rule: str) -> Callable[[View], View]:
    """Where somebody answers by a signed link: one of ANSWERING, by the name of its view, which checks the link itself and
    says its verb in their name. Opening it changes nothing, since mail programs open links too."""
    return _exception("answers", ANSWERING, rule, ("GET", "POST"))


def declines(rule: str) -> Callable[[View], View]:
    """Where a kind of mail is declined: one of DECLINING, by the name of its view, which checks the link itself. No session and
    no token of a form is asked (RFC 8058); opening it changes nothing."""
    return _exception("declines", DECLINING, rule, ("GET", "POST"))


def _exception(
    kind: str, names: frozenset[str], rule: str, methods: tuple[str, ...]
) -> Callable[[View], View]:
    def register(view: View) -> View:
        if view.__name__ not in names:
            raise ValueError(f"nothing named {view.__name__} {kind}: name a verb or a reading permission")
        _add(rule, Guard(kind, view.__name__), methods, view.__name__, view)
        return view

    return register


def files(rule: str) -> Callable[[View], View]:
    """Files of the package, the same for everyone; the database is not asked."""

    def register(view: View) -> View:
        _add(rule, Guard("files", view.__name__), ("GET",), view.__name__, view)
        return view

    return register


def register_routes(app: Flask) -> None:
    """Gives every declared route its address. Raises RuntimeError where the app has an address that declares nothing."""
    for route in _routes.values():
        app.add_url_rule(route.rule, route.endpoint, route.view, methods=list(route.methods))
    bare = unguarded(app)
    if bare:
        raise RuntimeError(f"addresses without a verb or a reading permission: {bare}")


def guard_of(endpoint: str) -> Guard | None:
    route = _routes.get(endpoint)
    return route.guard if route else None


def unguarded(app: Flask) -> list[str]:
    """The addresses of an app that no guard covers: not declared here, or open to a method that its guard does not allow."""
    methods = {
        "reads": {"GET"},
        "files": {"GET"},
        "hands": {"GET"},
        "says": {"POST"},
        "signs": {"GET", "POST"},
        "answers": {"GET", "POST"},
        "declines": {"GET", "POST"},
        "hears": {"POST"},
    }
    bare = []
    for rule in app.url_map.iter_rules():
        guard = guard_of(rule.endpoint)
        open_to = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if guard is None or not open_to <= methods[guard.kind]:
            bare.append(f"{rule} ({rule.endpoint})")
    return bare
