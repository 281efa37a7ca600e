"""`/ideas` and `/ideas/<number>`: where is it, what is next, who must move, since when."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.pages.idea import shown_idea
from app.route import page
from workflows.queries.idea_page import SeenIdea
from workflows.queries.ideas_list import Filters, ideas_list
from workflows.queries.looks import Eyes


@page("/ideas", reads="public.read")
def ideas(eyes: Eyes) -> ResponseReturnValue:
    names = ("stage", "status", "field", "owner", "q")
    asked = {name: request.args.get(name, "").strip()[:200] or None for name in names}
    found = ideas_list(eyes, Filters(**asked), request.args.get("after") or None)
    return render_template("ideas/list.html", found=found, asked=asked)


@page("/ideas/<number>", reads="idea.read")
def idea(eyes: Eyes, seen: SeenIdea) -> ResponseReturnValue:
    return render_template("ideas/idea.html", **shown_idea(eyes, seen))
