"""`/`: what is moving through the pipeline, what can be used today, what waits for me."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.pages.task_words import TASKS, all_of, detail_of, place_of, primary_of
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
        tasks=TASKS,
        detail_of=detail_of,
        place_of=place_of,
        all_of=all_of,
        today=eyes.today,
    )
