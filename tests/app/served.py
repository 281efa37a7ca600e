"""The web process as `make run` and the Procfile serve it: gunicorn, with gunicorn.conf.py, over a test's database."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa


@dataclass
class Served:
    """A served process; `said` is all that it wrote, once it has ended."""

    port: int
    said: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(engine: sa.Engine, *options: str, **settings: str) -> Iterator[Served]:
    """Serves until the block ends; `options` are gunicorn's, `settings` ours, by name."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        served = Served(free.getsockname()[1])
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KYOSO_")},
        "KYOSO_ENV": "development",
        "KYOSO_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "KYOSO_BASE_URL": served.address,
        **settings,
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{served.port}", *options, "app:create_app()"],
        env=environ, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        while "準備ができました" not in server.stdout.readline():
            assert server.poll() is None
        yield served
    finally:
        server.send_signal(signal.SIGTERM)
        served.said = server.communicate(timeout=60)[0]
