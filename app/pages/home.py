"""`/`: what is moving through the pipeline, what can be used today, what waits for me."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.pages.task_words import IN_TEMPLATES, primary_of
from app.route import page
from workflows.queries import home as query
from workflows.queries.looks import Eyes


@page("/", reads="public.read")
def home(eyes: Eyes) -> ResponseReturnValue:
    found = query.home(eyes)
    return render_template(
        "home.html",
        home=found,
        primary=primary_of(eyes.actor, list(found.waiting)),
        today=eyes.today,
        **IN_TEMPLATES,
    )
