"""What every command works with: settings, the database, files, and the two ways to answer, text and JSON."""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Engine

from app import breached, schema
from app.config import Config, read_config
from app.db import create_engine
from app.published import take_published
from workflows.runtime.yaml_text import NotReadable, read_yaml


class Failed(Exception):
    """A command could not do its work. The message is Japanese: what happened, what to do; `facts` go into the JSON answer."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts


class Console:
    """One run of the program: its environment, where it reads and writes, and what it has to report."""

    def __init__(
        self, environ: Mapping[str, str], stdin: TextIO, stdout: TextIO, stderr: TextIO, as_json: bool
    ) -> None:
        self.environ = environ
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.as_json = as_json
        self.facts: dict[str, Any] = {}
        self._engine: Engine | None = None
        self._in_progress = False

    # -- answering -------------------------------------------------------------------------------------------------

    def say(self, line: str = "") -> None:
        """A line of the text answer; nothing when JSON is asked for."""
        self._end_progress()
        if not self.as_json:
            print(line, file=self.stdout, flush=True)

    def report(self, **facts: Any) -> None:
        """Facts of the JSON answer."""
        self.facts.update(facts)

    def progress(self, text: str) -> None:
        """How far long work is, on one line that is written anew: only where somebody watches a terminal."""
        if self.stderr.isatty() and not self.as_json:
            print(f"\r\x1b[K{text}", end="", file=self.stderr, flush=True)
            self._in_progress = True

    def finish(self, ok: bool) -> None:
        """Ends the answer: in JSON, the one document."""
        self._end_progress()
        if self.as_json:
            text = json.dumps({"ok": ok, **self.facts}, ensure_ascii=False, indent=2, default=str)
            print(text, file=self.stdout, flush=True)

    def _end_progress(self) -> None:
        if self._in_progress:
            print("\r\x1b[K", end="", file=self.stderr, flush=True)
            self._in_progress = False

    # -- settings and the database -------------------------------------------------------------------------------------

    @cached_property
    def config(self) -> Config:
        """The settings; raises ConfigError. The command line signs nothing, so it does without a secret."""
        found = read_config(self.environ, serving=False)
        take_published(found.home)
        breached.look_in(found.breached_passwords)
        return found

    def engine(self, *, may_create: bool = False) -> Engine:
        """The database, whatever its state."""
        if self._engine is None:
            self._engine = create_engine(self.config, may_create=may_create)
        return self._engine

    def current_engine(self) -> Engine:
        """The database, refused (UnfitDatabase) unless its schema is of this release."""
        engine = self.engine()
        schema.require_current(engine)
        return engine

    def engine_for_stories(self) -> Engine:
        """The database; one that was never migrated is migrated first, one of another release is refused."""
        engine = self.engine(may_create=True)
        if schema.schema_state(engine) == "empty":
            self.progress("データベースを準備しています…")
            schema.migrate(engine)
        schema.require_current(engine)
        return engine

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()

    # -- files -----------------------------------------------------------------------------------------------------------

    def read_bytes(self, name: str) -> bytes:
        """The content of a file, `-` for the standard input. Raises Failed."""
        if name == "-":
            return self.stdin.buffer.read()
        try:
            return Path(name).read_bytes()
        except OSError as error:
            raise Failed(f"{name}: {_why(error)}") from None

    def read_mapping(self, name: str) -> dict[str, Any]:
        """The items and values in a JSON or YAML file. Raises Failed."""
        try:
            found = read_yaml(self.read_bytes(name))
        except NotReadable as error:
            raise Failed(f"{_shown(name)}: {error}") from None
        if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
            raise Failed(f"{_shown(name)}: 項目と値の組（title: … のような形）で書いてください。")
        return found

    def write_text(self, name: str, text: str) -> None:
        """Writes a file as a whole. Raises Failed."""
        try:
            Path(name).write_text(text, "utf-8")
        except OSError as error:
            raise Failed(f"{name}: {_why(error, writing=True)}") from None


def _shown(name: str) -> str:
    return "標準入力" if name == "-" else name


def _why(error: OSError, writing: bool = False) -> str:
    if isinstance(error, FileNotFoundError):
        return (
            "フォルダーがありません。場所を確かめてください。"
            if writing
            else "ファイルがありません。場所と名前を確かめてください。"
        )
    if isinstance(error, IsADirectoryError):
        return "フォルダーです。ファイルを指定してください。"
    if isinstance(error, PermissionError):
        return f"{'書く' if writing else '読む'}権限がありません。ファイルの権限を確かめてください。"
    return f"{'書けません' if writing else '読めません'}（{error.strerror}）。場所を確かめてください。"
