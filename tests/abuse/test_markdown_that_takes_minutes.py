"""Texts made to cost the parser of Markdown minutes: refused before they reach it, or no worse than prose of that length."""

from contextlib import suppress
from time import process_time

import pytest

from tests.country import TANTO, Country
from workflows.markdown import render
from workflows.runtime.commands import LONGEST_TEXT, MOST_LINES, MOST_MARKS
from workflows.runtime.refusal import Refused

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
        "a\n" * (MOST_LINES - 1), "[a](b " * (MOST_MARKS // 2), "<a" * MOST_MARKS,
    ):  # fmt: skip
        began = process_time()
        with suppress(Refused):
            small_country.say(TANTO, "comment.post", idea=idea, body_md=body)
        assert process_time() - began < 100 * prose, body[:20]
