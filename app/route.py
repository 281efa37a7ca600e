"""How a page or an act gets an address: never without naming its reading permission or its verb.

`page` reads: route → query → template. `act` writes: route → verb → redirect. `sign` and `files` are the named exceptions.
A route test walks the URL map; `create_app` refuses to start with an address that none of these gave.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from werkzeug.datastructures import MultiDict

from app.config import Config
from app.db import reading
from app.identity import SignedIn
from stages.permissions import PUBLIC
from workflows.queries.idea_page import seen_idea
from workflows.queries.idea_record import readable_ledger
from workflows.queries.looks import Eyes
from workflows.queries.product_page import seen_product
from workflows.registry import REGISTRY, perform
from workflows.runtime.actors import Speaker, speaker
from workflows.runtime.refusal import HTTP_STATUS, Refused

READING: dict[str, Callable[[Eyes, Mapping[str, Any]], Any]] = {
    "public.read": lambda eyes, named: None,
    "idea.read": lambda eyes, named: seen_idea(eyes, named["number"]),
    "product.read": lambda eyes, named: seen_product(eyes, named["slug"]),
    "ledger.read": lambda eyes, named: readable_ledger(eyes, named["number"]),
}
"""Reading permission -> the check that finds what the address names, or refuses it as `unknown`.

`public.read` names nothing: everyone may open the page, and its query shows each reader what they may see.
"""
SIGNING = frozenset({"sign_in", "sign_in_as", "sign_out"})
"""The only addresses that change something without a verb: a sign-in is no act of the domain."""


@dataclass
class House:
    """What every request works with. `now` is the clock; tests set their own."""

    config: Config
    engine: Engine
    now: Callable[[], datetime]
    schema_is_current: bool = False


def house(app: Flask | None = None) -> House:
    """The house of an app, by default of the one that answers now."""
    found: House = (app or current_app).extensions["kyoso"]
    return found


@dataclass(frozen=True)
class Guard:
    """What guards an address: a reading permission, a verb, signing in or out, or nothing but the package's own files."""

    kind: str  # reads, says, signs, files
    name: str


@dataclass(frozen=True)
class Said:
    """What a form says: the verb's command, the sentence for when it is done, and where on the page to come back to."""

    command: Mapping[str, Any]
    done: str
    anchor: str | None = None


@dataclass(frozen=True)
class Refusal:
    """A refused form: shown on its page, with what was typed."""

    verb: str
    message: str
    errors: Mapping[str, str]
    typed: MultiDict[str, str] = field(default_factory=MultiDict)


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
    who: SignedIn | None = g.get("signed_in")
    return speaker(session, who.email) if who else Speaker(PUBLIC)


def act(rule: str, *, verb: str, back: str) -> Callable[[Callable[..., Said]], Callable[..., Said]]:
    """A form's address: the view reads the form into the verb's command; done, the reader returns to the page `back`.

    Refused, that page is shown with the sentence and with what was typed, under the refusal's status. What the reader may
    not see is 404; who is not signed in is sent to do so first.
    """
    if verb not in REGISTRY:
        raise ValueError(f"{verb}: no such verb")

    def register(view: Callable[..., Said]) -> Callable[..., Said]:
        def say(**named: Any) -> ResponseReturnValue:
            who: SignedIn | None = g.get("signed_in")
            if who is None:
                flash("この操作にはサインインが必要です。", "warning")
                return redirect(url_for("sign_in", next=url_for(back, **named)), 303)
            said = view(request.form, **named)
            try:
                perform(house().engine, verb, said.command, who.email, house().now())
            except Refused as refused:
                if refused.reason == "unknown":
                    raise
                g.refusal = Refusal(verb, refused.message, refused.errors, request.form)
                response = current_app.make_response(_routes[back].view(**named))
                response.status_code = HTTP_STATUS[refused.reason]
                return response
            flash(said.done, "success")
            return redirect(url_for(back, **named, _anchor=said.anchor), 303)

        _add(rule, Guard("says", verb), ("POST",), view.__name__, say)
        return view

    return register


def sign(rule: str, *methods: str) -> Callable[[View], View]:
    """Signing in or out: one of SIGNING, by the name of its view."""

    def register(view: View) -> View:
        if view.__name__ not in SIGNING:
            raise ValueError(f"{view.__name__} is neither signing in nor out: name a verb")
        _add(rule, Guard("signs", view.__name__), methods, view.__name__, view)
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
    methods = {"reads": {"GET"}, "files": {"GET"}, "says": {"POST"}, "signs": {"GET", "POST"}}
    bare = []
    for rule in app.url_map.iter_rules():
        guard = guard_of(rule.endpoint)
        open_to = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if guard is None or not open_to <= methods[guard.kind]:
            bare.append(f"{rule} ({rule.endpoint})")
    return bare
