"""`/pilots/<ref>/report` and `.pdf`: the report of a pilot, to be handed to a mayor or to a neighbour."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from app.pages import pilot_report_words
from app.pages.verdicts import differ_words
from app.route import page
from app.typesetting.pilot import pdf_of
from workflows.queries.looks import Eyes
from workflows.queries.pilot_page import SeenPilot
from workflows.queries.pilot_report import pilot_report


@page("/pilots/<ref>/report", reads="pilot.read")
def pilot_paper(eyes: Eyes, seen: SeenPilot) -> ResponseReturnValue:
    found = pilot_report(eyes, seen)
    return render_template(
        "pilots/report.html", report=found, say=pilot_report_words, differ_words=differ_words
    )


@page("/pilots/<ref>/report.pdf", reads="pilot.read")
def pilot_pdf(eyes: Eyes, seen: SeenPilot) -> ResponseReturnValue:
    with force_locale("ja"):
        made = pdf_of(pilot_report(eyes, seen), eyes.now)
    name = f'attachment; filename="pilot-{seen.pilot.ref}.pdf"'
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": name})
