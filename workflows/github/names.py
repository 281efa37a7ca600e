"""Names of repositories: what may be asked for at all, and what a person pasted."""

import re
import unicodedata
from urllib.parse import quote, unquote, urlsplit

from workflows.runtime.refusal import invalid

OWNER = r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}"
NAME = r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}"
FULL_NAME = re.compile(rf"{OWNER}/{NAME}")
"""owner/name as GitHub allows them: nothing in it can leave the path."""
BY_NUMBER = re.compile(r"/repositories/[1-9][0-9]{0,17}")
SPOKEN_TO = "https://api.github.com"
LONGEST = 2000
"""Characters of what somebody pastes."""
NOT_A_REPOSITORY = (
    "リポジトリとして読めません。GitHub のリポジトリのページのアドレス（https://github.com/持ち主/名前）か、"
    "「持ち主/名前」の形で入れてください。"
)


def is_full_name(text: str) -> bool:
    """Whether it is owner/name, whole."""
    return FULL_NAME.fullmatch(text) is not None


def full_name_from(text: str, base_url: str = SPOKEN_TO, field: str = "repository") -> str:
    """owner/name in whatever a person pastes: an address of any page of the repository, of git, or owner/name itself.

    Full-width signs and spaces around are forgiven. Refused `invalid` where it is no repository, or one on another server
    than the one of `base_url` (the address of its API).
    """
    said = unicodedata.normalize("NFKC", text).strip().strip("<>「」\"'").strip()
    if len(said) > LONGEST or re.search(r"[\s\x00-\x1f\x7f]", said):
        raise invalid(field, NOT_A_REPOSITORY)
    host, path = _host_and_path(said, field)
    ours = web_hosts(base_url)
    if host is not None and host not in ours:
        raise invalid(
            field,
            f"{host} のリポジトリはつなげられません。{ours[0]} のリポジトリのアドレスを入れてください。",
        )
    if host == _host(base_url):  # the API's own address
        path = path.removeprefix(f"{urlsplit(base_url).path.rstrip('/')}/repos")
    parts = path.strip("/").split("/")
    name = "/".join([parts[0], parts[1].removesuffix(".git")]) if len(parts) > 1 else ""
    if not is_full_name(name) or (host is None and len(parts) > 2):
        raise invalid(field, NOT_A_REPOSITORY)
    return name


def web_hosts(base_url: str) -> tuple[str, ...]:
    """The names of the server whose API is at base_url, the one that people see first."""
    host = _host(base_url)
    if host == "api.github.com":
        return ("github.com", "www.github.com", host, "ssh.github.com", "raw.githubusercontent.com")
    return (host.removeprefix("api."), host) if host.startswith("api.") else (host,)


def web_address(base_url: str) -> str:
    """Where people read what the API at base_url tells of; github.com where there is none."""
    parts = urlsplit(base_url or "https://api.github.com")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{web_hosts(base_url or 'https://api.github.com')[0]}{port}"


def path_of(path: str) -> str | None:
    """The path as it is put on the wire, each part escaped; None where it leaves /repos/{owner}/{name} or /repositories/{number}.

    `path` is plain: a file called 100%.txt is asked for as …/contents/100%.txt.
    """
    head, *rest = path.split("/")
    if head or len(rest) < 2 or len(path) > LONGEST:
        return None
    if rest[0] == "repositories":
        known, inside = BY_NUMBER.fullmatch(f"/repositories/{rest[1]}"), rest[2:]
    else:
        known = FULL_NAME.fullmatch("/".join(rest[1:3])) if rest[0] == "repos" else None
        inside = rest[3:]
    if not known or not all(map(_stays, inside)):
        return None
    return "/" + "/".join(quote(part, safe="") for part in rest)


def _stays(part: str) -> bool:
    """Whether a part of a path is a name, for every server that may read it: none of them goes up, or ends the line."""
    try:
        part.encode()
    except UnicodeEncodeError:
        return False
    plain = unquote(unquote(unicodedata.normalize("NFKC", part)))
    return bool(part) and plain.strip(" .") != "" and not re.search(r"[\x00-\x1f\x7f\\/]", plain)


def _host_and_path(said: str, field: str) -> tuple[str | None, str]:
    """None for the host where only a path was given."""
    if found := re.fullmatch(
        r"(?:[A-Za-z0-9_-]+@)([A-Za-z0-9.-]+):(?!//)(.+)", said
    ):  # git@host:owner/name.git
        return found[1].lower(), found[2]
    if "://" not in said and re.match(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]+)?/[^/]+/[^/]", said):
        said = f"https://{said}"
    if "://" not in said:
        return None, said
    try:
        parts = urlsplit(said.removeprefix("git+"))
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme.lower() not in ("http", "https", "ssh", "git"):
        raise invalid(field, NOT_A_REPOSITORY)
    return host.lower(), parts.path


def _host(base_url: str) -> str:
    return (urlsplit(base_url).hostname or "").lower()
