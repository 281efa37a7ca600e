"""`/admin/policy`: by which rules it is decided: the version in force, the gates' questions, who may do what, the checklists."""

from flask import render_template
from flask.typing import ResponseReturnValue

import stages
from app.pages.policy_words import CELLS, COLUMNS, VERB_NAMES
from app.route import page
from stages.permissions import MATRIX
from stages.risk import checklists
from workflows.queries.looks import Eyes


@page("/admin/policy", reads="policy.read")
def policy(_: Eyes) -> ResponseReturnValue:
    return render_template(
        "admin/policy.html",
        version=stages.version(),
        fingerprint=stages.fingerprint(),
        as_published=stages.versions()[stages.version()] == stages.fingerprint(),
        versions=list(reversed(stages.versions().items())),
        gates=[(stage, stage.gate) for stage in stages.PIPELINE if stage.gate],
        matrix=MATRIX,
        columns=COLUMNS,
        cells=CELLS,
        verb_names=VERB_NAMES,
        checklists=checklists().values(),
    )
