"""`/insights`: where ideas are, where they stop and why, what comes next, and how far such forecasts can be trusted."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from app.pages import insight_figures, insight_review_figures  # noqa: F401  (which make the figures)
from app.pages.insight_parts import Figure, figure_of
from app.route import page
from workflows.insights.future import TOLD
from workflows.queries.insights import Insights, insights_for
from workflows.queries.looks import Eyes
from workflows.runtime.refusal import unknown
from workflows.runtime.tables_out import csv_text

ORDER = (
    "decisions", "calibration", "capacity", "funnel", "ages", "stops", "service", "agreement", "load", "blockers", "cohorts",
)  # fmt: skip


@page("/insights", reads="public.read")
def insights(eyes: Eyes) -> ResponseReturnValue:
    found = insights_for(eyes)
    return render_template("insights/insights.html", found=found, figures=_shown(found))


@page("/insights/<figure>.csv", reads="insight.read")
def insight_csv(eyes: Eyes, name: str) -> ResponseReturnValue:
    shown = figure_of(name, insights_for(eyes, TOLD))
    if shown is None:
        raise unknown(f"図 {name}（まだ計算していません）")
    rows = [shown.table.heads, *([cell.text for cell in row] for row in shown.table.rows)]
    attached = {"Content-Disposition": f'attachment; filename="insights-{name}-{eyes.today:%Y%m%d}.csv"'}
    return Response(csv_text(rows), mimetype="text/csv", headers=attached)


def _shown(found: Insights) -> list[Figure]:
    return [figure for name in ORDER if (figure := figure_of(name, found)) is not None]
