"""`/risks`: which data and which risk every idea has, who decided it, how far its checklists are, what is due; as CSV and JSON."""

import json

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.pages.asked import asked_for, goes_on_after
from app.route import page
from workflows.queries import risk_table
from workflows.queries.looks import Eyes
from workflows.queries.risk_register import Filters, RiskRegister, risk_register
from workflows.runtime.refusal import Refused
from workflows.runtime.tables_out import csv_text

FILTERS = ("level", "status", "org", "incidents")


@page("/risks", reads="risks.read")
def risks(eyes: Eyes) -> ResponseReturnValue:
    asked = asked_for(FILTERS)
    found = risk_register(eyes, Filters(**asked), goes_on_after())
    return render_template("risks/list.html", found=found, asked=asked)


@page("/risks/export.csv", reads="risks.read")
def risks_csv(eyes: Eyes) -> ResponseReturnValue:
    text = csv_text(risk_table.table(_whole(eyes).rows, eyes.today))
    return _attached(text, "text/csv", f"risks-{eyes.today:%Y%m%d}.csv")


@page("/risks/export.json", reads="risks.read")
def risks_json(eyes: Eyes) -> ResponseReturnValue:
    rows = [risk_table.as_data(row, eyes.today) for row in _whole(eyes).rows]
    document = {"format": "kyoso-risks-1", "as_of": eyes.today.isoformat(), "ideas": rows}
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return _attached(text, "application/json", f"risks-{eyes.today:%Y%m%d}.json")


def _whole(eyes: Eyes) -> RiskRegister:
    """The register as it is narrowed on the page, all of it. Refused `too_large` where that is work for the command line."""
    found = risk_register(eyes, Filters(**asked_for(FILTERS)), limit=risk_table.MOST_ROWS)
    if found.after:
        message = gettext(
            "%(most)s 件を超えるため、画面からは書き出せません。条件で絞り込むか、サーバーで kyoso export risks を使ってください。",
            most=f"{risk_table.MOST_ROWS:,}",
        )
        raise Refused("too_large", message)
    return found


def _attached(text: str, kind: str, name: str) -> Response:
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, mimetype=kind, headers=attached)
