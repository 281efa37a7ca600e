"""A verb's form as a template sees it: its fields with their words and choices, what was typed, what was wrong."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import g
from flask_babel import gettext

from app.pages.doing import new_key, typed_into
from app.pages.field_words import words_of
from app.pages.forms import NONE
from app.pages.shapes import ROWS_OF, Asked, asked_at, asked_by_verb, takes_a_file
from app.pages.typed import written
from app.route import Refusal
from workflows.calendar import TOKYO

Options = Sequence[tuple[str, str]]
RADIO_AT_MOST = 5
"""So many choices are shown at once; more go into a list."""
SEEN = "seen_version"
SHOWN_BY_PAGE = frozenset({"idea.revise"})
"""Whose page itself says what others have written since, field by field."""
WHOLE = "refused"
"""The id of the refused form, of which all of its fields' begin."""


@dataclass(frozen=True)
class FieldView:
    """A field to show. `control`: line, area, whole, number, day, moment, email, file, radio, checks, select, or
    suggest: a line that suggests its options and takes others too."""

    name: str
    id: str
    label: str
    hint: str
    unit: str
    control: str
    required: bool
    options: Options
    value: str
    chosen: frozenset[str]
    wrong: str | None
    none: bool
    """It was said that there is none."""
    stands: str | None = None
    """What has been stored since, where something else was typed into a form that is stale."""


@dataclass(frozen=True)
class FormView:
    """The form of a verb about fixed things. The one that was refused is called `refused`, so that the page's summary
    finds its fields."""

    verb: str
    fixed: Mapping[str, Any]
    key: str
    id: str
    refused: Refusal | None

    def field(
        self,
        path: str,
        value: Any = None,
        options: Iterable[tuple[str, str]] | None = None,
        *,
        control: str | None = None,
        label: str | None = None,
        hint: str | None = None,
        required: bool | None = None,
    ) -> FieldView:
        """A field by its path, with what was typed or else `value`. What only the page knows is given by the page."""
        asked, said = asked_at(self.verb, path), words_of(self.verb, path)
        choices = [(v, gettext(said.options.get(v, v))) for v in asked.shape.options]
        if asked.shape.kind == "yes_no":
            choices = [(v, gettext(name)) for v, name in said.options.items()]
        if options is not None:
            choices = list(options)
        typed = self.refused.typed.getlist(path) if self.refused else _shown(value)
        stands = None
        if self.shows_what_stands and _plain(typed) != _plain(_shown(value)):
            names = dict(choices)
            stands = "、".join(names.get(v, v) for v in _shown(value))
        return FieldView(
            name=path,
            id=f"{self.id}-{path}".replace(".", "-"),
            label=gettext(said.label) if label is None else label,
            hint=(gettext(said.hint) if said.hint else "") if hint is None else hint,
            unit=gettext(said.unit) if said.unit else "",
            control=control or _control(asked, path, choices),
            required=asked.required if required is None else required,
            options=choices,
            value="\n".join(typed),
            chosen=frozenset(typed),
            wrong=self.refused.errors.get(path) if self.refused else None,
            none=bool(self.refused and self.refused.typed.get(NONE + path)),
            stands=stands,
        )

    @property
    def takes_a_file(self) -> bool:
        return takes_a_file(self.verb) or self.verb in ROWS_OF

    @property
    def shows_what_stands(self) -> bool:
        """A revision of something that others have changed since: what they stored is shown beside what was typed."""
        stale = self.refused is not None and self.refused.reason == "stale"
        return stale and self.verb.endswith(".revise") and self.verb not in SHOWN_BY_PAGE

    @property
    def names(self) -> list[str]:
        """The fields to fill in, in the order the verb declares them: required ones first."""
        asked = [a for a in asked_by_verb(self.verb).values() if a.name not in self.fixed]
        return [a.name for a in sorted(asked, key=lambda a: not a.required)]


def form_of(verb: str, fixed: Mapping[str, Any] | None = None) -> FormView:
    """The form of a verb; `fixed` are fields that the page decides (which idea, which version is seen).

    What was wrong is mended against the version that was seen, whatever has happened since: only who has been told that it
    is stale goes on from the one that stands.
    """
    about = dict(fixed or {})
    same = {name: value for name, value in about.items() if name != SEEN}
    refused = typed_into(verb, same)
    if refused:
        g.refused_form_is_shown = True
        if SEEN in about and SEEN in refused.typed and refused.reason != "stale":
            about[SEEN] = refused.typed[SEEN]
    named = WHOLE if refused else "-".join([verb, *map(str, same.values())])
    return FormView(verb, about, new_key(), re.sub(r"\W", "-", named), refused)


def problems(refused: Refusal) -> list[tuple[str, str, str]]:
    """Of each field that was wrong: its place on the page, its label, and the sentence."""
    return [
        (
            WHOLE if path == "command" else f"{WHOLE}-{path}".replace(".", "-"),
            _row_of(path) + gettext(words_of(refused.verb, path).label),
            sentence,
        )
        for path, sentence in refused.errors.items()
    ]


def texts_left(refused: Refusal) -> list[tuple[str, str]]:
    """What somebody wrote into a form that the page no longer has, each with its label: to be copied, not to be lost."""
    if g.get("refused_form_is_shown"):
        return []
    return [
        (gettext(words_of(refused.verb, path).label), text)
        for path, text in refused.typed.items(multi=True)
        if text.strip() and _is_writing(refused.verb, path)
    ]


def _is_writing(verb: str, path: str) -> bool:
    try:
        return path == "title" or asked_at(verb, path).shape.kind == "text"
    except KeyError:
        return False


def _row_of(path: str) -> str:
    """Which row of a table a field is in, as people count."""
    row = next((int(part) for part in path.split(".") if part.isascii() and part.isdigit()), None)
    return "" if row is None else gettext("%(n)s 件目の", n=row + 1)


def _shown(value: Any) -> list[str]:
    """A stored value as people write it."""
    match value:
        case None:
            return []
        case bool():
            return ["yes" if value else "no"]
        case datetime():
            return [f"{value.astimezone(TOKYO):%Y/%m/%d %H:%M}"]
        case date():
            return [f"{value:%Y/%m/%d}"]
        case float():
            return [written(value)]
        case list() | tuple() | set() | frozenset():
            return [str(v) for v in value]
    return [str(value)]


def _plain(values: Iterable[str]) -> list[str]:
    """Values without the differences that a form makes by itself: line ends, the order of boxes, nothing said."""
    lines = (line.strip() for value in values for line in value.splitlines())
    return sorted(line for line in lines if line)


def _control(asked: Asked, path: str, choices: Sequence[Any]) -> str:
    kind, name = asked.shape.kind, path.rpartition(".")[2]
    if kind == "choices":
        return "checks"
    if choices:
        return "radio" if len(choices) <= RADIO_AT_MOST else "select"
    if name == "url" or name.endswith("_url"):
        return "line"
    if name == "email":
        return "email"
    if path == "file":
        return "file"
    if kind in ("lines", "numbers", "text", "by_key", "table"):
        return "area"
    return kind if kind in ("whole", "number", "day", "moment") else "line"
