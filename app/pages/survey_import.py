"""`/surveys/import`: a survey's answers, tried first: what would be recorded, what is wrong with which row; then recorded by one press."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.pages.field_words import words_of
from app.pages.survey_form import VERB, trial_of
from app.route import page
from app.survey_files import HEADINGS, NEEDED
from stages.rollout import ADOPTION_NAMES, STATEMENTS
from workflows.adoption_imports import MOST_ROWS
from workflows.queries.looks import Eyes
from workflows.queries.surveys import surveys


@page("/surveys/import", reads="survey_import.read")
def import_survey(eyes: Eyes) -> ResponseReturnValue:
    trial = trial_of(eyes.session, eyes.today)
    return render_template(
        "surveys/import.html",
        trial=trial,
        taken=surveys(eyes),
        most=MOST_ROWS,
        columns=[(gettext(words_of(VERB, f"rows.{name}").label), name in NEEDED) for name in HEADINGS],
        statements=[f"{gettext(ADOPTION_NAMES[key])} ({key})" for key in STATEMENTS],
        label=_label,
    )


def _label(field: str) -> str:
    """What a field of a row is called; the row itself has no field."""
    return "" if field == "row" else gettext(words_of(VERB, f"rows.{field}").label).partition(" ")[0]
