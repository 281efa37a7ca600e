"""`/ideas/import`: reported ideas, pasted; what is wrong with which row; what waits for its owner."""

from dataclasses import replace

from flask import g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.pages.field_words import words_of
from app.route import Refusal, page
from workflows.queries.idea_imports import ownerless, report
from workflows.queries.looks import Eyes

EXAMPLE = (
    '{"title": "窓口の質問に答える下書き", "summary": "回答に時間がかかっている。", "field": "窓口", '
    '"owner": "風見市", "lgcode": "992011", "source": "https://example.jp/jirei"}'
)
"""A row as it is pasted."""


@page("/ideas/import", reads="import.read")
def import_ideas(eyes: Eyes) -> ResponseReturnValue:
    refused: Refusal | None = g.get("refusal")
    typed = refused.typed.get("rows", "") if refused and refused.verb == "idea.import" else ""
    found = report(eyes, typed) if typed.strip() else None
    if refused and found and "rows" in refused.errors and any("row" in one.errors for one in found.rows):
        # Not one row could be told from another; the report says where the text stops being JSON.
        sentence = gettext("読めない行があります。下の表で、何件目かを確かめてください。")
        g.refusal = replace(refused, errors={"rows": sentence})
    return render_template(
        "ideas/import.html",
        report=found,
        kept=ownerless(eyes),
        example=EXAMPLE,
        label=_label,
    )


def _label(field: str) -> str:
    """What a field of a row is called; the row itself has no field."""
    name = field.partition(".")[0]
    return "" if name == "row" else gettext(words_of("idea.import", f"rows.{name}").label)
