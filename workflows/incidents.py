"""Incidents (リスクケース): filing one on a pilot or a product, reporting on it in time, closing it with its lesson."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError
from sqlmodel import select

from stages import risk
from stages.kernel import Denied
from stages.permissions import Actor
from stages.permissions import Membership as Held
from workflows import markdown
from workflows.calendar import tokyo_day
from workflows.rollout.suspension import reconsider
from workflows.runtime import outbox
from workflows.runtime.commands import Command, Count, Line, Markdown, Moment, Ref
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work, around
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.pilots import Pilot
from workflows.tables.products import Product
from workflows.tables.risks import Incident, IncidentReport


class FileIncident(Command):
    """What happened, on a pilot or on a product (exactly one), to how many people, and when it became known.

    `org` only where the filer speaks for several organizations.
    """

    pilot: Ref | None = None
    product: Ref | None = None
    title: Line
    severity: Literal["low", "medium", "high"] | None = None
    people_affected: Count
    sensitive: bool
    malicious: bool
    occurred_at: Moment
    known_at: Moment
    body_md: Markdown
    org: Ref | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.pilot is None) == (self.product is None):
            raise PydanticCustomError(
                "subject", "実証（pilot）かプロダクト（product）の、どちらか一つを入れてください。"
            )
        if self.known_at < self.occurred_at:
            raise PydanticCustomError(
                "order", "知った日時（known_at）が、起きた日時（occurred_at）より前です。"
            )
        return self


class ReportIncident(Command):
    """A preliminary or final report, and when it was filed."""

    incident: Ref
    kind: Literal["preliminary", "final"]
    filed_at: Moment
    body_md: Markdown


class CloseIncident(Command):
    """What is learnt from it, for everyone."""

    incident: Ref
    lesson_md: Markdown


def filing_for(actor: Actor) -> list[Held]:
    """The memberships through which the actor may file an incident."""
    towns = actor.holds("municipality", "submitter", "approver")
    vendors = actor.holds("vendor", "member")
    return [*towns, *vendors, *actor.holds("agency", "reviewer", "approver", "coordinator")]


def _filer(work: Work, named: Organization | None) -> int:
    """The organization the incident is filed by, among those whose role lets the actor file."""
    return work.acting_org(named, *filing_for(work.actor)).id or 0


@verb("incident.file", FileIncident)
def file_incident(work: Work, command: FileIncident) -> Incident:
    """リスクケースを届け出る。100 人を超えるか機微な情報なら重大として扱う。速報・最終報告の期限はここから数える。"""
    pilot: Pilot | None = None
    product: Product | None = None
    if command.pilot:
        pilot, idea = work.part(Pilot, command.pilot, "実証")
    else:
        product, idea = work.product(command.product or "")
    named = work.named_org(command.org)
    orgs = work.require("incident.file", idea, own=None)
    filer = _filer(work, named)
    if command.known_at > work.now:
        raise invalid("known_at", "知った日時が未来です。日時を確かめてください。")
    known_on = tokyo_day(command.known_at)
    final_within = risk.FINAL_WITHIN_DAYS_IF_MALICIOUS if command.malicious else risk.FINAL_WITHIN_DAYS
    incident = work.add(
        Incident(
            ref=work.next_ref(idea, "I"),
            idea_id=idea.id,
            pilot_id=pilot.id if pilot else None,
            product_id=product.id if product else None,
            severity=risk.severity(command.severity, command.people_affected, command.sensitive),
            stated_severity=command.severity,
            body_html=markdown.render(command.body_md),
            preliminary_due_on=known_on + timedelta(days=risk.PRELIMINARY_WITHIN_DAYS),
            final_due_on=known_on + timedelta(days=final_within),
            filed_by_id=work.user_id,
            filed_org_id=filer,
            filed_at=work.now,
            **command.model_dump(
                include={
                    "title",
                    "people_affected",
                    "sensitive",
                    "malicious",
                    "occurred_at",
                    "known_at",
                    "body_md",
                }
            ),
        )
    )
    work.record(
        "incident.filed",
        idea,
        incident=incident.ref,
        on=pilot.ref if pilot else product.slug if product else "",
        title=incident.title,
        severity=incident.severity,
        people_affected=incident.people_affected,
        sensitive=incident.sensitive,
        malicious=incident.malicious,
        known_on=known_on.isoformat(),
    )
    site = {work.slug_of(pilot.site_id)} if pilot else set()
    work.tell(
        {orgs.owner, *orgs.partners, *site, *outbox.agency_slugs(work.session)},
        "incident.filed",
        idea.number,
        f"リスクケース（{risk.SEVERITY_NAMES[incident.severity]}）が届け出られました: {incident.title}",
        f"{incident.ref}：影響を受けた人数は {incident.people_affected:,} 人です。\n"
        f"速報の期限は {incident.preliminary_due_on}、最終報告の期限は {incident.final_due_on} です。",
    )
    reconsider(work, idea)
    return incident


def find_incident(work: Work, reference: str) -> tuple[Incident, Idea]:
    """An incident with its idea, locked. Besides those who see everything of the idea, who filed it finds it again."""
    found = work.session.exec(
        select(Incident.id, Incident.idea_id, Incident.filed_org_id).where(Incident.ref == reference)
    ).first()
    if found is not None:
        incident_id, idea_id, filed_org_id = found
        idea = work.lock(Idea, idea_id)
        if work.sees(idea) or work.slug_of(filed_org_id) in work.seer.orgs:
            return work.lock(Incident, incident_id), idea
    raise unknown(f"リスクケース {reference}")


def reporters(work: Work, idea: Idea, incident: Incident) -> set[str]:
    """Who reports on an incident: its filer's organization, the idea's owner and partners, and the pilot's site."""
    orgs = around(work.session, idea)
    pilot = work.find(Pilot, id=incident.pilot_id) if incident.pilot_id else None
    site = {work.slug_of(pilot.site_id)} if pilot else set()
    return {work.slug_of(incident.filed_org_id), orgs.owner} | orgs.partners | site


def _unless_open(incident: Incident) -> Denied | None:
    return (
        Denied("wrong_status", "このリスクケースは終結しています。続きがあれば新しく届け出てください。")
        if incident.closed_at
        else None
    )


@verb("incident.report", ReportIncident)
def report_incident(work: Work, command: ReportIncident) -> Incident:
    """リスクケースの速報・最終報告を記録する。"""
    incident, idea = find_incident(work, command.incident)
    work.require(
        "incident.report", idea, own=reporters(work, idea, incident), own_status=_unless_open(incident)
    )
    if command.filed_at > work.now:
        raise invalid("filed_at", "報告した日時が未来です。日時を確かめてください。")
    if command.filed_at < incident.known_at:
        raise invalid("filed_at", "報告した日時が、知った日時より前です。日時を確かめてください。")
    report = work.add(
        IncidentReport(
            incident_id=incident.id,
            kind=command.kind,
            filed_at=command.filed_at,
            body_md=command.body_md,
            body_html=markdown.render(command.body_md),
            filed_by_id=work.user_id,
            recorded_at=work.now,
        )
    )
    work.record(
        "incident.reported",
        idea,
        incident=incident.ref,
        kind=report.kind,
        filed_on=tokyo_day(report.filed_at).isoformat(),
    )
    return incident


@verb("incident.close", CloseIncident)
def close_incident(work: Work, command: CloseIncident) -> Incident:
    """最終報告のあったリスクケースを、学びを書いて終結させる。最終報告がなければ incomplete。"""
    incident, idea = find_incident(work, command.incident)
    work.require("incident.close", idea, own_status=_unless_open(incident))
    final = select(IncidentReport.id).where(
        IncidentReport.incident_id == incident.id, IncidentReport.kind == "final"
    )
    if work.session.exec(final).first() is None:
        raise Refused(
            "incomplete",
            "最終報告がまだありません。最終報告を受けてから終結させてください。",
            about=["final"],
        )
    incident.closed_at, incident.closed_by_id = work.now, work.user_id
    incident.lesson_md, incident.lesson_html = command.lesson_md, markdown.render(command.lesson_md)
    work.add(incident)
    work.record("incident.closed", idea, incident=incident.ref, lesson=command.lesson_md)
    return incident
