"""`kyoso municipalities load`: a newer list of local governments, shown before it is applied."""

import argparse
from datetime import UTC, datetime
from typing import Any

from app.commands.console import Console, Failed
from app.db import reading, writing
from stages.local_government import SIZE_CLASSES
from workflows import municipality_changes
from workflows.calendar import tokyo_day
from workflows.municipalities import Changes, ListRefused, LocalGovernment, read_list


def add(commands: Any) -> None:
    text = "地方公共団体の一覧"
    group = commands.add_parser("municipalities", help=text, description=text).add_subparsers(
        required=True, metavar="load", dest="what", title=text
    )
    text = "新しい一覧（CSV）で何が変わるかを示す。--apply を付けると反映する"
    parser = group.add_parser(
        "load", help=text, description=f"{text}。団体は消さず、廃止の日と合併先を残す。"
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="lgcode、kind、prefecture、name の列がある CSV（size_class、kana、merged_into は任意）",
    )
    parser.add_argument("--apply", action="store_true", help="示した変更を反映する")
    parser.set_defaults(run=load)


def load(options: argparse.Namespace, console: Console) -> None:
    """Shows additions, renames, reclassifications, closures and mergers; changes rows only with --apply."""
    try:
        newer = read_list(console.read_bytes(options.file))
    except ListRefused as refused:
        lines = [str(problem) for problem in refused.problems]
        shown = "\n".join(f"  {line}" for line in lines[:50])
        more = f"\n  ほか {len(lines) - 50} 件" if len(lines) > 50 else ""
        raise Failed(
            f"{options.file}: 一覧に誤りがあるため、何も変えていません。\n{shown}{more}", problems=lines
        ) from None
    engine = console.current_engine()
    now = datetime.now(UTC)
    if options.apply:
        # Compared and applied under one lock: what is shown is what is done.
        with writing(engine) as session:
            change = municipality_changes.load(session, newer, tokyo_day(now), now)
    else:
        with reading(engine) as session:
            change = municipality_changes.changes(session, newer)
    _show(console, change)
    console.report(applied=options.apply and not change.is_empty, **_facts(change))
    if change.is_empty:
        console.say("今の一覧と同じです。変えるものはありません。")
    else:
        console.say(
            "反映しました。"
            if options.apply
            else "まだ反映していません。よければ --apply を付けて、もう一度実行してください。"
        )


def _show(console: Console, change: Changes) -> None:
    successors = {merger.closed.lgcode: merger.successor for merger in change.merged_hint}
    for row in change.added:
        console.say(f"新設　{_named(row)}")
    for pair in change.renamed:
        console.say(
            f"改称　{_named(pair.before)} → {pair.after.prefecture}{pair.after.name}（{pair.after.kana}）"
        )
    for pair in change.reclassified:
        console.say(
            f"区分　{_named(pair.before)}: {SIZE_CLASSES[pair.before.size_class]} → {SIZE_CLASSES[pair.after.size_class]}"
        )
    for row in change.closed:
        successor = successors.get(row.lgcode)
        console.say(
            f"廃止　{_named(row)}"
            + (f" → 合併先 {_named(successor)}" if successor else "（合併先の記載なし）")
        )
    counts = (
        len(change.added),
        len(change.renamed),
        len(change.reclassified),
        len(change.closed),
        len(change.merged_hint),
    )
    console.say("新設 {}、改称 {}、区分の変更 {}、廃止 {}（うち合併 {}）".format(*counts))


def _named(row: LocalGovernment) -> str:
    return f"{row.lgcode} {'' if row.name == row.prefecture else row.prefecture}{row.name}"


def _facts(change: Changes) -> dict[str, Any]:
    return {
        "added": [row.lgcode for row in change.added],
        "renamed": [
            {"lgcode": c.after.lgcode, "from": c.before.name, "to": c.after.name} for c in change.renamed
        ],
        "reclassified": [
            {"lgcode": c.after.lgcode, "from": c.before.size_class, "to": c.after.size_class}
            for c in change.reclassified
        ],
        "closed": [row.lgcode for row in change.closed],
        "merged": {m.closed.lgcode: m.successor.lgcode for m in change.merged_hint},
    }
