"""`/me/security/devices/…`: ends a sign-in of one's own, or all but this one."""

from flask import g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from app import devices, security_log
from app.pages.keys import done, is_number, own
from app.route import house, sign


@sign("/me/security/devices/end", "POST")
@own
def end_device() -> ResponseReturnValue:
    number = request.form.get("device", "")
    here, who = house(), g.signed_in
    if not is_number(number) or not devices.end_one(here.engine, who.user_id, int(number), here.now()):
        raise NotFound
    security_log.done("device_ended")
    return done(gettext("その端末のサインインを終了しました。"), "devices")


@sign("/me/security/devices/end-others", "POST")
@own
def end_other_devices() -> ResponseReturnValue:
    here, who = house(), g.signed_in
    devices.end_others(here.engine, who.user_id, who.sign_in_id, here.now())
    security_log.done("other_devices_ended")
    return done(gettext("ほかの端末のサインインを、すべて終了しました。"), "devices")
