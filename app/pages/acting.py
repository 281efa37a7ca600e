"""`/acting`: for which of their organizations a person acts from here on."""

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from app import identity
from app.route import house, local, sign


@sign("/acting", "POST")
def act_for() -> ResponseReturnValue:
    """Kept in the row of the sign-in. What is no organization of theirs is not found."""
    who: identity.SignedIn | None = g.signed_in
    if who is None or not identity.act_for(house().engine, who, request.form.get("org", "")):
        raise NotFound(
            gettext("この団体には、あなたの役割がありません。画面を開き直して、選び直してください。")
        )
    chosen = next(place.name for place in who.places if place.slug == request.form["org"])
    flash(gettext("ここから、%(org)sとして操作します。", org=chosen), "success")
    return redirect(local(request.form.get("next")) or url_for("home"), 303)
