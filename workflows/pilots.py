"""Pilots: planning where, when, with whom and at what cost an idea is tried; what happens until it ends."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from sqlmodel import col, select

from stages.kernel import Denied
from workflows import markdown
from workflows.runtime.commands import Command, Count, Day, Markdown, Ref, Text, Version
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Organization
from workflows.tables.pilots import Pilot, PilotUpdate

PILOT_STATUS_NAMES = {"planned": "計画済み", "running": "実施中", "finished": "終了", "cancelled": "取りやめ"}


class Dated(Command):
    """Days of a pilot, both counted: the end may not lie before the start."""

    starts_on: Day | None = None
    ends_on: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise PydanticCustomError(
                "order", "終了日（ends_on）が開始日（starts_on）より前です。日付を確かめてください。"
            )
        return self


class PlanPilot(Dated):
    """Where, when, with which vendor an idea is tried, what would stop it, what it costs (yen)."""

    idea: Ref
    site: Ref
    vendor: Ref
    starts_on: Day
    ends_on: Day
    plan_md: Markdown
    stop_rule: Text
    cost_yen: Count
    budget_deadline: Day


class RevisePilot(Dated):
    """Any field of a plan."""

    pilot: Ref
    seen_version: Version | None = None
    site: Ref | None = None
    vendor: Ref | None = None
    plan_md: Markdown | None = None
    stop_rule: Text | None = None
    cost_yen: Count | None = None
    budget_deadline: Day | None = None


class ReplanPilot(Dated):
    """New days for a pilot that has not started, and why."""

    pilot: Ref
    starts_on: Day
    ends_on: Day
    because: Text


class OfPilot(Command):
    pilot: Ref


class ReportPilot(Command):
    """How a running pilot goes. Progress in percent of the plan."""

    pilot: Ref
    health: Literal["green", "amber", "red"]
    progress: int = Field(ge=0, le=100)
    summary: Markdown
    blockers: list[Text] | None = Field(default=None, max_length=30)


class FinishPilot(Command):
    pilot: Ref
    summary: Markdown


class CancelPilot(Command):
    pilot: Ref
    because: Text


def unless(pilot: Pilot, *statuses: str) -> Denied | None:
    """Denied `wrong_status` unless the pilot is in one of these."""
    if pilot.status in statuses:
        return None
    allowed = "・".join(PILOT_STATUS_NAMES[s] for s in statuses)
    now = PILOT_STATUS_NAMES[pilot.status]
    return Denied(
        "wrong_status",
        f"この実証は「{now}」です。できるのは「{allowed}」のときです。実証の状態を確かめてください。",
    )


def _insist_on_places(work: Work, idea: Idea, site: Organization | None, vendor: Organization | None) -> None:
    """Refused `invalid` unless the site is a municipality and the vendor a partner of the idea."""
    if site and site.kind != "municipality":
        raise invalid(
            "site", f"{site.name} は地方公共団体ではありません。実証する地方公共団体を選んでください。"
        )
    if vendor:
        joined = work.find(TeamMember, idea_id=idea.id, org_id=vendor.id, status="joined")
        if vendor.kind != "vendor" or joined is None:
            raise invalid(
                "vendor",
                f"{vendor.name} はこのアイデアに参加している事業者ではありません。先に参加してもらってください。",
            )


def _days(pilot: Pilot) -> dict[str, str]:
    return {"starts_on": pilot.starts_on.isoformat(), "ends_on": pilot.ends_on.isoformat()}


@verb("pilot.plan", PlanPilot)
def plan_pilot(work: Work, command: PlanPilot) -> Pilot:
    """実証を計画する。計画済み・実施中の実証があれば duplicate。"""
    idea = work.idea(command.idea)
    site, vendor = work.org(command.site), work.org(command.vendor)
    work.require("pilot.plan", idea)
    _insist_on_places(work, idea, site, vendor)
    standing = select(Pilot).where(Pilot.idea_id == idea.id, col(Pilot.status).in_(("planned", "running")))
    other = work.session.exec(standing).first()
    if other:
        raise Refused(
            "duplicate",
            f"実証 {other.ref} がまだ終わっていません。終了するか取りやめてから計画してください。",
            about=[other.ref],
        )
    texts = command.model_dump(exclude={"idea", "site", "vendor"})
    pilot = work.add(
        Pilot(
            ref=work.next_ref(idea, "P"),
            idea_id=idea.id,
            planned_in=idea.stage,
            site_id=site.id,
            vendor_id=vendor.id,
            plan_html=markdown.render(command.plan_md),
            planned_by_id=work.user_id,
            planned_at=work.now,
            **texts,
        )
    )
    work.record(
        "pilot.planned",
        idea,
        pilot=pilot.ref,
        site=site.slug,
        vendor=vendor.slug,
        cost_yen=pilot.cost_yen,
        budget_deadline=pilot.budget_deadline.isoformat(),
        stop_rule=pilot.stop_rule,
        **_days(pilot),
    )
    return pilot


@verb("pilot.revise", RevisePilot)
def revise_pilot(work: Work, command: RevisePilot) -> Pilot:
    """実証の計画を直す。目標値を凍結した後は frozen（期間だけは pilot.replan で変えられる）。"""
    pilot, idea = work.part(Pilot, command.pilot, "実証")
    site = work.org(command.site) if command.site else None
    vendor = work.org(command.vendor) if command.vendor else None
    work.require(
        "pilot.revise", idea, pilot=pilot, own_status=None if pilot.frozen_at else unless(pilot, "planned")
    )
    work.match(command.seen_version, pilot.version, "この計画")
    _insist_on_places(work, idea, site, vendor)
    if (command.ends_on or pilot.ends_on) < (command.starts_on or pilot.starts_on):
        raise invalid("ends_on", "終了日が開始日より前になります。開始日と終了日を確かめてください。")
    if pilot.frozen_at:
        raise Refused(
            "frozen",
            "目標値を凍結した後は計画を直せません。始める前なら、日程は理由を添えて変えられます。",
        )
    fields: dict[str, Any] = command.model_dump(
        exclude={"pilot", "seen_version", "site", "vendor"}, exclude_none=True
    )
    if command.plan_md:
        fields["plan_html"] = markdown.render(command.plan_md)
    fields |= {"site_id": site.id} if site else {}
    fields |= {"vendor_id": vendor.id} if vendor else {}
    changed = {name: value for name, value in fields.items() if getattr(pilot, name) != value}
    work.change(pilot, **changed)
    work.record(
        "pilot.revised",
        idea,
        pilot=pilot.ref,
        fields=sorted(name.removesuffix("_id") for name in changed.keys() - {"plan_html"}),
        site=work.slug_of(pilot.site_id),
        vendor=work.slug_of(pilot.vendor_id),
        cost_yen=pilot.cost_yen,
        **_days(pilot),
    )
    return pilot


@verb("pilot.replan", ReplanPilot)
def replan_pilot(work: Work, command: ReplanPilot) -> Pilot:
    """始める前の実証の期間を、理由を添えて組み直す。目標値は変わらない。"""
    pilot, idea = work.part(Pilot, command.pilot, "実証")
    work.require("pilot.replan", idea, pilot=pilot, own_status=unless(pilot, "planned"))
    before = _days(pilot)
    work.change(pilot, starts_on=command.starts_on, ends_on=command.ends_on)
    work.record(
        "pilot.replanned", idea, pilot=pilot.ref, before=before, because=command.because, **_days(pilot)
    )
    return pilot


@verb("pilot.start", OfPilot)
def start_pilot(work: Work, command: OfPilot) -> Pilot:
    """実証を始める。目標値を凍結していなければ incomplete。"""
    pilot, idea = work.part(Pilot, command.pilot, "実証")
    work.require("pilot.start", idea, pilot=pilot, own_status=unless(pilot, "planned"))
    if pilot.frozen_at is None:
        raise Refused(
            "incomplete",
            "目標値が凍結されていません。KPI を決め、決裁者が凍結してから始めてください。",
            about=["kpi.freeze"],
        )
    work.change(pilot, status="running", started_at=work.now)
    work.record("pilot.started", idea, pilot=pilot.ref, on=work.today.isoformat())
    return pilot


@verb("pilot.report", ReportPilot)
def report_pilot(work: Work, command: ReportPilot) -> PilotUpdate:
    """実施中の実証の様子を報告する。報告のない日数はここから数え直す。"""
    pilot, idea = work.part(Pilot, command.pilot, "実証")
    work.require("pilot.report", idea, pilot=pilot, own_status=unless(pilot, "running"))
    update = work.add(
        PilotUpdate(
            ref=work.next_ref(idea, "U"),
            pilot_id=pilot.id,
            health=command.health,
            progress=command.progress,
            summary_md=command.summary,
            summary_html=markdown.render(command.summary),
            blockers=command.blockers or [],
            reported_by_id=work.user_id,
            reported_at=work.now,
        )
    )
    told = update.model_dump(include={"health", "progress", "blockers"})
    work.record("pilot.reported", idea, pilot=pilot.ref, update=update.ref, **told)
    return update


def _closing(text: str) -> dict[str, str]:
    return {"closing_md": text, "closing_html": markdown.render(text)}


@verb("pilot.finish", FinishPilot)
def finish_pilot(work: Work, command: FinishPilot) -> Pilot:
    """実施中の実証を終える。"""
    pilot, idea = work.part(Pilot, command.pilot, "実証")
    work.require("pilot.finish", idea, pilot=pilot, own_status=unless(pilot, "running"))
    work.change(pilot, status="finished", finished_at=work.now, **_closing(command.summary))
    work.record("pilot.finished", idea, pilot=pilot.ref, on=work.today.isoformat(), summary=command.summary)
    return pilot


@verb("pilot.cancel", CancelPilot)
def cancel_pilot(work: Work, command: CancelPilot) -> Pilot:
    """実証を取りやめる。始まった実証のあるアイデアは、それでも審査によって終わる。"""
    pilot, idea = work.part(Pilot, command.pilot, "実証")
    work.require("pilot.cancel", idea, pilot=pilot, own_status=unless(pilot, "planned", "running"))
    work.change(pilot, status="cancelled", cancelled_at=work.now, **_closing(command.because))
    work.record("pilot.cancelled", idea, pilot=pilot.ref, because=command.because)
    return pilot
