"""`kyoso policy show|check`: the policy in words, and whether it is the one its version says."""

import argparse
from typing import Any

import stages
from app.commands.console import Console, Failed
from stages import everywhere, permissions
from stages.kernel import Flag, Stage


def add(commands: Any) -> None:
    text = "審査の基準"
    group = commands.add_parser("policy", help=text, description=text).add_subparsers(
        required=True, metavar="show|check", dest="what", title=text
    )
    text = "段階、ゲート、基準、旗、権限を示す"
    group.add_parser("show", help=text, description=text).set_defaults(run=show)
    text = "基準が、その版として公表した内容のままか確かめる"
    group.add_parser("check", help=text, description=text).set_defaults(run=check)


def show(options: argparse.Namespace, console: Console) -> None:
    """Everything the policy declares, stage by stage, then the permission matrix."""
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
    version, computed, published = stages.version(), stages.fingerprint(), stages.versions()[stages.version()]
    console.report(version=version, fingerprint=computed, published=published)
    if computed != published:
        raise Failed(
            f"審査の基準が、版 {version} として公表した内容と違います。基準を変えたのなら、新しい版として次の行を stages/versions.txt の"
            f"最後に加えてください（版の名は選べます）。変えていないのなら、プログラムを入れ直してください。\n{version}+1 {computed}"
        )
    count = sum(len(gate.criteria) for gate in stages.GATES.values())
    console.say(
        f"版 {version} のままです。ゲート {len(stages.GATES)}、基準 {count}、旗 {len(stages.FLAGS)}。"
    )
