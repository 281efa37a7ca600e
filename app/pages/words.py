"""Words of the domain as a municipal clerk reads them: what the ledger records, KPI types and units, states."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, pgettext

from app.languages import counted
from stages.kernel import DECISION_NAMES, RATING_NAMES, Decision
from stages.rollout import ADOPTION_NAMES
from workflows.tables.assets import ASSET_KINDS

ACTIONS = {
    "action.closed": "是正事項を済ませた", "action.passed_on": "是正事項を引き継いだ", "action.verified": "是正事項を確認した",
    "adoption.imported": "調査の回答から取り込んだ",
    "adoption.reconfirmed": "導入状況の回答を確かめ直した", "adoption.reported": "導入状況を答えた",
    "asset.forked": "資料をもとに新しい資料を作った", "asset.published": "資料を公開した", "asset.retired": "資料の公開をやめた",
    "asset.revised": "資料の新しい版を公開した", "asset.used": "資料の使用を記録した",
    "asset.run_recorded": "プロンプトを試した結果を記録した", "challenge.posted": "課題を出した",
    "checklist.answered": "チェックリストに答えた", "comment.posted": "コメントした",
    "event.closed": "イベントを閉じた", "event.opened": "イベントを開いた", "event.revised": "イベントの内容を直した",
    "evidence.attached": "根拠資料を付けた", "evidence.withdrawn": "根拠資料を取り下げた",
    "idea.cloned": "ほかの団体がこのアイデアをもとに下書きを作った", "idea.compared": "似たアイデアとの違いを述べた",
    "idea.completed": "横展開を完了した", "idea.demanded": "「うちも使いたい」と伝えた", "idea.drafted": "下書きを作った",
    "idea.followed": "見守りを始めた", "idea.unfollowed": "見守りをやめた", "idea.imported": "報告から取り込んだ",
    "idea.merge_proposed": "合流を申し入れた", "idea.merged": "合流した", "idea.owner_assigned": "提案団体を決めた",
    "idea.reopened": "申出が認められ、進行中に戻った", "idea.resumed": "保留を解いた", "idea.revised": "内容を直した",
    "idea.submitted": "アイデアを提出した", "idea.withdrawn": "アイデアを取り下げた",
    "incident.closed": "リスクケースを終結した", "incident.filed": "リスクケースを届け出た", "incident.reported": "リスクケースの報告を出した",
    "kpi.abandoned": "KPI の測定をやめた", "kpi.defined": "KPI を決めた", "kpi.frozen": "目標を凍結した", "kpi.measured": "KPI を測った",
    "kpi.revised": "KPI を直した", "kpi.voided": "測定を取り消した",
    "org.claimed": "団体を引き継いだ", "org.closed": "団体が廃止された", "org.listed": "団体を一覧に加えた", "org.registered": "団体を登録した",
    "org.relisted": "団体の一覧の内容が変わった", "org.revised": "団体の内容を直した",
    "pilot.cancelled": "実証を取りやめた", "pilot.finished": "実証を終えた", "pilot.planned": "実証を計画した",
    "pilot.replanned": "実証の日程を変えた", "pilot.reported": "実証の様子を報告した", "pilot.revised": "実証の計画を直した",
    "pilot.started": "実証を始めた",
    "product.described": "プロダクトの説明を書いた", "product.flagged": "全国展開が決まった", "product.released": "版を公開した",
    "product.restored": "全国展開を再開した", "product.revised": "プロダクトの説明を直した", "product.suspended": "全国展開を止めた",
    "repo.linked": "リポジトリをつないだ", "repo.snapshot_taken": "リポジトリの様子を記録した",
    "repo.sync_asked": "リポジトリの確認を頼んだ", "repo.unlinked": "リポジトリを外した",
    "repo.renamed": "リポジトリの名前が変わった", "repo.joined": "同じリポジトリをまとめた",
    "review.assigned": "審査者を割り当てた", "review.challenge_answered": "決定への申出に答えた", "review.challenged": "決定に申し出た",
    "review.decided": "ゲートの決定をした", "review.rated": "判定した", "review.recused": "審査を辞退した",
    "review.voided": "審査者が抜け、その判定を数えなくなった",
    "review.requested": "ゲート審査を申請した", "review.returned": "申請を差し戻した",
    "risk.assessed": "リスクを調べた", "risk.decided": "リスクの水準を決めた", "risk.profiled": "扱うデータを記した",
    "risk.reported_to_board": "有識者会議に報告した", "rollout.targets_created": "全国の団体への案内先を作った",
    "team.asked": "一緒に進めることを申し入れた", "team.joined": "チームに加わった", "team.declined": "申入れを断った",
    "team.left": "チームを離れた", "user.invited": "利用者を招いた", "user.revoked": "利用者の役割を終えた",
    "user.signed_out": "利用者のサインインを終えた",
    "wave.opened": "団体への案内を始めた",
    "wave.reminded": "まだ答えていない団体にもう一度知らせた",
}  # fmt: skip
"""What the ledger records -> what somebody did. A test reads the verbs and fails on one that is missing here."""

KPI_TYPES = {
    "time_saved": "一件あたり短くなった時間", "accuracy": "正答率", "answer_rate": "回答できた割合",
    "self_resolution": "自分で解決できた割合", "active_user_rate": "使っている人の割合", "uses_per_user": "一人あたりの利用回数",
    "satisfaction": "満足度", "cost_per_case": "一件あたりの費用", "escalation_rate": "職員に引き継いだ割合", "incident_count": "問題の件数",
}  # fmt: skip
VERDICTS = {
    "green": "達成",
    "amber": "あと一歩（区間が目標にかかる）",
    "red": "未達",
    None: "まだ測っていません",
}
PILOT_STATUS = {"planned": "計画", "running": "実証中", "finished": "終了", "cancelled": "取りやめ"}
HEALTH = {"green": "順調", "amber": "注意", "red": "問題あり"}
SEEN_BY = {"import": "手で調べた記録を取り込み", "sync": "GitHub を確認", "webhook": "GitHub からの知らせ"}
REVIEW_STATUS = {"open": "審査中", "returned": "差戻し", "decided": "決定"}
ACTION_STATUS = {"open": "未了", "closed": "確認待ち", "verified": "確認済み"}
REPORT_PARTS = {
    "names": "個人の氏名",
    "dossier": "凍結した記録の全体",
    "evidence": "根拠資料の題名",
    "recusal_reasons": "辞退の理由",
    "comments": "全体への言葉",
    "rationale": "決定の理由",
    "facts": "基準ごとの事実",
    "findings": "判定の所見",
    "resolutions": "決裁者の裁定",
    "actions": "是正事項",
    "challenge": "申出と回答の文",
}
"""Parts of a decision's report that a reader may not be shown."""
LIST_NAMES = {
    "high_risk": "高リスク判定",
    "contract": "契約チェックリスト",
    "procurement": "調達チェックリスト",
}
"""Kinds of checklists."""
LIST_SOURCES = {
    "DS-920 v1, viewpoints as reported; combination rule is this project's own":
        "デジタル庁の標準ガイドライン DS-920 第1版の観点。組合せの決まりは、この仕組みのもの",
    "axes: METI AI contract checklist (2025); wording: this project":
        "経済産業省「AIの利用・開発に関する契約チェックリスト」（2025年）の観点。文はこの仕組みのもの",
    "groups: DS-920 procurement sheet as reported, AISI evaluation viewpoints; wording: this project":
        "DS-920 の調達チェックシートの区分と、AIセーフティ・インスティテュート（AISI）の評価の観点。文はこの仕組みのもの",
}  # fmt: skip
"""Sources as the files name them, which stay as published (docs/decisions/0005) -> as they are shown."""
RISK = {"low": "低リスク", "high": "高リスク"}
RELATIONS = {
    "parent": "もとになったアイデア",
    "child": "ここから生まれたアイデア",
    "merged_into": "合流した先",
    "merged_from": "合流してきたアイデア",
}
COMPARED = {"different": "違うもの", "builds_on": "この上に築くもの", "merge": "合流するもの"}
NETWORKS_IN_WORDS = {
    "alpha": "α（仕事の端末は LGWAN の側。インターネットは分かれた画面で使う）",
    "alpha_prime": "α′（αのまま、決めたクラウドにだけ端末から直接つなぐ）",
    "beta": "β（仕事の端末はインターネットの側。大切な業務は LGWAN の側に残す）",
    "beta_prime": "β′（仕事の端末も、主な業務も、インターネットの側）",
    "lgwan_asp": "LGWAN-ASP（LGWAN の中から使うサービス）",
}
"""The network models as a vendor's salesperson or a clerk would tell them apart."""
TARGET_STATUS = {**ADOPTION_NAMES, "expired": "回答の期限切れ"}


def action(name: str) -> str:
    """What was done; an action that has no words here is shown as it is recorded."""
    return ACTIONS.get(name, name)


def by(actor: str) -> str:
    """Who did it: an organization by its own name, or the system."""
    return gettext("システム") if actor == "システム" else actor


def gist(name: str, facts: Mapping[str, Any]) -> str:
    """The one thing about an entry that a reader wants to know, from its facts; empty where its name says it all."""
    match name:
        case "review.decided":
            return f"{facts.get('gate', '')} {gettext(DECISION_NAMES[Decision(facts['decision'])])} — {facts.get('rationale', '')}"
        case "review.requested":
            return gettext(
                "%(gate)s（基準の版 %(version)s）",
                gate=facts.get("gate", ""),
                version=facts.get("policy_version", ""),
            )
        case "review.rated":
            colours = list(facts.get("ratings", {}).values())
            return "・".join(
                f"{gettext(RATING_NAMES[c])} {colours.count(c)}" for c in RATING_NAMES if colours.count(c)
            )
        case "adoption.reported" | "adoption.reconfirmed":
            status = facts.get("status", "")
            return gettext(ADOPTION_NAMES[status]) if status in ADOPTION_NAMES else ""
        case "pilot.reported":
            health = facts.get("health", "")
            return gettext(
                "%(health)s・進み具合 %(progress)s%%",
                health=gettext(HEALTH[health]) if health in HEALTH else "",
                progress=facts.get("progress"),
            )
        case "pilot.planned":
            return gettext(
                "%(start)s から %(end)s まで", start=facts.get("starts_on"), end=facts.get("ends_on")
            )
        case "risk.decided":
            level = facts.get("level", "")
            return f"{gettext(RISK[level]) if level in RISK else ''} — {facts.get('reason', '')}"
        case "asset.published":
            kind = facts.get("kind", "")
            return f"{gettext(ASSET_KINDS[kind]) if kind in ASSET_KINDS else ''}「{facts.get('title', '')}」"
        case "product.suspended":
            return " ".join((facts.get("causes") or {}).values())
        case "rollout.targets_created":
            return counted("%(n)s 団体", facts.get("count", 0))
        case "product.released":
            return gettext("版 %(version)s", version=facts.get("version", ""))
        case "kpi.measured":
            arm = pgettext("測定", "基準") if facts.get("arm") == "baseline" else gettext("実証")
            return "・".join(
                (facts.get("kpi", ""), arm, gettext("標本数 %(n)s", n=format(facts.get("n", 0), ",")))
            )
        case "repo.linked" | "repo.unlinked":
            return str(facts.get("full_name", ""))
        case "repo.renamed":
            return f"{facts.get('from', '')} → {facts.get('to', '')}"
    for key in ("title", "because", "reason", "need", "note", "summary", "name"):
        if isinstance(facts.get(key), str):
            return str(facts[key])
    return ""


FILE_KINDS = {
    "pdf": "PDF", "png": "画像", "jpg": "画像", "webp": "画像", "xlsx": "Excel", "docx": "Word", "pptx": "PowerPoint",
    "csv": "CSV", "txt": "テキスト",
}  # fmt: skip
"""Kind of a file -> as people call it."""
