"""A file that a command file or a scenario names by its path: handed in just as a page does, before its verb names it."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from workflows.files.kinds import LARGEST, not_this
from workflows.files.receiving import Files, receive
from workflows.runtime.verbs import REGISTRY

REFERENCE = re.compile(r"F-[A-Za-z0-9_-]{16}")
"""What `receive` has answered before. A file of such a name is written `./F-…`."""


def names_a_file(verb: str, command: Mapping[str, Any]) -> bool:
    """Whether the command of this verb names a file by its path."""
    found = REGISTRY.get(verb)
    given = command.get("file") if found and "file" in found.command.model_fields else None
    return isinstance(given, str) and bool(given) and not REFERENCE.fullmatch(given)


def with_file(
    engine: Engine, files: Files, verb: str, command: dict[str, Any], folder: Path, as_: str, now: datetime
) -> dict[str, Any]:
    """The command with the reference of the file in place of its path below `folder`. Refused, or NotNow, as `receive` has it;
    `invalid` too where there is no such file, or it lies elsewhere: a story from somebody else shall not read one's keys."""
    if not names_a_file(verb, command):
        return command
    path = _inside(folder, command["file"])
    try:
        with path.open("rb") as content:
            data = content.read(LARGEST + 1)
    except OSError as error:
        raise not_this(f"{command['file']} を読めません（{error.strerror}）。") from None
    return command | {"file": receive(engine, files, as_, path.name, data, now)}


def _inside(folder: Path, written: str) -> Path:
    """The file itself, links followed."""
    try:
        home = folder.resolve()
        path = (home / written).resolve()
        there = path.is_file()  # no device or pipe, which would never end
    except (OSError, ValueError, RuntimeError):  # a name too long, with a NUL, links in a circle
        raise not_this("file のパスを読めません。") from None
    if not path.is_relative_to(home):
        raise not_this(
            f"{written} は、この命令やシナリオのファイルと同じフォルダーの中にありません。その中に置いて、そこからのパスを書いてください。"
        )
    if not there:
        raise not_this(f"{written} というファイルがありません。場所と名前を確かめてください。")
    return path
