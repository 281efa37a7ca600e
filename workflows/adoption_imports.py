"""Answers of a survey as statements of adoption: what would become of each row, and taking them, history kept.

A row is left alone where the same survey already said something of that town and product, or where the town has said
something since the day the survey is of. A code of a local government that merged leads to the one that took it over.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import Session, SQLModel, col, select

from stages.lifecycle import timely
from workflows.calendar import start_of_day
from workflows.runtime import ledger
from workflows.runtime.commands import AnyText, Command, Day, LgCode, Line, Ref
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import Outcome, verb
from workflows.runtime.work import Work, around_each
from workflows.tables.ideas import Idea
from workflows.tables.people import Membership, Organization
from workflows.tables.products import Adoption, Product, Survey

MOST_ROWS = 1_000
"""Of one command; a file of more is taken in several, and may be taken up again where it stopped."""
ADOPTIONS = SQLModel.metadata.tables["adoption"]


class SurveyAnswer(Command):
    """What a local government answered about a product."""

    lgcode: LgCode
    product: Ref
    status: Literal[
        "adopted", "piloting", "planned", "considering", "considered_not_adopted", "no_plan", "stopped"
    ]
    since: Day | None = None
    note: AnyText | None = None


class ImportAdoptions(Command):
    """Answers of the survey of a name, of the day they were asked for."""

    survey: Line
    answered_on: Day
    rows: list[SurveyAnswer] = Field(min_length=1, max_length=MOST_ROWS)


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


@verb("adoption.import", ImportAdoptions)
def import_adoptions(work: Work, command: ImportAdoptions) -> Outcome:
    """調査の回答を導入状況として取り込む。一行でも誤りがあれば何も取り込まない。団体の新しい回答は上書きしない。"""
    work.allow("adoption.import")
    # Locked until the commit: two imports run one after the other, and the second finds what the first one took.
    work.next_number("survey")
    ground = ground_of(work.session)
    named = {ground.products[r.product].idea_id for r in command.rows if r.product in ground.products}
    ideas = work.session.exec(
        select(Idea).where(col(Idea.id).in_(named)).order_by(col(Idea.id)).with_for_update()
    ).all()
    rows = Rows(work.session, ground, command.survey, command.answered_on, work.today)
    judged = rows.judge(list(enumerate(command.rows, start=1)))
    errors = {
        f"rows.{n}.{name}": sentence for n, one in enumerate(judged) for name, sentence in one.errors.items()
    }
    if errors:
        first = "、".join(f"{place}: {sentence}" for place, sentence in list(errors.items())[:5])
        raise Refused("invalid", f"取り込めない回答が {len(errors)} 件あります。{first}", errors)
    survey = work.find(Survey, name=command.survey) or work.add(
        Survey(
            name=command.survey,
            answered_on=command.answered_on,
            imported_by_id=work.speaker.user_id,
            imported_at=work.now,
        )
    )
    new = [one for one in judged if one.state == "new" and one.town and one.product]
    told_before = _have_answers(work, survey.id, new)
    _take(work, survey, new)
    _write_down(work, survey, new, ideas)
    _tell(work, survey, new, ideas, told_before)
    counts = Counter(one.state for one in judged)
    left = {state: counts[state] for state in ("already", "newer", "doubled")}
    return Outcome("survey", f"survey-{survey.id}", facts={"taken": len(new), **left, "total": len(judged)})


def _have_answers(work: Work, survey_id: int, new: Sequence[Judged]) -> tuple[set[int], set[int]]:
    """Which of these local governments and products this survey has said something of before."""
    towns = {one.town.org_id for one in new if one.town}
    products = {one.product.product_id for one in new if one.product}
    known = []
    for column, ids in ((col(Adoption.org_id), towns), (col(Adoption.product_id), products)):
        said = select(column).where(Adoption.survey_id == survey_id, column.in_(ids)).distinct()
        known.append(set(work.session.exec(said)))
    return known[0], known[1]


def _take(work: Work, survey: Survey, new: Iterable[Judged]) -> None:
    """The statements, each in the place of the one before it: two statements in all, whatever their number."""
    asked = start_of_day(survey.answered_on)
    rows, keys = [], []
    for one in new:
        assert one.town is not None
        assert one.product is not None
        keys.append({"b_product": one.product.product_id, "b_org": one.town.org_id, "b_now": work.now})
        rows.append(
            {
                "product_id": one.product.product_id,
                "org_id": one.town.org_id,
                "status": one.answer.status,
                "since": one.answer.since,
                "note": one.answer.note or "",
                "survey_id": survey.id,
                "surveyed_lgcode": one.answer.lgcode if one.led_on else None,
                "by_link": False,
                "stated_at": asked,
                "confirmed_at": asked,
            }
        )
    if rows:
        t = ADOPTIONS.c
        same = sa.and_(
            t.product_id == sa.bindparam("b_product"),
            t.org_id == sa.bindparam("b_org"),
            t.replaced_at.is_(None),
        )
        replaced = sa.update(ADOPTIONS).where(same).values(replaced_at=sa.bindparam("b_now"))
        work.session.connection().execute(replaced, keys)
        work.session.execute(sa.insert(ADOPTIONS), rows)


def _write_down(work: Work, survey: Survey, new: Sequence[Judged], ideas: Sequence[Idea]) -> None:
    """In the chain of each product's idea: how many of which status, and a digest of exactly what was taken."""
    for idea in ideas:
        said = [one for one in new if one.product and one.product.idea_id == idea.id]
        if not said:
            continue
        told = ledger.canonical([one.answer.model_dump(mode="json") for one in said])
        facts = {
            "product": said[0].answer.product,
            "survey": survey.name,
            "answered_on": survey.answered_on.isoformat(),
            "counts": dict(sorted(Counter(one.answer.status for one in said).items())),
            "rows_sha256": sha256(told.encode()).hexdigest(),
        }
        # Not through `record`: an import is no act of the owner, even where the importing agency owns it.
        ledger.append(work.session, idea.number, work.now, work.speaker.label, "adoption.imported", facts)


def _tell(
    work: Work,
    survey: Survey,
    new: Sequence[Judged],
    ideas: Sequence[Idea],
    told_before: tuple[set[int], set[int]],
) -> None:
    """One mail to each town that has people here, and to who made each product: once a survey, however often it is taken up."""
    towns = Counter(one.town.org_id for one in new if one.town)
    here = (
        select(Organization.id, Organization.slug, Organization.lgcode)
        .join(Membership, col(Membership.org_id) == Organization.id)
        .where(col(Membership.ended_at).is_(None), col(Organization.id).in_(set(towns) - told_before[0]))
    )
    asked = f"{survey.name}（{survey.answered_on} 時点）"
    for org_id, slug, code in sorted(set(work.session.exec(here).all())):
        subject = f"調査の回答から、貴団体の導入状況 {towns[org_id]} 件を記録しました"
        body = f"{asked}の回答です。違うところがあれば、下のページから答え直してください。新しい回答が優先されます。"
        work.tell([slug], "adoption.imported", f"/municipalities/{code or slug}#stated", subject, body)
    around = around_each(work.session, [idea.id for idea in ideas])
    for idea in ideas:
        said = [one for one in new if one.product and one.product.idea_id == idea.id]
        if said and said[0].product and said[0].product.product_id not in told_before[1]:
            subject = f"調査の回答から導入状況が記録されました: {idea.number} {idea.title}"
            body = f"{asked}の回答を取り込みました。"
            work.tell(around[idea.id].everyone, "adoption.imported", idea.number, subject, body)
