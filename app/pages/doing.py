"""`/do/<verb>`: where every form of every verb is sent. Form → command → verb → redirect; refused, the page is shown again."""

import logging
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from app import security_log
from app.db_errors import BUSY, explain
from app.pages.done import DONE, FACTS
from app.pages.forms import command_of, where_typed
from app.pages.handing_in import with_file, with_rows, without_file
from app.pages.joining import joining, joins, shown_as, stays
from app.pages.places import done_at
from app.pages.signing import ask_to_sign_in
from app.pages.survey_form import answers
from app.route import Refusal, house, local, says, shown
from workflows.files.not_now import NotNow
from workflows.github.names import SPOKEN_TO, full_name_from
from workflows.registry import REGISTRY, Outcome, perform
from workflows.runtime.refusal import HTTP_STATUS, Refused

log = logging.getLogger("kyoso.web")

ADDS = frozenset(
    {
        "comment.post", "pilot.report", "kpi.measure", "evidence.attach", "incident.file", "incident.report",
        "challenge.post", "asset.use", "asset.record_run", "asset.publish", "idea.draft",
    }
)  # fmt: skip
"""Verbs of which every saying adds one more, with words of one's own: nobody means the very same twice in a row."""
CHECKED = frozenset({"kpi.measure", "adoption.import"})
"""Verbs whose page says what would be recorded before it is."""
LOOKED_AT_FIRST = frozenset({"adoption.import"})
"""Those of them that record nothing of a file that has just been chosen."""
SAVES_ITSELF = frozenset({"checklist.answer"})
"""What is sent from the same form again and again, and may come back to what it said first."""
SAID_AGAIN_AFTER = timedelta(minutes=10)

LANDING: dict[str, Callable[[str], str]] = {
    "idea.draft": lambda ref: url_for("edit_idea", number=ref),
    "idea.clone": lambda ref: url_for("idea", number=ref),
    "asset.publish": lambda ref: url_for("asset", asset=ref),
    "asset.fork": lambda ref: url_for("asset", asset=ref),
    "product.describe": lambda ref: url_for("product", slug=ref),
    "wave.remind": lambda ref: url_for("rollout", slug=ref.rpartition("-W")[0], _anchor="waves"),
    "wave.open": lambda ref: url_for("rollout", slug=ref.rpartition("-W")[0], _anchor="waves"),
    "org.register": lambda ref: url_for("organization", slug=ref),
    "pilot.plan": lambda ref: url_for("pilot", ref=ref),
    "pilot.revise": lambda ref: url_for("pilot", ref=ref),
    "kpi.define": lambda ref: url_for("pilot", ref=pilot_of(ref), _anchor="kpis"),
    "kpi.revise": lambda ref: url_for("pilot", ref=pilot_of(ref), _anchor="kpis"),
    "incident.file": lambda ref: url_for("incident", ref=ref),
    "event.open": lambda ref: url_for("event", slug=ref),
    "review.request": lambda ref: url_for("review", ref=ref),
}
"""Verbs that make a thing with a page of its own -> that page. After any other the reader returns to where the form was."""


def pilot_of(kpi: str) -> str:
    """R8-0001-P1-accuracy -> R8-0001-P1."""
    return "-".join(kpi.split("-")[:3])


def say(verb: str) -> ResponseReturnValue:
    """Says the verb as the form has it.

    Done: a sentence, and back to the page (or on to the new thing). Refused: the page again, with the sentence and what was
    typed, under the refusal's status. Not signed in: the same after signing in, so that nothing typed is lost; and where the
    database was too busy, the page again, to be sent once more.
    """
    form: MultiDict[str, str] = request.form
    back = local(form.get("back")) or "/"
    joined, form_of = joins(verb, form), shown_as(verb, form)
    who = g.signed_in
    sheet = request.files.get("sheet")
    brings = verb in LOOKED_AT_FIRST and sheet is not None and bool(sheet.filename)
    asks_first = verb in CHECKED and (bool(form.get("check")) or brings)
    in_place = bool(request.headers.get("HX-Request"))
    if who is None and in_place:
        sentence = gettext(
            "サインインの期限が切れました。保存のボタンを押すと、サインインの後に続けられます。"
        )
        g.refusal = Refusal(verb, sentence, typed=form)
        return make_response(render_template("parts/not_saved.html"), 403)
    if who is None:
        return ask_to_sign_in(form_of, back, form)
    try:
        form = with_rows(verb, with_file(verb, form, who.email))
        if asks_first:
            return _checked(verb, form, back)
        outcome = perform(
            house().engine,
            verb,
            joining(form) if joined else _command(verb, form),
            who.email,
            house().now(),
            None if in_place and verb in SAVES_ITSELF else form.get("once") or None,
            SAID_AGAIN_AFTER if verb in ADDS else None,
            who.hat,
        )
    except Refused as refused:
        # A stale version is nothing the person has typed: the sentence says it, no field is wrong.
        errors = {} if refused.reason == "stale" or joined else where_typed(verb, form, refused.errors)
        typed = without_file(form) if "file" in errors else form
        g.refusal = Refusal(form_of, refused.message, errors, typed, refused.reason)
        security_log.refused("act_refused", verb=verb, reason=refused.reason, about=security_log.things(form))
        return _not_done(back, HTTP_STATUS[refused.reason], refused)
    except NotNow as error:
        g.refusal = Refusal(verb, error.message, typed=without_file(form))
        return _not_done(back, 503, error)
    except SQLAlchemyError as error:
        if explain(error) != BUSY:
            raise
        log.warning("%s was not done: the database was busy", verb)
        g.refusal = Refusal(form_of, BUSY, typed=form)
        return _not_done(back, 503, error)
    if in_place:
        return render_template("parts/saved.html", outcome=outcome, at=house().now())
    facts = gettext(FACTS[verb], **outcome.facts) if verb in FACTS and outcome.facts else ""
    flash(gettext(DONE[verb]) + facts, "success")
    if joined:
        return stays(form_of, form, back)
    goes_to = _goes_on(verb, outcome, back)
    done_at(goes_to)
    return redirect(goes_to, 303)


def _checked(verb: str, form: MultiDict[str, str], back: str) -> ResponseReturnValue:
    """The page with what was typed and what there is to say of it; nothing is recorded. Without a script by a button, with one
    as it is typed: then the page's part is taken out of it."""
    g.refusal = Refusal(
        verb, gettext("まだ記録していません。確かめた結果は、フォームの中にあります。"), typed=form
    )
    return shown(back.partition("#")[0], 200)


def _command(verb: str, form: MultiDict[str, str]) -> dict[str, Any]:
    """The command as typed; of a repository any address will do that a person copies from the browser or from git."""
    found = command_of(verb, form)
    if verb == "repo.link" and isinstance(name := found.get("full_name"), str):
        found["full_name"] = full_name_from(name, house().config.github_url or SPOKEN_TO, "full_name")
    if verb == "adoption.import" and isinstance(rows := found.get("rows"), str):
        found["rows"] = answers(rows)
    return found


def _not_done(back: str, status: int, why: Refused | SQLAlchemyError | NotNow) -> ResponseReturnValue:
    """The page of the form with `g.refusal`; where it may no longer be seen, the error itself."""
    if request.headers.get("HX-Request"):
        return make_response(render_template("parts/not_saved.html"), status)
    try:
        return shown(back.partition("#")[0], status)
    except (HTTPException, Refused, SQLAlchemyError):
        raise why from None


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
