"""`/admin/organizations` and `/admin/organizations/<slug>`: which organizations there are, who is in them, in which roles."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.route import page
from workflows.queries.looks import Eyes
from workflows.queries.organizations import Administers, organization_page, organizations_list
from workflows.tables.people import Organization


@page("/admin/organizations", reads="organizations.read")
def organizations(eyes: Eyes, mine: Administers) -> ResponseReturnValue:
    asked = {name: request.args.get(name, "").strip()[:200] or None for name in ("q", "kind")}
    found = organizations_list(eyes, mine, asked["q"], asked["kind"], request.args.get("after") or None)
    return render_template("admin/organizations.html", found=found, asked=asked, mine=mine)


@page("/admin/organizations/<slug>", reads="organization.read")
def organization(eyes: Eyes, org: Organization) -> ResponseReturnValue:
    return render_template("admin/organization.html", page=organization_page(eyes, org))
