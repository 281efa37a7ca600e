"""Scenario files (VERBS §4): read and checked whole, before any step of them is played."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from workflows.runtime.refusal import HTTP_STATUS
from workflows.runtime.scenario_step import ABOUT_EVERYTHING, KEYS, LOOKS, Kind, Step, references
from workflows.runtime.verbs import REGISTRY
from workflows.runtime.yaml_text import NotReadable, read_yaml

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
YEARS = range(2000, 2101)
"""Fiscal years, eras and holidays are known here."""


class ScenarioRefused(ValueError):
    """The files cannot be played; `problems` has a Japanese sentence for each fault, in order. Nothing was played."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def read_scenarios(files: Sequence[tuple[str, bytes]]) -> list[Step]:
    """The steps of the files (name, content), merged by time; ties stay in the order of the files. Raises ScenarioRefused."""
    steps: list[Step] = []
    problems: list[str] = []
    for file_number, (name, data) in enumerate(files):
        reader = _Reader(name, file_number)
        steps += reader.read(data)
        problems += reader.problems
    if problems:
        raise ScenarioRefused(problems)
    return sorted(steps, key=lambda step: (step.at, step.file_number, step.number))


class _Fault(Exception):
    """What is wrong with a step."""


class _Reader:
    """Reads one file, step after step, knowing the time so far and the names saved so far."""

    def __init__(self, file: str, file_number: int) -> None:
        self.file = file
        self.file_number = file_number
        self.problems: list[str] = []
        self.now: datetime | None = None
        self.saved: set[str] = set()

    def read(self, data: bytes) -> list[Step]:
        try:
            document = read_yaml(data)
        except NotReadable as error:
            self.problems.append(f"{self.file}: {error}")
            return []
        if not isinstance(document, list) or not document:
            self.problems.append(f"{self.file}: 手順の並び（「- 」で始まる項目のリスト）ではありません。")
            return []
        steps = []
        for number, raw in enumerate(document, start=1):
            try:
                steps.append(self._step(number, raw))
            except _Fault as fault:
                # A first step without a time is one fault, not one for each step after it.
                self.now = self.now or datetime.min.replace(tzinfo=UTC)
                self.problems.append(f"{self.file} の {number} 番目の手順: {fault}")
            if isinstance(raw, dict) and isinstance(raw.get("save"), str):
                # Known even where the step is wrong: one slip shall not be reported again at every later use.
                self.saved.add(raw["save"])
        return steps

    def _step(self, number: int, raw: Any) -> Step:
        if not isinstance(raw, dict):
            raise _Fault("項目と値の組ではありません。")
        kind = self._kind(raw)
        at = self._time(raw, "tick" if kind == "tick" else "at")
        if strangers := [str(key) for key in raw if key not in KEYS[kind]]:
            raise _Fault(
                f"「{'」「'.join(strangers)}」という項目は {kind} の手順にはありません。使えるのは {'、'.join(sorted(KEYS[kind]))} です。"
            )
        refuse = raw.get("refuse")
        if refuse is not None and refuse not in tuple(HTTP_STATUS):
            raise _Fault(
                f"refuse の「{refuse}」という理由はありません。使えるのは {'、'.join(HTTP_STATUS)} です。"
            )
        who = raw.get("as")
        if who is None and kind == "do":
            raise _Fault("as（だれが行うか）がありません。メールアドレスか system を書いてください。")
        if who is not None and not isinstance(who, str):
            raise _Fault("as にはメールアドレスか system を書いてください。")
        given, name, save = self._what(kind, raw, refuse)
        expect = raw.get("expect")
        if refuse is not None and expect is not None:
            raise _Fault("expect と refuse は一緒に書けません。どちらかにしてください。")
        for found in [*references(given), *references(expect)]:
            if found["name"] not in self.saved:
                raise _Fault(
                    f"${found['name']} は、まだどの手順も save していません。名前と順番を確かめてください。"
                )
        return Step(self.file, self.file_number, number, at, kind, name, who, given, save, refuse, expect)

    def _kind(self, raw: dict[Any, Any]) -> Kind:
        kinds: list[Kind] = [kind for kind in KEYS if kind in raw]
        if len(kinds) != 1:
            said = (
                f"「{'」「'.join(kinds)}」が一緒に書かれています" if kinds else "何をする手順か分かりません"
            )
            raise _Fault(
                f"{said}（項目: {'、'.join(map(str, raw)) or 'なし'}）。do、look、tick、github のどれか一つを書いてください。"
            )
        return kinds[0]

    def _time(self, raw: dict[Any, Any], key: str) -> datetime:
        if key not in raw:
            if self.now is None:
                raise _Fault(
                    "最初の手順に at（いつ行うか）がありません。2026-04-01T09:00:00+09:00 の形で書いてください。"
                )
            return self.now
        at = _as_time(raw[key])
        if at is None:
            raise _Fault(
                f"{key} の「{raw[key]}」は日時として読めません。2026-04-01T09:00:00+09:00 の形で書いてください。"
            )
        if at.tzinfo is None:
            raise _Fault(f"{key} の「{at.isoformat()}」に時差がありません。+09:00 を付けてください。")
        if at.year not in YEARS:
            raise _Fault(
                f"{key} の「{at.isoformat()}」は遠すぎます。{YEARS[0]} 年から {YEARS[-1]} 年までにしてください。"
            )
        if self.now is not None and at < self.now:
            raise _Fault(
                f"時計が戻っています（{self.now.isoformat()} の後に {at.isoformat()}）。時刻の順に並べてください。"
            )
        self.now = at
        return at

    def _what(self, kind: Kind, raw: dict[Any, Any], refuse: str | None) -> tuple[Any, str, str | None]:
        """What the step is about: the command, reference or facts; the verb or kind of look; the name it saves."""
        if kind == "do":
            return self._verb(raw, refuse)
        if kind == "look":
            return self._look(raw)
        if kind == "github":
            facts = raw["github"]
            if not isinstance(facts, dict) or not isinstance(facts.get("full_name"), str):
                raise _Fault("github には full_name（持ち主/名前）と、変える内容を書いてください。")
            return facts, "", None
        return None, "", None

    def _verb(self, raw: dict[Any, Any], refuse: str | None) -> tuple[Any, str, str | None]:
        name, given, save = raw["do"], raw.get("with", {}), raw.get("save")
        if given is None:
            given = {}
        if not isinstance(given, dict) or not all(isinstance(field, str) for field in given):
            raise _Fault("with には、項目の名前と値の組を書いてください。")
        if save is not None and (not isinstance(save, str) or not NAME.fullmatch(save)):
            raise _Fault(f"save の「{save}」は名前に使えません。英字で始まる英数字と _ で書いてください。")
        if save is not None and refuse is not None:
            raise _Fault("断られる手順（refuse）からは何も生まれません。save を消してください。")
        found = REGISTRY.get(name) if isinstance(name, str) else None
        if found is None:
            raise _Fault(f"「{name}」という操作はありません。綴りを確かめてください。")
        if refuse not in ("invalid", "too_large"):  # a story may well show that a wrong form is refused
            fields = found.command.model_fields
            if strangers := [field for field in given if field not in fields]:
                raise _Fault(
                    f"{name} に「{'」「'.join(strangers)}」という項目はありません。使えるのは {'、'.join(fields) or 'なし'} です。"
                )
            if missing := [
                field for field, info in fields.items() if info.is_required() and field not in given
            ]:
                raise _Fault(f"{name} に必要な項目「{'」「'.join(missing)}」がありません。")
        return given, found.name, save

    def _look(self, raw: dict[Any, Any]) -> tuple[Any, str, str | None]:
        name, ref = raw["look"], raw.get("at_ref")
        if name not in LOOKS:
            raise _Fault(f"look の「{name}」という見方はありません。使えるのは {'、'.join(LOOKS)} です。")
        if name == "adoption":
            ref = _product_and_org(ref)
        elif ref is not None and not isinstance(ref, str):
            raise _Fault("at_ref には、番号か $名前 を文字で書いてください。")
        if ref is None and name not in ABOUT_EVERYTHING:
            raise _Fault(f"look: {name} に at_ref（何を見るか）がありません。")
        return ref, name, None


def _as_time(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            # Python takes a day alone for its midnight; here that would be a guess.
            return datetime.fromisoformat(value) if "T" in value or " " in value.strip() else None
        except ValueError:
            return None
    return None


def _product_and_org(ref: Any) -> dict[str, str]:
    """What an adoption is about: {product: …, org: …}, or the two in this order."""
    if isinstance(ref, str):
        ref = [part for part in re.split(r"[,\s]+", ref) if part]
    if isinstance(ref, list) and len(ref) == 2:
        ref = {"product": ref[0], "org": ref[1]}
    if (
        not isinstance(ref, dict)
        or set(ref) != {"product", "org"}
        or not all(isinstance(part, str) for part in ref.values())
    ):
        raise _Fault("look: adoption の at_ref は {product: …, org: …} の形で書いてください。")
    return ref
