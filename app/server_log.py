"""gunicorn's log, as gunicorn.conf.py chooses it: accesses and errors without what was asked for, keys and mail addresses."""

import logging
import re
import traceback
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # the library has no types

from app.discreet import LEFT_OUT, TOKEN, discreet, quiet_address


class ServerLog(Logger):
    """Whatever format is chosen for it, an access names no query, referer, header or key."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.addFilter(_leave_out)

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        path = quiet_address(environ.get("RAW_URI", environ.get("PATH_INFO", "")))
        kept = {name: value for name, value in found.items() if not name.startswith("{")}
        return {
            **kept,
            "r": f"{environ['REQUEST_METHOD']} {path} {environ['SERVER_PROTOCOL']}",
            "U": path, "q": LEFT_OUT, "f": LEFT_OUT, "u": "-",
        }  # fmt: skip


def _leave_out(record: logging.LogRecord) -> bool:
    record.msg, record.args = discreet(TOKEN.sub(LEFT_OUT, _without_queries(record.getMessage()))), None
    if record.exc_info and record.exc_info[1] is not None:
        record.msg += "\n" + discreet("".join(traceback.format_exception(record.exc_info[1])))
        record.exc_info = None
    return True


def _without_queries(text: str) -> str:
    return re.sub(r"\?\S*", f"?{LEFT_OUT}", text)
