"""`/ideas/new` and `/ideas/<number>/edit`: has somebody already solved this; then the form, kept while it is typed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.pages.field_words import words_of
from app.pages.forms import command_of
from app.pages.typed import written
from app.route import Refusal, page
from stages.permissions import Sight
from workflows.queries.alike import AlikeView, alike
from workflows.queries.idea_form import ASKED, IdeaForm, Revision, edit_form, new_form, revisions_since
from workflows.queries.idea_page import SeenIdea
from workflows.queries.looks import Eyes
from workflows.queries.offers import allowed, offered
from workflows.tables.ideas import Idea

BEFORE = "was."
"""The prefix of the fields that keep what stood there when the form was opened."""


@dataclass(frozen=True)
class Difference:
    """A field that others changed while somebody typed. `before`: what stood when the form was opened, None where that is not
    known. `taken`: the typist had not touched it, so theirs stands now."""

    name: str
    label: str
    before: str | None
    theirs: str
    taken: bool


@page("/ideas/new", reads="public.read")
def new_idea(eyes: Eyes) -> ResponseReturnValue:
    asked = request.args
    can = "idea.draft" in allowed(eyes, ("idea.draft",))
    refused: Refusal | None = g.get("refusal")
    typed = refused.typed if refused and refused.verb == "idea.draft" else asked
    title = typed.get("title", "").strip()[:200]
    found = alike(eyes, title) if can and title else []
    return render_template(
        "ideas/new.html",
        can=can,
        form=new_form(eyes, asked.get("event"), asked.get("challenge")) if can else None,
        title=title,
        found=found,
        joined=_joined(found),
    )


@page("/ideas/similar", reads="public.read")
def similar_ideas(eyes: Eyes) -> ResponseReturnValue:
    """What a title, or an idea's whole text as it is saved, sounds like: a part of a page for htmx, a page of its own for everyone
    else."""
    title = request.args.get("title", "").strip()[:200]
    number = request.args.get("idea", "")
    itself = eyes.find(Idea, number=number) if number else None
    text = whole_text(itself) if itself and eyes.sees(itself) else ""
    found = alike(eyes, title, text, itself.id if itself else None)
    in_place = bool(request.headers.get("HX-Request"))
    template = "ideas/alike.html" if in_place else "ideas/similar.html"
    can = "idea.draft" in allowed(eyes, ("idea.draft",))
    return render_template(template, title=title, found=found, can=can, in_form=in_place)


@page("/ideas/<number>/edit", reads="idea.read")
def edit_idea(eyes: Eyes, seen: SeenIdea) -> ResponseReturnValue:
    idea, full = seen.idea, seen.sight == Sight.FULL
    can = full and "idea.revise" in offered(eyes, idea, seen.orgs, ("idea.revise",))
    typed = _typed(idea)
    stale = typed is not None and typed.reason == "stale"
    shown = full and (can or typed is not None)
    form = edit_form(eyes, idea) if shown else None
    others: list[Revision] = []
    differences: list[Difference] = []
    before = {f"{BEFORE}{name}": _written(form.now.get(name)) for name in ASKED} if form else {}
    if typed is not None and form is not None:
        if stale:
            others = revisions_since(eyes, idea, _whole(typed.typed.get("seen_version")))
            g.refusal, differences = brought_together(typed, form)
        else:
            before = {name: value for name, value in typed.typed.items() if name.startswith(BEFORE)}
    title = (typed.typed.get("title", "").strip()[:200] if typed else "") or idea.title
    found = alike(eyes, title, whole_text(idea), idea.id) if shown else []
    draft = can and idea.status == "draft"
    return render_template(
        "ideas/edit.html",
        idea=idea,
        can=can,
        form=form,
        found=found,
        joined=_joined(found) if draft else [],
        may_withdraw=draft and "idea.withdraw" in offered(eyes, idea, seen.orgs, ("idea.withdraw",)),
        others=[(o, [gettext(words_of("idea.revise", name).label) for name in o.fields]) for o in others],
        differences=differences,
        before=before,
    )


def _joined(found: Sequence[AlikeView]) -> list[str]:
    """The numbers of the look-alikes that the reader's organization has said it wants too."""
    return [a.row.number for a in found if a.joined]


def whole_text(idea: Idea) -> str:
    return "\n".join((idea.challenge, idea.as_is, idea.to_be))


def _typed(idea: Idea) -> Refusal | None:
    """What was typed into this idea's form and not done."""
    refused: Refusal | None = g.get("refusal")
    its_own = refused and refused.verb == "idea.revise" and refused.typed.get("idea") == idea.number
    return refused if its_own else None


def brought_together(refused: Refusal, form: IdeaForm) -> tuple[Refusal, list[Difference]]:
    """What was typed against a version that is no more, and what others have written since, field by field.

    What only one side changed stands; where both did, what was typed stays in the form and theirs is shown beside it.
    """
    typed = refused.typed
    before = MultiDict(
        (n.removeprefix(BEFORE), v) for n, v in typed.items(multi=True) if n.startswith(BEFORE)
    )
    mine, was = command_of("idea.revise", typed), command_of("idea.revise", before)
    merged, found = typed.copy(), []
    for name in ASKED:
        said, stood, stands = (_written(values.get(name)) for values in (mine, was, form.now))
        if name not in typed or said == stands or (name in before and stood == stands):
            continue
        taken = name in before and said == stood
        if taken:
            merged.setlist(name, stands.split("\n") if name == "data_classes" else [stands])
        called = dict((*form.events, *form.challenges)) if name in ("event", "challenge_ref") else {}
        label = gettext(words_of("idea.revise", name).label)
        opened = called.get(stood, stood) if name in before else None
        found.append(Difference(name, label, opened, called.get(stands, stands), taken))
    return replace(refused, typed=merged), found


def _written(value: Any) -> str:
    match value:
        case None:
            return ""
        case float():
            return written(value)
        case list():
            return "\n".join(map(str, value))
    return str(value).strip()


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
