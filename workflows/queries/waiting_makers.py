"""What waits for those who try an idea together, town and vendor: pilots, requests to join, conditions, incidents to report."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import and_, col, func, or_, select

from workflows.calendar import start_of_day
from workflows.queries.looks import Eyes
from workflows.queries.piles import Pile, Waiting, ids_of, on, pile
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Organization
from workflows.tables.pilots import Pilot, PilotUpdate
from workflows.tables.reviews import ActionItem
from workflows.tables.risks import Incident, IncidentReport

SILENT_DAYS = 14
"""From so many days without a report a pilot waits for its town too; its vendor is asked all the time."""


def _pilots(*conditions: Any) -> Any:
    columns: list[Any] = [Pilot.ref, Idea.number, Idea.title, *conditions]
    return select(*columns).join(Idea, col(Idea.id) == Pilot.idea_id)


def _here(mine: Any) -> list[Any]:
    """A pilot of their own idea, or at their own site: each by an index of pilots."""
    return [
        col(Pilot.idea_id).in_(select(Idea.id).where(col(Idea.owner_id).in_(mine))),
        col(Pilot.site_id).in_(mine),
    ]


def pilots_to_report(eyes: Eyes, orgs: Iterable[str], silent_days: int = 0) -> Pile | None:
    """Running pilots of which these organizations are site, vendor or the idea's owner, the longest silent first."""
    mine = ids_of(orgs)
    last = (
        select(func.max(PilotUpdate.reported_at))
        .where(PilotUpdate.pilot_id == Pilot.id)
        .correlate(Pilot)
        .scalar_subquery()
    )
    heard = func.coalesce(last, col(Pilot.started_at), type_=PilotUpdate.__table__.c.reported_at.type)  # type: ignore[attr-defined]
    statement = _pilots(heard).where(
        Pilot.status == "running",
        or_(col(Pilot.vendor_id).in_(mine), *_here(mine)),
        or_(
            col(Pilot.vendor_id).in_(mine), heard < start_of_day(eyes.today - timedelta(days=silent_days - 1))
        ),
    )

    def thing(ref: str, number: str, title: str, at: datetime) -> Waiting:
        return Waiting("pilot", ref, title, number, since=on(at))

    return pile(eyes, "report", statement, [heard, Pilot.ref], thing)


def pilots_to_start(eyes: Eyes, orgs: Iterable[str]) -> Pile | None:
    """Planned pilots, past the gate, whose day has come."""
    mine = ids_of(orgs)
    statement = _pilots(Pilot.starts_on).where(
        Pilot.status == "planned",
        Idea.status == "active",
        col(Idea.stage).in_(("pilot", "productization")),
        col(Pilot.frozen_at).is_not(None),
        Pilot.starts_on <= eyes.today,
        or_(*_here(mine)),
    )

    def thing(ref: str, number: str, title: str, starts_on: date) -> Waiting:
        return Waiting("pilot", ref, title, number, since=starts_on)

    return pile(eyes, "start", statement, [col(Pilot.starts_on), Pilot.ref], thing)


def pilots_to_finish(eyes: Eyes, orgs: Iterable[str]) -> Pile | None:
    """Running pilots past their last day."""
    mine = ids_of(orgs)
    statement = _pilots(Pilot.ends_on).where(
        Pilot.status == "running",
        Pilot.ends_on < eyes.today,
        or_(*_here(mine)),
    )

    def thing(ref: str, number: str, title: str, ends_on: date) -> Waiting:
        return Waiting("pilot", ref, title, number, since=ends_on)

    return pile(eyes, "finish", statement, [col(Pilot.ends_on), Pilot.ref], thing)


def requests_to_join(eyes: Eyes, orgs: Iterable[str]) -> Pile | None:
    """Requests about a team that these organizations are asked to answer: their own ideas' teams, or to join another's."""
    mine = ids_of(orgs)
    columns: list[Any] = [
        Idea.number,
        Idea.title,
        Organization.name,
        TeamMember.asked_side,
        TeamMember.asked_at,
    ]
    statement = (
        select(*columns)
        .join(Idea, col(Idea.id) == TeamMember.idea_id)
        .join(Organization, col(Organization.id) == TeamMember.org_id)
        .where(
            TeamMember.status == "asked",
            Idea.status == "active",
            or_(
                and_(TeamMember.asked_side == "partner", col(Idea.owner_id).in_(mine)),
                and_(TeamMember.asked_side == "owner", col(TeamMember.org_id).in_(mine)),
            ),
        )
    )

    def thing(number: str, title: str, partner: str, side: str, at: datetime) -> Waiting:
        return Waiting("idea", number, title, number, partner if side == "partner" else "", since=on(at))

    return pile(eyes, "join", statement, [col(TeamMember.asked_at), col(TeamMember.id)], thing)


def actions_due(eyes: Eyes, orgs: Iterable[str]) -> Pile | None:
    """Open conditions of these organizations, the first due first."""
    columns: list[Any] = [ActionItem.ref, ActionItem.text, ActionItem.due_on, Idea.number]
    statement = (
        select(*columns)
        .join(Idea, col(Idea.id) == ActionItem.idea_id)
        .where(col(ActionItem.owner_id).in_(ids_of(orgs)), ActionItem.status == "open")
    )

    def thing(ref: str, text: str, due_on: date, number: str) -> Waiting:
        return Waiting("action", ref, text, number, due_on=due_on)

    return pile(eyes, "close_action", statement, [col(ActionItem.due_on), col(ActionItem.id)], thing)


def incidents_to_report(eyes: Eyes, orgs: Iterable[str]) -> Pile | None:
    """Open incidents that these organizations filed and have not finally reported, the first due first."""
    filed = {
        kind: select(IncidentReport.id)
        .where(IncidentReport.incident_id == Incident.id, IncidentReport.kind == kind)
        .correlate(Incident)
        .exists()
        for kind in ("preliminary", "final")
    }
    columns: list[Any] = [
        Incident.ref, Incident.title, Idea.number, filed["preliminary"], Incident.preliminary_due_on, Incident.final_due_on,
    ]  # fmt: skip
    statement = (
        select(*columns)
        .join(Idea, col(Idea.id) == Incident.idea_id)
        .where(
            col(Incident.closed_at).is_(None),
            col(Incident.filed_org_id).in_(ids_of(orgs)),
            ~filed["final"],
        )
    )

    def thing(ref: str, title: str, number: str, preliminary: bool, first: date, last: date) -> Waiting:
        kind = "final" if preliminary else "preliminary"
        return Waiting("incident", ref, title, number, kind, due_on=last if preliminary else first)

    return pile(eyes, "report_incident", statement, [col(Incident.final_due_on), col(Incident.id)], thing)
