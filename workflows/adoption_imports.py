"""Answers of a survey taken as statements of adoption, whole or not at all, history kept. How a row is judged: survey_answers.py."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import SQLModel, col, select

from workflows.calendar import start_of_day
from workflows.runtime import ledger, outbox
from workflows.runtime.commands import Command, Day, Line
from workflows.runtime.refusal import Refused
from workflows.runtime.verbs import Outcome, verb
from workflows.runtime.work import Work, around_each
from workflows.survey_answers import Judged, Rows, SurveyAnswer, ground_of
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, Survey

MOST_ROWS = 5_000
"""Of one command: a survey of every local government about two products. A file of more is taken in several, and may be taken up
again where it stopped."""
ADOPTIONS = SQLModel.metadata.tables["adoption"]


class NamedSurvey(Command):
    """A survey by its name, and the day its answers are of."""

    survey: Line
    answered_on: Day


class ImportAdoptions(NamedSurvey):
    """Some or all of its answers."""

    rows: list[SurveyAnswer] = Field(min_length=1, max_length=MOST_ROWS)


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
    products = select(Product.id).where(col(Product.idea_id).in_(named)).order_by(col(Product.id))
    work.session.exec(products.with_for_update()).all()
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
    here = select(Organization.id, Organization.slug, Organization.lgcode)
    here = here.where(col(Organization.id).in_(set(towns) - told_before[0])).order_by(col(Organization.id))
    asked = f"{survey.name}（{survey.answered_on} 時点）"
    body = (
        f"{asked}の回答です。違うところがあれば、下のページから答え直してください。新しい回答が優先されます。"
    )
    letters = {
        slug: outbox.Letter(
            f"/municipalities/{code or slug}#stated",
            f"調査の回答から、貴団体の導入状況 {towns[org_id]} 件を記録しました",
            body,
        )
        for org_id, slug, code in work.session.exec(here)
    }
    outbox.enqueue_to_orgs(work.session, letters, "adoption.imported", work.now, work.actor.email)
    around = around_each(work.session, [idea.id for idea in ideas])
    for idea in ideas:
        said = [one for one in new if one.product and one.product.idea_id == idea.id]
        if said and said[0].product and said[0].product.product_id not in told_before[1]:
            subject = f"調査の回答から導入状況が記録されました: {idea.number} {idea.title}"
            body = f"{asked}の回答を取り込みました。"
            work.tell(around[idea.id].everyone, "adoption.imported", idea.number, subject, body)
