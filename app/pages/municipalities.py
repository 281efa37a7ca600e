"""`/municipalities` finds a local government; `/municipalities/<lgcode>`: its to-dos, what fits it and why, what it states."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.pages.asked import asked_for, goes_on_after
from app.pages.task_words import IN_TEMPLATES
from app.route import page
from workflows.queries.looks import Eyes
from workflows.queries.municipalities_list import Filters, municipalities_list
from workflows.queries.municipality_page import municipality_page
from workflows.tables.people import Organization


@page("/municipalities", reads="public.read")
def municipalities(eyes: Eyes) -> ResponseReturnValue:
    asked = asked_for(("q", "prefecture", "size_class"))
    found = municipalities_list(eyes, Filters(**asked), goes_on_after())
    return render_template("municipalities/list.html", found=found, asked=asked)


@page("/municipalities/<lgcode>", reads="municipality.read")
def municipality(eyes: Eyes, org: Organization) -> ResponseReturnValue:
    shown = municipality_page(eyes, org, goes_on_after())
    return render_template("municipalities/municipality.html", page=shown, today=eyes.today, **IN_TEMPLATES)
