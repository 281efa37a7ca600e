"""Evaluation: what was measured is compared with what was promised. Its gate is G3."""

from stages import risk
from stages.dossier import QUALITY_TYPES, Dossier, Kpi, Target
from stages.figures import figure, goal
from stages.kernel import Criterion, Finding, Gate, Rating, Stage, amber, green, red, worst


def verdict(kpi: Kpi, target: Target) -> Rating | None:
    """A KPI against a frozen target; None where nothing was measured yet.

    Green when the whole 95 % interval lies on the good side of the target (equal is good), amber when only the point
    estimate does, red otherwise, when abandoned, or with fewer cases than the frozen minimum. A KPI without an interval
    (a count) is judged by its estimate alone.
    """
    if kpi.abandoned:
        return Rating.RED
    if kpi.estimate is None:
        return None
    if kpi.n < target.min_n:
        return Rating.RED

    def good(value: float) -> bool:
        return value >= target.target if target.direction == "up" else value <= target.target

    if not good(kpi.estimate):
        return Rating.RED
    if target.type == "incident_count":
        return Rating.GREEN
    if kpi.low is None or kpi.high is None:
        return Rating.AMBER
    return Rating.GREEN if good(kpi.low) and good(kpi.high) else Rating.AMBER


def judge_target(kpi: Kpi, target: Target) -> Finding:
    """`verdict` in words, with the figures it rests on."""
    colour = verdict(kpi, target)
    aim = f"目標 {goal(target.target, target.type)}{'以上' if target.direction == 'up' else '以下'}"
    if kpi.abandoned:
        return red(
            f"{kpi.name}: 測るのをやめたため、未達とみなします。",
            "やめた KPI に代わる実証を計画してください。",
        )
    if colour is None:
        return red(f"{kpi.name}: まだ測られていません（{aim}）。", "実証の値と基準値を測ってください。")
    if kpi.n < target.min_n:
        return red(
            f"{kpi.name}: 標本数 {kpi.n:,} 件が、決めた {target.min_n:,} 件に届きません。",
            "決めた標本数まで測ってください。",
        )

    def shown(value: float) -> str:
        return figure(value, target.type, target.target)

    assert kpi.estimate is not None  # else there is no colour
    span = (
        f"95% 区間 {shown(kpi.low)}から{shown(kpi.high)}、"
        if kpi.low is not None and kpi.high is not None
        else ""
    )
    found = f"{kpi.name}: {shown(kpi.estimate)}（{span}{aim}、標本数 {kpi.n:,} 件）。"
    if colour == Rating.GREEN:
        return green(f"{found}目標に届きました。")
    if colour == Rating.AMBER:
        doubt = "95% 区間が目標にかかります" if span else "95% 区間がわかりません"
        return amber(f"{found}値は目標に届いていますが、{doubt}。", "標本数を増やして確かめてください。")
    return red(f"{found}目標に届いていません。", "改良して測り直すか、終える判断をしてください。")


def targets_met(d: Dossier) -> Finding:
    if d.pilot is None or not d.pilot.frozen or not d.pilot.kpis:
        return red("凍結された目標がありません。", "目標を凍結した実証を行ってください。")
    return worst(judge_target(k, k.frozen_target) for k in d.pilot.kpis)


def independent(d: Dossier) -> Finding:
    kpis = [k for k in d.pilot.kpis if k.type in QUALITY_TYPES and not k.abandoned] if d.pilot else []
    checked = [k for k in kpis if k.independent_n >= max(k.min_n, 1)]
    if checked:
        return green(
            f"事業者・提案団体・実証先以外が測っています（{checked[0].name} {checked[0].independent_n} 件）。"
        )
    most = max((k.independent_n for k in kpis), default=0)
    return red(
        f"事業者・提案団体・実証先以外による品質の測定が足りません（{most} 件）。",
        "別の団体か審査者が、決めた標本数以上で品質を測り直してください。",
    )


def cost_per_case(d: Dossier) -> str:
    """Pilot cost over the cases of the pilot's days, in yen, for whoever rates `affordable`."""
    p = d.pilot
    if p is None or not d.cases_per_year:
        return "実証の費用か年間件数がわからないため、一件費用を計算できません。"
    days = (p.finished_on - p.started_on).days + 1 if p.started_on and p.finished_on else p.planned_days
    cases = d.cases_per_year * days / 365
    return f"実証費用 {p.cost_yen:,} 円 ÷ 期間中の見込み {cases:,.0f} 件 ＝ 一件 {p.cost_yen / cases:,.0f} 円"


STAGE = Stage(
    key="evaluation",
    name="評価",
    purpose="測った結果を、始める前に決めた目標と比べる。",
    gate=Gate(
        key="G3",
        name="プロダクト化に進むか",
        criteria=(
            Criterion("targets_met", "凍結した目標に届いたか", True, targets_met),
            Criterion("independent", "品質を事業者以外が測り直したか", True, independent),
            Criterion("accessible", "JIS X 8341-3:2016 の AA を満たすか", wants="検査の報告書"),
            Criterion(
                "safe", "調達チェックリストに答えたか", True, lambda d: risk.judge_checklist(d, "procurement")
            ),
            Criterion(
                "affordable",
                "一件費用と予算の道筋は示されたか",
                True,
                wants="費用と予算の説明",
                facts=cost_per_case,
            ),
            Criterion(
                "accountable",
                "AIの出力の表示・理由の記録・職員の判断があるか",
                True,
                wants="表示・記録・判断の仕組みの説明",
            ),
            Criterion("portable", "一つの団体に縛られた作りになっていないか", True, wants="団体ごとの設定表"),
        ),
    ),
)
