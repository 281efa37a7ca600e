"""`kyoso policy show|check|publish`: the policy in words, whether it is the one its version says, and an agency's own checklist
published as a new version. `replay` is in replay.py."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

import stages
from app import published
from app.commands import replay
from app.commands.console import Console, Failed
from stages import everywhere, permissions
from stages.kernel import Flag, Stage
from stages.risk import read_checklist
from workflows.calendar import TOKYO


def add(commands: Any) -> None:
    text = "審査の基準"
    group = commands.add_parser("policy", help=text, description=text).add_subparsers(
        required=True, metavar="show|check|publish|replay", dest="what", title=text
    )
    text = "段階、ゲート、基準、旗、権限を示す"
    group.add_parser("show", help=text, description=text).set_defaults(run=show)
    text = "基準が、その版として公表した内容のままか確かめる"
    group.add_parser("check", help=text, description=text).set_defaults(run=check)
    text = "チェックリストを、基準の新しい版として公表する"
    parser = group.add_parser(
        "publish", help=text, description=f"{text}。前の審査は、申請したときの版のまま残る。"
    )
    parser.add_argument(
        "file", metavar="FILE", help="種類と版を名前にしたファイル（procurement-2.toml など）"
    )
    parser.add_argument("--version", required=True, metavar="NAME", help="基準の新しい版の名前")
    parser.set_defaults(run=publish)
    replay.add(group)


def show(options: argparse.Namespace, console: Console) -> None:
    """Everything the policy declares, stage by stage, then the permission matrix."""
    _take_published(console)
    console.say(f"審査の基準 版 {stages.version()}  {stages.fingerprint()}")
    for stage in stages.PIPELINE:
        console.say(f"\n■ {stage.name}（{stage.key}）: {stage.purpose}")
        if stage.gate:
            console.say(f"  {stage.gate.key} {stage.gate.name}")
            for criterion in stage.gate.criteria:
                mark = "必須" if criterion.mandatory else "　　"
                console.say(
                    f"    {mark} {criterion.key}: {criterion.question}（{_rated_by(criterion.check is not None)}）"
                )
        _say_flags(console, stage.flags)
    console.say("\n■ どの段階でも")
    _say_flags(console, everywhere.FLAGS)
    console.say(f"\n■ 権限\n{permissions.as_table()}")
    console.report(
        version=stages.version(),
        fingerprint=stages.fingerprint(),
        stages=[_facts(stage) for stage in stages.PIPELINE],
    )


def _rated_by(automatic: bool) -> str:
    return "自動の提案あり" if automatic else "人が判定"


def _say_flags(console: Console, flags: tuple[Flag, ...]) -> None:
    for flag in flags:
        console.say(f"    旗 {flag.key}: {flag.name}")


def _facts(stage: Stage) -> dict[str, Any]:
    gate = stage.gate
    return {
        "key": stage.key,
        "name": stage.name,
        "gate": gate.key if gate else None,
        "criteria": [
            {"key": c.key, "question": c.question, "mandatory": c.mandatory, "automatic": c.check is not None}
            for c in (gate.criteria if gate else ())
        ],
        "flags": [flag.key for flag in stage.flags],
    }


def check(options: argparse.Namespace, console: Console) -> None:
    """Status 1 where the policy was changed without a new version. (One that does not fit together cannot be imported.)"""
    _take_published(console)
    version, computed, published = stages.version(), stages.fingerprint(), stages.versions()[stages.version()]
    console.report(version=version, fingerprint=computed, published=published)
    if computed != published:
        raise Failed(
            f"審査の基準が、版 {version} として公表した内容と違います。基準を変えたのなら、新しい版として次の行を stages/versions.txt"
            "（チェックリストだけを加えたのなら、KYOSO_HOME の policy/versions.txt）の最後に加えてください（版の名は選べます）。"
            f"変えていないのなら、プログラムを入れ直してください。\n{version}+1 {computed}"
        )
    count = sum(len(gate.criteria) for gate in stages.GATES.values())
    console.say(
        f"版 {version} のままです。ゲート {len(stages.GATES)}、基準 {count}、旗 {len(stages.FLAGS)}。"
    )


def publish(options: argparse.Namespace, console: Console) -> None:
    """Refused where it cannot stand beside the rest, or was to be in force before today: what is decided stays decided."""
    home = console.config.home
    name, text = Path(options.file).name, _text(console.read_bytes(options.file), options.file)
    try:
        sheet = read_checklist(text)
        if sheet.published_on < datetime.now(TOKYO).date():
            raise ValueError("公表日（published_on）は今日か、これからの日にしてください。")
        fingerprint = published.publish(home, name, text, options.version)
    except (ValueError, TypeError) as wrong:
        raise Failed(f"公表できません。{name}: {wrong}") from None
    console.report(version=options.version, fingerprint=fingerprint, checklist=sheet.name)
    console.say(
        f"{sheet.name} を、基準の版 {options.version} として公表しました（{sheet.published_on} から使います）。\n{fingerprint}\n"
        f"すべての機械に {home / published.FOLDER} を同じ内容で置き、画面と時計のプログラムを起動し直してください。"
    )


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise Failed(f"{name}: 文字として読めません。UTF-8 で保存してください。") from None


def _take_published(console: Console) -> None:
    """The settings are read for the agency's own checklists, which their folder holds."""
    _ = console.config
