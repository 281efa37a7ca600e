"""`kyoso policy replay [--draft DIR]`: which past reviews would come out otherwise, and because of which criterion."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import stages
from app.commands.console import Console, Failed
from app.db import reading
from stages.kernel import DECISION_NAMES, RATING_NAMES, Decision, Rating
from stages.risk import added
from workflows import replays
from workflows.replaying import Change, Outcome

WHY = {"asked": "新しく問う基準", "dropped": "問わなくなった基準", "colour": "色が変わる"}
POSSIBLE = {True: "できる", False: "できない", None: "人の判定しだい"}


def add(group: Any) -> None:
    text = "過去の審査を、今の基準か下書きの基準でもう一度問う"
    parser = group.add_parser(
        "replay",
        help=text,
        description=f"{text}。凍結した事実と審査者の言葉はそのままに、違う結果になるものを示す。違いがあっても終了コードは 0、"
        "問い直せなかった審査があれば 1。",
    )
    parser.add_argument(
        "--draft", metavar="DIR", help="下書きのフォルダー（*.py、versions.txt、checklists/*.toml）"
    )
    parser.set_defaults(run=replay)


def replay(options: argparse.Namespace, console: Console) -> None:
    """Status 1 where a review could not be asked again: what a rule cannot answer must not look like no difference."""
    with reading(console.current_engine()) as session:
        if options.draft:
            policy, outcomes = replays.under_a_draft(session, Path(options.draft), added())
        else:
            policy = {"version": stages.version(), "fingerprint": stages.fingerprint()}
            outcomes = list(_told(console, replays.under_the_present(session)))
    otherwise = [o for o in outcomes if o["otherwise"]]
    failed = [o for o in outcomes if o["error"]]
    console.report(**policy, draft=options.draft, asked=len(outcomes), otherwise=otherwise, failed=failed)
    console.say(f"基準の版 {policy['version']}  {policy['fingerprint']}")
    for outcome in otherwise:
        _say(console, outcome)
    console.say(f"過去の審査 {len(outcomes):,} 件のうち、違う結果になるもの {len(otherwise):,} 件。")
    if failed:
        lines = "\n".join(f"  {o['review']}: {o['error']}" for o in failed)
        raise Failed(f"問い直せなかった審査が {len(failed):,} 件あります。基準を直してください。\n{lines}")


def _told(console: Console, outcomes: Iterable[Outcome]) -> Iterable[Outcome]:
    for n, outcome in enumerate(outcomes, start=1):
        console.progress(f"{n:,} 件を問い直しました…")
        yield outcome


def _say(console: Console, outcome: Outcome) -> None:
    name = DECISION_NAMES[Decision(outcome["decision"])] if outcome["decision"] else "差戻し"
    console.say(f"\n{outcome['review']}（{outcome['gate']}、版 {outcome['policy_version']}、{name}）")
    for change in outcome["changes"]:
        console.say(f"  {change['criterion']}: {_turned(change)}")
        if change["finding"]:
            console.say(f"    {change['finding']}")
    if outcome["refusal"]:
        console.say(f"  この決定はできない: {outcome['refusal']}")
    console.say(f"  継続: そのとき {POSSIBLE[outcome['go_then']]} → 今 {POSSIBLE[outcome['go_now']]}")


def _turned(change: Change) -> str:
    return f"{_colour(change['then'])} → {_colour(change['now'])}（{WHY[change['why']]}）"


def _colour(colour: str | None) -> str:
    return RATING_NAMES[Rating(colour)] if colour else "なし"
