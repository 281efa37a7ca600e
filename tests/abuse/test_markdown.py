"""Markdown that means harm, and Markdown that takes minutes. The whole run: `python -m tests.fuzz_markdown --inputs 200000`."""

from collections.abc import Callable
from contextlib import suppress
from time import process_time

import pytest

from tests.country import TANTO, Country
from tests.fuzz_markdown import escapes, fuzz
from workflows.markdown import render
from workflows.runtime.commands import LONGEST_TEXT, MOST_LINES, MOST_MARKS
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


PROSE = "職員が窓口で受けた質問に答える下書きを作り、確かめてから渡す。\n" * (LONGEST_TEXT // 32)
HOSTILE = {
    "brackets": "[" * 20_000,
    "backticks": "`" * 20_000,
    "quotes": "> " * 10_000,
    "emphasis in quotes": "* > " * 5_000,
    "stars and underlines": "*_" * 10_000,
    "links left open": "[a](" * 5_000,
    "a table of many columns": "|" * 19_000 + "\n" + "|-" * 400,
    "lines": "\n" * 19_999,
    "nested lists": "- " * 9_999 + "x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_refused_or_no_worse_than_prose(small_country: Country, name: str) -> None:
    """Discourse and others: a comment that keeps a worker busy for a minute stops the site for everybody. Judged against
    prose of the same length on the same machine, generously."""
    idea = small_country.an_idea()
    began = process_time()
    with suppress(Refused):
        small_country.say(TANTO, "comment.post", idea=idea, body_md=HOSTILE[name])
    spent = process_time() - began
    began = process_time()
    render(PROSE)
    assert spent < 40 * max(process_time() - began, 0.05)


def test_what_is_let_through_stays_within_a_bound(small_country: Country) -> None:
    """The most marks and lines that are taken at all, in the forms that cost most."""
    idea = small_country.an_idea()
    began = process_time()
    render(PROSE)
    prose = max(process_time() - began, 0.05)
    for body in (
        "[" * MOST_MARKS, "`" * MOST_MARKS, "* > " * (MOST_MARKS // 2), "> " * 100 + "x", "*a " * MOST_MARKS,
        "a\n" * (MOST_LINES - 1), "[a](b " * (MOST_MARKS // 2), "<a" * MOST_MARKS, "&#" * MOST_MARKS, "    " * (LONGEST_TEXT // 4),
        "===\n" * (MOST_LINES - 1), "---\n" * (MOST_LINES - 1), "\n- " * (MOST_LINES - 1), "| a | b |\n|---|:-:|\n| " * (MOST_LINES // 3),
    ):  # fmt: skip
        began = process_time()
        with suppress(Refused):
            small_country.say(TANTO, "comment.post", idea=idea, body_md=body)
        assert process_time() - began < 100 * prose, body[:20]
