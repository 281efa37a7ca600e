"""Names of repositories: what may be asked for at all, and what a person pasted."""

import re

OWNER = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}"
NAME = r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}"
FULL_NAME = re.compile(rf"{OWNER}/{NAME}")
"""owner/name as GitHub allows them: nothing in it can leave the path."""


def is_full_name(text: str) -> bool:
    """Whether it is owner/name, whole."""
    return FULL_NAME.fullmatch(text) is not None
