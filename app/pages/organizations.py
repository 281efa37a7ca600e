"""`/admin/organizations` and `/admin/organizations/<slug>`: which organizations there are, who is in them, in which roles."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.pages.asked import asked_for, goes_on_after
from app.route import page
from workflows.queries.looks import Eyes
from workflows.queries.organizations import Administers, organization_page, organizations_list
from workflows.tables.people import Organization


@page("/admin/organizations", reads="organizations.read")
def organizations(eyes: Eyes, mine: Administers) -> ResponseReturnValue:
    asked = asked_for(("q", "kind"))
    found = organizations_list(eyes, mine, asked["q"], asked["kind"], goes_on_after())
    return render_template("admin/organizations.html", found=found, asked=asked, mine=mine)


@page("/admin/organizations/<slug>", reads="organization.read")
def organization(eyes: Eyes, org: Organization) -> ResponseReturnValue:
    return render_template("admin/organization.html", page=organization_page(eyes, org), now=eyes.now)
