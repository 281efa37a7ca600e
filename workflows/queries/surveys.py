"""Surveys whose answers were imported, and who may import them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import col, func, select

from workflows.queries.looks import Eyes
from workflows.queries.offers import allowed
from workflows.runtime.refusal import unknown
from workflows.tables.products import Adoption, Survey

SHOWN = 20


def takes_surveys(eyes: Eyes) -> None:
    """Refused `unknown` for who may not import answers."""
    if not allowed(eyes, ("adoption.import",)):
        raise unknown("調査を取り込む画面")


@dataclass(frozen=True, slots=True)
class Taken:
    """A survey, and how many answers were recorded from it."""

    name: str
    answered_on: date
    imported_at: datetime
    answers: int


def surveys(eyes: Eyes) -> Sequence[Taken]:
    """The latest surveys, the last imported first. One statement."""
    of_survey: list[Any] = [Survey.name, Survey.answered_on, Survey.imported_at]
    columns: list[Any] = [*of_survey, func.count(col(Adoption.id))]
    latest = select(Survey.id).order_by(col(Survey.id).desc()).limit(SHOWN)
    rows = eyes.session.exec(
        select(*columns)
        .outerjoin(Adoption, col(Adoption.survey_id) == Survey.id)
        .where(col(Survey.id).in_(latest))
        .group_by(Survey.id, *of_survey)
        .order_by(col(Survey.id).desc())
    )
    return [Taken(*row) for row in rows]
