"""`/ideas`, `/ideas/board` and `/ideas/<number>`: where is it, what is next, who must move, since when."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.pages.asked import asked_for, goes_on_after
from app.pages.idea import shown_idea
from app.route import page
from stages import PIPELINE
from stages.lifecycle import STATUS_NAMES
from workflows.queries.idea_page import SeenIdea
from workflows.queries.ideas_board import board
from workflows.queries.ideas_list import SORTS, Filters, ideas_list
from workflows.queries.looks import Eyes
from workflows.queries.offers import allowed


@page("/ideas", reads="public.read")
def ideas(eyes: Eyes) -> ResponseReturnValue:
    names = ("stage", "status", "field", "owner", "q", "waits", "event")
    asked = asked_for(names)
    sort = request.args.get("sort", "")
    sort = sort if sort in SORTS else SORTS[0]
    found = ideas_list(eyes, Filters(**asked), goes_on_after(), sort=sort)
    can = allowed(eyes, ("idea.draft", "idea.import"))
    return render_template(
        "ideas/list.html",
        found=found,
        asked=asked,
        sort=sort,
        can=can,
        stage_names=[(s.key, gettext(s.name)) for s in PIPELINE],
        status_names=[(key, gettext(name)) for key, name in STATUS_NAMES.items()],
    )


@page("/ideas/board", reads="public.read")
def ideas_board(eyes: Eyes) -> ResponseReturnValue:
    can = allowed(eyes, ("idea.draft",))
    return render_template("ideas/board.html", columns=board(eyes), can=can)


@page("/ideas/<number>", reads="idea.read")
def idea(eyes: Eyes, seen: SeenIdea) -> ResponseReturnValue:
    return render_template("ideas/idea.html", **shown_idea(eyes, seen))
