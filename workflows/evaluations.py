"""Evaluations: measuring a KPI before and during a pilot, and taking a wrong measurement back."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from sqlmodel import col, select

from stages.kernel import Denied
from stages.permissions import Actor
from workflows.kpis import find_kpi
from workflows.measuring import PROPORTIONS
from workflows.runtime.commands import Command, Count, Day, Ref, Text
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work, around
from workflows.statistics import summarise
from workflows.tables.ideas import Idea, Visit
from workflows.tables.pilots import Kpi, Measurement, Pilot
from workflows.tables.reviews import Review

MOST_SAMPLES = 20_000
Quantity = Annotated[float, Field(ge=0, le=1e12)]
"""Minutes, uses, points or yen: none of them can be negative."""
SampleSize = Annotated[int, Field(ge=1, le=2_000_000_000)]


class MeasureKpi(Command):
    """One measuring of a KPI in one arm: successes of n, or mean and sd of n, or the samples themselves.

    Mean, sd and samples are in the unit of the KPI (for time_saved: minutes a case took in that arm). The samples of a share
    are 1 where it was so and 0 where it was not.
    """

    kpi: Ref
    arm: Literal["baseline", "pilot"]
    period_from: Day
    period_to: Day
    method: Text
    successes: Count | None = None
    n: SampleSize | None = None
    mean: Quantity | None = None
    sd: Quantity | None = None
    samples: list[Quantity] | None = Field(default=None, min_length=1, max_length=MOST_SAMPLES)
    measured_by: Ref

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        given = {
            name for name in ("successes", "n", "mean", "sd", "samples") if getattr(self, name) is not None
        }
        if given not in ({"successes", "n"}, {"mean", "sd", "n"}, {"samples"}):
            raise PydanticCustomError(
                "shape",
                "当てはまった数と標本数、平均と標準偏差と標本数、一件ずつの値の、どれか一組だけを入れてください"
                "（successes・n／mean・sd・n／samples）。",
            )
        if self.successes is not None and self.n is not None and self.successes > self.n:
            raise PydanticCustomError(
                "order",
                "当てはまった数が標本数より多くなっています。件数を確かめてください。",
            )
        if self.period_to < self.period_from:
            raise PydanticCustomError(
                "order",
                "測定の終わり（period_to）が始まり（period_from）より前です。日付を確かめてください。",
            )
        return self


class VoidMeasurement(Command):
    """A measurement that no longer counts, and why."""

    measurement: Ref
    because: Text


def measuring_orgs(actor: Actor, partners: frozenset[str]) -> set[str]:
    """The organizations through which the actor may measure: municipalities, partner vendors, the agency (POLICY §7)."""
    towns = {m.org for m in actor.holds("municipality", "submitter", "approver")}
    vendors = {m.org for m in actor.holds("vendor", "member")} & partners
    return towns | vendors | {m.org for m in actor.holds("agency", "reviewer")}


def _measuring_orgs(work: Work, idea: Idea) -> set[str]:
    return measuring_orgs(work.actor, around(work.session, idea).partners)


def not_now(kpi: Kpi, pilot: Pilot, arm: str) -> Denied | None:
    """The baseline can be measured once frozen, the pilot arm once started; nothing of what was given up."""
    if pilot.status == "cancelled":
        return Denied("wrong_status", "この実証は取りやめになっています。")
    if kpi.abandoned_at:
        return Denied("wrong_status", "この KPI は測るのをやめています。")
    if arm == "baseline" and pilot.frozen_at is None:
        return Denied("wrong_status", "目標値を凍結してから、実証前の値を測ってください。")
    if arm == "pilot" and pilot.started_at is None:
        return Denied("wrong_status", "実証が始まってから測ってください。")
    return None


def in_its_stages(pilot: Pilot, idea: Idea) -> bool:
    """A pilot is measured up to the end of evaluation; a replica, planned in productization, in productization."""
    return (pilot.planned_in == "productization") == (idea.stage == "productization")


def _insist_on_stage(pilot: Pilot, idea: Idea) -> None:
    """Refused `wrong_stage` outside of the pilot's stages."""
    if not in_its_stages(pilot, idea):
        raise Refused(
            "wrong_stage",
            "この実証の KPI を測れる段階ではありません。評価の終わりまで（再現の実証はプロダクト化の間）に測ります。",
        )


def _insist_it_fits(kpi: Kpi, command: MeasureKpi) -> None:
    """Refused `invalid` where the inputs do not fit the KPI's type."""
    shares = kpi.type in PROPORTIONS
    if (command.mean is not None) if shares else (command.successes is not None):
        form = "successes と n、又は 0 か 1 の samples" if shares else "mean と sd と n、又は samples"
        raise invalid("kpi", f"{kpi.name}（{kpi.type}）の測定は {form} で入れてください。")
    if shares:
        wrong = next((i for i, x in enumerate(command.samples or (), 1) if x not in (0, 1)), None)
        if wrong:
            raise invalid(
                "samples", f"{wrong} 件目が 0 でも 1 でもありません。当てはまれば 1、そうでなければ 0 です。"
            )
    if kpi.type == "satisfaction":
        outside = [i for i, x in enumerate(command.samples or [command.mean or 0.0], 1) if not 1 <= x <= 5]
        if outside:
            where = f"{outside[0]} 件目を確かめてください。" if command.samples else ""
            raise invalid(
                "samples" if command.samples else "mean", f"満足度は 1 から 5 で入れてください。{where}"
            )


def _observed(kpi: Kpi, command: MeasureKpi) -> dict[str, Any]:
    """The columns of what was observed; samples are kept and summarised. A single sample has no spread: its sd is 0. Of a
    share's samples the counts say all."""
    if command.samples is None:
        return command.model_dump(include={"successes", "n", "mean", "sd"})
    if kpi.type in PROPORTIONS:
        return {"successes": int(sum(command.samples)), "n": len(command.samples)}
    summary = summarise(command.samples)
    return {"n": summary.n, "mean": summary.mean, "sd": summary.sd or 0.0, "samples": command.samples}


@verb("kpi.measure", MeasureKpi)
def measure_kpi(work: Work, command: MeasureKpi) -> Measurement:
    """KPI を測った結果を記録する。実証前の値は凍結の後、実証の値は開始の後から、評価の終わりまで。"""
    kpi, pilot, idea = find_kpi(work, command.kpi)
    org = work.org(command.measured_by)
    work.require("kpi.measure", idea, pilot=pilot, own_status=not_now(kpi, pilot, command.arm))
    _insist_on_stage(pilot, idea)
    if org.slug not in _measuring_orgs(work, idea):
        raise invalid(
            "measured_by",
            f"{org.name} の測定としては記録できません。あなたが測定できる団体を入れてください。",
        )
    _insist_it_fits(kpi, command)
    if command.period_to > work.today:
        raise invalid("period_to", "測定の終わりが未来の日付です。測り終えてから記録してください。")
    visit = work.session.exec(
        select(Visit).where(Visit.idea_id == idea.id, Visit.stage == idea.stage, Visit.number == idea.visit)
    ).one()
    observed = _observed(kpi, command)
    measurement = work.add(
        Measurement(
            ref=work.next_ref(idea, "M"),
            kpi_id=kpi.id,
            visit_id=visit.id,
            org_id=org.id,
            measured_by_id=work.user_id,
            recorded_at=work.now,
            **command.model_dump(include={"arm", "period_from", "period_to", "method"}),
            **observed,
        )
    )
    work.record(
        "kpi.measured",
        idea,
        kpi=kpi.ref,
        measurement=measurement.ref,
        arm=command.arm,
        period=[command.period_from.isoformat(), command.period_to.isoformat()],
        method=command.method,
        by=org.slug,
        **{
            name: observed[name]
            for name in ("successes", "n", "mean", "sd")
            if observed.get(name) is not None
        },
    )
    return measurement


def _find_measurement(work: Work, reference: str) -> tuple[Measurement, Kpi, Pilot, Idea]:
    found = work.session.exec(
        select(Measurement.id, Kpi.ref)
        .join(Kpi, col(Kpi.id) == Measurement.kpi_id)
        .where(Measurement.ref == reference)
    ).first()
    named = f"測定 {reference}"
    if found is None:
        raise unknown(named)
    kpi, pilot, idea = find_kpi(work, found[1], named)
    return work.lock(Measurement, found[0]), kpi, pilot, idea


@verb("kpi.void", VoidMeasurement)
def void_measurement(work: Work, command: VoidMeasurement) -> Measurement:
    """自分の団体の測定を取り消す。記録に残り、数えなくなる。審査が根拠として凍結した後は frozen。"""
    measurement, kpi, pilot, idea = _find_measurement(work, command.measurement)
    if work.speaker.user_id and work.slug_of(measurement.org_id) not in _measuring_orgs(work, idea):
        raise Refused(
            "not_permitted", "取り消せるのは、自分の団体が行った測定だけです。測った団体に頼んでください。"
        )
    gone = Denied("wrong_status", "この測定はもう取り消されています。") if measurement.voided_at else None
    work.require("kpi.void", idea, pilot=pilot, own_status=gone)
    frozen = work.session.exec(
        select(Review.ref, Review.measurements_frozen).where(Review.idea_id == idea.id)
    )
    holding = next((review for review, refs in frozen if measurement.ref in refs), None)
    if holding:
        raise Refused(
            "frozen",
            f"この測定は審査 {holding} の根拠として凍結されています。取り消せません。",
            about=[holding],
        )
    measurement.voided_at, measurement.void_because = work.now, command.because
    work.add(measurement)
    work.record("kpi.voided", idea, kpi=kpi.ref, measurement=measurement.ref, because=command.because)
    return measurement
