"""Reads along what the whole test run logs: a test during which a secret or a mail address got into a log fails, and the end of the
run says how much was read."""

import logging
import re
from collections.abc import Generator

import pytest

LEAKS = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|a secret of the tests|ghp_\w{8}|-----BEGIN|argon2id\$", re.IGNORECASE
)
"""Any mail address, the secret that every test's application has, and what keys and digests of passwords look like."""
NOT_OURS = ("mail.", "aiosmtpd", "faker", "hypothesis")
"""Loggers of what tests bring along: the mail server that receives."""
FOUND = "kyoso_log_found"


class Reading(logging.Handler):
    """Sees what any logger lets out, at the levels that the test, or the product, has set."""

    def __init__(self) -> None:
        super().__init__()
        self.records = 0
        self.leaks: list[str] = []
        self.all_leaks = 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(NOT_OURS):
            return
        self.records += 1
        if found := LEAKS.search(self.format(record)):
            self.all_leaks += 1
            self.leaks.append(
                f"{record.name} {record.levelname}: {found[0]!r} in {record.getMessage()[:200]!r}"
            )


reading = Reading()
told: list[tuple[int, int]] = []


def pytest_configure() -> None:
    logging.getLogger().addHandler(reading)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    reading.leaks.clear()
    done = yield
    assert not reading.leaks, f"in the log during {item.nodeid}: {reading.leaks[:5]}"
    return done


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[FOUND] = (reading.records, reading.all_leaks)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    found = getattr(node, "workeroutput", {}).get(FOUND)
    if found:
        told.append(found)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    records, leaks = map(sum, zip(*told, (reading.records, reading.all_leaks), strict=True))
    terminalreporter.write_line(
        f"logs: {records:,} records read, secrets and mail addresses in them: {leaks}"
    )
