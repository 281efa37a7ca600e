"""Where each gate criterion is mended: on the idea's page, on one of its pilots, or on another page."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext

from workflows.queries.idea_page import IdeaPage


@dataclass(frozen=True, slots=True)
class Mend:
    """A place (a part of the idea's page, or a page of its own), what is done there, and the verbs of which one is enough."""

    place: str
    text: str
    verbs: tuple[str, ...] = ("evidence.attach",)


MENDED: Mapping[str, Mend] = {
    # G1
    "problem_sized": Mend("edit", "件数と時間を入れる", ("idea.revise",)),
    "feasible": Mend("idea#repositories", "リポジトリか根拠資料を付ける"),
    "not_duplicate": Mend("idea#kin", "似たアイデアとの違いを書く", ("idea.compare",)),
    "data_profiled": Mend("risk#profile", "扱うデータを書く", ("risk.profile",)),
    "risk_decided": Mend(
        "risk#triage",
        "リスクを調べて決める",
        ("risk.assess", "risk.decide"),
    ),
    "pilot_planned": Mend("plan", "実証を計画する", ("pilot.plan",)),
    "kpis_frozen": Mend("pilot", "KPI を決めて凍結する", ("pilot.plan",)),
    "rights_clear": Mend("risk#contract", "契約チェックリストに答える", ("checklist.answer",)),
    # G2
    "ran_as_planned": Mend("pilot", "実証のページを開く"),
    "measured": Mend("pilot", "測定を記録する"),
    "compared": Mend("pilot", "基準値を記録する"),
    "incidents_closed": Mend("pilot", "リスクケースを確かめる"),
    "staff_heard": Mend("evidence", "根拠資料を付ける"),
    "code_kept": Mend("idea#repositories", "リポジトリを確かめる"),
    # G3
    "targets_met": Mend("pilot", "測定を記録する"),
    "independent": Mend("pilot", "測定を記録する"),
    "accessible": Mend("evidence", "根拠資料を付ける"),
    "safe": Mend("risk#procurement", "調達チェックリストに答える", ("checklist.answer",)),
    "affordable": Mend("evidence", "根拠資料を付ける"),
    "accountable": Mend("evidence", "根拠資料を付ける"),
    "portable": Mend("evidence", "根拠資料を付ける"),
    # G4
    "released": Mend("product", "版を公開する", ("product.describe",)),
    "described": Mend("idea#repositories", "リポジトリを確かめる"),
    "maintained": Mend("idea#repositories", "リポジトリを確かめる"),
    "secure": Mend("idea#repositories", "リポジトリを確かめる"),
    "replicated": Mend("replica", "別の団体での実証を計画する", ("pilot.plan",)),
    "deployable": Mend("product", "動くネットワークを選ぶ", ("product.describe",)),
    "onboardable": Mend("library", "手引と利用ルールを公開する"),
    "supported": Mend("product", "保守の期間を直す", ("product.describe",)),
    "priced": Mend("product", "価格のリンクを入れる", ("product.describe",)),
    "conditions_closed": Mend("idea#reviews", "是正事項を確かめる"),
}
"""Criterion of a gate -> the place that mends it, and what is done there. A test misses none."""


def mended(page: IdeaPage, key: str) -> tuple[str, str] | None:
    """Where on this idea the reader mends a criterion, and the words of the link; None where it is not theirs."""
    mend = MENDED[key]
    if not page.can.intersection(mend.verbs):
        return None
    number, text = page.idea.number, mend.text
    assert page.more is not None
    where, _, part = mend.place.partition("#")
    pilot, product = page.more.facts.pilot, page.product
    match where:
        case "idea":
            address = f"#{part}"
        case "evidence":
            address = url_for("idea", number=number, criterion=key, _anchor="evidence")
        case "pilot" | "plan" if pilot is not None and not (where == "plan" and pilot.status == "finished"):
            address = url_for("pilot", ref=pilot.ref)
        case "pilot" | "plan":
            address, text = url_for("plan_pilot", number=number), MENDED["pilot_planned"].text
        case "replica" if pilot is not None and pilot.status in ("planned", "running"):
            address, text = url_for("pilot", ref=pilot.ref), MENDED["ran_as_planned"].text
        case "replica":
            address = url_for("plan_pilot", number=number)
        case "product" if product is not None:
            address = url_for("product", slug=product[0])
        case "product":
            address, text = url_for("describe_product", number=number), "プロダクトの説明を書く"
        case "library":
            address = url_for("new_asset", idea=number)
        case "risk":
            address = url_for("idea_risk", number=number, _anchor=part)
        case _:
            address = url_for("edit_idea", number=number)
    return address, gettext(text)
