"""What shape a command's field has (a date, a choice, a table of entries …), read from its type, for forms to show and to read."""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from workflows.registry import REGISTRY

LONG = 200
"""Texts that may have more characters than this are written in several lines."""

ROWS_OF = {"kpi.measure": "samples", "adoption.import": "rows"}
"""Verb -> the field whose rows may be brought as a table."""


@dataclass(frozen=True)
class Shape:
    """`kind`: line, text, whole, number, day, moment, yes_no, choice, choices, lines, numbers, entry, table or by_key.

    `options` are the values of a choice; `of` is the command of an entry, of a table's rows, or the shape behind each key.
    """

    kind: str
    options: tuple[str, ...] = ()
    of: Any = None


@dataclass(frozen=True)
class Asked:
    """A field as its command declares it."""

    name: str
    shape: Shape
    required: bool


def asked_by(command: type[BaseModel]) -> dict[str, Asked]:
    """Every field of a command, in the order declared."""
    return dict(_asked(command))


@cache
def asked_by_verb(verb: str) -> dict[str, Asked]:
    """Every field that a verb takes."""
    return asked_by(REGISTRY[verb].command)


def takes_a_file(verb: str) -> bool:
    """Whether its form may bring a file, which is handed in before the verb names it."""
    return "file" in asked_by_verb(verb)


def asked_at(verb: str, path: str) -> Asked:
    """The field at a path: `ratings.secure.finding`, `actions.0.text`, `where.kind`. Raises KeyError where there is none."""
    first, *rest = path.split(".")
    found = asked_by_verb(verb)[first]
    for part in rest:
        match found.shape.kind:
            case "by_key":
                found = Asked(part, found.shape.of, False)
            case "table":
                found = Asked(part, Shape("entry", of=found.shape.of), False)
            case "entry":
                found = asked_by(found.shape.of)[part]
            case _:
                raise KeyError(path)
    return found


def _asked(command: type[BaseModel]) -> Iterator[tuple[str, Asked]]:
    for name, field in command.model_fields.items():
        yield name, Asked(name, _shape(field.annotation, list(field.metadata)), field.is_required())


def _bare(kind: Any, notes: list[Any]) -> Any:
    """The type without Optional and Annotated; what was annotated goes into `notes`."""
    while True:
        if get_origin(kind) is Annotated:
            kind, *more = get_args(kind)
            for note in more:
                notes.extend(note.metadata if isinstance(note, FieldInfo) else [note])
        elif get_origin(kind) in (Union, types.UnionType):
            (kind,) = [part for part in get_args(kind) if part is not type(None)]
        else:
            return kind


def _shape(kind: Any, notes: list[Any]) -> Shape:
    kind = _bare(kind, notes)
    if get_origin(kind) is Literal:
        return Shape("choice", tuple(map(str, get_args(kind))))
    if get_origin(kind) is list:
        inner = _shape(get_args(kind)[0], [])
        if inner.kind == "choice":
            return Shape("choices", inner.options)
        if inner.kind in ("whole", "number"):
            return Shape("numbers")
        return Shape("table", of=inner.of) if inner.kind == "entry" else Shape("lines")
    if get_origin(kind) is dict:
        return Shape("by_key", of=_shape(get_args(kind)[1], []))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return Shape("entry", of=kind)
    for known, name in (
        (bool, "yes_no"),
        (int, "whole"),
        (float, "number"),
        (datetime, "moment"),
        (date, "day"),
    ):
        if kind is known:
            return Shape(name)
    if kind is str:
        most = min((n.max_length for n in notes if getattr(n, "max_length", None)), default=LONG + 1)
        return Shape("line" if most <= LONG else "text")
    return Shape("moment" if "Datetime" in str(kind) else "line")
