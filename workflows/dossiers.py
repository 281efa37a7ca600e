"""Rows to Dossier: the facts a rule may know, with intervals and validator verdicts computed here and frozen with it."""

from collections import defaultdict
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from stages import dossier as d
from workflows import measuring, search
from workflows.calendar import tokyo_day
from workflows.dossier_products import product_facts, repository_facts
from workflows.tables.ideas import Comparison, Demand, Evidence, Idea, TeamMember
from workflows.tables.people import Organization
from workflows.tables.pilots import Kpi, Pilot, PilotUpdate
from workflows.tables.reviews import ActionItem, Assignment, RatingSheet, Review
from workflows.tables.risks import (
    BoardReport,
    ChecklistAnswers,
    DataProfile,
    Incident,
    IncidentReport,
    RiskAssessment,
)


def dossier(session: Session, idea: Idea, on: date, *, look_alikes: bool = True) -> d.Dossier:
    """The facts about an idea as they are now, for a rule that asks on the day `on`.

    A constant number of statements, plus three for each pilot. `look_alikes=False` leaves out the comparison with
    every other title, which only G1 and the idea's page need.
    """
    partners = _partners(session, idea)
    return d.Dossier(
        number=idea.number,
        title=idea.title,
        field=idea.field,
        stage=idea.stage,
        status=idea.status,
        visit=idea.visit,
        on=on,
        owner=_party(session, idea.owner_id),
        partners=partners,
        cases_per_year=idea.cases_per_year,
        minutes_each=idea.minutes_each,
        derived_from=_number(session, idea.derived_from_id),
        imported_untouched=idea.imported_at is not None and idea.owner_acted_at is None,
        touched_on=tokyo_day(idea.touched_at),
        owner_acted_on=_day(idea.owner_acted_at) or _day(idea.submitted_at),
        stage_since=tokyo_day(idea.stage_since),
        hold_until=idea.hold_until,
        look_alikes=_look_alikes(session, idea) if look_alikes else (),
        evidence=_evidence(session, idea),
        profile=_profile(session, idea),
        risk=_risk(session, idea),
        checklists=_checklists(session, idea),
        pilots=_pilots(session, idea),
        first_freeze=_first_freeze(session, idea),
        incidents=_incidents(session, idea),
        repository=repository_facts(session, idea),
        product=product_facts(session, idea, on),
        actions=_actions(session, idea),
        review=_review(session, idea),
        demand=_demand(session, idea),
    )


def _day(moment: datetime | None) -> date | None:
    return tokyo_day(moment) if moment else None


def _number(session: Session, idea_id: int | None) -> str | None:
    return session.exec(select(Idea.number).where(Idea.id == idea_id)).first() if idea_id else None


def _as_party(org: Organization) -> d.Party:
    return d.Party(org.slug, org.name, org.kind, org.size_class)


def _party(session: Session, org_id: int) -> d.Party:
    return _as_party(session.exec(select(Organization).where(Organization.id == org_id)).one())


def _partners(session: Session, idea: Idea) -> tuple[d.Party, ...]:
    joined = select(Organization).join(TeamMember, col(TeamMember.org_id) == Organization.id)
    rows = session.exec(
        joined.where(TeamMember.idea_id == idea.id, TeamMember.status == "joined").order_by(Organization.slug)
    )
    return tuple(_as_party(o) for o in rows)


def _look_alikes(session: Session, idea: Idea) -> tuple[d.LookAlike, ...]:
    verdicts = dict(
        session.exec(
            select(Comparison.other_id, Comparison.verdict).where(Comparison.idea_id == idea.id)
        ).all()
    )
    ancestor = idea.derived_from_id
    while ancestor is not None and ancestor not in verdicts:
        verdicts[ancestor] = "builds_on"
        ancestor = session.exec(select(Idea.derived_from_id).where(Idea.id == ancestor)).first()
    return tuple(
        d.LookAlike(a.number, a.title, round(a.similarity, 3), verdicts.get(a.idea_id))
        for a in search.look_alikes(session, idea)
    )


def _evidence(session: Session, idea: Idea) -> tuple[d.Evidence, ...]:
    rows = session.exec(
        select(Evidence)
        .where(Evidence.idea_id == idea.id, col(Evidence.withdrawn_at).is_(None))
        .order_by(col(Evidence.id))
    )
    return tuple(d.Evidence(e.ref, e.criterion, e.kind, e.title) for e in rows)


def _profile(session: Session, idea: Idea) -> d.DataProfile | None:
    row = session.exec(
        select(DataProfile)
        .where(DataProfile.idea_id == idea.id)
        .order_by(col(DataProfile.id).desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return d.DataProfile(
        row.personal, row.confidential, row.legal_basis, row.recurring, row.vendor_trains_on_input, row.region
    )


def latest_assessment(session: Session, idea: Idea) -> RiskAssessment | None:
    """The risk assessment that counts: the last one."""
    latest = (
        select(RiskAssessment)
        .where(RiskAssessment.idea_id == idea.id)
        .order_by(col(RiskAssessment.id).desc())
        .limit(1)
    )
    return session.exec(latest).first()


def _risk(session: Session, idea: Idea) -> d.Risk | None:
    row = latest_assessment(session, idea)
    if row is None:
        return None
    reported = session.exec(
        select(func.max(BoardReport.reported_on)).where(BoardReport.idea_id == idea.id)
    ).one()
    return d.Risk(row.checklist_version, row.answers, row.suggested, row.level, row.decided_as, reported)


def _checklists(session: Session, idea: Idea) -> tuple[d.Checklist, ...]:
    rows = session.exec(
        select(ChecklistAnswers)
        .where(ChecklistAnswers.idea_id == idea.id)
        .order_by(ChecklistAnswers.checklist)
    )
    return tuple(d.Checklist(c.checklist, c.answers, c.notes) for c in rows)


def _pilots(session: Session, idea: Idea) -> tuple[d.Pilot, ...]:
    rows = session.exec(
        select(Pilot).where(Pilot.idea_id == idea.id, Pilot.status != "cancelled").order_by(col(Pilot.id))
    ).all()
    updates: dict[int, list[d.Update]] = defaultdict(list)
    if rows:
        said = (
            select(PilotUpdate)
            .where(col(PilotUpdate.pilot_id).in_([p.id for p in rows]))
            .order_by(col(PilotUpdate.id))
        )
        for u in session.exec(said):
            updates[u.pilot_id].append(d.Update(tokyo_day(u.reported_at), u.health))
    return tuple(
        d.Pilot(
            ref=p.ref,
            planned_in=p.planned_in,
            site=_party(session, p.site_id),
            vendor=_party(session, p.vendor_id).slug,
            starts_on=p.starts_on,
            ends_on=p.ends_on,
            cost_yen=p.cost_yen,
            budget_deadline=p.budget_deadline,
            status=p.status,
            frozen=p.frozen_at is not None,
            started_on=_day(p.started_at),
            finished_on=_day(p.finished_at),
            updates=tuple(updates[p.id or 0]),
            kpis=measuring.kpis_of(session, p, idea),
        )
        for p in rows
    )


def _first_freeze(session: Session, idea: Idea) -> tuple[d.Target, ...]:
    first = session.exec(
        select(Pilot.id)
        .where(Pilot.idea_id == idea.id, col(Pilot.frozen_at).is_not(None))
        .order_by(col(Pilot.frozen_at), col(Pilot.id))
        .limit(1)
    ).first()
    if first is None:
        return ()
    rows = session.exec(select(Kpi).where(Kpi.pilot_id == first).order_by(col(Kpi.id)))
    return tuple(d.Target(k.key, k.type, k.direction, k.target, k.min_n) for k in rows)


def _incidents(session: Session, idea: Idea) -> tuple[d.Incident, ...]:
    rows = session.exec(
        select(Incident, Organization.slug)
        .join(Organization, col(Organization.id) == Incident.filed_org_id)
        .where(Incident.idea_id == idea.id)
        .order_by(col(Incident.id))
    ).all()
    filed = set(
        session.exec(
            select(IncidentReport.incident_id, IncidentReport.kind)
            .join(Incident, col(Incident.id) == IncidentReport.incident_id)
            .where(Incident.idea_id == idea.id)
        ).all()
    )
    return tuple(
        d.Incident(
            ref=i.ref,
            severity=i.severity,
            open=i.closed_at is None,
            filed_by=slug,
            preliminary_due_on=i.preliminary_due_on,
            final_due_on=i.final_due_on,
            preliminary_filed=(i.id, "preliminary") in filed,
            final_filed=(i.id, "final") in filed,
        )
        for i, slug in rows
    )


def _actions(session: Session, idea: Idea) -> tuple[d.Action, ...]:
    rows = session.exec(
        select(ActionItem, Organization.slug, Organization.name)
        .join(Organization, col(Organization.id) == ActionItem.owner_id)
        .where(ActionItem.idea_id == idea.id)
        .order_by(col(ActionItem.id))
    )
    return tuple(
        d.Action(a.ref, a.criterion, slug, a.due_on, a.status, a.text, name) for a, slug, name in rows
    )


def _review(session: Session, idea: Idea) -> d.OpenReview | None:
    r = session.exec(select(Review).where(Review.idea_id == idea.id, Review.status == "open")).first()
    if r is None:
        return None
    sheets = (
        select(func.count())
        .select_from(RatingSheet)
        .where(RatingSheet.review_id == r.id, col(RatingSheet.replaced_at).is_(None))
    )
    people = (
        select(func.count())
        .select_from(Assignment)
        .where(Assignment.review_id == r.id, col(Assignment.recused_at).is_(None))
    )
    return d.OpenReview(
        r.ref,
        tokyo_day(r.requested_at),
        r.rate_by,
        r.decide_by,
        session.exec(sheets).one(),
        session.exec(people).one(),
    )


def _demand(session: Session, idea: Idea) -> tuple[d.Demand, ...]:
    rows = session.exec(
        select(Organization.slug, Demand.need, Demand.budget_year)
        .join(Organization, col(Organization.id) == Demand.org_id)
        .where(Demand.idea_id == idea.id, col(Demand.replaced_at).is_(None))
        .order_by(col(Demand.id))
    )
    return tuple(d.Demand(slug, need, year) for slug, need, year in rows)
