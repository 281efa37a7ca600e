"""Plays a scenario through the registry with an injected clock: documentation, demo data and acceptance test at once (VERBS §4)."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlmodel import SQLModel

from workflows.files.from_disk import names_a_file, with_file
from workflows.files.receiving import Files
from workflows.github.questions import Asks
from workflows.runtime.expectation import mismatch
from workflows.runtime.refusal import Refused
from workflows.runtime.scenario_file import ScenarioRefused, read_scenarios
from workflows.runtime.scenario_step import CURRENT, REFERENCE, Step
from workflows.runtime.transaction import reading
from workflows.runtime.verbs import REGISTRY, Outcome, perform

__all__ = ["Played", "ScenarioRefused", "Surprise", "play", "read_scenarios"]

SNAPSHOT = "repo.snapshot"
LOOK_OF_TABLE = {
    "idea": "idea",
    "review": "review",
    "pilot": "pilot",
    "product": "product",
    "organization": "municipality",
}
"""How to look at what a verb made, by its table."""


@dataclass(frozen=True, slots=True)
class Played:
    """A step that went as written, and what came of it (a reference, a reason code, the jobs that ran)."""

    step: Step
    outcome: str

    @property
    def line(self) -> str:
        """Time, who, verb or look, outcome."""
        return f"{self.step.at.isoformat()}  {_what(self.step)}  → {self.outcome}"


class Surprise(Exception):
    """A step that did not go as written. The message is Japanese: where, what was expected, what came."""

    def __init__(self, step: Step, message: str) -> None:
        super().__init__(f"{step.place}（{step.at.isoformat()} {_what(step)}）: {message}")
        self.step = step
        self.message = message


def _what(step: Step) -> str:
    if step.kind == "do":
        return f"{step.who}  {step.name}"
    return f"{step.who or '-'}  look {step.name}" if step.kind == "look" else f"-  {step.kind}"


class StandIn(Protocol):
    """A GitHub that stands in for the real one while stories are played, and how it is looked at."""

    client: Asks

    def change(self, facts: Mapping[str, Any], at: datetime) -> None:
        """Makes a repository show these facts from now on."""


def play(
    engine: sa.Engine,
    steps: Sequence[Step],
    github: StandIn | None = None,
    files: Files | None = None,
) -> Iterator[Played]:
    """Plays the steps in their order, one after the other as they are asked for. Raises Surprise at the first that goes otherwise.

    What was played before stays. Without a stand-in nothing here touches the network: GitHub steps are passed over. With
    one, they change it, `repo.snapshot` changes it too instead of taking facts in, and the repository is looked at afterwards.
    A `file` is a path from the folder of its scenario file, and is handed in where `files` says.
    """
    player = _Player(engine, github, files)
    for step in steps:
        yield Played(step, player.outcome(step))


class _Player:
    """Knows what the files have saved so far: (file, name) -> what a verb made."""

    def __init__(self, engine: sa.Engine, github: StandIn | None, files: Files | None) -> None:
        self.engine = engine
        self.github = github
        self.files = files
        self.saved: dict[tuple[int, str], Outcome] = {}
        self._unchanged: set[tuple[Any, ...]] | None = None
        """The fingerprint after the step before, if that was a refusal: of several in a row each is counted once."""

    def outcome(self, step: Step) -> str:
        if step.refuse is None:
            self._unchanged = None
        if step.kind == "tick":
            return self._tick(step)
        if step.kind == "github" and self.github is None:
            return "GitHub の代役がないため飛ばしました"
        try:
            if step.refuse is not None:
                return self._refused(step)
            if self.github is not None and (step.kind == "github" or step.name == SNAPSHOT):
                return self._show(step, self.github).ref
            return self._do(step) if step.kind == "do" else self._look(step)
        except Refused as refused:
            raise Surprise(step, f"断られました: {refused.reason}（{refused.message}）") from refused

    def _show(self, step: Step, github: StandIn) -> Outcome:
        """The stand-in shows what the step says of a repository, and that repository is looked at."""
        from workflows.github.sync import newest_snapshot, sync

        given = self._fill(step, step.given)
        facts = {"full_name": given["full_name"], **(given["facts"] if step.kind == "do" else given)}
        github.change(facts, step.at)
        summary = sync(self.engine, step.at, github.client, [facts["full_name"]])
        if summary.failed or summary.stopped:
            raise Surprise(step, "".join(summary.failed.values()) or summary.stopped)
        outcome = newest_snapshot(self.engine, facts["full_name"])
        if step.save is not None:
            self.saved[step.file_number, step.save] = outcome
        return outcome

    def _do(self, step: Step) -> str:
        given = self._handed_in(step, self._command(step))
        outcome = perform(self.engine, step.name, given, step.who or "", step.at)
        if step.save is not None:
            self.saved[step.file_number, step.save] = outcome
        return outcome.ref

    def _look(self, step: Step) -> str:
        ref = self._fill(step, step.given)
        seen = _look(self.engine, step.name, ref, step.who, step.at)
        if step.expect is not None and (wrong := mismatch(self._fill(step, step.expect), seen)):
            raise Surprise(step, wrong)
        return "、".join(map(str, ref.values())) if isinstance(ref, Mapping) else ref or step.name

    def _refused(self, step: Step) -> str:
        before = self._unchanged or fingerprint(self.engine)
        given = self._command(step) if step.kind == "do" else self._fill(step, step.given)
        try:
            if step.kind == "do":
                if names_a_file(step.name, given):
                    given = self._handed_in(step, given)
                    before = fingerprint(self.engine)  # it waits for a verb, as what a page hands in does
                came = perform(self.engine, step.name, given, step.who or "", step.at).ref
            else:
                _look(self.engine, step.name, given, step.who, step.at)
                came = "見えました"
        except Refused as refused:
            if refused.reason != step.refuse:
                raise Surprise(
                    step, f"{step.refuse} で断られるはずが、{refused.reason} でした（{refused.message}）"
                ) from refused
        else:
            raise Surprise(step, f"{step.refuse} で断られるはずが、行われました（{came}）")
        after = fingerprint(self.engine)
        if wrote := after - before:
            tables = "、".join(sorted({table for table, *_ in wrote}))
            raise Surprise(step, f"{step.refuse} で断られましたが、書き込みが残っています（{tables}）")
        self._unchanged = after
        return f"断られました: {step.refuse}"

    def _tick(self, step: Step) -> str:
        from workflows.runtime.clock import run_due
        from workflows.runtime.jobs import Setting

        setting = Setting(forge=self.github.client if self.github else None)
        return "、".join(run_due(self.engine, step.at, setting)) or "することはありませんでした"

    # -- filling in names ----------------------------------------------------------------------------------------------

    def _command(self, step: Step) -> dict[str, Any]:
        """The command with every name filled in, and the version the actor would have on screen."""
        command: dict[str, Any] = self._fill(step, step.given)
        if command.get("seen_version") == CURRENT:
            command["seen_version"] = self._version(step, command)
        return command

    def _handed_in(self, step: Step, command: dict[str, Any]) -> dict[str, Any]:
        """The command with the reference of the file that it names, if any."""
        if not names_a_file(step.name, command):
            return command
        if self.files is None:
            raise Surprise(step, "ファイルの置き場所が決まっていないため、file のファイルを渡せません。")
        folder = Path(step.file).parent
        return with_file(self.engine, self.files, step.name, command, folder, step.who or "", step.at)

    def _version(self, step: Step, command: Mapping[str, Any]) -> int:
        """The version of the thing named first in the verb's command. 1 for what is not there: the verb itself shall refuse it."""
        fields = REGISTRY[
            step.name
        ].command.model_fields  # those of a shared base stand before the verb's own
        first = next((name for name in fields if name in LOOK_OF_TABLE.values()), None)
        if first is None or not isinstance(command.get(first), str):
            raise Surprise(
                step, f"{CURRENT} が何の版か分かりません。{step.name} には版の数字を書いてください。"
            )
        try:
            return int(_look(self.engine, first, command[first], None, step.at)["version"])
        except Refused:
            return 1

    def _fill(self, step: Step, value: Any) -> Any:
        if isinstance(value, str):
            found = REFERENCE.fullmatch(value)
            return self._part(step, found["name"], found["path"]) if found else value
        if isinstance(value, Mapping):
            return {key: self._fill(step, part) for key, part in value.items()}
        return [self._fill(step, part) for part in value] if isinstance(value, list) else value

    def _part(self, step: Step, name: str, path: str) -> Any:
        """What `$name` stands for: its reference; with a path, that part of what it reads now."""
        made = self.saved.get((step.file_number, name))
        if made is None:
            raise Surprise(step, f"${name} には、まだ何も入っていません。")
        if not path:
            return made.ref
        kind = LOOK_OF_TABLE.get(made.kind)
        if kind is None:
            raise Surprise(
                step,
                f"${name}{path}: {made.ref} の中身を読む方法がありません。${name} とだけ書いてください。",
            )
        part = _look(self.engine, kind, made.ref, None, step.at)
        for key in path.removeprefix(".").split("."):
            if isinstance(part, list) and key.isdecimal() and int(key) < len(part):
                part = part[int(key)]
            elif isinstance(part, Mapping) and key in part:
                part = part[key]
            else:
                raise Surprise(step, f"${name}{path}: {made.ref} に「{key}」がありません。")
        return part["ref"] if isinstance(part, Mapping) and "ref" in part else part


def _look(engine: sa.Engine, kind: str, ref: Any, as_: str | None, now: datetime) -> Any:
    # Looks know every table and rule; imported late so that reading a file needs none of them.
    from workflows.queries.look_at import look

    return look(engine, kind, ref, as_, now)


def fingerprint(engine: sa.Engine) -> set[tuple[Any, ...]]:
    """What a write would change: for each table its rows, its greatest id and the sum of its versions."""
    with reading(engine) as session:
        return {tuple(row) for row in session.connection().execute(_counts())}


@functools.cache  # asked before and after every refusal, and long: building it was a third of playing a story
def _counts() -> sa.CompoundSelect[Any]:
    counts = [
        sa.select(
            sa.literal(table.name),
            sa.func.count(),
            sa.func.max(table.c.id) if "id" in table.c else sa.literal(0),
            sa.func.sum(table.c.version) if _counts_versions(table) else sa.literal(0),
        ).select_from(table)
        for table in SQLModel.metadata.sorted_tables
    ]
    return sa.union_all(*counts)


def _counts_versions(table: sa.Table) -> bool:
    return "version" in table.c and isinstance(table.c.version.type, sa.Integer)
