"""`/me`: who am I here, for which organizations, in which roles, in which language."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.outside import linked
from app.route import house, page
from workflows.queries.looks import Eyes
from workflows.queries.my_places import my_places


@page("/me", reads="own.read")
def me(eyes: Eyes) -> ResponseReturnValue:
    providers = house().config.oidc_providers
    bound = linked(eyes.session, eyes.speaker.user_id or 0) if providers else set()
    return render_template(
        "admin/me.html", places_held=my_places(eyes), actor=eyes.actor, providers=providers, bound=bound
    )
