"""Waves: a round of contacts to the targets a filter chooses, looked at when it is opened and again when it starts."""

from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from stages.kernel import Denied
from stages.permissions import Standing, may
from workflows.organizations import Network, SizeClass
from workflows.runtime.actors import speaker
from workflows.runtime.commands import Command, Day, Line, Ref
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Demand
from workflows.tables.people import Organization, User
from workflows.tables.products import Product, RolloutTarget, Wave

NOT_FLAGGED = Denied(
    "wrong_status", "全国展開中のプロダクトではありません。全国展開が決まってから行ってください。"
)


class Where(Command):
    """Which targets; every part given must hold."""

    kind: Literal["prefecture", "city", "special_ward", "town", "village"] | None = None
    prefecture: Line | None = None
    size_class: SizeClass | None = None
    network: Network | None = None
    demand: bool | None = None


class OpenWave(Command):
    product: Ref
    name: Line
    where: Where
    starts_on: Day


def chosen(where: Where, product: Product) -> SelectOfScalar[int]:
    """The ids of the product's offered targets that a filter chooses."""
    o = Organization
    rows = select(RolloutTarget.id).join(o, col(o.id) == RolloutTarget.org_id)
    rows = rows.where(
        RolloutTarget.product_id == product.id,
        col(RolloutTarget.offered).is_(True),
        col(o.closed_on).is_(None),
    )
    return rows.where(*narrowed(where, product))


def narrowed(where: Where, product: Product) -> list[Any]:
    """The conditions on the local government that a filter stands for."""
    o, found = Organization, list[Any]()
    kinds = {"city": ("city", "designated_city", "core_city")}
    if where.kind is not None:
        found.append(col(o.size_class).in_(kinds.get(where.kind, (where.kind,))))
    for column, value in (
        (o.prefecture, where.prefecture),
        (o.size_class, where.size_class),
        (o.network_model, where.network),
    ):
        if value is not None:
            found.append(col(column) == value)
    if where.demand is not None:
        wanting = select(Demand.org_id).where(
            Demand.idea_id == product.idea_id, col(Demand.replaced_at).is_(None)
        )
        found.append(col(o.id).in_(wanting) if where.demand else col(o.id).not_in(wanting))
    return found


def gather(session: Session, wave: Wave, product: Product) -> None:
    """Makes the targets that the wave's filter chooses now its members. Targets come by the clock, so there may be none yet."""
    members = SQLModel.metadata.tables["wave_member"]
    session.execute(sa.delete(members).where(members.c.wave_id == wave.id))
    targets = session.exec(chosen(Where.model_validate(wave.where), product)).all()
    if targets:
        session.execute(sa.insert(members), [{"wave_id": wave.id, "target_id": t} for t in targets])
    wave.size = len(targets)
    session.add(wave)


def still_right(session: Session, planned: Sequence[Wave]) -> list[Wave]:
    """Those whose author might open them today: what was scheduled does not outlive the right to schedule it. Each author is
    asked about once."""
    authors = select(User.id, User.email).where(col(User.id).in_({wave.opened_by_id for wave in planned}))
    may_open = {
        user_id: may(speaker(session, email).actor, "wave.open", Standing()) is None
        for user_id, email in session.exec(authors)
    }
    return [wave for wave in planned if may_open[wave.opened_by_id]]


@verb("wave.open", OpenWave)
def open_wave(work: Work, command: OpenWave) -> Wave:
    """案内の波を開く。条件に合う展開先を選び、開始日に知らせる。"""
    product, idea = work.product(command.product)
    work.require("wave.open", idea, own_status=None if product.flag == "nationwide" else NOT_FLAGGED)
    wave = work.add(
        Wave(
            ref=f"{product.slug}-W{work.next_number(f'wave:{product.slug}')}",
            product_id=product.id,
            name=command.name,
            where=command.where.model_dump(exclude_none=True),
            starts_on=command.starts_on,
            size=0,
            opened_by_id=work.user_id,
            opened_at=work.now,
        )
    )
    gather(work.session, wave, product)
    work.record(
        "wave.opened",
        idea,
        wave=wave.ref,
        product=product.slug,
        name=wave.name,
        where=wave.where,
        size=wave.size,
    )
    return wave
