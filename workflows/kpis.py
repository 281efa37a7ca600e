"""KPIs: what a pilot promises to reach, frozen before it starts and never eased afterwards."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import Field
from sqlmodel import col, select

from stages.figures import SHARES
from stages.kernel import Denied
from workflows.pilots import OfPilot, unless
from workflows.runtime.commands import Command, Key, Line, Ref, Text
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.pilots import KPI_TYPES, Kpi, Pilot

LESS_IS_BETTER = frozenset({"cost_per_case", "escalation_rate", "incident_count"})
"""The KPI types whose good direction is down; of every other type more is better (POLICY §8)."""
UNITS = {
    "time_saved": "minutes_per_case",
    "uses_per_user": "uses",
    "satisfaction": "points",
    "cost_per_case": "yen_per_case",
    "incident_count": "incidents",
}
"""KPI type -> its unit, where it is no share of n (a `ratio`)."""
KpiType = Literal[KPI_TYPES]  # type: ignore[valid-type]
Direction = Literal["up", "down"]
TargetValue = Annotated[float, Field(ge=-1e12, le=1e12)]
MinimumSample = Annotated[int, Field(ge=1, le=2_000_000_000)]


class DefineKpi(Command):
    """A KPI of a pilot: what is counted, the target it must reach, on how many cases at least."""

    pilot: Ref
    key: Key
    type: KpiType
    name: Line
    unit: Line
    direction: Direction
    target: TargetValue
    min_n: MinimumSample


class ReviseKpi(Command):
    """Any field of a KPI that is not frozen yet. Its reference stays."""

    kpi: Ref
    key: Key | None = None
    type: KpiType | None = None
    name: Line | None = None
    unit: Line | None = None
    direction: Direction | None = None
    target: TargetValue | None = None
    min_n: MinimumSample | None = None


class AbandonKpi(Command):
    """A KPI that will not be measured any more, and why."""

    kpi: Ref
    because: Text


def good_direction(type_: str) -> str:
    return "down" if type_ in LESS_IS_BETTER else "up"


def unit_of(type_: str) -> str:
    """The unit that a KPI of a type is counted in."""
    return UNITS.get(type_, "ratio")


def find_kpi(work: Work, reference: str, named: str | None = None) -> tuple[Kpi, Pilot, Idea]:
    """A KPI with its pilot and its idea, all locked. Refused `unknown`, by the name it was `named`, unless the actor may see
    everything of the idea."""
    found = work.session.exec(
        select(Kpi.id, Pilot.id, Pilot.idea_id)
        .join(Pilot, col(Pilot.id) == Kpi.pilot_id)
        .where(Kpi.ref == reference)
    ).first()
    if found is not None:
        kpi_id, pilot_id, idea_id = found
        idea = work.lock(Idea, idea_id)
        if work.sees(idea):
            return work.lock(Kpi, kpi_id), work.lock(Pilot, pilot_id), idea
    raise unknown(named or f"KPI {reference}")


def defined(work: Work, pilot: Pilot) -> list[Kpi]:
    """Every KPI of a pilot, abandoned ones too, in the order defined."""
    return list(work.session.exec(select(Kpi).where(Kpi.pilot_id == pilot.id).order_by(col(Kpi.id))))


def first_freeze(work: Work, pilot: Pilot) -> Sequence[Kpi]:
    """The KPIs that the idea froze first, on another pilot than this one, a cancelled one too; none before any freeze."""
    earliest = (
        select(Pilot.id)
        .where(Pilot.idea_id == pilot.idea_id, Pilot.id != pilot.id, col(Pilot.frozen_at).is_not(None))
        .order_by(col(Pilot.frozen_at), col(Pilot.id))
        .limit(1)
    )
    return work.session.exec(select(Kpi).where(col(Kpi.pilot_id).in_(earliest)).order_by(col(Kpi.id))).all()


def _unless_planned(pilot: Pilot) -> Denied | None:
    """A pilot that ended without a freeze takes no KPI (`wrong_status`); a frozen one is refused as such, later."""
    return None if pilot.frozen_at else unless(pilot, "planned")


def _insist_unfrozen(pilot: Pilot) -> None:
    if pilot.frozen_at:
        raise Refused("frozen", "目標値は凍結されています。凍結した目標は変えられず、KPI も足せません。")


def _insist_as_hard(frozen: Sequence[Kpi], kpi: Kpi) -> None:
    """Refused `frozen` where a later pilot would promise something else, or less, than the idea froze first.

    The first pilot of an idea promises freely, but in its type's good direction: else `invalid`.
    """
    good = good_direction(kpi.type)
    if not frozen and kpi.direction != good:
        raise invalid(
            "direction",
            f"この種類の KPI は、{'大きい' if good == 'up' else '小さい'}ほど良いものです。良い向き（{good}）を選んでください。",
        )
    if not frozen:
        return
    first = next((k for k in frozen if k.key == kpi.key), None)
    if first is None:
        keys = "、".join(k.key for k in frozen)
        wrong = f"最初に凍結した KPI（{keys}）にない {kpi.key} は足せません。同じ KPI で比べてください。"
    elif (kpi.type, kpi.direction) != (first.type, first.direction):
        wrong = (
            f"{kpi.key} の種類と向きは、最初に凍結した {first.type}・{first.direction} から変えられません。"
        )
    elif kpi.target < first.target if kpi.direction == "up" else kpi.target > first.target:
        wrong = f"{kpi.key} の目標は、最初に凍結した {first.target:g} より易しくできません。"
    elif kpi.min_n < first.min_n:
        wrong = f"{kpi.key} の標本数の下限は、最初に凍結した {first.min_n} より小さくできません。"
    else:
        return
    raise Refused("frozen", wrong, about=[kpi.key])


def _insist_on_scale(kpi: Kpi) -> None:
    """Refused `invalid` for a target that nothing measured could ever reach: 94 where 94 % is meant would be frozen for good."""
    if kpi.type in SHARES and not 0 <= kpi.target <= 1:
        raise invalid(
            "target", "割合の目標は 0% から 100% の間です。94% なら「94%」か「0.94」と入れてください。"
        )
    if kpi.type == "satisfaction" and not 1 <= kpi.target <= 5:
        raise invalid("target", "満足度の目標は 1 から 5 で入れてください。")


def _insist_new_key(others: Iterable[Kpi], key: str) -> None:
    if any(k.key == key for k in others):
        message = f"{key} という短い名前の KPI はもうあります。名前を変えるか、いまの KPI を直してください。"
        raise Refused("duplicate", message, about=[key])


def _promise(kpi: Kpi) -> dict[str, str | float | int]:
    """A KPI as the ledger keeps it."""
    return kpi.model_dump(include={"key", "type", "direction", "target", "min_n", "unit"})


def _reference(work: Work, pilot: Pilot, key: str) -> str:
    """A reference that stays: a KPI whose key was revised keeps the old one, so a free one is looked for."""
    reference, count = f"{pilot.ref}-{key}", 1
    while work.find(Kpi, ref=reference):
        count += 1
        reference = f"{pilot.ref}-{key}-{count}"
    return reference


@verb("kpi.define", DefineKpi)
def define_kpi(work: Work, command: DefineKpi) -> Kpi:
    """実証の KPI と目標を決める。凍結した後と、後の実証で易しくする場合は frozen、同じ key は duplicate。"""
    pilot, idea = work.part(Pilot, command.pilot, "実証")
    work.require("kpi.define", idea, pilot=pilot, own_status=_unless_planned(pilot))
    _insist_unfrozen(pilot)
    kpi = Kpi(
        ref=_reference(work, pilot, command.key),
        pilot_id=pilot.id,
        defined_at=work.now,
        **command.model_dump(exclude={"pilot"}),
    )
    _insist_as_hard(first_freeze(work, pilot), kpi)
    _insist_on_scale(kpi)
    _insist_new_key(defined(work, pilot), kpi.key)
    work.add(kpi)
    work.record("kpi.defined", idea, kpi=kpi.ref, **_promise(kpi))
    return kpi


def _unless_abandoned(kpi: Kpi) -> Denied | None:
    return Denied("wrong_status", "この KPI は測るのをやめています。") if kpi.abandoned_at else None


@verb("kpi.revise", ReviseKpi)
def revise_kpi(work: Work, command: ReviseKpi) -> Kpi:
    """凍結する前の KPI を直す。凍結した後は frozen。"""
    kpi, pilot, idea = find_kpi(work, command.kpi)
    dead = None if pilot.frozen_at else _unless_planned(pilot) or _unless_abandoned(kpi)
    work.require("kpi.revise", idea, pilot=pilot, own_status=dead)
    _insist_unfrozen(pilot)
    fields = command.model_dump(exclude={"kpi"}, exclude_none=True)
    revised = Kpi(**kpi.model_dump() | fields)
    _insist_as_hard(first_freeze(work, pilot), revised)
    _insist_on_scale(revised)
    _insist_new_key((k for k in defined(work, pilot) if k.id != kpi.id), command.key or kpi.key)
    for name, value in fields.items():
        setattr(kpi, name, value)
    work.add(kpi)
    work.record("kpi.revised", idea, kpi=kpi.ref, fields=sorted(fields), **_promise(kpi))
    return kpi


@verb("kpi.freeze", OfPilot)
def freeze_kpis(work: Work, command: OfPilot) -> Pilot:
    """決裁のうえ、実証のすべての KPI と目標を凍結する。最初に凍結した KPI が欠けていれば incomplete。"""
    pilot, idea = work.part(Pilot, command.pilot, "実証")
    work.require("kpi.freeze", idea, pilot=pilot, own_status=_unless_planned(pilot))
    _insist_unfrozen(pilot)
    kpis = defined(work, pilot)
    if not kpis:
        raise Refused(
            "incomplete", "KPI がありません。KPI と目標を決めてから凍結してください。", about=["kpi.define"]
        )
    missing = [k.key for k in first_freeze(work, pilot) if k.key not in {own.key for own in kpis}]
    if missing:
        raise Refused(
            "incomplete",
            f"最初に凍結した KPI が欠けています（{'、'.join(missing)}）。同じ KPI を決めてください。",
            about=missing,
        )
    work.change(pilot, frozen_at=work.now, frozen_by_id=work.user_id)
    work.record("kpi.frozen", idea, pilot=pilot.ref, kpis=[_promise(k) for k in kpis])
    return pilot


@verb("kpi.abandon", AbandonKpi)
def abandon_kpi(work: Work, command: AbandonKpi) -> Kpi:
    """KPI を測るのをやめる。記録に残り、目標に届かなかったものとして扱う。"""
    kpi, pilot, idea = find_kpi(work, command.kpi)
    dead = unless(pilot, "planned", "running", "finished") or _unless_abandoned(kpi)
    work.require("kpi.abandon", idea, pilot=pilot, own_status=dead)
    kpi.abandoned_at, kpi.abandoned_because = work.now, command.because
    work.add(kpi)
    work.record("kpi.abandoned", idea, kpi=kpi.ref, because=command.because)
    return kpi
