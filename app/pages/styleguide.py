"""`/styleguide`: every component in every state, as it is drawn today."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from flask import g, render_template
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.route import Refusal, page
from stages.dossier import Kpi
from workflows.queries.finding import Found
from workflows.queries.idea_ledger import EntryView
from workflows.queries.idea_page import Step
from workflows.queries.idea_pilots import Measured
from workflows.queries.ideas_list import IdeaRow
from workflows.queries.incidents import IncidentRow
from workflows.queries.looks import Eyes
from workflows.queries.paging import Listed

STEPS = (
    Step("ideathon", "アイデアソン", "passed", "G1"),
    Step("pilot", "実証", "here", "G2"),
    Step("evaluation", "評価", "ahead", "G3"),
    Step("productization", "プロダクト化", "ahead", "G4"),
    Step("rollout", "横展開", "ahead", None),
)
ROADS = (
    STEPS,
    tuple(replace(step, state="stopped") if step.state == "here" else step for step in STEPS),
    tuple(replace(step, state="passed") for step in STEPS),
)


def _accuracy(verdict: str | None, n: int = 0, **measured: Any) -> Measured:
    kpi = Kpi(
        "accuracy", "accuracy", "KPI", "ratio", "up", 0.94, 400, n=n, baseline_estimate=0.86, **measured
    )
    return Measured(kpi, verdict)


FIGURES = (
    _accuracy("green", 510, estimate=0.962, low=0.945, high=0.974),
    _accuracy("amber", 500, estimate=0.945, low=0.92, high=0.963),
    _accuracy("red", 480, estimate=0.88, low=0.85, high=0.905),
    _accuracy("amber", 120, estimate=0.95, low=0.9, high=0.98),
    _accuracy(None),
)


TOWNS = (("風見市", "city"), ("星守村", "village"))
AT, TODAY = datetime(2026, 4, 1, 1, tzinfo=UTC), date(2026, 4, 20)
IDEAS = (
    IdeaRow("R8-0001", "FAQ", "AI", "active", "pilot", "KAZAMI", AT, "owner"),
    IdeaRow("R8-0002", "OCR", "AI", "in_review", None, None, AT, None),
)
ENTRIES = (
    EntryView(2, AT, "KAZAMI", "idea.submitted", {}, ""),
    EntryView(1, AT, "KAZAMI", "idea.drafted", {}, ""),
)
_FILED = IncidentRow(
    1, "", "", "low", 0, None, None, None, "", AT, date(2026, 4, 25), date(2026, 5, 1), None, None, None
)
INCIDENTS = (
    _FILED,
    replace(_FILED, preliminary_due_on=date(2026, 4, 10)),
    replace(_FILED, preliminary_on=TODAY),
    replace(_FILED, preliminary_on=TODAY, final_on=TODAY),
    replace(_FILED, closed_at=AT),
)
SEARCHES = (None, Found((), False), Found(TOWNS, True))


@page("/styleguide", reads="public.read")
def styleguide(eyes: Eyes) -> ResponseReturnValue:
    """One form is shown as refused, so that its errors can be looked at too."""
    typed = MultiDict([("pilot", "R8-0002-P1"), ("people_affected", "27.5"), ("known_at", "2026/13/45")])
    missing = dict.fromkeys(("title", "severity", "sensitive"), "必ず入れてください。")
    wrong = {"people_affected": "整数を入れてください。", "known_at": "日時を読み取れません。"}
    g.refusal = Refusal("incident.file", "", missing | wrong, typed, "invalid")
    return render_template(
        "styleguide.html",
        roads=ROADS,
        figures=FIGURES,
        towns=TOWNS,
        ideas=IDEAS,
        entries=ENTRIES,
        incidents=INCIDENTS,
        searches=SEARCHES,
        listed=Listed(TOWNS, None),
        none_listed=Listed((), None),
        today=TODAY,
    )
