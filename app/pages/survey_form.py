"""The rows of a survey in its form: a table's text as the command's answers, and what there is to say of them before."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import g
from flask_babel import gettext
from sqlmodel import Session

from app.pages.typed import day
from app.route import Refusal
from app.survey_files import NotASurvey, rows_in
from app.survey_tables import insist_on_size
from app.survey_trial import Trial, tried
from workflows.adoption_imports import NamedSurvey
from workflows.runtime.commands import parse
from workflows.runtime.refusal import Refused, invalid

VERB = "adoption.import"


def answers(text: str) -> list[dict[str, Any]]:
    """Every row as an answer. Refused `too_large`, or `invalid`: by `rows` what is no table, by `rows.<n>` whatever row is wrong."""
    insist_on_size(text, "rows")
    try:
        found = list(rows_in(text))
    except NotASurvey as error:
        raise invalid("rows", str(error)) from None
    wrong = {f"rows.{row.number}": next(iter(row.errors.values())) for row in found if row.answer is None}
    if wrong:
        raise Refused("invalid", f"誤りのある行が {len(wrong)} 行あります。", wrong)
    return [row.answer.model_dump(mode="json", exclude_none=True) for row in found if row.answer]


def trial_of(session: Session, today: date) -> Trial | None:
    """The survey that was sent to be tried, or was refused for its rows, tried; None where there is none, or it cannot be.

    What keeps it from being tried is added to what was refused.
    """
    sent: Refusal | None = g.get("refusal")
    if sent is None or sent.verb != VERB:
        return None
    of_rows = [path for path in sent.errors if path.startswith("rows.")]
    if sent.reason is not None and not of_rows:
        return None
    errors: dict[str, str] = {path: said for path, said in sent.errors.items() if path not in of_rows}
    if of_rows:
        errors["rows"] = gettext("誤りのある行があります。下の表で、どの行の何が誤りかを確かめてください。")
    text, head = sent.typed.get("rows", ""), _head(sent.typed, errors)
    trial = None
    if not text.strip():
        errors["rows"] = gettext("ファイルがまだ選ばれていません。Excel（xlsx）か CSV を選んでください。")
    elif head is not None:
        try:
            insist_on_size(text, "rows")
            trial = tried(session, rows_in(text), head.survey, head.answered_on, today)
        except Refused as refused:
            errors |= refused.errors
        except NotASurvey as error:
            errors["rows"] = str(error)
    reason = sent.reason or ("invalid" if errors else None)
    message = sent.message if sent.reason else gettext("まだ記録していません。確かめた結果は、下にあります。")
    g.refusal = replace(sent, message=message, errors=errors, reason=reason)
    return trial


def _head(typed: Mapping[str, str], errors: dict[str, str]) -> NamedSurvey | None:
    """The survey's name and day; what is wrong with them goes into `errors`."""
    said = {name: typed.get(name, "").strip() for name in ("survey", "answered_on")}
    given = {name: day(text) if name == "answered_on" else text for name, text in said.items() if text}
    try:
        return parse(NamedSurvey, given)
    except Refused as refused:
        errors |= refused.errors
        return None
