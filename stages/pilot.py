"""Pilot: the idea is tried at one site under frozen targets. Its gate is G2."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise

from stages.days import days_passed, overdue, written
from stages.dossier import BASELINE_TYPES, Dossier, Pilot
from stages.kernel import Clears, Criterion, Finding, Flag, Gate, Raised, Stage, amber, green, red, unseen

ENOUGH_OF_THE_PLAN = 0.8
LONGEST_GAP_DAYS = 30

NO_PILOT = red("実証の記録がありません。", "実証を計画し、実施してください。")


def ran_as_planned(d: Dossier) -> Finding:
    p = d.pilot
    if p is None:
        return NO_PILOT
    if p.started_on is None or p.finished_on is None:
        return red("実証が終わっていません。", "実証を終え、終了を記録してください。")
    ran = (p.finished_on - p.started_on).days + 1
    if ran < ENOUGH_OF_THE_PLAN * p.planned_days:
        return red(
            f"計画 {p.planned_days} 日のうち {ran} 日しか実施していません。",
            "計画した期間の 8 割以上を実施してください。",
        )
    days = [p.started_on, *(u.on for u in p.updates), p.finished_on]
    gap = max((b - a).days for a, b in pairwise(days))
    if gap > LONGEST_GAP_DAYS:
        return red(f"{gap} 日間、報告のない期間があります。", "30 日を超えて報告を空けずに実施してください。")
    return green(
        f"計画 {p.planned_days} 日に対し {ran} 日実施し、報告は {len(p.updates)} 回、最長の間隔は {gap} 日です。"
    )


def measured(d: Dossier) -> Finding:
    if d.pilot is None or not d.pilot.kpis:
        return NO_PILOT if d.pilot is None else red("KPI がありません。", "KPI を決めて測ってください。")
    live = [k for k in d.pilot.kpis if not k.abandoned]
    short = [k for k in live if k.n < k.min_n]
    if short:
        return red(
            f"標本数が足りません: {'、'.join(f'{k.name} {k.n:,} 件（決めた標本数 {k.min_n:,} 件）' for k in short)}",
            "凍結した標本数に届くまで測ってください。",
        )
    abandoned = [k for k in d.pilot.kpis if k.abandoned]
    if abandoned:
        return amber(
            f"測るのをやめた KPI があります: {'、'.join(k.name for k in abandoned)}",
            "やめた KPI に代わる根拠を示してください。",
        )
    return green("、".join(f"{k.name} {k.n} 件" for k in live) + " を測りました。")


def compared(d: Dossier) -> Finding:
    if d.pilot is None:
        return NO_PILOT
    lacking = [k for k in d.pilot.kpis if k.type in BASELINE_TYPES and not k.abandoned and k.baseline_n < 1]
    if lacking:
        return red(
            f"実証前の基準値がありません: {'、'.join(k.name for k in lacking)}",
            "同じ測り方で実証前の値を測ってください。",
        )
    return green("同じ測り方の基準値があります。")


def incidents_closed(d: Dossier) -> Finding:
    grave = [i.ref for i in d.incidents if i.open and i.severity == "high"]
    if grave:
        return red(
            f"終結していない重大なリスクケースがあります（{'、'.join(grave)}）。",
            "最終報告のうえ終結させてください。",
        )
    return green("終結していない重大なリスクケースはありません。")


def code_kept(d: Dossier) -> Finding:
    p, r = d.pilot, d.repository
    if p is None:
        return NO_PILOT
    if r is None:
        return red("コードの置き場がありません。", "リポジトリを結び付けてください。")
    if not r.commits_seen_on:
        return unseen(f"{r.full_name} のコミット")
    start, end = p.started_on or p.starts_on, p.finished_on or p.ends_on
    if not any(start <= day <= end for day in r.commits_seen_on):
        return red(
            f"実証の期間（{written(start)}から{written(end)}）のコミットが見つかりません。",
            "実証で動かしたコードを登録してください。",
        )
    if not r.saw("licence_spdx"):
        return unseen(f"{r.full_name} のライセンス")
    if not r.licence_spdx:
        return red(f"{r.full_name} にライセンスがありません。", "ライセンスを決めて置いてください。")
    return green(f"実証の期間のコミットと、ライセンス {r.licence_spdx} があります。")


Rule = Callable[[Pilot, date], tuple[str, date | None] | None]
"""A pilot on a day to the reason a flag stands and the day its cause began, or None."""


def _each_running(rule: Rule) -> Callable[[Dossier, date], Iterator[Raised]]:
    """A flag of every running pilot."""

    def when(d: Dossier, today: date) -> Iterator[Raised]:
        for p in d.running_pilots:
            if stands := rule(p, today):
                reason, since = stands
                orgs = tuple(dict.fromkeys((d.owner.slug, p.site.slug, p.vendor)))
                yield Raised(reason, p.ref, orgs, since)

    return when


def _silent(days: int) -> Rule:
    def rule(p: Pilot, today: date) -> tuple[str, date] | None:
        last = max([u.on for u in p.updates] + ([p.started_on] if p.started_on else []), default=None)
        if last is None or not days_passed(last, today, days):
            return None
        return f"{written(last)}から {days} 日以上、報告がありません。", last

    return rule


def _red_health(p: Pilot, today: date) -> tuple[str, None] | None:
    return ("最新の報告が赤です。", None) if p.updates and p.updates[-1].health == "red" else None


def _past_end(p: Pilot, today: date) -> tuple[str, date] | None:
    return (
        (f"予定の終了日（{written(p.ends_on)}）を過ぎています。", p.ends_on)
        if overdue(p.ends_on, today)
        else None
    )


def _sample_behind(p: Pilot, today: date) -> tuple[str, None] | None:
    start = p.started_on or p.starts_on
    length = max((p.ends_on - p.starts_on).days, 1)
    share = min((today - start) / timedelta(days=length), 1.0)
    behind = [k for k in p.kpis if not k.abandoned and k.n < k.min_n * share] if share >= 0.5 else []
    if not behind:
        return None
    return (
        f"標本数が予定に届いていません: {'、'.join(f'{k.name} {k.n:,} 件（決めた標本数 {k.min_n:,} 件）' for k in behind)}",
        None,
    )


STAGE = Stage(
    key="pilot",
    name="実証",
    purpose="凍結した目標のもとで一つの現場で試し、測る。",
    gate=Gate(
        key="G2",
        name="評価に進むか",
        criteria=(
            Criterion("ran_as_planned", "計画した期間、計画した場所で実施したか", True, ran_as_planned),
            Criterion("measured", "凍結した KPI をすべて、決めた標本数以上で測ったか", True, measured),
            Criterion("compared", "同じ測り方の基準値があるか", True, compared),
            Criterion("incidents_closed", "終結していない重大なリスクケースはないか", True, incidents_closed),
            Criterion("staff_heard", "使った職員は何と言っているか", wants="職員アンケート（回答率つき）"),
            Criterion("code_kept", "コードが残り、ライセンスが決まっているか", False, code_kept),
        ),
    ),
    flags=(
        Flag("silent_14", "実証の報告が14日ありません", Clears.PILOT, _each_running(_silent(14))),
        Flag("silent_30", "実証の報告が30日ありません", Clears.PILOT, _each_running(_silent(30))),
        Flag("red_health", "実証が赤信号です", Clears.PILOT, _each_running(_red_health)),
        Flag("past_end", "実証が予定の終了日を過ぎています", Clears.PILOT, _each_running(_past_end)),
        Flag("sample_behind", "標本数が予定より遅れています", Clears.PILOT, _each_running(_sample_behind)),
    ),
)
