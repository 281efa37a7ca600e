"""Ideathon: an idea is put into words, sized, and made ready to be tried. Its gate is G1."""

from collections.abc import Iterator
from datetime import date

from stages import risk
from stages.days import days_passed, written
from stages.dossier import EFFECT_TYPES, QUALITY_TYPES, Dossier
from stages.kernel import Clears, Criterion, Finding, Flag, Gate, Raised, Stage, amber, green, red, unseen

ENOUGH_HOURS = 100
"""Hours of work a year from which an idea is worth a pilot without a question."""


def problem_sized(d: Dossier) -> Finding:
    if d.hours_per_year is None:
        return red("業務量がわかりません。", "年間件数と一件の分数を入れてください。")
    if d.hours_per_year >= ENOUGH_HOURS:
        return green(f"年 {d.hours_per_year:,.0f} 時間の業務です。")
    return amber(
        f"年 {d.hours_per_year:,.0f} 時間の業務です（{ENOUGH_HOURS} 時間未満）。",
        "小さな業務でも試す理由を示してください。",
    )


def feasible(d: Dossier) -> Finding:
    if d.evidence_for("feasible"):
        return green(f"根拠資料があります（{d.evidence_for('feasible')[0].title}）。")
    if d.repository is None:
        return red(
            "動くものを示す根拠がありません。",
            "コードの置き場（リポジトリ）を結び付けるか、根拠資料を添えてください。",
        )
    if d.repository.last_commit_on:
        return green(
            f"{d.repository.full_name} に {written(d.repository.last_commit_on)}のコミットがあります。"
        )
    if d.repository.saw("last_commit_at"):
        return red(f"{d.repository.full_name} にコミットがありません。", "試作を登録してください。")
    return unseen(f"{d.repository.full_name} のコミット")


def not_duplicate(d: Dossier) -> Finding:
    if not d.look_alikes:
        return green("題名の似たアイデアはありません。")
    unread = [a for a in d.look_alikes if a.verdict is None]
    if unread:
        return red(
            f"似たアイデアとの違いが書かれていません: {'、'.join(f'{a.number} {a.title}' for a in unread)}",
            "似たアイデアを読み、違い・発展・合流のいずれかを答えてください。",
        )
    return green(f"似たアイデア {len(d.look_alikes)} 件すべてに答えがあります。")


def data_profiled(d: Dossier) -> Finding:
    p = d.profile
    if p is None:
        return red("扱うデータが書かれていません。", "個人情報の有無と法的根拠を入れてください。")
    if p.personal and p.legal_basis == "not_personal":
        return red(
            "個人情報を扱うのに、法的根拠が「個人情報を扱わない」になっています。",
            "法的根拠を選び直してください。",
        )
    if p.personal and p.recurring and p.legal_basis == "69-2":
        return red(
            "69条2項は臨時の利用に限られ、くり返し使う根拠になりません。",
            "利用目的の特定など、別の根拠に改めてください。",
        )
    if p.personal and p.vendor_trains_on_input:
        return red("事業者が個人情報の入力を学習に使います。", "学習に使わない契約に改めてください。")
    if not p.personal:
        return green("個人情報を扱いません。")
    return green(f"個人情報を扱います（法的根拠: {risk.LEGAL_BASES.get(p.legal_basis, p.legal_basis)}）。")


def risk_decided(d: Dossier) -> Finding:
    if d.risk is None:
        return red("高リスク判定がありません。", "チェックリストに沿って判定してください。")
    sheet = risk.current("high_risk", d.on)
    if sheet is None or d.risk.checklist_version != sheet.name:
        return red(
            "古い版のチェックリストによる判定です。",
            "今の版のチェックリストで判定し直してください。",
        )
    if d.risk.level is None:
        return red(
            "リスクの水準が決まっていません。",
            "AI統括責任者（いない団体はデジタル庁の決裁者）が決めてください。",
        )
    if d.risk.level == "high" and (d.risk.board_reported_on is None or d.risk.board_reported_on > d.on):
        return red("高リスクですが、有識者会議への報告がありません。", "報告し、その日付を入れてください。")
    return green(f"{risk.RISK_NAMES[d.risk.level]}と決定されています。")


def pilot_planned(d: Dossier) -> Finding:
    p = d.pilot
    if p is None:
        return red("実証の計画がありません。", "場所・期間・事業者・中止基準・費用を決めてください。")
    if p.status != "planned":
        return red("審査の前に実証が始まっています。", "審査を通ってから始める実証を計画してください。")
    if p.starts_on < d.on:
        return red(
            f"開始日（{written(p.starts_on)}）が申請の日より前です。", "実証の期間を計画し直してください。"
        )
    if p.ends_on > p.budget_deadline:
        return amber(
            f"終了（{written(p.ends_on)}）が予算要求の期限（{written(p.budget_deadline)}）より後です。",
            "期限までに示せる中間の結果を決めてください。",
        )
    return green(
        f"{p.site.name or p.site.slug}で {written(p.starts_on)}から{written(p.ends_on)}まで、費用 {p.cost_yen:,} 円です。"
    )


def kpis_frozen(d: Dossier) -> Finding:
    kpis = [k for k in d.pilot.kpis if not k.abandoned] if d.pilot and d.pilot.frozen else []
    if not kpis:
        return red("目標値が凍結されていません。", "KPI を決め、決裁のうえ凍結してください。")
    if (
        len(kpis) < 2
        or not any(k.type in EFFECT_TYPES for k in kpis)
        or not any(k.type in QUALITY_TYPES for k in kpis)
    ):
        return red(
            "効果と品質の両方の KPI が必要です。",
            "効果（削減時間・一件費用）と品質（正答率・満足度など）を一つずつ以上決めてください。",
        )
    return green(f"{len(kpis)} つの KPI が凍結されています（{'、'.join(k.name for k in kpis)}）。")


def draft_idle(d: Dossier, today: date) -> Iterator[Raised]:
    if d.status == "draft" and d.touched_on and days_passed(d.touched_on, today, 60):
        yield Raised(f"{written(d.touched_on)}から下書きのままです。", since=d.touched_on)


def owner_idle(d: Dossier, today: date) -> Iterator[Raised]:
    if (
        d.status == "active"
        and d.stage == "ideathon"
        and d.owner_acted_on
        and days_passed(d.owner_acted_on, today, 30)
    ):
        yield Raised(f"{written(d.owner_acted_on)}から提案団体の動きがありません。", since=d.owner_acted_on)


STAGE = Stage(
    key="ideathon",
    name="アイデアソン",
    purpose="困りごとを言葉にし、業務量・データ・リスク・試し方を揃える。",
    gate=Gate(
        key="G1",
        name="実証に進むか",
        criteria=(
            Criterion(
                "problem_sized", "業務量が示されているか（年間件数 × 一件の分数）", True, problem_sized
            ),
            Criterion(
                "feasible",
                "動くことが何かで示されているか",
                False,
                feasible,
                wants="リポジトリ、又は試作の根拠資料",
            ),
            Criterion("not_duplicate", "似たアイデアを読み、違いを述べたか", True, not_duplicate),
            Criterion("data_profiled", "扱うデータと法的根拠がわかっているか", True, data_profiled),
            Criterion("risk_decided", "AI統括責任者がリスクの水準を決めたか", True, risk_decided),
            Criterion(
                "pilot_planned", "場所・期間・事業者・中止基準・費用が決まっているか", True, pilot_planned
            ),
            Criterion("kpis_frozen", "目標値と標本数が凍結されているか", True, kpis_frozen),
            Criterion(
                "rights_clear",
                "プログラム・データ・出力の権利は明らかか",
                True,
                lambda d: risk.judge_checklist(d, "contract"),
            ),
        ),
    ),
    flags=(
        Flag("draft_idle_60", "下書きが60日動いていません", Clears.OWNER, draft_idle),
        Flag("owner_idle_30", "提案団体の動きが30日ありません", Clears.OWNER, owner_idle),
    ),
)
