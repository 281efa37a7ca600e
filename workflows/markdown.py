"""Markdown to safe HTML, once, when it is written. Never the other way round."""

import markdown
import nh3
from markdown.extensions.toc import TocExtension

TAGS = {"p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a"} | {
    "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip


def render(source: str) -> str:
    """Safe HTML for a Markdown text: headings start at h2, links are nofollow, no images, none of the author's own HTML.

    The length and the number of brackets are bounded before this is called (`commands.Markdown`).
    """
    html = markdown.markdown(
        source, extensions=["tables", "sane_lists", "nl2br", "pymdownx.tilde", TocExtension(baselevel=2)]
    )
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "title"}, "th": {"align"}, "td": {"align"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
