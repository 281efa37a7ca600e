"""By which names this house may be asked for: its own and those that are configured. Another one was made up by somebody, to have
it written into a link or a cache (a poisoned Host in a mail: IRRd CVE-2026-28681)."""

import re
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.exceptions import BadRequest

from app import security_log
from app.route import house

THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")
"""Who asks for these sits here, or looks whether the process lives: no page of another site can say them."""

NAME_AND_PORT = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def set_up(app: Flask) -> None:
    config = house(app).config
    own = urlsplit(config.base_url).hostname or ""
    trusted = {f"[{own}]" if ":" in own else own, *config.hosts, *THIS_MACHINE}

    @app.before_request
    def refuse_other_hosts() -> None:
        """The header as it came; X-Forwarded-Host and its like are read nowhere."""
        named = NAME_AND_PORT.fullmatch(request.headers.get("Host", "").lower())
        if named is None or named[1] not in trusted:
            security_log.refused("request_refused", why="host")
            raise BadRequest(
                "このホスト名では開けません。案内されたアドレスで開いてください"
                "（管理する人は KYOSO_BASE_URL か KYOSO_HOSTS を確かめてください）。"
            )
