"""Answers of a survey, row by row: what each would become as a statement of adoption, held against every town and product there is.

A row is left alone where the same survey already said something of that town and product, or where the town has said
something since the day the survey is of. A code of a local government that merged leads to the one that took it over.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session, col, select

from stages.lifecycle import timely
from workflows.calendar import start_of_day
from workflows.runtime.commands import AnyText, Command, Day, LgCode, Ref
from workflows.runtime.refusal import invalid
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, Survey


class SurveyAnswer(Command):
    """What a local government answered about a product."""

    lgcode: LgCode
    product: Ref
    status: Literal[
        "adopted", "piloting", "planned", "considering", "considered_not_adopted", "no_plan", "stopped"
    ]
    since: Day | None = None
    note: AnyText | None = None


@dataclass(frozen=True, slots=True)
class Town:
    """Where a code leads: the local government that stands now, or why there is none."""

    org_id: int
    slug: str
    name: str
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A product that can be answered about, or why it cannot."""

    product_id: int
    idea_id: int
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """What rows are held against: every code and every product there is. Columns, read once for a whole file."""

    towns: Mapping[str, Town]
    products: Mapping[str, Offered]


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of a row: `new`, `already` imported from this survey, `newer` (the town has spoken since), `doubled` (the
    same row again) or `wrong`, with a sentence a field."""

    state: str
    answer: SurveyAnswer
    errors: Mapping[str, str] = field(default_factory=dict)
    town: Town | None = None
    product: Offered | None = None

    @property
    def led_on(self) -> bool:
        """The code is that of a local government that has merged into another."""
        return self.town is not None and self.town.why_not == "merged"


def ground_of(session: Session) -> Ground:
    """Two statements."""
    o, p = Organization, Product
    columns: list[Any] = [o.id, o.lgcode, o.slug, o.name, o.closed_on, o.successor_id]
    orgs = {row[0]: row for row in session.exec(select(*columns).where(o.kind == "municipality"))}
    towns = {}
    for org_id, code, slug, name, closed_on, _ in orgs.values():
        if code is None:
            continue
        seen, heir = {org_id}, orgs[org_id]
        while heir[4] is not None and heir[5] in orgs and heir[5] not in seen:
            seen.add(heir[5])
            heir = orgs[heir[5]]
        if heir[4] is not None:
            gone = f"{name}は {closed_on} に廃止され、引き継いだ団体が登録されていません。この行を除いてください。"
            towns[code] = Town(0, slug, name, gone)
        else:
            towns[code] = Town(heir[0], heir[2], heir[3], "" if heir[0] == org_id else "merged")
    rows: list[Any] = [p.slug, p.id, p.idea_id, p.flag, Idea.status, Idea.stage]
    products = {}
    for slug, product_id, idea_id, flag, status, stage in session.exec(
        select(*rows).join(Idea, col(Idea.id) == p.idea_id)
    ):
        denied = timely("adoption.report", status, stage)
        why = denied.message if denied else ""
        if flag == "none":
            why = f"{slug} はまだ全国展開が決まっていません。この行を除いてください。"
        products[slug] = Offered(product_id, idea_id, why)
    return Ground(towns, products)


class Rows:
    """Rows of one survey, judged in the order of the file and against those judged before.

    Kept of a row are its number and a digest, in 16 bytes for each product named times each local government: a file of a
    million rows needs no more than one of two thousand.
    """

    def __init__(self, session: Session, ground: Ground, survey: str, answered_on: Any, now_on: Any) -> None:
        self.session, self.ground, self.answered_on, self.today = session, ground, answered_on, now_on
        self.place = {org_id: at for at, org_id in enumerate({t.org_id for t in ground.towns.values()})}
        self.seen: dict[int, array[int]] = {}
        found = session.exec(select(Survey).where(Survey.name == survey)).first()
        if found is not None and found.answered_on != answered_on:
            raise invalid(
                "answered_on",
                f"「{survey}」は {found.answered_on} 時点の調査として取り込まれています。日付か名前を確かめてください。",
            )
        if answered_on.year < 2000:
            raise invalid("answered_on", "西暦 2000 年より前の日付です。調査の時点を確かめてください。")
        if answered_on > now_on:
            raise invalid("answered_on", "今日より後の日付です。調査の時点を入れてください。")
        self.survey_id = found.id if found else None

    def judge(self, rows: Sequence[tuple[int, SurveyAnswer]]) -> list[Judged]:
        """The rows, each with its number in the file. Two statements."""
        placed = [
            (n, r, self.ground.towns.get(r.lgcode), self.ground.products.get(r.product)) for n, r in rows
        ]
        towns = {t.org_id for _, _, t, _ in placed if t}
        products = {p.product_id for _, _, _, p in placed if p}
        said = self._standing(towns, products)
        surveyed = self._surveyed(towns, products)
        day_begins = start_of_day(self.answered_on)
        judged = []
        for number, row, town, product in placed:
            errors = self._faults(row, town, product)
            if errors or town is None or product is None:
                judged.append(Judged("wrong", row, errors, town, product))
                continue
            key = (product.product_id, town.org_id)
            first, same = self._first(*key, number, hash((row.status, row.since, row.note or "")))
            state, errors = "new", {}
            if first != number:
                state = "doubled" if same else "wrong"
                if state == "wrong":
                    errors = {"lgcode": _contradicts(first, town)}
            elif key in surveyed:
                state = "already"
            elif key in said and said[key] >= day_begins:
                state = "newer"
            judged.append(Judged(state, row, errors, town, product))
        return judged

    def _first(self, product: int, org: int, number: int, digest: int) -> tuple[int, bool]:
        """The row that spoke first of a product and a town, and whether it said the same."""
        of_product = self.seen.setdefault(product, array("q", [0]) * (2 * len(self.place)))
        at = 2 * self.place[org]
        if not of_product[at]:
            of_product[at], of_product[at + 1] = number, digest
        return of_product[at], of_product[at + 1] == digest

    def _faults(self, row: SurveyAnswer, town: Town | None, product: Offered | None) -> dict[str, str]:
        errors = {}
        if town is None:
            errors["lgcode"] = (
                f"団体コード {row.lgcode} の団体は登録されていません。コードを確かめてください。"
            )
        elif town.why_not and not town.org_id:
            errors["lgcode"] = town.why_not
        if product is None:
            errors["product"] = f"プロダクト {row.product} はありません。綴りを確かめてください。"
        elif product.why_not:
            errors["product"] = product.why_not
        if row.since and row.since > self.answered_on and row.status in ("adopted", "piloting", "stopped"):
            errors["since"] = (
                "調査の時点より後の日付です。まだ始まっていないときは「導入予定」にしてください。"
            )
        return errors

    def _standing(self, towns: set[int], products: set[int]) -> dict[tuple[int, int], datetime]:
        columns: list[Any] = [Adoption.product_id, Adoption.org_id, Adoption.confirmed_at]
        rows = self.session.exec(self._of(select(*columns), towns, products).where(_STANDING))
        return {(product, org): confirmed for product, org, confirmed in rows}

    def _surveyed(self, towns: set[int], products: set[int]) -> set[tuple[int, int]]:
        if self.survey_id is None:
            return set()
        columns: list[Any] = [Adoption.product_id, Adoption.org_id]
        rows = self._of(select(*columns), towns, products).where(Adoption.survey_id == self.survey_id)
        return set(self.session.exec(rows))

    @staticmethod
    def _of(statement: Any, towns: set[int], products: set[int]) -> Any:
        return statement.where(col(Adoption.org_id).in_(towns), col(Adoption.product_id).in_(products))


_STANDING = col(Adoption.replaced_at).is_(None)


def _contradicts(number: int, town: Town) -> str:
    return f"{number} 行目と同じ団体（いまの{town.name}）・プロダクトの、違う回答です。正しい方だけを残してください。"
