"""`/me`: who am I here, for which organizations, in which roles, in which language."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.outside import linked
from app.pages.my_mail import MAIL_NAMES
from app.route import house, page
from workflows.queries.looks import Eyes
from workflows.queries.my_places import my_places
from workflows.runtime.mail_kinds import declined_by


@page("/me", reads="own.read")
def me(eyes: Eyes) -> ResponseReturnValue:
    providers = house().config.oidc_providers
    bound = linked(eyes.session, eyes.speaker.user_id or 0) if providers else set()
    return render_template(
        "admin/me.html",
        places_held=my_places(eyes),
        actor=eyes.actor,
        providers=providers,
        bound=bound,
        mail_names=MAIL_NAMES,
        declined=declined_by(eyes.session, eyes.speaker.user_id or 0),
    )
