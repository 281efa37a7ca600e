"""The file that a form brings: handed in first, so that its verb can name it; kept where the form is shown again. Of a table
with what was measured only the rows are taken, as if they had been pasted."""

from flask import request
from werkzeug.datastructures import MultiDict

from app.pages.shapes import ROWS_OF, asked_by_verb, takes_a_file
from app.route import house
from app.survey_tables import text_of
from workflows.files.kinds import LARGEST
from workflows.files.receiving import receive
from workflows.files.rows import rows_of

Form = MultiDict[str, str]


def with_file(verb: str, form: Form, email: str) -> Form:
    """The form with the reference of the file it brought, in place of one that it brought before. A file without a link
    says of itself which kind of evidence it is. Refused, or NotNow, as `receive` has it."""
    sent = request.files.get("file") if takes_a_file(verb) else None
    if sent is None or not sent.filename:
        return form
    here, typed = house(), MultiDict(form)
    data = sent.stream.read(LARGEST + 1)
    typed["file"] = receive(here.engine, here.files, email, sent.filename, data, here.now())
    kind = asked_by_verb(verb).get("kind")
    if kind and "file" in kind.shape.options and not form.get("url", "").strip():
        typed["kind"] = "file"
    return typed


def with_rows(verb: str, form: Form) -> Form:
    """The form with the rows of the table it brought, in place of what stood in the field for pasting. Refused as `rows_of` has it, or `text_of`."""
    sent, field = request.files.get("sheet"), ROWS_OF.get(verb)
    if sent is None or not sent.filename or field is None:
        return form
    typed = MultiDict(form)
    read = text_of if verb == "adoption.import" else rows_of
    typed[field] = read(sent.filename, sent.stream.read(LARGEST + 1), field)
    return typed


def without_file(form: Form) -> Form:
    """What was typed, without a reference: the file has to be chosen anew."""
    return MultiDict((name, value) for name, value in form.items(multi=True) if name != "file")
