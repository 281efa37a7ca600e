"""`/repositories/<owner>/<repo>`: a linked repository, what was seen of it and when, and what the last gate still asks."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.route import page
from workflows.queries.looks import Eyes
from workflows.queries.repository_page import SeenRepository, repository_page


@page("/repositories/<owner>/<repo>", reads="repository.read")
def repository(eyes: Eyes, seen: SeenRepository) -> ResponseReturnValue:
    return render_template("repositories/repository.html", page=repository_page(eyes, seen))
