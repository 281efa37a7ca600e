"""`kyoso sync`: looks at linked repositories now, shows how far it is, and says what came of it."""

import argparse
from datetime import UTC, datetime
from typing import Any

from app.commands.console import Console, Failed
from app.github import github_client
from workflows.calendar import TOKYO
from workflows.github.sync import Summary, sync

NO_GITHUB = (
    "GitHub に問い合わせる設定がありません。KYOSO_GITHUB_TOKEN（または KYOSO_GITHUB_APP_ID と KYOSO_GITHUB_APP_KEY）を設定してください。"
    "自社のサーバーなら KYOSO_GITHUB_URL も設定してください。"
)
CAME = {
    "changed": "変わりました",
    "unchanged": "変わりません",
    "gone": "見つかりません",
    "blocked": "公開が止められています",
    "overtaken": "ほかの時計が見ています",
}


def add(commands: Any) -> None:
    text = "つながったリポジトリを GitHub に見に行く"
    parser = commands.add_parser(
        "sync", help=text, description=f"{text}。名前がなければ、見る時期のきたものを大切な順に見る。"
    )
    parser.add_argument("names", nargs="*", metavar="REPO", help="持ち主/名前。前の名前でもよい")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> None:
    """Looks at those named, or at all that are due; ends with status 1 where of one of them nothing was seen."""
    engine = console.current_engine()
    client = github_client(console.config, engine)
    if client is None:
        raise Failed(NO_GITHUB)

    def tell(number: int, total: int, name: str, came: str) -> None:
        console.progress(f"{number:,}/{total:,} {name}: {CAME.get(came, came)}")

    began = datetime.now(UTC)
    summary = sync(engine, began, client, options.names or None, tell, clock=lambda: datetime.now(UTC))
    _say(console, summary, (datetime.now(UTC) - began).total_seconds())
    if summary.failed:
        raise Failed(f"{len(summary.failed):,} 件を見られませんでした。前に見た様子はそのまま残っています。")


def _say(console: Console, summary: Summary, seconds: float) -> None:
    for before, after in summary.renamed:
        console.say(f"名前が変わりました: {before} → {after}")
    for name in summary.gone:
        console.say(f"見つかりません: {name}")
    for name, because in summary.failed.items():
        console.say(f"見られません: {name}（{because}）")
    if summary.stopped:
        console.say(f"途中で止めました（残り {summary.left:,} 件）。{summary.stopped}")
    if not summary.total:
        console.say("今見るべきリポジトリはありません。")
    else:
        console.say(
            f"{summary.looked:,} 件を見ました: 変わった {summary.changed:,}、変わらない {summary.unchanged:,}、"
            f"見つからない {len(summary.gone):,}、見られない {len(summary.failed):,}。"
            f"問い合わせ {summary.requests:,} 回、{seconds:.1f} 秒。"
        )
    console.report(
        total=summary.total,
        looked=summary.looked,
        changed=summary.changed,
        unchanged=summary.unchanged,
        gone=summary.gone,
        renamed=[{"from": before, "to": after} for before, after in summary.renamed],
        failed=summary.failed,
        overtaken=summary.overtaken,
        left=summary.left,
        stopped=summary.stopped or None,
        until=summary.until.astimezone(TOKYO).isoformat() if summary.until else None,
        requests=summary.requests,
        seconds=round(seconds, 1),
    )
