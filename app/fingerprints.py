"""The package's static files under addresses that carry a fingerprint of their content: kept for ever, and never stale."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Response, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from app.route import files

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"


@cache
def fingerprint(part: str) -> str:
    """A digest over the names and contents of one folder of static files.

    A folder is one unit, since its files refer to each other: a style sheet names its fonts relative to itself.
    """
    digest = hashlib.sha256()
    for file in sorted(p for p in (FOLDER / part).rglob("*") if p.is_file()):
        digest.update(f"{file.relative_to(FOLDER)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def static_url(name: str) -> str:
    """The address of a static file, such as `look/frame.css`."""
    part, _, rest = name.partition("/")
    return url_for("static_file", part=part, mark=fingerprint(part), name=rest)


def is_asked_for() -> bool:
    return request.endpoint == "static_file"


@files("/static/<part>/<mark>/<path:name>")
def static_file(part: str, mark: str, name: str) -> ResponseReturnValue:
    """A file of the package. Under a former fingerprint (a page from before an update) it is sent too, but not to be kept."""
    response: Response = send_from_directory(FOLDER, f"{part}/{name}")
    known = part in {p.name for p in FOLDER.iterdir() if p.is_dir()} and mark == fingerprint(part)
    response.headers["Cache-Control"] = FOR_EVER if known else "no-cache"
    return response
