"""A form's fields as a command's: only the fields named, empty ones left out so that the verb itself says what is missing."""

from collections.abc import Mapping
from typing import Any


def given(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """The fields that say something. Browsers send line ends as CRLF; texts are kept with LF."""
    found = {name: form.get(name, "").replace("\r\n", "\n") for name in names}
    return {name: text for name, text in found.items() if text.strip()}


def whole_number(form: Mapping[str, str], name: str) -> dict[str, Any]:
    """A field that is a whole number, full-width digits too; anything else goes on as text, for the verb to refuse."""
    text = form.get(name, "").strip()
    if not text:
        return {}
    return {name: int(text) if text.isdecimal() and len(text) < 10 else text}
