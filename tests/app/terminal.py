"""A terminal for tests: runs commands against one database, as a shell would."""

import io
import json
from pathlib import Path
from typing import Any

from app import cli


class Terminal:
    """Runs commands against one database, as a shell would."""

    def __init__(self, url: str) -> None:
        self.environ = {"KYOSO_DATABASE_URL": url}
        self.out = self.err = ""

    def kyoso(self, *words: str | Path, stdin: str = "") -> int:
        out, err = io.StringIO(), io.StringIO()
        status = cli.run(
            [str(word) for word in words],
            self.environ,
            io.TextIOWrapper(io.BytesIO(stdin.encode())),
            out,
            err,
        )
        self.out, self.err = out.getvalue(), err.getvalue()
        assert "Traceback" not in self.err
        return status

    def json(self, *words: str | Path, stdin: str = "", status: int = 0) -> dict[str, Any]:
        assert self.kyoso("--json", *words, stdin=stdin) == status, self.err + self.out
        assert self.err == ""
        found: dict[str, Any] = json.loads(self.out)
        assert found["ok"] is (status == 0)
        return found
