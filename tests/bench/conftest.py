"""The sizes at which pages are measured: `make bench PYTEST_ARGS="--ideas 1000,20000"`."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--ideas", default="1000,100000", help="the numbers of ideas that pages are measured at, with commas"
    )
    parser.addoption("--seconds", type=int, default=2, help="how long wrk asks for each page")
