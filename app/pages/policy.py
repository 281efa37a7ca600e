"""`/admin/policy`: by which rules it is decided: the version in force, the gates' questions, who may do what, the checklists;
`/admin/policy/replay`: which past reviews would come out otherwise under them."""

from flask import render_template
from flask.typing import ResponseReturnValue

import stages
from app.pages.asked import goes_on_after
from app.pages.policy_words import CELLS, COLUMNS, VERB_NAMES
from app.route import page
from stages.permissions import MATRIX
from stages.risk import checklists
from workflows.queries.looks import Eyes
from workflows.queries.replay_page import asks_again, replay_page


@page("/admin/policy", reads="policy.read")
def policy(eyes: Eyes) -> ResponseReturnValue:
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
        may_replay=asks_again(eyes.actor),
    )


@page("/admin/policy/replay", reads="replay.read")
def policy_replay(eyes: Eyes) -> ResponseReturnValue:
    return render_template(
        "admin/replay.html",
        found=replay_page(eyes, goes_on_after()),
        version=stages.version(),
        fingerprint=stages.fingerprint(),
    )
