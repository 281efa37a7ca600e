"""Joining a look-alike from the form in which one's own idea is being written: one press says 「うちも使いたい」 of the other idea, and
the form is shown again with all that was typed. Whether one's own idea goes on is decided there."""

from typing import Any

from flask import Response, g
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.route import Refusal, shown
from workflows.runtime.refusal import invalid

JOIN = "join"
"""The button beside a look-alike, in the form of one's own idea: its value is the other idea's number."""

Form = MultiDict[str, str]


def joins(verb: str, form: Form) -> bool:
    """Whether a look-alike's button was pressed."""
    return verb == "idea.demand" and JOIN in form


def shown_as(verb: str, form: Form) -> str:
    """The verb whose form was sent: beside a look-alike that of a new idea, or of a draft that is kept already."""
    if not joins(verb, form):
        return verb
    return "idea.revise" if "seen_version" in form else "idea.draft"


def joining(form: Form) -> dict[str, Any]:
    """The command of `idea.demand`: needed is what one was about to solve oneself. Refused `invalid` where nothing says what."""
    need = form.get("challenge", "").strip() or form.get("title", "").strip()
    if not need:
        raise invalid(
            "title", "何に使いたいかが書かれていません。題名か課題を書いてから、もう一度押してください。"
        )
    return {"idea": form[JOIN], "need": need.replace("\r\n", "\n")}


def stays(verb: str, form: Form, back: str) -> Response:
    """The page of the form again, with what was typed: nothing of it is lost, and none of it is kept yet."""
    sentence = gettext("入力したものは、下に残っています。自分の下書きを続けるときは、保存してください。")
    g.refusal = Refusal(verb, sentence, typed=form)
    return shown(back.partition("#")[0], 200)
