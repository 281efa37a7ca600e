"""Where things of an idea are found: the addresses that pages give each other, and where each gate criterion is mended."""

from collections.abc import Mapping

from flask_babel import gettext

from workflows.queries.idea_page import IdeaPage

MENDED: Mapping[str, tuple[str, str]] = {
    # G1
    "problem_sized": ("edit", "件数と時間を入れる"),
    "feasible": ("idea#repositories", "リポジトリか根拠資料を付ける"),
    "not_duplicate": ("idea#kin", "似たアイデアとの違いを書く"),
    "data_profiled": ("risk#profile", "扱うデータを書く"),
    "risk_decided": ("risk#triage", "リスクを調べて決める"),
    "pilot_planned": ("plan", "実証を計画する"),
    "kpis_frozen": ("pilot", "KPI を決めて凍結する"),
    "rights_clear": ("risk#contract", "契約チェックリストに答える"),
    # G2
    "ran_as_planned": ("pilot", "実証のページを開く"),
    "measured": ("pilot", "測定を記録する"),
    "compared": ("pilot", "基準値を記録する"),
    "incidents_closed": ("pilot", "リスクケースを確かめる"),
    "staff_heard": ("evidence", "根拠資料を付ける"),
    "code_kept": ("idea#repositories", "リポジトリを確かめる"),
    # G3
    "targets_met": ("pilot", "測定を記録する"),
    "independent": ("pilot", "測定を記録する"),
    "accessible": ("evidence", "根拠資料を付ける"),
    "safe": ("risk#procurement", "調達チェックリストに答える"),
    "affordable": ("evidence", "根拠資料を付ける"),
    "accountable": ("evidence", "根拠資料を付ける"),
    "portable": ("evidence", "根拠資料を付ける"),
    # G4
    "released": ("product", "版を公開する"),
    "described": ("idea#repositories", "リポジトリを確かめる"),
    "maintained": ("idea#repositories", "リポジトリを確かめる"),
    "secure": ("idea#repositories", "リポジトリを確かめる"),
    "replicated": ("replica", "別の団体での実証を計画する"),
    "deployable": ("product", "動くネットワークを選ぶ"),
    "onboardable": ("library", "手引と利用ルールを公開する"),
    "supported": ("product", "保守の期間を直す"),
    "priced": ("product", "価格のリンクを入れる"),
    "conditions_closed": ("idea#reviews", "是正事項を確かめる"),
}
"""Criterion of a gate -> the place that mends it, and what is done there. A test misses none."""


def idea_part(number: str, part: str = "") -> str:
    """A page that belongs to an idea: edit, risk, pilot (planning one) or product (describing it)."""
    return f"/ideas/{number}/{part}" if part else f"/ideas/{number}"


def pilot_page(ref: str) -> str:
    return f"/pilots/{ref}"


def review_page(ref: str) -> str:
    return f"/reviews/{ref}"


def mended(page: IdeaPage, key: str) -> tuple[str, str]:
    """Where on this idea a criterion is mended, and the words of the link."""
    place, text = MENDED[key]
    number = page.idea.number
    assert page.more is not None
    where, _, part = place.partition("#")
    ref, product = page.more.facts.pilot, page.more.product
    match where:
        case "idea":
            address = f"#{part}"
        case "evidence":
            address = f"{idea_part(number)}?criterion={key}#evidence"
        case "pilot" | "plan" if ref is not None and not (where == "plan" and ref.status == "finished"):
            address = pilot_page(ref.ref)
        case "pilot" | "plan":
            address, text = idea_part(number, "pilot"), MENDED["pilot_planned"][1]
        case "replica":
            address = idea_part(number, "pilot")
        case "product" if product is not None:
            address = f"/products/{product[0]}"
        case "library":
            address = "/library"
        case _:
            address = idea_part(number, where) + (f"#{part}" if part else "")
    return address, gettext(text)
