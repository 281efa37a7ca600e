"""The high-risk triage and the checklists: versioned files, read once, never edited after a review has used them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from stages.dossier import Dossier
from stages.kernel import Finding, amber, green, red

RISK_NAMES = {"low": "低リスク", "high": "高リスク"}
SEVERITIES = ("low", "medium", "high")
SEVERITY_NAMES = {"low": "軽微", "medium": "中程度", "high": "重大"}
ANSWERS = {"yes": "はい", "no": "いいえ", "not_applicable": "該当なし"}
LEGAL_BASES = {
    "not_personal": "個人情報を扱わない",
    "consent": "本人の同意",
    "law": "法令の定め",
    "61-purpose-set": "個人情報保護法61条（特定した利用目的の範囲）",
    "69-1": "同69条1項（法令に基づく場合）",
    "69-2": "同69条2項（臨時の利用・提供）",
    "statistics": "統計の作成・学術研究",
}
CHECKLIST_NAMES = {
    "contract": "契約チェックリスト",
    "procurement": "調達チェックリスト",
    "high_risk": "高リスク判定のチェックリスト",
}
PRELIMINARY_WITHIN_DAYS = 5
FINAL_WITHIN_DAYS = 30
FINAL_WITHIN_DAYS_IF_MALICIOUS = 60
MANY_PEOPLE = 100
"""Over this many people affected an incident is high, whatever is stated."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a checklist: a requirement (procurement, contract) or a question with choices (high_risk)."""

    key: str
    text: str
    from_risk: str = "low"
    group: str = ""
    choices: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ChecklistFile:
    """A published checklist; `name` is kind-version."""

    kind: str
    version: str
    published_on: date
    source: str
    items: tuple[Item, ...]

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.version}"

    def item(self, key: str) -> Item | None:
        return next((i for i in self.items if i.key == key), None)

    def applying(self, level: str | None) -> tuple[Item, ...]:
        """The items asked at a risk level; where no level is decided, all of them."""
        return tuple(i for i in self.items if i.from_risk == "low" or level != "low")


def read_checklist(text: str) -> ChecklistFile:
    """A checklist from its TOML text. Raises ValueError naming what is missing or doubled."""
    raw = tomllib.loads(text)
    try:
        items = tuple(
            Item(
                key=i["key"],
                text=i.get("requirement") or i["question"],
                from_risk=i.get("from_risk", "low"),
                group=i.get("group", ""),
                choices=MappingProxyType(dict(i["choices"])) if "choices" in i else None,
            )
            for i in raw["items"]
        )
        sheet = ChecklistFile(raw["kind"], str(raw["version"]), raw["published_on"], raw["source"], items)
    except KeyError as missing:
        raise ValueError(f"チェックリストに {missing.args[0]} がありません。") from None
    if len({i.key for i in items}) != len(items) or any(i.from_risk not in ("low", "high") for i in items):
        raise ValueError(
            f"チェックリスト {sheet.name} の項目の key が重なっているか、from_risk が low・high ではありません。"
        )
    return sheet


_added: dict[str, str] = {}
"""What an agency published beside the package: the text of each checklist by its file name (`stages.publish`)."""
_asked: ContextVar[Mapping[str, ChecklistFile] | None] = ContextVar("asked", default=None)


@cache
def published() -> Mapping[str, ChecklistFile]:
    """Every published checklist by name: of the package's own folder, and those that the agency added."""
    folder = files("stages") / "checklists"
    texts = [f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".toml")]
    sheets = [read_checklist(text) for text in (*texts, *_added.values())]
    return MappingProxyType({s.name: s for s in sorted(sheets, key=lambda s: s.name)})


def checklists() -> Mapping[str, ChecklistFile]:
    """The checklists that are asked: every published one, by name."""
    asked = _asked.get()
    return published() if asked is None else asked


@contextmanager
def asking_the_newest() -> Iterator[None]:
    """Within it the newest version of each kind is the only one, whatever the day: how past facts are asked again."""
    order = sorted(published().values(), key=lambda s: (s.published_on, s.version))
    newest = {s.kind: s for s in order}
    held = _asked.set(MappingProxyType({s.name: s for s in newest.values()}))
    try:
        yield
    finally:
        _asked.reset(held)


def _fits(sheet: ChecklistFile) -> bool:
    """Whether the rules can ask this checklist: of a known kind, and a triage with its four viewpoints and their choices."""
    if sheet.kind != "high_risk":
        return sheet.kind in CHECKLIST_NAMES and all(i.choices is None for i in sheet.items)
    first = next(s for s in published().values() if s.kind == "high_risk")
    return {i.key: {*(i.choices or {})} for i in sheet.items} == {
        i.key: {*(i.choices or {})} for i in first.items
    }


def add(texts: Mapping[str, str]) -> None:
    """Takes an agency's checklists, by file name, in place of those taken before. Raises ValueError, and keeps none, for one
    that is no checklist, that the rules cannot ask, or that has the name of another or not the name of its file."""
    _added.clear()
    published.cache_clear()
    sheets = {}
    for name, text in sorted(texts.items()):
        try:
            sheet = read_checklist(text)
        except (ValueError, TypeError, AttributeError) as wrong:
            raise ValueError(f"{name}: {wrong}") from None
        if name != f"{sheet.name}.toml" or not re.fullmatch(r"[a-z_]+-[0-9][0-9a-z.]*\.toml", name):
            raise ValueError(f"{name}: ファイルの名前を、種類と版（{sheet.name}.toml）にしてください。")
        if sheet.name in published():
            raise ValueError(f"{name}: {sheet.name} はすでに公表されています。新しい版の名前にしてください。")
        if not isinstance(sheet.published_on, date) or not sheet.items or not _fits(sheet):
            raise ValueError(f"{name}: 種類、公表日、項目のどれかが、この基準では使えません。")
        sheets[name] = text
    _added.update(sheets)
    published.cache_clear()


def added() -> Mapping[str, str]:
    """The agency's checklists: text by file name."""
    return MappingProxyType(_added)


def current(kind: str, on: date) -> ChecklistFile | None:
    """The checklist of a kind in force on a day: the latest published by then, or before any was, the first.

    A record may be older than the first checklist (an import, the demo's moved stories); it is judged by that one.
    """
    sheets = sorted(
        (s for s in checklists().values() if s.kind == kind), key=lambda s: (s.published_on, s.version)
    )
    return next((s for s in reversed(sheets) if s.published_on <= on), sheets[0] if sheets else None)


def suggest(answers: Mapping[str, str]) -> str:
    """The triage's suggestion from viewpoints A to D: low or high (POLICY §5 [rule])."""
    unjudged = answers["D"] == "none"
    public_rights = answers["A"] == "public" and answers["B"] in ("rights", "safety")
    trains_widely = answers["C"] == "yes" and answers["A"] != "one_office"
    return "high" if unjudged or public_rights or trains_widely else "low"


def severity(stated: str | None, people_affected: int, sensitive: bool) -> str:
    """An incident's severity: high over 100 people or with sensitive data, whatever is stated; else as stated, or medium."""
    return "high" if people_affected > MANY_PEOPLE or sensitive else stated or "medium"


def judge_checklist(dossier: Dossier, kind: str) -> Finding:
    """Whether the checklist of a kind in force is answered for the decided risk level.

    Every applying item answered is green; a "no" with a note is amber; one without, or an unanswered item, is red.
    """
    sheet = current(kind, dossier.on)
    if sheet is None:
        return red(
            f"公表された{CHECKLIST_NAMES[kind]}がありません。",
            "デジタル庁がチェックリストを公表してください。",
        )
    level = dossier.risk.level if dossier.risk else None
    items = sheet.applying(level)
    given = dossier.checklist(sheet.name)
    answers: Mapping[str, str] = given.answers if given else {}
    notes: Mapping[str, str] = given.notes if given else {}
    unanswered = [i for i in items if i.key not in answers]
    if unanswered:
        return red(
            f"{CHECKLIST_NAMES[kind]}の {len(items)} 項目のうち {len(unanswered)} 項目が未回答です"
            f"（{unanswered[0].text}{' ほか' if len(unanswered) > 1 else ''}）。",
            f"{CHECKLIST_NAMES[kind]}の未回答の項目に答えてください。",
        )
    refused = [i for i in items if answers[i.key] == "no"]
    bare = [i for i in refused if not notes.get(i.key, "").strip()]
    if bare:
        return red(
            f"「いいえ」に理由のない項目があります: {'、'.join(i.text for i in bare)}",
            "「いいえ」の項目に、理由と補う手立てを書いてください。",
        )
    if refused:
        return amber(
            f"「いいえ」の項目があります（理由あり）: {'、'.join(i.text for i in refused)}",
            "「いいえ」の項目を満たす時期と方法を決めてください。",
        )
    return green(f"{CHECKLIST_NAMES[kind]}の {len(items)} 項目すべてに答えがあり、不足はありません。")
