"""`/pilots/<ref>` and `/ideas/<number>/pilot`: is a pilot on course, what to report now; planning one."""

from collections.abc import Sequence

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from app.pages import kpi_words
from app.pages.asked import asked_for
from app.pages.sample_check import checked
from app.pages.verdicts import differ_words, verdict_words
from app.route import Refusal, page
from workflows.kpis import good_direction, unit_of
from workflows.queries.idea_page import SeenIdea
from workflows.queries.looks import Eyes
from workflows.queries.pilot_kpis import KpiView
from workflows.queries.pilot_page import PilotPage, SeenPilot, pilot_page
from workflows.queries.pilot_plan import plan_page


@page("/pilots/<ref>", reads="pilot.read")
def pilot(eyes: Eyes, seen: SeenPilot) -> ResponseReturnValue:
    after = asked_for(("updates", "incidents"))
    found = pilot_page(eyes, seen, after["updates"], after["incidents"])
    return render_template(
        "pilots/pilot.html", page=found, draft=_drafted(found), checks=checked(found.kpis, g.get("refusal")), kw=kpi_words.KPI_WORDS,
        input_of=kpi_words.input_of, target_written=kpi_words.target_written,
        verdict_words=verdict_words, differ_words=differ_words,
    )  # fmt: skip


@page("/ideas/<number>/pilot", reads="idea.read_whole")
def plan_pilot(eyes: Eyes, seen: SeenIdea) -> ResponseReturnValue:
    town = request.args.get("town", "").strip()[:100]
    refused: Refusal | None = g.get("refusal")
    found = plan_page(eyes, seen, town, refused.typed.get("site", "") if refused else "")
    return render_template("pilots/plan.html", page=found, town=town)


def _drafted(found: PilotPage) -> dict[str, object] | None:
    """The KPI that is being written: its type was chosen by name (`?kind=`), and its key, unit and direction follow from it.
    With `?kpi=` an existing one is put right."""
    kind = request.args.get("kind", "")
    if kind not in kpi_words.KPI_WORDS:
        return None
    changes = next((k for k in found.kpis if k.row.ref == request.args.get("kpi")), None)
    fixed = {"type": kind, "unit": unit_of(kind), "direction": good_direction(kind)}
    if changes:
        return {
            "verb": "kpi.revise",
            "fixed": {"kpi": changes.row.ref, **fixed},
            "kind": kind,
            "row": changes.row,
        }
    fixed = {"pilot": found.pilot.ref, "key": _free_key(kind, found.kpis), **fixed}
    return {"verb": "kpi.define", "fixed": fixed, "kind": kind, "row": None}


def _free_key(kind: str, kpis: Sequence[KpiView]) -> str:
    """A key that no KPI of the pilot has: the type's name, numbered from the second on."""
    taken, count = {k.row.key for k in kpis}, 1
    while (key := kind if count == 1 else f"{kind}_{count}") in taken:
        count += 1
    return key
