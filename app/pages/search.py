"""`/search`: ideas, products, the library and published decisions, by words."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.pages.asked import asked_for, goes_on_after
from app.route import page
from stages import PIPELINE
from workflows.queries.looks import Eyes
from workflows.queries.offers import allowed
from workflows.queries.search import SHOWN, Filters
from workflows.queries.search import search as found_by
from workflows.search_words import MOST_LETTERS, MOST_WORDS

AT_MOST = {"letters": MOST_LETTERS, "words": MOST_WORDS, "shown": SHOWN}


@page("/search", reads="public.read")
def search(eyes: Eyes) -> ResponseReturnValue:
    typed = request.args.get("q", "").strip()
    asked = asked_for(("kind", "field", "stage", "size"))
    found = found_by(eyes, typed, Filters(**asked), goes_on_after())
    can = bool(typed) and not found.hits and "idea.draft" in allowed(eyes, ("idea.draft",))
    return render_template(
        "search.html",
        q=typed[:MOST_LETTERS],
        asked=asked,
        found=found,
        can=can,
        at_most=AT_MOST,
        stage_choices=[(s.key, gettext(s.name)) for s in PIPELINE],
    )
