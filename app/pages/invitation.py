"""`/invitations/<token>`: where a mailed invitation leads. Opening it changes nothing, since mail programs open links too."""

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from app import invitations, security_log
from app.pages.signing import first_step_done
from app.route import house, sign
from workflows.runtime.refusal import Refused


@sign("/invitations/<token>", "GET", "POST")
def invitation(token: str) -> ResponseReturnValue:
    here = house()
    invited = invitations.find(here.engine, here.config.secret, token, here.now())
    if invited is None:
        security_log.refused("invitation_refused", why="not_ours")
        raise NotFound(
            gettext(
                "この招待のアドレスは正しくありません。メールのアドレスを、途中で切らずに開いてください。"
            )
        )
    if request.method == "GET" or invited.state != "open":
        return _shown(invited, 200 if invited.state == "open" else 410)
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return _shown(invited, 422, gettext("二つの欄のパスワードが違います。同じものを入れてください。"))
    try:
        invitations.accept(here.engine, invited, password, here.now())
    except Refused as refused:
        return _shown(invited, 422, refused.message)
    except invitations.NotOpen:
        return _shown(invitations.find(here.engine, here.config.secret, token, here.now()) or invited, 410)
    return first_step_done(invited.user_id, "invitation")


def _shown(invited: invitations.Invited, status: int, refusal: str | None = None) -> ResponseReturnValue:
    response = make_response(
        render_template(
            "invitation.html",
            invited=invited,
            refusal=refusal,
            providers=house().config.oidc_providers,
        ),
        status,
    )
    response.headers["Cache-Control"] = "no-store"
    return response
