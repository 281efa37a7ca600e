"""Waves: a round of contacts to the targets a filter chooses, looked at when it is opened and again when it starts."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from stages.days import written
from stages.kernel import Denied
from stages.permissions import Standing, may
from workflows.calendar import tokyo_day
from workflows.organizations import Network, SizeClass
from workflows.rollout.statements import counts_since
from workflows.runtime.actors import speaker
from workflows.runtime.commands import Command, Day, Line, Ref
from workflows.runtime.refusal import Refused, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Demand
from workflows.tables.people import Organization, User
from workflows.tables.products import Adoption, Product, RolloutTarget, Wave, WaveMember

MEMBERS = SQLModel.metadata.tables["wave_member"]
REMIND_DAYS = 14
"""A wave's local governments are written to again at most once in so many days [rule]."""

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


class RemindWave(Command):
    wave: Ref


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
    """Makes the targets that the wave's filter chooses now its members, and those who came in the place of members that
    merged since. Targets come by the clock, so there may be none yet."""
    heirs = [heir for heir in _heirs(session, wave).values() if heir is not None]
    session.execute(sa.delete(MEMBERS).where(MEMBERS.c.wave_id == wave.id))
    targets = sorted({*session.exec(chosen(Where.model_validate(wave.where), product)).all(), *heirs})
    if targets:
        rows = [{"wave_id": wave.id, "target_id": t, "due": False} for t in targets]
        session.execute(sa.insert(MEMBERS), rows)
    wave.size = len(targets)
    session.add(wave)


def succeed(session: Session, wave: Wave) -> int:
    """Puts in the place of each member that has merged the local government that goes on in its stead, once, and has it told
    unless it was; a member that closed without one is left out. Returns how many left."""
    heirs = _heirs(session, wave)
    if not heirs:
        return 0
    of_wave = MEMBERS.c.wave_id == wave.id
    session.execute(sa.delete(MEMBERS).where(of_wave, MEMBERS.c.target_id.in_(heirs)))
    known = set(session.execute(sa.select(MEMBERS.c.target_id).where(of_wave)).scalars())
    new = sorted({heir for heir in heirs.values() if heir is not None} - known)
    if new:
        session.execute(sa.insert(MEMBERS), [{"wave_id": wave.id, "target_id": t, "due": True} for t in new])
    wave.size = len(known) + len(new)
    session.add(wave)
    return len(heirs)


def _heirs(session: Session, wave: Wave) -> dict[int, int | None]:
    """The members that have closed, each with the target of who goes on in its place today: None where nobody does, or where the
    product is not offered to it. A successor that merged itself hands on to its own."""
    o, t = Organization, RolloutTarget
    gone = select(t.id, o.successor_id).join(o, col(o.id) == t.org_id)
    gone = gone.join(WaveMember, col(WaveMember.target_id) == t.id)
    closed = dict(
        session.exec(gone.where(WaveMember.wave_id == wave.id, col(o.closed_on).is_not(None))).all()
    )
    if not closed:
        return {}
    merged = select(o.id, o.successor_id).where(col(o.closed_on).is_not(None))
    onward = dict(session.exec(merged).all())
    offered = select(t.org_id, t.id).where(t.product_id == wave.product_id, col(t.offered).is_(True))
    targets = dict(session.exec(offered).all())

    def last(org: int | None) -> int:
        seen = set[int]()
        while org in onward and org not in seen:
            seen.add(org)
            org = onward[org]
        return 0 if org is None or org in onward else org

    return {member: targets.get(last(org)) for member, org in closed.items()}


def unanswered(wave: Wave, today: date) -> SelectOfScalar[int]:
    """The targets among a wave's members that are open and of which no statement counts today."""
    o, t = Organization, RolloutTarget
    said = select(Adoption.org_id).where(
        Adoption.product_id == wave.product_id,
        col(Adoption.replaced_at).is_(None),
        col(Adoption.confirmed_at) >= counts_since(today),
    )
    rows = select(t.id).join(WaveMember, col(WaveMember.target_id) == t.id).join(o, col(o.id) == t.org_id)
    return rows.where(WaveMember.wave_id == wave.id, col(o.closed_on).is_(None), col(t.org_id).not_in(said))


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


@verb("wave.remind", RemindWave)
def remind_wave(work: Work, command: RemindWave) -> Wave:
    """まだ答えていない団体に、もう一度知らせる。次の朝の一通にまとめて届く。14日に一度まで。"""
    found = work.session.exec(
        select(Wave.id, Product.slug)
        .join(Product, col(Product.id) == Wave.product_id)
        .where(Wave.ref == command.wave)
    ).first()
    if found is None:
        raise unknown(f"案内 {command.wave}")
    product, idea = work.product(found[1])
    wave = work.lock(Wave, found[0])
    own = None if product.flag == "nationwide" else NOT_FLAGGED
    work.require("wave.remind", idea, own_status=own)
    if wave.told_at is None:
        raise Refused(
            "wrong_status",
            f"この案内は、{written(wave.starts_on)}に初めて知らせます。その後で行ってください。",
        )
    again = remind_from(wave)
    if work.today < again:
        raise Refused(
            "too_many",
            f"もう一度知らせるのは {REMIND_DAYS}日に一度までです。次は {written(again)}からできます。",
        )
    succeed(work.session, wave)
    asked = work.session.exec(unanswered(wave, work.today)).all()
    if not asked:
        raise Refused("wrong_status", "まだ答えていない団体はありません。")
    member = sa.and_(MEMBERS.c.wave_id == wave.id, MEMBERS.c.target_id.in_(asked))
    work.session.execute(sa.update(MEMBERS).where(member).values(due=True))
    wave.reminded_at = work.now
    work.add(wave)
    work.record("wave.reminded", idea, wave=wave.ref, product=product.slug, count=len(asked))
    return wave


def remind_from(wave: Wave) -> date:
    """The first day on which those who have not answered may be written to again. The wave has been told."""
    assert wave.told_at is not None
    return tokyo_day(max(wave.told_at, wave.reminded_at or wave.told_at)) + timedelta(days=REMIND_DAYS)
