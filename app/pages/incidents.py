"""`/incidents` and `/incidents/<ref>`: what happened, which report is due when, what was learnt."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.pages.asked import asked_for, goes_on_after
from app.route import page
from workflows.queries.incidents import STATES, incident_page, register
from workflows.queries.looks import Eyes
from workflows.tables.ideas import Idea
from workflows.tables.risks import Incident


@page("/incidents", reads="members.read")
def incidents(eyes: Eyes) -> ResponseReturnValue:
    """The open ones, unless the reader asks for others."""
    state = request.args.get("state", "open")
    asked = {
        "state": state if state in STATES else None,
        **asked_for(("severity",)),
    }
    found = register(eyes, **asked, after=goes_on_after())
    return render_template("incidents/list.html", found=found, asked=asked)


@page("/incidents/<ref>", reads="incident.read")
def incident(eyes: Eyes, seen: tuple[Incident, Idea]) -> ResponseReturnValue:
    return render_template("incidents/incident.html", page=incident_page(eyes, *seen))
