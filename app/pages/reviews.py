"""`/reviews`, `/reviews/<ref>`, `/actions`: what waits longest; per criterion the question, facts, evidence, ratings; what must
still be done."""

import re
from collections.abc import Mapping
from dataclasses import replace

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from app.pages.asked import goes_on_after
from app.route import Refusal, page
from workflows.queries.actions_list import actions_list
from workflows.queries.looks import Eyes
from workflows.queries.review_changes import ReviewChange, changes_since
from workflows.queries.review_desk import desk
from workflows.queries.review_page import SeenReview, review_page


@page("/reviews", reads="members.read")
def reviews(eyes: Eyes) -> ResponseReturnValue:
    show = request.args.get("show") or None
    is_agency = eyes.actor.belongs_to("agency")
    found = desk(eyes, show, goes_on_after())
    return render_template("reviews/desk.html", desk=found, show=show, is_agency=is_agency)


@page("/reviews/<ref>", reads="review.read")
def review(eyes: Eyes, seen: SeenReview) -> ResponseReturnValue:
    names = {q["key"]: q["question"] for q in seen.review.questions}
    refused: Refusal | None = g.get("refusal")
    changes: list[ReviewChange] = []
    if refused is not None:
        g.refusal = in_words(refused, names)
        version = refused.typed.get("seen_version", "")
        if refused.reason == "stale" and seen.is_full and version.isdecimal() and len(version) < 10:
            changes = changes_since(eyes, seen.idea, seen.review, int(version))
    return render_template(
        "reviews/review.html",
        page=review_page(eyes, seen),
        names=names,
        changes=changes,
        questioned=questioned,
        today=eyes.today,
    )


@page("/actions", reads="members.read")
def actions(eyes: Eyes) -> ResponseReturnValue:
    asked = request.args.get("status")
    status = asked if asked in ("open", "closed", "verified") else None
    found = actions_list(eyes, status, goes_on_after())
    return render_template(
        "reviews/actions.html", found=found, status=status, is_agency=eyes.actor.belongs_to("agency")
    )


def questioned(text: str, names: Mapping[str, str]) -> str:
    """A sentence of the policy with its criteria by their questions instead of their keys."""
    keys = "|".join(map(re.escape, names))
    return re.sub(rf"(?<![a-z_])({keys})(?![a-z_])", lambda m: f"「{names[m[1]]}」", text)


def in_words(refused: Refusal, names: Mapping[str, str]) -> Refusal:
    """A refusal as a person reads it: criteria by their questions, and before what is wrong with a field, which criterion."""
    errors = {}
    for path, sentence in refused.errors.items():
        about = path.split(".")
        key = about[1] if len(about) > 1 else ""
        if about[0] == "actions" and key.isdigit():
            key = refused.typed.get(f"actions.{key}.criterion", "")
        said = questioned(sentence, names)
        errors[path] = f"「{names[key]}」 {said}" if key in names else said
    return replace(refused, message=questioned(refused.message, names), errors=errors)
