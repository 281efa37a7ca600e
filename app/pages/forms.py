"""A form's fields as its verb's command. Names of parts have dots: `ratings.secure.finding`, `actions.0.text`."""

import json
import re
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from app.pages.pasted import values_of
from app.pages.shapes import Asked, Shape, asked_by, asked_by_verb
from app.pages.typed import READ
from workflows.runtime.refusal import invalid

Form = MultiDict[str, str]
OURS = frozenset({"csrf_token", "back", "once", "was", "none", "part", "check", "sheet"})
"""Fields of every form that are not the command's. `was.title` is what stood in `title` when the form was opened;
`none.facts.ci` says that there is none of `facts.ci`, which an empty field does not say;
`part` tells the forms of one verb about one thing apart; `check` asks what would be recorded, `sheet` is a table whose rows
are taken for pasted ones."""
MAY_BE_BLANK = frozenset({"idea.draft as_is", "idea.draft to_be"})
"""Asked by the command, but empty is an answer: a draft is kept before everything is written."""
MOST_ROWS = 200
NOTHING = object()
UNSAID = {"actions": frozenset({"criterion", "owner", "due_on"})}
"""Table -> what its form fills in by itself: a row with nothing else was not used."""
OWN_CHOICE = {"ratings": "rating", "resolutions": "rating"}
"""Fields by key -> the choice whose empty value says that nothing of one's own is meant: the automatic proposal stands, or
the worse colour. Without JavaScript a text may be left behind such a choice; it is not sent on."""
ONLY_WITH: Mapping[str, Mapping[str, tuple[str, frozenset[str]]]] = {
    "review.decide": {
        "actions": ("decision", frozenset({"conditional_go", "recycle", "hold"})),
        "hold_until": ("decision", frozenset({"hold"})),
    },
}
"""Verb -> field -> the choice with which alone it is meant. The form says so beside the field, and hides it otherwise."""
MAY_BE_EMPTIED = frozenset(
    {
        "kana", "network_model", "population", "has_ai_rules", "price_url", "dmp_url", "url", "model",
        "permitted_data_class", "event", "challenge_ref", "cases_per_year", "minutes_each", "users", "expected_effect",
        "data_classes", "description_md", "requirements_md", "mail_domains",
    }
)  # fmt: skip
"""What a revision may leave empty: an empty field of these empties it. Any other is refused by the verb as missing."""
EMPTIED_BY_KEY = frozenset({"notes"})
"""Texts by key of which an empty one empties what stood there."""
NONE = "none."
"""The prefix of the boxes that say that there is none of a field."""
NONE_OF: Mapping[str, Any] = {"table": [], "lines": [], "by_key": {}}
"""Shape -> its value where there is none; any other has null."""


def command_of(verb: str, form: Form) -> dict[str, Any]:
    """The command as typed. Empty fields are left out, so that the verb itself says what is missing; a field that the verb
    does not have goes on, for the verb to refuse."""
    asked = asked_by_verb(verb)
    found = _entry(asked, form, "", revises=verb.endswith(".revise"))
    for name, (choice, values) in ONLY_WITH.get(verb, {}).items():
        if name in found and choice in found and found[choice] not in values:
            del found[name]
    found |= {name: "" for name in asked.keys() - found.keys() if f"{verb} {name}" in MAY_BE_BLANK}
    known = {name.partition(".")[0] for name in asked}
    for name in form:
        top = name.partition(".")[0]
        if top not in known and top not in OURS:
            found[top] = form[name]
    return found


def _entry(asked: dict[str, Asked], form: Form, path: str, revises: bool = False) -> dict[str, Any]:
    found = {}
    for name, field in asked.items():
        value = _value(field.shape, form, path + name)
        if form.get(NONE + path + name):
            if value is not NOTHING:
                raise invalid(
                    path + name, "「ない」とも、あるとも書かれています。どちらか一つにしてください。"
                )
            value = NONE_OF.get(field.shape.kind)
        if value is NOTHING and revises and path + name in form and not field.required:
            value = None if name in MAY_BE_EMPTIED else ""
        if value is NOTHING and field.required and field.shape.kind == "entry":
            value = {}  # nothing of it need be said (the whole nation); the verb names the parts that must be
        if value is not NOTHING:
            found[name] = value
    return found


def _value(shape: Shape, form: Form, path: str) -> Any:
    match shape.kind:
        case "choices":
            return [v for v in form.getlist(path) if v] or NOTHING
        case "lines":
            return [
                line.strip() for t in form.getlist(path) for line in t.splitlines() if line.strip()
            ] or NOTHING
        case "numbers":
            text = "\n".join(form.getlist(path))
            return values_of(text, path) if text.strip() else NOTHING
        case "entry":
            return _entry(asked_by(shape.of), form, f"{path}.") or NOTHING
        case "table" if path in form:
            return _json_lines(form[path])
        case "table":
            return list(_rows(shape, form, path).values()) or NOTHING
        case "by_key" if path in form:
            return _pairs(shape.of, form[path])
        case "by_key":
            choice = OWN_CHOICE.get(path, "")
            values = {
                key: _value(shape.of, form, f"{path}.{key}")
                for key in _keys(form, path)
                if form.get(f"{path}.{key}.{choice}") != ""
            }
            if path in EMPTIED_BY_KEY:
                values = {key: "" if value is NOTHING else value for key, value in values.items()}
            said = {key: value for key, value in values.items() if value is not NOTHING}
            # Whoever leaves every choice as proposed says so: that is no missing field.
            return said or ({} if path in OWN_CHOICE and _keys(form, path) else NOTHING)
    # Browsers send line ends as CRLF; texts are kept with LF.
    text = form.get(path, "").replace("\r\n", "\n")
    return READ.get(shape.kind, str)(text) if text.strip() else NOTHING


def _rows(shape: Shape, form: Form, path: str) -> dict[int, dict[str, Any]]:
    """The rows of a table that were used, by their number in the form."""
    numbers = sorted(
        {int(key) for key in _keys(form, path) if key.isascii() and key.isdigit() and len(key) < 4}
    )
    entries = {n: _entry(asked_by(shape.of), form, f"{path}.{n}.") for n in numbers[:MOST_ROWS]}
    return {n: entry for n, entry in entries.items() if entry.keys() - UNSAID.get(path, frozenset())}


def where_typed(verb: str, form: Form, errors: Mapping[str, str]) -> dict[str, str]:
    """What was wrong, by the fields of the form: a verb counts only the rows that were used."""
    found = {}
    for path, sentence in errors.items():
        name, *rest = path.split(".")
        asked = asked_by_verb(verb).get(name)
        if (
            asked is not None
            and asked.shape.kind == "table"
            and name not in form
            and rest
            and rest[0].isdigit()
        ):
            rows = list(_rows(asked.shape, form, name))
            if int(rest[0]) < len(rows):
                path = ".".join([name, str(rows[int(rest[0])]), *rest[1:]])
        found[path] = sentence
    return found


def _pairs(shape: Shape, text: str) -> Any:
    """Lines of `key: value`. A line without a colon keeps the whole text, for the verb to refuse."""
    lines = [
        re.split(r"\s*[:：\t]\s*", line.strip(), maxsplit=1) for line in text.splitlines() if line.strip()
    ]
    if any(len(line) != 2 for line in lines):
        return text
    return {key: READ.get(shape.kind, str)(value) for key, value in lines} or NOTHING


def _json_lines(text: str) -> Any:
    """One JSON object a line. What cannot be read keeps the whole text, for the verb to refuse."""
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()] or NOTHING
    except (ValueError, RecursionError):
        return text


def _keys(form: Form, path: str) -> list[str]:
    """The parts right behind a path, in the order of the form."""
    start = f"{path}."
    return list(
        dict.fromkeys(name[len(start) :].partition(".")[0] for name in form if name.startswith(start))
    )
