"""The sizes at which pages are measured: `make bench PYTEST_ARGS="--ideas 100000"`."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--ideas", type=int, default=100_000, help="the largest number of ideas pages are measured at"
    )
    parser.addoption("--seconds", type=int, default=2, help="how long wrk asks for each page")
