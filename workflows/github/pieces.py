"""Answers of GitHub cut down to the pieces that facts are made of: bounded, of the expected types, without any HTML of their author's.

A piece is JSON and is kept for the next conditional request. Whatever GitHub may leave empty (an author whose account was
deleted, a licence, a description) may be None here too; an answer of another shape than GitHub's raises `Strange`.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from stages.productization import SBOM_NAMES, SECURITY_FILES
from workflows import markdown
from workflows.github.names import is_full_name
from workflows.runtime.commands import LONGEST_TEXT, MARKS, MOST_LINES, MOST_MARKS
from workflows.runtime.refusal import Refused

MOST_FILES, MOST_TOPICS, MOST_NOTES = 5_000, 30, 20
"""Files that are kept, topics, and releases (the newest) whose notes are kept."""
LONGEST_PATH, LONGEST_LINE, LONGEST_DESCRIPTION, LONGEST_NOTES = 1_000, 200, 1_000, 20_000
LARGEST_BLOB = 500_000
PUBLICCODE = ("publiccode.yml", "publiccode.yaml")
LICENCE_FILE = re.compile(r"(?:licen[cs]e|copying|unlicense)(?:[.-][^/]*)?", re.IGNORECASE)
README = re.compile(r"(?:\.github/|docs/)?readme(?:\.[^/]*)?", re.IGNORECASE)
BOT = "Bot"
BAD = ("failure", "timed_out", "cancelled", "action_required", "startup_failure", "stale")


class Strange(Exception):
    """An answer that has not the shape of GitHub's."""


def mapping(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise Strange
    return data


def entries(data: Any) -> list[Mapping[str, Any]]:
    if not isinstance(data, list):
        raise Strange
    return [entry for entry in data if isinstance(entry, Mapping)]


def text(value: Any, longest: int = LONGEST_LINE) -> str | None:
    """A text as any database can store it: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str):
        return None
    return value[:longest].replace("\x00", "").encode("utf-8", "replace").decode()


def moment(value: Any) -> str | None:
    """An ISO time in UTC, or None for what is none."""
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC).isoformat() if at.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _login(user: Any) -> str | None:
    """The name of an account; None where it was deleted, or belongs to a machine."""
    if not isinstance(user, Mapping) or user.get("type") == BOT:
        return None
    return text(user.get("login"))


def repository(data: Any) -> dict[str, Any]:
    found = mapping(data)
    full_name, forge_id = found.get("full_name"), count(found.get("id"))
    if not isinstance(full_name, str) or not is_full_name(full_name) or forge_id is None:
        raise Strange
    licence = found.get("license")
    topics = found.get("topics")
    return {
        "id": forge_id,
        "full_name": full_name,
        "default_branch": text(found.get("default_branch")),
        "description": text(found.get("description"), LONGEST_DESCRIPTION),
        "topics": [t for x in topics[:MOST_TOPICS] if (t := text(x))] if isinstance(topics, list) else [],
        "pushed_at": moment(found.get("pushed_at")),
        "updated_at": moment(found.get("updated_at")),
        "archived": found.get("archived") is True,
        "fork": found.get("fork") is True,
        "licence": text(licence.get("spdx_id")) if isinstance(licence, Mapping) else None,
        "open_issues_count": count(found.get("open_issues_count")),
        "has_issues": found.get("has_issues") is not False,
    }


def tree(data: Any) -> dict[str, Any]:
    """The paths of its files, those that a rule asks for never cut off; and where the texts are that are read."""
    found = mapping(data)
    blobs = {
        path: entry
        for entry in entries(found.get("tree"))
        if entry.get("type") == "blob" and (path := text(entry.get("path"), LONGEST_PATH + 1))
    }
    paths = sorted(
        (p for p in blobs if len(p) <= LONGEST_PATH), key=lambda p: (not _wanted(p), p.count("/"), p)
    )
    read = {}
    for name, path in (("publiccode", publiccode_of(paths)), ("licence", licence_of(paths))):
        entry = blobs.get(path or "", {})
        if path and re.fullmatch(r"[0-9a-f]{40,64}", str(entry.get("sha"))):
            read[name] = {"path": path, "sha": entry["sha"], "size": count(entry.get("size")) or 0}
    return {"files": sorted(paths[:MOST_FILES]), "read": read, "truncated": found.get("truncated") is True}


def _wanted(path: str) -> bool:
    low = path.lower()
    return (
        low.removeprefix(".github/").removeprefix("docs/") in SECURITY_FILES
        or SBOM_NAMES.search(path) is not None
        or low in PUBLICCODE
        or LICENCE_FILE.fullmatch(path) is not None
        or README.fullmatch(path) is not None
    )


def publiccode_of(paths: Iterable[str]) -> str | None:
    return min(
        (p for p in paths if p.lower() in PUBLICCODE), key=lambda p: p.lower() != PUBLICCODE[0], default=None
    )


def licence_of(paths: Iterable[str]) -> str | None:
    return min((p for p in paths if LICENCE_FILE.fullmatch(p)), key=lambda p: (len(p), p), default=None)


def readme_of(paths: Iterable[str]) -> str | None:
    """The one GitHub shows: of .github, else of the root, else of docs."""
    order = lambda p: (not p.startswith(".github/"), p.startswith("docs/"), p)  # noqa: E731
    return min((p for p in paths if README.fullmatch(p)), key=order, default=None)


def blob(data: Any) -> dict[str, Any]:
    found = mapping(data)
    try:
        content = base64.b64decode(found.get("content") or "", validate=False)
    except (TypeError, ValueError, binascii.Error):
        raise Strange from None
    if found.get("encoding") != "base64" or len(content) > LARGEST_BLOB:
        raise Strange
    return {"text": content.decode("utf-8-sig", "replace").replace("\x00", "\ufffd")}


def head_of(data: Any) -> str | None:
    """The hash of the newest commit of a list."""
    newest = next(iter(entries(data)), {})
    found = re.fullmatch(r"[0-9a-f]{40,64}", str(newest.get("sha")))
    return found[0] if found else None


def commits(data: Any) -> list[list[str | None]]:
    """Of each commit who made it (None for a machine) and when."""
    found = []
    for entry in entries(data):
        inner = entry.get("commit")
        inner = inner if isinstance(inner, Mapping) else {}
        who, by = inner.get("author"), inner.get("committer")
        at = moment(by.get("date") if isinstance(by, Mapping) else None)
        account = entry.get("author")
        if isinstance(account, Mapping) and account.get("login"):
            author = _login(account)
        else:  # no account has this address; the name alone is kept, never the address
            author = text(who.get("name")) if isinstance(who, Mapping) else None
        if at:
            found.append([author or None, at])
    return found


def release(entry: Mapping[str, Any], with_notes: bool) -> dict[str, Any]:
    notes = text(entry.get("body"), LONGEST_NOTES) if with_notes else None
    return {
        "tag": text(entry.get("tag_name")) or "",
        "name": text(entry.get("name")) or "",
        "prerelease": entry.get("prerelease") is True,
        "published_at": moment(entry.get("published_at")),
        "notes": notes or "",
        "notes_html": html_of(notes or ""),
    }


def releases(data: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    public = [entry for entry in data if entry.get("draft") is not True and text(entry.get("tag_name"))]
    return [release(entry, number < MOST_NOTES) for number, entry in enumerate(public)]


def html_of(notes: str) -> str:
    """Safe HTML of what somebody wrote elsewhere; empty where the text would cost the parser too much (it is then shown as text)."""
    marks = sum(notes.count(c) for c in MARKS)
    if len(notes) > LONGEST_TEXT or marks > MOST_MARKS or notes.count("\n") >= MOST_LINES:
        return ""
    try:
        return markdown.render(notes)
    except Refused:
        return ""


def issues(data: Any) -> list[dict[str, Any]]:
    return [
        {
            "number": entry.get("number"),
            "by": _login(entry.get("user")),
            "at": at,
            "comments": count(entry.get("comments")) or 0,
            "closed_at": moment(entry.get("closed_at")),
        }
        for entry in entries(data)
        if not entry.get("pull_request") and (at := moment(entry.get("created_at")))
    ]


def comments(data: Any) -> list[dict[str, Any]]:
    """Of each comment by a person: on which issue, by whom, when."""
    found = []
    for entry in entries(data):
        on = re.search(r"/issues/(\d+)$", str(entry.get("issue_url")))
        at, by = moment(entry.get("created_at")), _login(entry.get("user"))
        if on and at:
            found.append({"on": int(on[1]), "by": by, "at": at})
    return found


def checks(data: Any) -> dict[str, Any]:
    runs = entries(mapping(data).get("check_runs"))
    ends = [run.get("conclusion") for run in runs if run.get("status") == "completed"]
    if any(end in BAD for end in ends):
        return {"ci": "failing"}
    return {"ci": "none" if not runs else "passing" if len(ends) == len(runs) else "pending"}


def statuses(data: Any) -> dict[str, Any]:
    found = mapping(data)
    if not found.get("total_count"):
        return {"ci": "none"}
    said = {"success": "passing", "failure": "failing", "error": "failing"}
    return {"ci": said.get(str(found.get("state")), "pending")}
