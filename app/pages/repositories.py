"""`/repositories/<owner>/<repo>`: a linked repository, what was seen of it and when, and what the last gate still asks."""

from datetime import datetime

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.pages.field_words import words_of
from app.route import page
from workflows.queries.looks import Eyes
from workflows.queries.repository_page import SeenRepository, repository_page


@page("/repositories/<owner>/<repo>", reads="repository.read")
def repository(eyes: Eyes, seen: SeenRepository) -> ResponseReturnValue:
    return render_template(
        "repositories/repository.html",
        page=repository_page(eyes, seen),
        fact_name=_fact_name,
        fact_seen_at=datetime.fromisoformat,
    )


def _fact_name(name: str) -> str:
    return (
        gettext("見つからないこと")
        if name == "gone"
        else gettext(words_of("repo.snapshot", f"facts.{name}").label)
    )
