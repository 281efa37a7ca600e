"""Test cases of a prompt: what is put in, what the answer must be like, and whether a pasted answer is like that.

Pure: no AI is asked here. A person runs the prompt wherever they may, and pastes what came out; each expected property is
then looked for in that text. What was found is stored with the run, so that a later change of these rules changes no run.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from unicodedata import normalize

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from workflows.runtime.commands import AnyText, Command, Count, Line

MOST_CASES, MOST_WORDS, LONGEST_INPUT = 10, 10, 5_000
SOURCE = re.compile(
    r"https?://\S+"
    r"|(?:出典|出所|典拠|根拠|引用元|参照|参考)\s*[:は「『(]"
    r"|第\s*[0-9一二三四五六七八九十百]+\s*[条項章](?:の[0-9一二三四五六七八九十]+)?"
    r"|[0-9]+\s*(?:頁|ページ)|\bp{1,2}\.\s*[0-9]+",
    re.IGNORECASE,
)
"""What counts as citing a source: a link, 「出典:」 and its like, an article of a rule, or a page. That the source says so
is for a person to look up."""


def _bounded_input(value: str) -> str:
    if len(value) > LONGEST_INPUT:
        raise PydanticCustomError(
            "too_large", "{n} 文字は長すぎます。試す入力は 5,000 文字までにしてください。", {"n": len(value)}
        )
    return value


class PromptCase(Command):
    """An input and at least one property of the answer. `at_most` counts characters."""

    input: Annotated[AnyText, Field(min_length=1), AfterValidator(_bounded_input)]
    contains: list[Line] = Field(default_factory=list, max_length=MOST_WORDS)
    lacks: list[Line] = Field(default_factory=list, max_length=MOST_WORDS)
    at_most: Annotated[Count, Field(ge=1, le=20_000)] | None = None
    cites: bool | None = None

    @model_validator(mode="after")
    def _expects_something(self) -> "PromptCase":
        if not expected(self.model_dump()):
            raise PydanticCustomError(
                "expects_nothing",
                "期待することを一つ以上入れてください（含む言葉、含まない言葉、文字数、出典）。",
            )
        return self


Cases = Annotated[list[PromptCase], Field(max_length=MOST_CASES)]


def expected(case: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The properties of a case as kind (contains, lacks, at_most, cites) and the word or number it is about."""
    found = [(kind, word) for kind in ("contains", "lacks") for word in case.get(kind) or ()]
    if case.get("at_most") is not None:
        found.append(("at_most", str(case["at_most"])))
    if case.get("cites"):
        found.append(("cites", ""))
    return found


def checked(case: Mapping[str, Any], output: str) -> list[dict[str, Any]]:
    """Each expected property of the case, and whether the answer has it: {kind, about, held}."""
    return [
        {"kind": kind, "about": about, "held": _held(kind, about, output)} for kind, about in expected(case)
    ]


def _held(kind: str, about: str, output: str) -> bool:
    match kind:
        case "at_most":
            return len(output.replace("\r\n", "\n").strip()) <= int(about)
        case "cites":
            return bool(SOURCE.search(normalize("NFKC", output)))
    return (_plain(about) in _plain(output)) == (kind == "contains")


def _plain(text: str) -> str:
    """Without the differences that no reader minds: width, case, and how spaces and lines are broken."""
    return re.sub(r"\s+", "", normalize("NFKC", text).casefold())


def all_held(results: Sequence[Mapping[str, Any]]) -> bool:
    return all(result["held"] for result in results)
