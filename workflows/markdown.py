"""Markdown to safe HTML, once, when it is written. Never the other way round."""

import markdown
import nh3
from markdown.extensions.toc import TocExtension

from workflows.runtime.refusal import Refused

TAGS = {"p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a"} | {
    "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip


def render(source: str) -> str:
    """Safe HTML for a Markdown text: headings start at h2, links are nofollow, no images, none of the author's own HTML.

    Length, marks and lines are bounded before this is called (`commands.Markdown`). Refused `too_large` for lists nested
    beyond what the parser can follow.
    """
    extensions = ["tables", "sane_lists", "nl2br", "pymdownx.tilde", TocExtension(baselevel=2)]
    try:
        html = markdown.markdown(source, extensions=extensions)
    except RecursionError:  # `- - - - …` is a list in a list in a list
        raise Refused("too_large", "箇条書きの段が深すぎます。段を減らしてください。") from None
    return nh3.clean(
        html,
        tags=TAGS,
        # nh3's own list lets `lang` and `title` stand on any tag; both came only from HTML that an author had typed.
        attributes={"*": set(), "a": {"href", "title"}, "th": {"align"}, "td": {"align"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
