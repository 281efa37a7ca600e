"""`POST /hooks/github`: hears GitHub. Bounded before it is read, believed for its signature, answered once it is queued.

No session, no form token: no browser sends this, and a cookie gives it no right. Answers are JSON, for who set the webhook up.
"""

import json
import threading
import time
from collections import Counter

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app import security_log
from app.route import hears, house
from app.sign_in_limits import address_of
from workflows.github import webhooks
from workflows.github.webhooks import LARGEST_BODY, STATUS, NotHeard

MOST_A_MINUTE = 1_200
"""Deliveries of one address, in each process. A push to every repository of a large organization stays far below it."""
COST_OF_A_REFUSAL = 20
"""A refused delivery counts as so many: 60 wrong signatures a minute are read, no more."""
MOST_ADDRESSES = 10_000
"""Addresses counted one by one; in a flood from more, those that come later are counted as one."""


class Turnstile:
    """Counts by address for a minute at a time, in memory: nothing is written for somebody who only knocks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._counted: Counter[str] = Counter()

    def is_open(self, address: str) -> bool:
        with self._lock:
            return self._counts()[self._name(address)] < MOST_A_MINUTE

    def charge(self, address: str, cost: int) -> None:
        with self._lock:
            self._counts()[self._name(address)] += cost

    def _counts(self) -> Counter[str]:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._counted = minute, Counter()
        return self._counted

    def _name(self, address: str) -> str:
        is_new = address not in self._counted
        return "" if is_new and len(self._counted) >= MOST_ADDRESSES else address


def set_up(app: Flask) -> None:
    app.extensions["kyoso.turnstile"] = Turnstile()


@hears("/hooks/github")
def github_hook() -> ResponseReturnValue:
    """202 where the delivery was queued or is of no use here; else a status and a reason of `webhooks.STATUS`."""
    turnstile: Turnstile = current_app.extensions["kyoso.turnstile"]
    address = address_of(request)
    try:
        if not turnstile.is_open(address):
            raise NotHeard("rate_limited", "短い間に多すぎます。1 分ほど待ってください。")
        queued = _hear()
    except NotHeard as refused:
        if refused.reason != "duplicate":
            security_log.refused("delivery_refused", reason=refused.reason)
        turnstile.charge(address, 1 if refused.reason in ("duplicate", "rate_limited") else COST_OF_A_REFUSAL)
        return _refusal(refused)
    turnstile.charge(address, 1)
    return _answer(202, heard="queued" if queued else "ignored")


def _hear() -> bool:
    here = house()
    secrets = here.config.github_webhook_secrets
    if not secrets:
        raise NotHeard(
            "unknown", "Webhook は受け取っていません。KYOSO_GITHUB_WEBHOOK_SECRETS を設定すると受け取ります。"
        )
    request.max_content_length = LARGEST_BODY
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise NotHeard("too_large", f"大きすぎます（{LARGEST_BODY:,} バイトまで）。") from None
    webhooks.check_signature(secrets, body, request.headers.get("X-Hub-Signature-256"))
    event, delivery = request.headers.get("X-GitHub-Event", ""), request.headers.get("X-GitHub-Delivery", "")
    return webhooks.receive(here.engine, event, delivery, body, here.now())


def _refusal(refused: NotHeard) -> Response:
    response = _answer(STATUS[refused.reason], reason=refused.reason, message=refused.message)
    if refused.reason == "rate_limited":
        response.headers["Retry-After"] = "60"
    return response


def _answer(status: int, **said: str) -> Response:
    return Response(json.dumps(said, ensure_ascii=False) + "\n", status, mimetype="application/json")
