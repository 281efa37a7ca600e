"""Makes Markdown that means harm and looks at what becomes of it: `python -m tests.fuzz_markdown --inputs 200000`.

Each input has a number, from which alone it is made (`--only 123` shows one). The output is judged by a grammar and a parser
that are not the sanitiser's: nothing but our tags, their attributes, and addresses that a browser takes for http, https,
mailto or a place of this site. An input beyond the bounds of a command (`commands.Markdown`) counts as refused.
"""

import argparse
import random
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

from pydantic import TypeAdapter, ValidationError

from workflows.markdown import TAGS, render
from workflows.runtime.commands import Markdown
from workflows.runtime.refusal import Refused

bounds: TypeAdapter[str] = TypeAdapter(Markdown)

ATTRIBUTES = {"a": {"href", "title", "rel"}, "th": {"align"}, "td": {"align"}}
TEXT_OR_TAG = re.compile(r'[^<]+|</?([a-z][a-z0-9]*)(?: [a-z]+="[^"]*")* ?/?>')
"""Every output, from beginning to end, is made of these."""
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")
SCHEMES = ("http:", "https:", "mailto:")

WORDS = (
    "議事録", "見守り", "ok", "a b", "é", "\u202e", "\u200b", "\ufeff", "𠮷", "👩‍👩‍👧", "\u0085", "\u2028", "\x0b", "\x1f",
    "\xad", "ﷺ" * 5, "İ",
)  # fmt: skip
SCRIPTS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)", "java\x00script:x",
    "&#106;avascript:alert(1)", "&#x6A;avascript&colon;alert(1)", "javascript&#58;alert(1)", "\x01javascript:alert(1)",
    " javascript:alert(1)", "javascript\u200b:alert(1)", "ｊavascript:alert(1)", "vbscript:msgbox", "data:text/html,<script>x</script>",
    "data:text/html;base64,PHN2Zz4=", "file:///etc/passwd", "//evil.example", "\\\\evil.example", "http:javascript:x", "blob:x",
    "feed:javascript:x", "view-source:javascript:x", "jar:javascript:x!", "livescript:x", "javascript://%0aalert(1)", "%6aavascript:x",
    "&Tab;javascript:x", "java&NewLine;script:x", "&lpar;", "&lt;script&gt;", "&#0;", "&#xD800;", "&#x110000;", "&amp;lt;",
)  # fmt: skip
EVENTS = (
    "onerror", "onload", "ONCLICK", "onfocus", "onanimationstart", "style", "srcdoc", "formaction", "xlink:href",
    "href", "id", "class", "is",
)  # fmt: skip
ELEMENTS = (
    "script", "img", "svg", "math", "iframe", "style", "a", "div", "p", "table", "form", "input", "button", "object", "embed", "base",
    "meta", "link", "template", "noscript", "textarea", "title", "xmp", "plaintext", "select", "mtext", "mglyph", "foreignObject",
    "annotation-xml", "details", "video", "audio", "marquee", "body", "html", "frameset", "slot", "x-y", "th", "code", "h1",
)  # fmt: skip
BLOCKS = (
    "# ", "## ", "> ", "- ", "* ", "1. ", "    ", "\t", "```\n", "~~~html\n", "---\n", "===\n",
    "| a | b |\n|---|:-:|\n| ", "[^1]: ", "[r]: ", "- [ ] ", ": ", "*[HTML]: ", "!!! note\n    ",
)  # fmt: skip
PAIRS = (
    ("[", "]"), ("(", ")"), ("**", "**"), ("_", "_"), ("`", "`"), ("~~", "~~"), ("<", ">"), ("![", "]"),
    ("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("{", "}"), ("~", "~"),
)  # fmt: skip
LONG = (
    *BLOCKS, "a ", "&", "\\", "<a", "&#", "|", "a|", "http://a", "\n> ", "\n- ", "\n    ", "[a](", "* >", "<!", "</", "=\n",
)  # fmt: skip
"""Pieces that are repeated as often as the bounds allow."""


class Maker:
    """Makes one input of its number."""

    def __init__(self, number: int) -> None:
        self.pick = random.Random(number)

    def text(self) -> str:
        kinds: tuple[Callable[[], str], ...] = (
            self._prose, self._prose, self._html, self._html, self._links, self._nested, self._table, self._noise, self._long,
        )  # fmt: skip
        return "".join(
            self._of(kinds)() + self._of(("", " ", "\n", "\n\n")) for _ in range(self.pick.randint(1, 4))
        )

    def _of(self, some: tuple[object, ...]) -> object:
        return self.pick.choice(some)

    def _word(self) -> str:
        return self.pick.choice(self.pick.choice((WORDS, WORDS, SCRIPTS, ELEMENTS)))

    def _prose(self) -> str:
        pieces = [self.pick.choice(BLOCKS)]
        for _ in range(self.pick.randint(1, 6)):
            begin, end = self.pick.choice(PAIRS)
            pieces.append(
                self.pick.choice((self._word(), begin + self._word() + end, begin + self._word(), end))
            )
        return "".join(pieces)

    def _html(self) -> str:
        name = self.pick.choice(ELEMENTS)
        quote = self.pick.choice(('"', "'", "", "`"))
        gap = self.pick.choice((" ", "/", "\n", "\t", "\x0c", ""))
        held = "".join(
            f"{gap}{self.pick.choice(EVENTS)}={quote}{self._word()}{self.pick.choice((quote, ''))}"
            for _ in range(self.pick.randint(0, 3))
        )
        inside = self._html() if self.pick.random() < 0.4 else self._word()
        end = self.pick.choice((f"</{name}>", "", f"</{name}", f"</{name} >", "-->", "</p>"))
        return f"<{name}{held}{self.pick.choice(('>', '/>', '', '>>'))}{inside}{end}"

    def _links(self) -> str:
        there, word = self.pick.choice(SCRIPTS), self._word()
        quoted = self.pick.choice((f' "{word}"', f" '{word}'", '" onclick="x', ""))
        return self.pick.choice(
            (
                f"[{word}]({there}{quoted})", f"[{word}](<{there}>{quoted})", f"![{word}]({there})", f"<{there}>",
                f"[{word}][r]\n\n[r]: {there}{quoted}\n", f"[a[b]({there})]({there})", f"[{word}]({there}", f"[^1]\n\n[^1]: {there}",
                f'<a href="{there}">{word}</a>', f"[{word}](http://x/{quoted}{there})", f"[![x]({there})]({there})", f"[{word}]: {there}",
            )
        )  # fmt: skip

    def _nested(self) -> str:
        begin, end = self.pick.choice(PAIRS)
        depth = self.pick.randint(1, 60)
        return begin * depth + self._word() + end * self.pick.randint(0, depth)

    def _table(self) -> str:
        cells = self.pick.randint(1, 6)

        def row() -> str:
            return "|".join(self._word().replace("\n", " ") for _ in range(cells))

        line = "|".join(self.pick.choice(("---", ":-:", "--:", ":--", "-")) for _ in range(cells))
        return f"\n\n|{row()}|\n|{line}|\n" + "".join(f"|{row()}|\n" for _ in range(self.pick.randint(0, 4)))

    def _noise(self) -> str:
        letters = "<>&;\"'=/!-#[](){}`*_~|\\:+ \n\tax1%"
        return "".join(self.pick.choice(letters) for _ in range(self.pick.randint(1, 120)))

    def _long(self) -> str:
        """Seldom: as much of one thing as the bounds allow, where the parser may take its time."""
        if self.pick.random() > 0.02:
            return self._word()
        piece = self.pick.choice(LONG)
        return piece * self.pick.randint(50, max(51, 20_000 // len(piece)))


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, set()):
                self.wrong.append(f"<{tag} {name}>")
            elif name == "href" and not _leads_somewhere_safe(value or ""):
                self.wrong.append(f"href={value!r}")
            elif name == "align" and value not in ("left", "right", "center"):
                self.wrong.append(f"align={value!r}")
        if tag == "a" and not {"nofollow", "noopener", "noreferrer"} <= set(
            (dict(attrs).get("rel") or "").split()
        ):
            self.wrong.append("a link without rel")

    def handle_comment(self, data: str) -> None:
        self.wrong.append("a comment")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append("a declaration")

    def handle_pi(self, data: str) -> None:
        self.wrong.append("an instruction")

    unknown_decl = handle_decl


def _leads_somewhere_safe(href: str) -> bool:
    """As a browser reads it (WHATWG URL): blanks and control letters around and line ends and tabs anywhere fall away."""
    bare = re.sub(r"[\t\r\n]", "", href).strip("".join(map(chr, range(33)))).lower()
    found = SCHEME.match(bare)
    return found is None or found[0] in SCHEMES


def escapes(html: str) -> list[str]:
    """What is in an output and must not be: empty, if all is well."""
    wrong, at = [], 0
    while at < len(html):
        piece = TEXT_OR_TAG.match(html, at)
        if piece is None or (piece[1] and piece[1] not in TAGS):
            wrong.append(f"no text and no tag of ours: {html[at : at + 60]!r}")
            break
        at = piece.end()
    seen = _Seen()
    seen.feed(html)
    seen.close()
    # What a careless reader unescapes once more is still no script of ours.
    return wrong + seen.wrong + (["NUL"] if "\x00" in unescape(html) else [])


@dataclass
class Found:
    inputs: int = 0
    refused: int = 0
    escaped: list[tuple[int, list[str]]] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)
    slowest_ms: float = 0.0
    slowest: int = 0

    def __str__(self) -> str:
        return (
            f"Markdown fuzzed: {self.inputs:,} inputs, {self.refused:,} beyond bounds, escapes {len(self.escaped)}, "
            f"failures {len(self.failed)}, slowest {self.slowest_ms:,.0f} ms (input {self.slowest})"
        )


def fuzz(numbers: range, until: float = float("inf")) -> Found:
    """Renders and judges the inputs of these numbers, until the time (of `time.monotonic`) is over."""
    found = Found()
    for number in numbers:
        if time.monotonic() > until:
            break
        found.inputs += 1
        try:
            source = bounds.validate_python(Maker(number).text())
        except ValidationError:
            found.refused += 1
            continue
        begun = time.thread_time()  # what it costs, not what else this machine does
        try:
            html = render(source)
        except Refused:
            found.refused += 1
            continue
        except Exception as error:  # noqa: BLE001 - a text that cannot be stored, and says so by 500
            found.failed.append((number, repr(error)[:200]))
            continue
        took = (time.thread_time() - begun) * 1000
        if took > found.slowest_ms:
            found.slowest_ms, found.slowest = took, number
        if wrong := escapes(html):
            found.escaped.append((number, wrong))
    return found


def main() -> None:
    options = argparse.ArgumentParser(description="Fuzzes what makes HTML of Markdown.")
    options.add_argument("--inputs", type=int, default=200_000)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--seconds", type=float, default=3600.0, help="at most")
    options.add_argument("--only", type=int, help="show one input and what becomes of it")
    asked = options.parse_args()
    if asked.only is not None:
        source = Maker(asked.only).text()
        print(repr(source), render(source), escapes(render(source)), sep="\n\n")
        return
    found = fuzz(range(asked.first, asked.first + asked.inputs), time.monotonic() + asked.seconds)
    print(found)
    for number, what in [*found.escaped[:20], *found.failed[:20]]:
        print(number, what)
    sys.exit(bool(found.escaped or found.failed))


if __name__ == "__main__":
    main()
