"""`/ledger`, `/ledger/<number>`: which ledgers there are; the entries of one, all of them checked; the document verified
without this product. `/ledger/anchors`: the digests of every day, for everybody."""

import json

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.pages.asked import asked_for, goes_on_after
from app.route import page
from workflows.calendar import tokyo_day
from workflows.queries.idea_ledger import ledger_of
from workflows.queries.ledgers import AnchorsPage, anchors_list, ledgers_list
from workflows.queries.looks import Eyes
from workflows.runtime.anchors import header
from workflows.runtime.verification import export
from workflows.tables.ideas import Idea


@page("/ledger", reads="ledgers.read")
def ledgers(eyes: Eyes) -> ResponseReturnValue:
    q = asked_for(("q",))["q"]
    return render_template("ledgers.html", found=ledgers_list(eyes, q, goes_on_after()), q=q)


@page("/ledger/anchors", reads="public.read")
def ledger_anchors(eyes: Eyes) -> ResponseReturnValue:
    found = anchors_list(eyes, goes_on_after())
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return _as_json(found)
    return render_template("anchors.html", found=found)


@page("/ledger/anchors.json", reads="public.read")
def ledger_anchors_json(eyes: Eyes) -> ResponseReturnValue:
    return _as_json(anchors_list(eyes, goes_on_after()))


def _as_json(found: AnchorsPage) -> Response:
    """A page of anchors: of each its day and what its digest is taken over; `next` where older ones follow."""
    listed = [{"day": tokyo_day(a.taken_at).isoformat(), **header(a)} for a in found.rows]
    further = url_for("ledger_anchors_json", after=found.after) if found.after else None
    document = {"format": "kyoso-anchors-1", "anchors": listed, "next": further}
    response = Response(
        json.dumps(document, ensure_ascii=False, indent=2) + "\n", mimetype="application/json"
    )
    response.vary.add("Accept")
    return response


@page("/ledger/<number>", reads="ledger.read")
def ledger(eyes: Eyes, idea: Idea) -> ResponseReturnValue:
    return render_template("ledger.html", idea=idea, ledger=ledger_of(eyes, idea, goes_on_after()))


@page("/ledger/<number>/export.json", reads="ledger.read")
def ledger_export(eyes: Eyes, idea: Idea) -> ResponseReturnValue:
    text = json.dumps(export(eyes.session, idea.number), ensure_ascii=False, indent=2) + "\n"
    attached = {"Content-Disposition": f'attachment; filename="ledger-{idea.number}.json"'}
    return Response(text, mimetype="application/json", headers=attached)
