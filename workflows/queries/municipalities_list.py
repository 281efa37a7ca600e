"""Finding a local government: by name, reading, prefecture or code; in the order of their codes, paged by key. Three statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, func, select

from workflows.queries.finding import is_named
from workflows.queries.looks import Eyes
from workflows.queries.paging import a_word, behind, key_of, page_of
from workflows.rollout.statements import adopted_by
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product

ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """`q` are words in the name, its reading, the prefecture or the code; None is any."""

    q: str | None = None
    prefecture: str | None = None
    size_class: str | None = None


@dataclass(frozen=True, slots=True)
class MunicipalityRow:
    code: str
    """Its lgcode, else its slug: how its page is addressed."""
    name: str
    kana: str | None
    prefecture: str | None
    size_class: str | None
    adopted: int
    """Flagged products that it states, within the year, to use."""


@dataclass(frozen=True, slots=True)
class MunicipalitiesPage:
    rows: Sequence[MunicipalityRow]
    after: str | None
    prefectures: Sequence[str]


def municipalities_list(eyes: Eyes, filters: Filters, after: str | None = None) -> MunicipalitiesPage:
    """One page of the local governments that are not closed."""
    o = Organization
    code = func.coalesce(col(o.lgcode), col(o.slug))
    conditions: list[Any] = [o.kind == "municipality", col(o.closed_on).is_(None), *_conditions(filters)]
    if after is not None:
        conditions.append(code > behind(after, a_word))
    columns: list[Any] = [o.id, code, o.name, o.kana, o.prefecture, o.size_class]
    found = eyes.session.exec(select(*columns).where(*conditions).order_by(code).limit(ROWS_A_PAGE + 1)).all()
    rows, goes_on = page_of(found, ROWS_A_PAGE, lambda row: key_of(row[1]))
    adopted = _adopted(eyes, [row[0] for row in rows])
    return MunicipalitiesPage(
        rows=[MunicipalityRow(*[*shown, adopted.get(org_id, 0)]) for org_id, *shown in rows],
        after=goes_on,
        prefectures=_prefectures(eyes),
    )


def _conditions(filters: Filters) -> list[Any]:
    o, found = Organization, list[Any]()
    if filters.prefecture:
        found.append(o.prefecture == filters.prefecture)
    if filters.size_class:
        found.append(o.size_class == filters.size_class)
    return [*found, *is_named(filters.q)]


def _adopted(eyes: Eyes, orgs: Sequence[int]) -> Mapping[int, int]:
    of = col(Adoption.org_id)
    return adopted_by(eyes.session, of, eyes.today, of.in_(orgs), Product.flag != "none")


def _prefectures(eyes: Eyes) -> list[str]:
    """In the order of their codes."""
    o = Organization
    rows = eyes.session.exec(
        select(o.prefecture, func.min(o.lgcode))
        .where(o.kind == "municipality", col(o.closed_on).is_(None), col(o.prefecture).is_not(None))
        .group_by(o.prefecture)
    )
    return [name for name, code in sorted(rows, key=lambda row: row[1] or "~") if name]
