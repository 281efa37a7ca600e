"""`/do/<verb>`: where every form of every verb is sent. Form → command → verb → redirect; refused, the page is shown again."""

import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.pages.done import DONE
from app.pages.forms import command_of, where_typed
from app.pages.signing import ask_to_sign_in
from app.route import Refusal, house, local, says, shown
from workflows.registry import REGISTRY, Outcome, perform
from workflows.runtime.refusal import HTTP_STATUS, Refused

LANDING: dict[str, Callable[[str], str]] = {
    "idea.draft": lambda ref: url_for("idea", number=ref),
    "idea.clone": lambda ref: url_for("idea", number=ref),
    "review.request": lambda ref: url_for("review", ref=ref),
}
"""Verbs that make a thing with a page of its own -> that page. After any other the reader returns to where the form was."""


def say(verb: str) -> ResponseReturnValue:
    """Says the verb as the form has it.

    Done: a sentence, and back to the page (or on to the new thing). Refused: the page again, with the sentence and what was
    typed, under the refusal's status. Not signed in: the same after signing in, so that nothing typed is lost.
    """
    form = request.form
    back = local(form.get("back")) or "/"
    who = g.signed_in
    if who is None:
        return ask_to_sign_in(verb, back, form)
    try:
        outcome = perform(
            house().engine, verb, command_of(verb, form), who.email, house().now(), form.get("once") or None
        )
    except Refused as refused:
        errors = where_typed(verb, form, refused.errors)
        g.refusal = Refusal(verb, refused.message, errors, form, refused.reason)
        if request.headers.get("HX-Request"):
            return make_response(render_template("parts/not_saved.html"), HTTP_STATUS[refused.reason])
        return show_again(back, refused)
    if request.headers.get("HX-Request"):
        return render_template("parts/saved.html", outcome=outcome, at=house().now())
    flash(gettext(DONE[verb]), "success")
    return redirect(_goes_on(verb, outcome, back), 303)


def show_again(back: str, refused: Refused) -> ResponseReturnValue:
    """The page of the form; where it may no longer be seen, the refusal itself."""
    try:
        return shown(back.partition("#")[0], HTTP_STATUS[refused.reason])
    except (HTTPException, RequestRedirect, Refused):
        raise refused from None


def _goes_on(verb: str, outcome: Outcome, back: str) -> str:
    return LANDING[verb](outcome.ref) if verb in LANDING else back


def new_key() -> str:
    """What makes a form's second sending recognisable."""
    return secrets.token_urlsafe(9)


def typed_into(verb: str, fixed: dict[str, Any]) -> Refusal | None:
    """The refusal of just this form: of the verb, about the same things."""
    refused: Refusal | None = g.get("refusal")
    if refused is None or refused.verb != verb:
        return None
    same: MultiDict[str, str] = refused.typed
    return refused if all(same.get(name, "") == str(value) for name, value in fixed.items()) else None


for _verb in REGISTRY:
    says(f"/do/{_verb}", _verb, partial(say, _verb))
