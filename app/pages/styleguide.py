"""`/styleguide`: every component in every state, as it is drawn today."""

from typing import Any

from flask import g, render_template
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.route import Refusal, page
from stages.dossier import Kpi
from workflows.queries.idea_page import Step
from workflows.queries.idea_pilots import Measured
from workflows.queries.looks import Eyes

STEPS = (
    Step("ideathon", "アイデアソン", "passed", "G1"),
    Step("pilot", "実証", "here", "G2"),
    Step("evaluation", "評価", "ahead", "G3"),
    Step("productization", "プロダクト化", "ahead", "G4"),
    Step("rollout", "横展開", "ahead", None),
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
    _accuracy(None),
)


TOWNS = (("風見市", "city"), ("星守村", "village"))


@page("/styleguide", reads="public.read")
def styleguide(eyes: Eyes) -> ResponseReturnValue:
    """One form is shown as refused, so that its errors can be looked at too."""
    typed = MultiDict([("idea", "R8-0002"), ("need", ""), ("budget_year", "27.5")])
    errors = {"need": "必ず入れてください。", "budget_year": "整数を入れてください。"}
    g.refusal = Refusal("idea.demand", "", errors, typed, "invalid")
    return render_template("styleguide.html", steps=STEPS, figures=FIGURES, towns=TOWNS)
