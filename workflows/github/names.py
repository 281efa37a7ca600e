"""Names of repositories: what may be asked for at all, and what a person pasted."""

import re
from urllib.parse import urlsplit

OWNER = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}"
NAME = r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}"
FULL_NAME = re.compile(rf"{OWNER}/{NAME}")
"""owner/name as GitHub allows them: nothing in it can leave the path."""


def is_full_name(text: str) -> bool:
    """Whether it is owner/name, whole."""
    return FULL_NAME.fullmatch(text) is not None


def web_address(api_url: str) -> str:
    """Where people read what the API at this address tells of: github.com, or the enterprise server's own address."""
    parts = urlsplit(api_url)
    if not parts.hostname or parts.hostname == "api.github.com":
        return "https://github.com"
    return f"{parts.scheme}://{parts.netloc}"


def full_name_from(text: str) -> str:
    raise NotImplementedError
