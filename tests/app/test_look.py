"""The style sheets: no rule is without a template that uses it."""

import re
from pathlib import Path

APP = Path(__file__).parents[2] / "app"
SHEETS = sorted((APP / "static" / "look").glob("*.css"))


def words_of_templates() -> set[str]:
    """What stands in quotes in templates and pages: classes as written, those that a template chooses from names, and what
    comes before the number of those that it counts (`step-{{ step }}`)."""
    files = [*(APP / "templates").rglob("*.html"), *(APP / "pages").glob("*.py")]
    quoted = (
        text for file in files for text in re.findall(r"\"([^\"]*)\"|'([^']*)'", file.read_text("utf-8"))
    )
    return {word for pair in quoted for text in pair for word in re.findall(r"[a-z][\w-]*", text)}


def test_every_class_of_the_sheets_is_used() -> None:
    used = words_of_templates()
    for sheet in SHEETS:
        rules = re.sub(r"/\*.*?\*/|\{[^{}]*\}", "", sheet.read_text("utf-8"), flags=re.S)
        classes = set(re.findall(r"\.([a-z][\w-]*)", rules))
        assert {name for name in classes - used if name.rstrip("0123456789") not in used} == set(), sheet.name


def test_every_page_links_every_sheet() -> None:
    base = (APP / "templates" / "base.html").read_text("utf-8")
    assert {sheet.stem for sheet in SHEETS} <= words_of_templates()
    assert "look/' ~ sheet ~ '.css" in base
