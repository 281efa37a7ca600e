"""The command line's parser, speaking Japanese: help, headings and the mistakes it finds."""

import argparse
import re
from collections.abc import Iterable
from typing import Any, NoReturn

# argparse says these in English whatever the locale; a command name or value is kept as it is.
_MISTAKES = (
    (r"the following arguments are required: (.*)", r"足りない引数があります: \1"),
    (r"unrecognized arguments: (.*)", r"余計な引数があります: \1"),
    (r"ambiguous option: (\S+) could match (.*)", r"\1 はどれのことか分かりません（\2）"),
    (
        r"argument (.*?): invalid choice: (.*?) \(choose from (.*)\)",
        r"\1 に \2 は使えません。使えるのは \3 です",
    ),
    (r"argument (.*?): expected one argument", r"\1 の後に値がありません"),
    (r"argument (.*?): expected at least one argument", r"\1 には一つ以上の値が必要です"),
    (r"argument (.*?): ignored explicit argument (.*)", r"\1 に値（\2）は付けられません"),
    (r"argument (.*?): not allowed with argument (.*)", r"\1 と \2 は一緒に使えません"),
    (r"argument (.*?): (.*)", r"\1: \2"),
)


class UsageError(Exception):
    """The command was not written as it must be; `usage` shows how."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


class _Help(argparse.RawDescriptionHelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "使い方: " if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """A parser with Japanese headings; every command takes --json and -h."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{**more, "add_help": False, "formatter_class": _Help, "allow_abbrev": False})
        self._positionals.title = "引数"
        self._optionals.title = "オプション"
        self.add_argument("-h", "--help", action="help", help="この説明を表示する")
        # SUPPRESS: a command's own default would undo a --json written before its name.
        self.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="結果を JSON で出す")

    def error(self, message: str) -> NoReturn:
        for english, japanese in _MISTAKES:
            if found := re.fullmatch(english, message):
                message = found.expand(japanese)
                break
        raise UsageError(f"{message}。", self.format_usage())
