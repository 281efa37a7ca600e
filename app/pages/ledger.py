"""`/ledger`, `/ledger/<number>`: which ledgers there are; the entries of one, all of them checked; the document verified without this product."""

import json

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from app.pages.asked import asked_for, goes_on_after
from app.route import page
from workflows.queries.idea_ledger import ledger_of
from workflows.queries.ledgers import ledgers_list
from workflows.queries.looks import Eyes
from workflows.runtime import ledger as chains
from workflows.tables.ideas import Idea


@page("/ledger", reads="ledgers.read")
def ledgers(eyes: Eyes) -> ResponseReturnValue:
    q = asked_for(("q",))["q"]
    return render_template("ledgers.html", found=ledgers_list(eyes, q, goes_on_after()), q=q)


@page("/ledger/<number>", reads="ledger.read")
def ledger(eyes: Eyes, idea: Idea) -> ResponseReturnValue:
    return render_template("ledger.html", idea=idea, ledger=ledger_of(eyes, idea, goes_on_after()))


@page("/ledger/<number>/export.json", reads="ledger.read")
def ledger_export(eyes: Eyes, idea: Idea) -> ResponseReturnValue:
    text = json.dumps(chains.export(eyes.session, idea.number), ensure_ascii=False, indent=2) + "\n"
    attached = {"Content-Disposition": f'attachment; filename="ledger-{idea.number}.json"'}
    return Response(text, mimetype="application/json", headers=attached)
