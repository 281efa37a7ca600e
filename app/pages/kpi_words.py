"""KPI types as a clerk meets them: what each looks at, what is typed in to measure it, and how its target is written."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.pages.typed import written
from stages.figures import SHARES
from workflows.measuring import PROPORTIONS

COUNTED, AVERAGED = "counted", "averaged"
PERCENT_HINT = "94%% のように入れます（0.94 と同じです）。"


@dataclass(frozen=True)
class KpiWords:
    """Texts for a template's `_()`, where a percent sign is written twice.

    `about` says what the type looks at; `part` (successes) of `whole` (n), or `mean` over `whole`, is what was seen.
    """

    about: str
    whole: str
    part: str = ""
    mean: str = ""
    target_hint: str = ""
    both: str = ""
    """What is to be kept in mind when measuring."""


KPI_WORDS: Mapping[str, KpiWords] = {
    "time_saved": KpiWords(
        "一件にかかる時間を実証の前と実証中に測り、短くなった分を見ます。効果の KPI です。",
        whole="測った件数",
        mean="一件にかかった時間の平均（分）",
        target_hint="一件あたり何分短くなれば成功ですか。例: 4",
        both="短くなった分ではなく、一件にかかった時間そのものを入れます。実証前と実証中の差は自動で計算されます。",
    ),
    "cost_per_case": KpiWords(
        "一件を処理するのにかかる費用を見ます。効果の KPI です。",
        whole="測った件数",
        mean="一件あたりの費用の平均（円）",
        target_hint="一件あたり何円以下なら成功ですか。例: 120",
    ),
    "accuracy": KpiWords(
        "調べたもののうち、正しかった割合を見ます。品質の KPI です。",
        whole="調べた数",
        part="正しかった数",
        target_hint=PERCENT_HINT,
    ),
    "answer_rate": KpiWords(
        "質問のうち、回答できた割合を見ます。品質の KPI です。",
        whole="質問の数",
        part="回答できた数",
        target_hint=PERCENT_HINT,
    ),
    "self_resolution": KpiWords(
        "相談のうち、職員に聞かずに解決できた割合を見ます。品質の KPI です。",
        whole="相談の数",
        part="自分で解決できた数",
        target_hint=PERCENT_HINT,
    ),
    "escalation_rate": KpiWords(
        "対応のうち、職員に引き継いだ割合を見ます。小さいほど良い、品質の KPI です。",
        whole="対応した数",
        part="職員に引き継いだ数",
        target_hint="5%% のように入れます（0.05 と同じです）。これ以下なら成功です。",
    ),
    "satisfaction": KpiWords(
        "使った人に 1 から 5 の五段階で聞いた満足度の平均を見ます。品質の KPI です。",
        whole="回答した人数",
        mean="満足度の平均（1〜5）",
        target_hint="1 から 5 で。例: 4.0",
    ),
    "active_user_rate": KpiWords(
        "使えるようにした人のうち、実際に使った人の割合を見ます。",
        whole="使えるようにした人数",
        part="使った人数",
        target_hint=PERCENT_HINT,
    ),
    "uses_per_user": KpiWords(
        "一人が何回使ったかの平均を見ます。",
        whole="人数",
        mean="一人あたりの利用回数の平均",
        target_hint="一人あたり何回以上なら成功ですか。例: 10",
    ),
    "incident_count": KpiWords(
        "期間中に起きた問題の件数を見ます。小さいほど良い、品質の KPI です。",
        whole="見た件数",
        part="問題の件数",
        target_hint="何件以下なら成功ですか。例: 3",
    ),
}
"""In the order in which they are offered: effects, qualities, then the others."""


def input_of(type_: str) -> str:
    """Whether a KPI of a type is measured by counting some among all, or by an average."""
    return COUNTED if type_ in PROPORTIONS else AVERAGED


def target_written(value: float, type_: str) -> str:
    """A target as a clerk types it: shares in percent."""
    return f"{value * 100:.10g}%" if type_ in SHARES else written(value)
