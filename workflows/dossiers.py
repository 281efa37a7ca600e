"""Rows to Dossier: the facts a rule may know, with intervals and validator verdicts computed here and frozen with it."""

from collections import defaultdict
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from stages import dossier as d
from workflows import idea_rows as rows
from workflows import measuring, search
from workflows.calendar import tokyo_day
from workflows.dossier_products import product_facts, repository_facts
from workflows.runtime.transaction import unchanged
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.reviews import Assignment, RatingSheet, Review
from workflows.tables.risks import (
    ChecklistAnswers,
    DataProfile,
    Incident,
    IncidentReport,
    RiskAssessment,
)


def dossier(session: Session, idea: Idea, on: date, *, look_alikes: bool = True) -> d.Dossier:
    """The facts about an idea as they are now, for a rule that asks on the day `on`.

    A constant number of statements. `look_alikes=False` leaves out the comparison with every other title, which only G1
    and the idea's page need.
    """
    with unchanged(session):
        return _dossier(session, idea, on, look_alikes)


def _dossier(session: Session, idea: Idea, on: date, look_alikes: bool) -> d.Dossier:
    near, single = rows.organizations_near(session, idea), rows.single_of(session, idea)
    return d.Dossier(
        number=idea.number,
        title=idea.title,
        field=idea.field,
        stage=idea.stage,
        status=idea.status,
        visit=idea.visit,
        on=on,
        owner=_party(near.by_id[idea.owner_id]),
        partners=tuple(map(_party, near.partners)),
        cases_per_year=idea.cases_per_year,
        minutes_each=idea.minutes_each,
        derived_from=_number(session, idea.derived_from_id),
        imported_untouched=idea.imported_at is not None and idea.owner_acted_at is None,
        touched_on=tokyo_day(idea.touched_at),
        owner_acted_on=_day(idea.owner_acted_at) or _day(idea.submitted_at),
        stage_since=tokyo_day(idea.stage_since),
        hold_until=idea.hold_until,
        look_alikes=_look_alikes(session, idea) if look_alikes else (),
        evidence=_evidence(session, idea, on),
        profile=_profile(single.profile),
        risk=_risk(single),
        checklists=_checklists(session, idea),
        pilots=pilot_facts(session, idea),
        first_freeze=_first_freeze(session, idea),
        incidents=_incidents(session, idea),
        repository=repository_facts(session, idea),
        product=product_facts(session, single.product, on),
        actions=_actions(session, idea),
        review=_review(session, single.review),
        demand=_demand(session, idea),
    )


def _day(moment: datetime | None) -> date | None:
    return tokyo_day(moment) if moment else None


def _number(session: Session, idea_id: int | None) -> str | None:
    return session.exec(select(Idea.number).where(Idea.id == idea_id)).first() if idea_id else None


def _party(org: Organization) -> d.Party:
    return d.Party(org.slug, org.name, org.kind, org.size_class)


def _look_alikes(session: Session, idea: Idea) -> tuple[d.LookAlike, ...]:
    verdicts = {c.other_id: c.verdict for c, _ in rows.comparisons_of(session, idea)}
    ancestor = idea.derived_from_id
    while ancestor is not None and ancestor not in verdicts:
        verdicts[ancestor] = "builds_on"
        ancestor = session.exec(select(Idea.derived_from_id).where(Idea.id == ancestor)).first()
    return tuple(
        d.LookAlike(a.number, a.title, round(a.similarity, 3), verdicts.get(a.idea_id))
        for a in search.look_alikes(session, idea)
    )


def _evidence(session: Session, idea: Idea, on: date) -> tuple[d.Evidence, ...]:
    return tuple(
        d.Evidence(
            e.ref,
            e.criterion,
            e.kind,
            e.title,
            told_on=rows.told_on(e),
            reuses=row.reuses,
            carried_over=row.is_carried_over(),
        )
        for row in rows.evidence_of(session, idea)
        if row.counts(on) and (e := row.evidence)
    )


def _profile(row: DataProfile | None) -> d.DataProfile | None:
    if row is None:
        return None
    return d.DataProfile(
        row.personal, row.confidential, row.legal_basis, row.recurring, row.vendor_trains_on_input, row.region
    )


def latest_assessment(session: Session, idea: Idea) -> RiskAssessment | None:
    """The risk assessment that counts: the last one."""
    return rows.single_of(session, idea).assessment


def _risk(single: rows.Single) -> d.Risk | None:
    row = single.assessment
    if row is None:
        return None
    return d.Risk(
        row.checklist_version, row.answers, row.suggested, row.level, row.decided_as, single.reported_on
    )


def _checklists(session: Session, idea: Idea) -> tuple[d.Checklist, ...]:
    answered = session.exec(
        select(ChecklistAnswers)
        .where(ChecklistAnswers.idea_id == idea.id)
        .order_by(ChecklistAnswers.checklist)
    )
    return tuple(d.Checklist(c.checklist, c.answers, c.notes) for c in answered)


def pilot_facts(session: Session, idea: Idea) -> tuple[d.Pilot, ...]:
    """The pilots that were not cancelled, in the order planned, with what was measured."""
    orgs = rows.organizations_near(session, idea).by_id
    updates: dict[int, list[d.Update]] = defaultdict(list)
    for pilot_id, reported_at, health, _ in rows.updates_of(session, idea):
        updates[pilot_id].append(d.Update(tokyo_day(reported_at), health))
    return tuple(
        d.Pilot(
            ref=p.ref,
            planned_in=p.planned_in,
            site=_party(orgs[p.site_id]),
            vendor=orgs[p.vendor_id].slug,
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
        for p in rows.pilots_of(session, idea)
        if p.status != "cancelled"
    )


def _first_freeze(session: Session, idea: Idea) -> tuple[d.Target, ...]:
    frozen = [(p.frozen_at, p.id) for p in rows.pilots_of(session, idea) if p.frozen_at is not None]
    first = min(frozen, default=(None, None))[1]
    kpis = [k for k in rows.kpis_of(session, idea) if k.pilot_id == first]
    return tuple(d.Target(k.key, k.type, k.direction, k.target, k.min_n) for k in kpis)


def _incidents(session: Session, idea: Idea) -> tuple[d.Incident, ...]:
    of_idea = session.exec(
        select(Incident, Organization.slug)
        .join(Organization, col(Organization.id) == Incident.filed_org_id)
        .where(Incident.idea_id == idea.id)
        .order_by(col(Incident.id))
    ).all()
    if not of_idea:
        return ()
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
        for i, slug in of_idea
    )


def _actions(session: Session, idea: Idea) -> tuple[d.Action, ...]:
    asked_for = rows.actions_of(session, idea)
    return tuple(
        d.Action(a.ref, a.criterion, slug, a.due_on, a.status, a.text, name) for a, slug, name in asked_for
    )


def _review(session: Session, r: Review | None) -> d.OpenReview | None:
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
    rated, assigned = session.exec(select(sheets.scalar_subquery(), people.scalar_subquery())).one()
    return d.OpenReview(r.ref, tokyo_day(r.requested_at), r.rate_by, r.decide_by, rated, assigned)


def _demand(session: Session, idea: Idea) -> tuple[d.Demand, ...]:
    return tuple(
        d.Demand(row.slug, row.demand.need, row.demand.budget_year) for row in rows.demand_of(session, idea)
    )
