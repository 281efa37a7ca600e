"""`/reviews/<ref>/report`, `.pdf`, `.json`: the report of a decision, in three forms of one read model."""

import json

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from app.route import page
from app.typesetting.decision import pdf_of
from workflows.queries.decision_report import decision_report
from workflows.queries.looks import Eyes
from workflows.queries.review_page import SeenReview


@page("/reviews/<ref>/report", reads="report.read")
def report(eyes: Eyes, seen: SeenReview) -> ResponseReturnValue:
    return render_template("reviews/report.html", report=decision_report(eyes, seen))


@page("/reviews/<ref>/report.pdf", reads="report.read")
def report_pdf(eyes: Eyes, seen: SeenReview) -> ResponseReturnValue:
    with force_locale("ja"):
        made = pdf_of(decision_report(eyes, seen), eyes.now)
    return _attached(made, seen, "pdf", "application/pdf")


@page("/reviews/<ref>/report.json", reads="report.read")
def report_json(eyes: Eyes, seen: SeenReview) -> ResponseReturnValue:
    text = json.dumps(decision_report(eyes, seen).as_json(), ensure_ascii=False, indent=2) + "\n"
    return _attached(text, seen, "json", "application/json")


def _attached(content: bytes | str, seen: SeenReview, kind: str, mimetype: str) -> Response:
    name = f'attachment; filename="report-{seen.review.ref}.{kind}"'
    return Response(content, mimetype=mimetype, headers={"Content-Disposition": name})
