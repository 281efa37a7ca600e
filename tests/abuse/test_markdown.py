"""Markdown that means harm, and Markdown that takes minutes. The whole run: `python -m tests.fuzz_markdown --inputs 200000`."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from pydantic import ValidationError

from tests.fuzz_markdown import bounds, escapes, fuzz
from workflows.markdown import render
from workflows.runtime.refusal import Refused

ESCAPES = (
    "<script>x</script>", '<p onclick="x">a</p>', '<a href="javascript:x" rel="nofollow noopener noreferrer">a</a>', "<!-- x -->",
    '<a href="java&#9;script:x" rel="nofollow noopener noreferrer">a</a>', "<?x?>", "<!doctype html>", '<img src="x">', "<p", "a < b",
    '<a href="&#1;data:x" rel="nofollow noopener noreferrer">a</a>', '<a href="https://x">a</a>', '<td style="x">a</td>', "<P>a</P>",
    "<svg><p>a</p></svg>", '<td align="x">a</td>', "<p/onclick=x>a</p>", '<p title="a"b">a</p>',
)  # fmt: skip
WELL = (
    '<p>a &lt; b</p>', '<a href="https://x" rel="nofollow noopener noreferrer" title="a">a</a>', "<hr><br>", '<td align="left">a</td>',
    '<a href="/ideas" rel="noopener noreferrer nofollow">a</a>',
)  # fmt: skip


def test_the_judge_sees_what_gets_through() -> None:
    assert [html for html in ESCAPES if not escapes(html)] == []
    assert [html for html in WELL if escapes(html)] == []


FOUND = (15608, 22690, 125145, 159305, 184219)
"""Inputs of the whole run that once got an attribute through: `<code title=…>`, typed as HTML."""


def test_what_once_got_through_does_not_any_more() -> None:
    assert [found for number in FOUND if (found := fuzz(range(number, number + 1)).escaped)] == []
    assert render('<p lang="en" title="x">a</p>') == "<p>a</p>"


def test_nothing_but_our_tags_comes_of_any_text(record_property: Callable[[str, object], None]) -> None:
    found = fuzz(range(1_500))
    assert (found.escaped, found.failed) == ([], [])
    assert found.inputs - found.refused > 1_200
    record_property("summary", str(found))


@pytest.mark.parametrize(
    "piece", ["\n- ", "===\n", "* >", "---\n", "[a](", "<a", "&#", "    ", "| a | b |\n|---|:-:|\n| "]
)
def test_no_text_within_the_bounds_takes_long(piece: str) -> None:
    """20,000 brackets took 70 seconds; the bounds of a command come before the parser."""
    for much in (20_000 // len(piece), 1_999, 999, 500):
        text = piece * min(much, 20_000 // len(piece))
        try:
            bounds.validate_python(text)
        except ValidationError:
            continue
        begun = time.thread_time()
        with suppress(Refused):
            render(text)
        assert time.thread_time() - begun < 2, (piece, much)
        break
