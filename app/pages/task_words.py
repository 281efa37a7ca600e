"""What a page says of each task: the heading of its pile, the button of each thing, and the steps of an idea."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup

from app.languages import counted
from app.pages.showing import named
from stages.permissions import Actor
from workflows.queries.piles import Pile, Waiting


@dataclass(frozen=True)
class Task:
    """`heading` says what to do, `button` the same in a word; `anchor` is where on the page it is done."""

    heading: str
    button: str
    anchor: str = ""


TASKS = {
    "rate": Task(lazy_gettext("判定をしてください"), lazy_gettext("判定する")),
    "verify": Task(lazy_gettext("済んだと報告された是正事項を確かめてください"), lazy_gettext("確かめる")),
    "decide": Task(lazy_gettext("決定をしてください"), lazy_gettext("決定する")),
    "answer_challenge": Task(lazy_gettext("決定への申出に答えてください"), lazy_gettext("答える")),
    "resume": Task(lazy_gettext("保留の期日が来ました。再開するか決めてください"), lazy_gettext("見る")),
    "restore": Task(lazy_gettext("全国展開を止めています。原因がなくなれば再開できます"), lazy_gettext("見る")),
    "decide_risk": Task(lazy_gettext("リスクの水準を決めてください"), lazy_gettext("決める")),
    "assign": Task(lazy_gettext("審査者を割り当ててください"), lazy_gettext("割り当てる")),
    "assign_owner": Task(
        lazy_gettext("取り込んだアイデアの提案団体を決めてください"), lazy_gettext("団体を決める")
    ),
    "close_incident": Task(
        lazy_gettext("最終報告の出たリスクケースを終結してください"), lazy_gettext("終結する")
    ),
    "submit": Task(lazy_gettext("決裁して提出してください"), lazy_gettext("決裁する")),
    "freeze": Task(lazy_gettext("実証の目標を凍結してください"), lazy_gettext("凍結する"), "freeze"),
    "request": Task(lazy_gettext("ゲート審査を申請してください"), lazy_gettext("申請する"), "gate"),
    "draft": Task(lazy_gettext("下書きを仕上げてください"), lazy_gettext("続きを書く")),
    "step": Task(lazy_gettext("次の一歩を進めてください"), lazy_gettext("進める")),
    "start": Task(lazy_gettext("実証を始める日が来ました"), lazy_gettext("始める")),
    "report": Task(lazy_gettext("実証の様子を報告してください"), lazy_gettext("報告する"), "report"),
    "finish": Task(lazy_gettext("実証の期間が終わりました。まとめを書いてください"), lazy_gettext("終える"), "finish"),
    "join": Task(lazy_gettext("チームの申入れに答えてください"), lazy_gettext("答える"), "team"),
    "reconfirm": Task(lazy_gettext("導入状況の回答がまもなく期限切れです"), lazy_gettext("確かめ直す"), "adoption"),
    "answer": Task(lazy_gettext("導入状況を答えてください"), lazy_gettext("答える"), "adoption"),
    "close_action": Task(lazy_gettext("是正事項を済ませてください"), lazy_gettext("済ませる")),
    "report_incident": Task(lazy_gettext("リスクケースの報告を出してください"), lazy_gettext("報告する")),
}  # fmt: skip
"""Task of a pile -> its words."""
STEPS = {
    "size": lazy_gettext("業務量（年間の件数と一件の時間）を入れる"),
    "show": lazy_gettext("動くことを示す根拠かリポジトリを付ける"),
    "profile": lazy_gettext("扱うデータと法的な根拠を記す"),
    "assess": lazy_gettext("リスクを調べる"),
    "decide_risk": lazy_gettext("AI統括責任者にリスクの水準を決めてもらう"),
    "plan": lazy_gettext("実証を計画する"),
    "define": lazy_gettext("KPI を二つ以上決める"),
    "freeze": lazy_gettext("決裁者に目標を凍結してもらう"),
    "contract": lazy_gettext("契約のチェックリストに答える"),
    "describe": lazy_gettext("プロダクトの説明を書く"),
    "release": lazy_gettext("版を公開する"),
    "request": lazy_gettext("決裁者にゲート審査を申請してもらう"),
}
"""Step of an idea that waits for who writes it -> what it is."""
REPORTS = {
    "preliminary": lazy_gettext("速報"),
    "final": lazy_gettext("最終報告"),
}

NAMED = {"idea": "number", "pilot": "ref", "review": "ref", "incident": "ref", "product": "slug"}
"""Kind of thing, which is the name of its page -> what that page calls its reference."""
LISTS = {"review": "reviews", "action": "actions", "incident": "incidents", "product": "products"}
"""Kind of thing -> the list of all of them; the others are found among the ideas."""


def detail_of(task: str, w: Waiting, today: date) -> str:
    """What is to be said of one thing beside its title, its number and its dates; empty where nothing is."""
    match task:
        case "step":
            return str(STEPS[w.note])
        case "report" if w.since is not None:
            days = (today - w.since).days
            return (
                counted("%(n)s 日前から報告がありません", days) if days else gettext("今日の報告があります")
            )
        case "join":
            if w.note:
                return Markup(gettext("%(org)sから、参加の申出")) % {"org": named(w.note)}
            return gettext("チームへのお誘い")
        case "decide_risk":
            if w.note == "high":
                return gettext("調べた結果: 高リスクの見込み")
            return gettext("調べた結果: 低リスクの見込み")
        case "report_incident":
            return str(REPORTS[w.note])
        case "rate" | "assign" | "decide" | "answer_challenge":
            return w.note
    return ""


@dataclass(frozen=True)
class Primary:
    """The commonest act of a role: one large button."""

    text: str
    address: str


def primary_of(actor: Actor, piles: list[Pile]) -> Primary | None:
    """The button at the top of the front page: the oldest thing of the role's commonest task, or where such things begin."""
    first = {p.task: p.items[0] for p in piles}

    def reviews(text: str, task: str) -> Primary:
        if task in first:
            return Primary(text, place_of(task, first[task]))
        return Primary(gettext("審査の一覧を見る"), url_for("reviews"))

    def holds(kind: str, *roles: str) -> bool:
        return any(True for _ in actor.holds(kind, *roles))

    if holds("municipality", "submitter"):
        return Primary(gettext("新しいアイデアを書く"), url_for("new_idea"))
    if holds("municipality", "approver", "caio"):
        for task in ("submit", "decide_risk", "freeze", "request"):
            if task in first:
                return Primary(gettext("決裁を待つものを開く"), place_of(task, first[task]))
        return Primary(gettext("うちのアイデアを見る"), url_for("ideas"))
    if holds("vendor", "member"):
        if "report" in first:
            return Primary(gettext("実証の様子を報告する"), place_of("report", first["report"]))
        return Primary(gettext("力になれるアイデアを探す"), url_for("ideas"))
    if holds("agency", "reviewer"):
        return reviews(gettext("判定する"), "rate")
    if holds("agency", "approver"):
        return reviews(gettext("決定する"), "decide")
    if holds("agency", "coordinator"):
        return reviews(gettext("審査者を割り当てる"), "assign")
    if any("administrator" in m.roles for m in actor.memberships):
        return Primary(gettext("団体と利用者を管理する"), url_for("organizations"))
    if holds("agency", "auditor"):
        return Primary(gettext("台帳を確かめる"), url_for("ledgers"))
    return None


def place_of(task: str, w: Waiting) -> str:
    """Where a thing is done."""
    if w.kind == "action":  # it has no page of its own
        return url_for("actions")
    named: dict[str, Any] = {NAMED[w.kind]: w.ref}
    return url_for(w.kind, **named, _anchor=TASKS[task].anchor or None)


def all_of(pile: Pile) -> str:
    """Where the rest of a pile is found."""
    return url_for(LISTS.get(pile.items[0].kind, "ideas"))


IN_TEMPLATES = {"tasks": TASKS, "detail_of": detail_of, "place_of": place_of, "all_of": all_of}
"""What a page that shows piles gives its template."""
