"""`/me`: who am I here, for which organizations, in which roles, in which language."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.route import page
from workflows.queries.looks import Eyes
from workflows.queries.my_places import my_places


@page("/me", reads="own.read")
def me(eyes: Eyes) -> ResponseReturnValue:
    return render_template("admin/me.html", places_held=my_places(eyes), actor=eyes.actor)
