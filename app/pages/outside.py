"""`/sign-in/with/<key>` and back: coming in by an OpenID Connect provider; `/me/ways/<key>`: binding one to oneself.

A sign-in begins by a link, since a form may not lead to another site under our policy. Where something typed is to be kept, and
where one binds, it begins by a form, whose answer shows the link: nobody else's page can begin that.
"""

import hmac
from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from app import kept_forms, oidc, outside, security_log
from app.oidc_providers import Provider
from app.outbound import way_out
from app.pages.signing import first_step_done, form_page, typed_before
from app.route import house, local, sign

ATTEMPT = "outside"


def _provider(key: str) -> Provider:
    found = next((p for p in house().config.oidc_providers if p.key == key), None)
    if found is None:
        raise NotFound
    return found


def _way_back(provider: Provider) -> str:
    """By KYOSO_BASE_URL: what a request says of its host is not believed."""
    return house().config.base_url + url_for("outside_back", key=provider.key)


def _begin(provider: Provider, **kept: Any) -> str:
    address, attempt = oidc.begin(provider, _way_back(provider), way_out(house().config))
    session[ATTEMPT] = {**attempt, **kept, "at": house().now().timestamp()}
    return address


@sign("/sign-in/with/<key>", "GET", "POST")
def sign_in_outside(key: str) -> ResponseReturnValue:
    provider, here = _provider(key), house()
    goes_to = local(request.values.get("next"))
    try:
        if request.method == "GET":
            return redirect(_begin(provider, next=goes_to), 303)
        kept = kept_forms.keep(here.engine, typed_before(), here.now())
        address = _begin(provider, next=goes_to, kept=kept)
    except oidc.NotSignedIn as refused:
        return make_response(form_page(str(refused)), 503)
    return render_template("keys/to_provider.html", provider=provider, address=address, kept=kept)


LASTS_SECONDS = 900
"""How long somebody may take at the provider."""


@sign("/sign-in/with/<key>/back", "GET")
def outside_back(key: str) -> ResponseReturnValue:
    provider, here = _provider(key), house()
    attempt = session.pop(ATTEMPT, None) or {}
    linking, kept = attempt.get("link"), attempt.get("kept")
    try:
        state = str(attempt.get("state", ""))
        same = hmac.compare_digest(state.encode(), request.args.get("state", "").encode())
        fresh = 0 <= here.now().timestamp() - attempt.get("at", 0.0) < LASTS_SECONDS
        if not (state and same and fresh and attempt["provider"] == key):
            raise oidc.NotSignedIn(oidc.BROKEN_OFF, "no sign-in was begun here with that state")
        outside.use_up(here.engine, state, provider, here.now())
        known = oidc.come_back(
            provider, _way_back(provider), way_out(here.config), attempt, request.args.to_dict(), here.now()
        )
        security_log.done("provider_vouched", provider=key, strength=" ".join(known.strength))
        if linking is None:
            user_id = outside.user_of(here.engine, provider, known, here.now())
            return first_step_done(user_id, f"oidc:{key}", provider.kinds, attempt.get("next"), kept)
        if g.signed_in is None or g.signed_in.sign_in_id != linking:
            raise oidc.NotSignedIn(oidc.BROKEN_OFF, "the sign-in that began to bind is over")
        outside.link(here.engine, g.signed_in.user_id, known, here.now())
    except oidc.NotSignedIn as refused:
        security_log.refused("sign_in_failed", why="provider", provider=key)
        if linking is not None and g.signed_in is not None:
            flash(str(refused), "warning")
            return redirect(url_for("me"), 303)
        typed = kept_forms.take(here.engine, kept, here.now())
        return make_response(form_page(str(refused), attempt.get("next"), typed), 403)
    flash(
        gettext("%(name)s を結び付けました。次からは、これでもサインインできます。", name=provider.name),
        "success",
    )
    return redirect(url_for("me"), 303)


@sign("/me/ways/<key>", "POST")
def link_outside(key: str) -> ResponseReturnValue:
    provider = _provider(key)
    if g.signed_in is None:
        return redirect(url_for("sign_in", next=url_for("me")), 303)
    try:
        address = _begin(provider, link=g.signed_in.sign_in_id)
    except oidc.NotSignedIn as refused:
        flash(str(refused), "warning")
        return redirect(url_for("me"), 303)
    return render_template("outside.html", provider=provider, address=address)


@sign("/me/ways/<key>/end", "POST")
def unlink_outside(key: str) -> ResponseReturnValue:
    provider = _provider(key)
    if g.signed_in is None:
        return redirect(url_for("sign_in", next=url_for("me")), 303)
    if outside.unlink(house().engine, g.signed_in.user_id, provider.issuer):
        flash(gettext("%(name)s との結び付きを終えました。", name=provider.name), "success")
    else:
        flash(gettext("ほかの入り方がないため、終えられません。先にパスワードを決めてください。"), "warning")
    return redirect(url_for("me"), 303)
