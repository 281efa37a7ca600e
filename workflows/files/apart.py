"""Opens files in a process of its own, within bounds of memory and time: whatever a file does to the libraries that read it
(eat memory, never end, crash), it does there. That process is given neither the settings nor the database."""

import contextlib
import json
import os
import subprocess
import sys

from workflows.files.kinds import BROKEN, Cleaned, cleaned, not_this
from workflows.runtime.refusal import Refused

SECONDS = 30
MOST_MEMORY = 1_500_000_000
PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG")


def cleaned_apart(name: str, data: bytes) -> Cleaned:
    """As `cleaned`, in another process. Refused `invalid` where that one ends without an answer."""
    sent = json.dumps(name).encode() + b"\n" + data
    command = [sys.executable, "-B", "-m", "workflows.files.apart"]
    try:
        done = subprocess.run(command, input=sent, capture_output=True, timeout=SECONDS, env=surroundings())
    except subprocess.TimeoutExpired:
        raise not_this(BROKEN) from None
    head, _, content = done.stdout.partition(b"\n")
    if done.returncode or not head:
        raise not_this(BROKEN)
    said = json.loads(head)
    if "reason" in said:
        raise Refused(said["reason"], said["message"], {"file": said["message"]})
    return Cleaned(said["kind"], content, tuple(said["taken_off"]))


def surroundings() -> dict[str, str]:
    """What such a process is told of its surroundings: neither the settings nor the database."""
    return {key: os.environ[key] for key in PASSED_ON if key in os.environ}


def bounded() -> None:
    """No more memory and time than a file needs, and no files of its own."""
    import resource

    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # some systems know no such bound
            resource.setrlimit(what, (most, most))


def main() -> None:
    """Reads the name and the file from standard input; writes what came of it, and the clean file behind it."""
    with contextlib.suppress(ImportError):
        bounded()
    name, _, data = sys.stdin.buffer.read().partition(b"\n")
    content = b""
    try:
        found = cleaned(json.loads(name), data)
        content, said = found.data, {"kind": found.kind, "taken_off": found.taken_off}
    except Refused as refused:
        said = {"reason": refused.reason, "message": refused.message}
    except Exception:  # noqa: BLE001 - whatever a broken file makes a library raise, it cannot be opened
        said = {"reason": "invalid", "message": BROKEN}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
