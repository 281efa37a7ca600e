"""Asks clamd (ClamAV) whether a file is infected, by its INSTREAM command over a Unix or a TCP socket."""

import logging
import re
import socket
import struct
import time
from dataclasses import dataclass

from workflows.files.kinds import not_this
from workflows.files.not_now import NotNow

log = logging.getLogger("kyoso.files")
CHUNK = 65_536
LONGEST_ANSWER = 4_096
INFECTED = re.compile(r"stream: (?P<name>.+) FOUND")


@dataclass(frozen=True, slots=True)
class Scanner:
    """Where clamd listens: the path of a Unix socket, or host and port. `seconds` bounds one scan as a whole."""

    address: str | tuple[str, int]
    seconds: float = 30

    def insist_on_clean(self, data: bytes) -> None:
        """Refused `invalid` where the file is infected. Raises NotNow unless clamd has said that it is clean: what nobody has
        looked at is not kept."""
        try:
            answer = self._answer(data)
        except OSError as error:
            log.warning("the scanner does not answer: %s", error)
            answer = ""
        if answer == "stream: OK":
            return
        if found := INFECTED.fullmatch(answer):
            log.warning("a file was refused as infected: %s", found["name"])
            raise not_this(
                "ウイルスが見つかったため、受け取りませんでした。パソコンのウイルス検査をして、情報システムの担当に知らせてください。"
            )
        if answer:
            log.warning("the scanner could not look at a file: %s", answer)
        raise NotNow(
            "いまウイルスの検査ができないため、ファイルを受け取れません。しばらくしてから、もう一度付けてください。続くときは、管理する人に知らせてください。"
        )

    def _answer(self, data: bytes) -> str:
        until = time.monotonic() + self.seconds

        def left() -> float:
            if (seconds := until - time.monotonic()) <= 0:
                raise TimeoutError("the scan took too long")
            return seconds

        kind = socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET
        if isinstance(self.address, str):
            line = socket.socket(kind, socket.SOCK_STREAM)
            line.settimeout(self.seconds)
            line.connect(self.address)
        else:
            line = socket.create_connection(self.address, timeout=self.seconds)
        with line:
            line.sendall(b"zINSTREAM\0")
            for start in range(0, len(data), CHUNK):
                part = data[start : start + CHUNK]
                line.settimeout(left())
                line.sendall(struct.pack(">I", len(part)) + part)
            line.sendall(struct.pack(">I", 0))
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
                line.settimeout(left())
                if not (more := line.recv(LONGEST_ANSWER)):
                    break
                answer += more
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")
