"""How this program's own log is written: to the standard error, in production as one line of JSON for each record."""

import json
import logging
import sys
from datetime import UTC, datetime


class Lines(logging.Handler):
    """Written where the standard error is just now. In JSON a trace and whatever was typed are within one line, so that nobody
    forges a second; a developer reads plain text."""

    def __init__(self, as_json: bool) -> None:
        super().__init__()
        self.as_json = as_json

    def emit(self, record: logging.LogRecord) -> None:
        print(self.line(record), file=sys.stderr, flush=True)

    def line(self, record: logging.LogRecord) -> str:
        said = record.getMessage()
        if not self.as_json:
            return f"{record.name} {record.levelname} {said}"
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts = getattr(record, "facts", None) or {"said": said}
        return json.dumps(
            {"at": at, "level": record.levelname, "log": record.name, **facts}, ensure_ascii=False
        )


def set_up(as_json: bool) -> None:
    """Once or again, for every logger of ours: what is worth knowing in production, elsewhere what went wrong."""
    ours = logging.getLogger("kyoso")
    ours.handlers = [h for h in ours.handlers if not isinstance(h, Lines)]
    ours.addHandler(Lines(as_json))
    ours.setLevel(logging.INFO if as_json else logging.WARNING)
