"""What the page of an idea shows beside its facts, and `/ideas/<number>/risk`: its data, its risk, its checklists."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.pages import words
from app.pages.asked import asked_for
from app.pages.next_act import next_act
from app.route import page
from stages import GATES, PIPELINE
from workflows.queries.finding import orgs_found
from workflows.queries.idea_kin import ideas_found
from workflows.queries.idea_page import LISTS, SeenIdea, idea_page
from workflows.queries.idea_risk import RiskPage, risk_page
from workflows.queries.looks import Eyes

GROUPS = {
    "governance": "体制", "process": "運用の手順", "quality": "品質", "safety": "安全", "security": "情報セキュリティ",
    "privacy": "個人情報", "accountability": "説明と責任", "continuity": "続けられること",
}  # fmt: skip
"""Group of a checklist's items -> its heading; a group that has no words here is shown as its file names it."""


def shown_idea(eyes: Eyes, seen: SeenIdea) -> dict[str, Any]:
    """Everything the idea's template asks for. Its searches live in the address: `partner` and `owner` for
    organizations, `other` for an idea to merge into; and where each of its lists goes on."""
    found = idea_page(eyes, seen, asked_for(LISTS))
    words = {name: request.args.get(name, "") for name in ("partner", "owner", "other")}
    return {
        "page": found,
        "act": next_act(found),
        "words_typed": words,
        "partners_found": orgs_found(
            eyes,
            words["partner"],
            ("vendor", "municipality"),
            [m.slug for m in found.team.members] + [seen.orgs.owner],
        )
        if found.team.may_invite
        else None,
        "owners_found": orgs_found(eyes, words["owner"], ("municipality",), [seen.orgs.owner])
        if "idea.assign_owner" in found.can
        else None,
        "others_found": ideas_found(eyes, words["other"], seen.idea) if "idea.merge" in found.can else None,
        "criteria": criteria_ahead(seen.idea.stage),
        "question_of": {c.key: c.question for gate in GATES.values() for c in gate.criteria},
        "criterion_asked": request.args.get("criterion", ""),
    }


def criteria_ahead(stage: str) -> list[tuple[str, str]]:
    """The questions of this stage's gate and of those after it, as choices: evidence for a gate passed helps nobody."""
    at = [s.key for s in PIPELINE].index(stage)
    return [
        (c.key, f"{s.gate.key} {gettext(c.question)}")
        for s in PIPELINE[at:]
        if s.gate
        for c in s.gate.criteria
    ]


@page("/ideas/<number>/risk", reads="idea.read_whole")
def idea_risk(eyes: Eyes, seen: SeenIdea) -> ResponseReturnValue:
    found = risk_page(eyes, seen)
    return render_template("ideas/risk.html", page=found, act=risk_act(found), GROUPS=GROUPS)


def risk_act(page: RiskPage) -> tuple[str, str] | None:
    """What the reader settles next on the page of data and risk: words and place of the button; None where nothing is theirs."""
    can, decided = page.can, page.assessment
    asked: list[tuple[bool, str, str]] = [
        ("risk.profile" in can and page.profile.rating != "green", gettext("扱うデータを書く"), "#profile"),
        ("risk.assess" in can and not page.assessed_now, gettext("四つの問いに答える"), "#triage"),
        (
            "risk.decide" in can and decided is not None and decided.level is None,
            gettext("リスクの水準を決める"),
            "#decide",
        ),
        (
            "risk.report_to_board" in can
            and not page.reports
            and decided is not None
            and decided.level == "high",
            gettext("有識者会議への報告を記録する"),
            "#board",
        ),
    ]
    for sheet in page.checklists:
        unfinished = page.asked_by_now(sheet) and sheet.finding.rating == "red"
        text = gettext("%(name)sに答える", name=gettext(words.LIST_NAMES[sheet.kind]))
        asked.append(("checklist.answer" in can and unfinished, text, f"#{sheet.kind}"))
    return next(((text, place) for holds, text, place in asked if holds), None)
