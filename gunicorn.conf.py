"""How the web process is served, by `make run` and by the Procfile alike; gunicorn reads this file by itself.

Without --bind gunicorn listens on 0.0.0.0:$PORT where PORT is set (as platforms do) and on 127.0.0.1:8000 otherwise.
"""

import os
import sys
from typing import Any

# Pages wait on the database, not on the processor: threads suit them, and a thread costs one connection at most.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 30
graceful_timeout = 20
# The administration socket is a second way in that nobody here uses.
control_socket_disable = True
# Warnings and errors only: the routine start-up lines hide the one line that a newcomer looks for.
loglevel = "warning"
# With --access-logfile an access is logged without queries, referers and keys in addresses, whatever the format.
logger_class = "app.server_log.ServerLog"


def on_starting(server: Any) -> None:
    """Settings that cannot be used end it here, with what is wrong and how to mend it, not in every worker with a trace."""
    sys.path.insert(0, os.getcwd())  # as gunicorn itself does later, where the package is not installed
    from app.config import ConfigError, read_config

    try:
        read_config(os.environ)
    except ConfigError as error:
        sys.exit(str(error))


def post_worker_init(worker: Any) -> None:
    """Say once, when the first worker can answer, where the pages are."""
    if worker.age == 1:
        address = os.environ.get("KYOSO_BASE_URL") or worker.sockets[0]
        print(
            f"\n  共創パイプラインの準備ができました: {address}\n  止めるには Ctrl-C を押します。\n",
            flush=True,
        )
