"""Rows to Dossier: the facts a rule may know, with intervals and validator verdicts computed here and frozen with it."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from stages import dossier as d
from stages.rollout import adoption_expires_on
from workflows import measuring, search
from workflows.calendar import tokyo_day
from workflows.tables.assets import Asset
from workflows.tables.ideas import Comparison, Demand, Evidence, Idea, TeamMember
from workflows.tables.people import Membership, Organization
from workflows.tables.pilots import Kpi, Pilot, PilotUpdate
from workflows.tables.products import Adoption, Product, Release, RolloutTarget
from workflows.tables.repositories import Repository, RepositoryLink, Snapshot
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
        repository=_repository(session, idea),
        product=_product(session, idea, on),
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


def linked_repositories(session: Session, idea: Idea) -> list[Repository]:
    """The repositories linked now, the first linked first: that one speaks for the idea."""
    live = select(Repository).join(RepositoryLink, col(RepositoryLink.repository_id) == Repository.id)
    live = live.where(RepositoryLink.idea_id == idea.id, col(RepositoryLink.unlinked_at).is_(None))
    return list(session.exec(live.order_by(col(RepositoryLink.id))))


def _repository(session: Session, idea: Idea) -> d.Repository | None:
    linked = linked_repositories(session, idea)
    if not linked:
        return None
    shots = session.exec(
        select(Snapshot)
        .where(col(Snapshot.repository_id).in_([r.id for r in linked]))
        .order_by(col(Snapshot.taken_at), col(Snapshot.id))
    ).all()
    commits = sorted({day for s in shots if (day := _fact_day(s.facts.get("last_commit_at")))})
    latest = next((s for s in reversed(shots) if s.repository_id == linked[0].id), None)
    if latest is None:
        return d.Repository(linked[0].full_name, commits_seen_on=tuple(commits))
    f: dict[str, Any] = latest.facts
    verdict = latest.verdict or {}
    errors = list(verdict.get("errors", []))
    if "publiccode" in f and not f["publiccode"]:
        errors = ["publiccode.yml がありません。"]
    return d.Repository(
        full_name=linked[0].full_name,
        taken_on=tokyo_day(latest.taken_at),
        source=latest.source,
        seen=tuple(sorted(f)),
        archived=f.get("archived"),
        gone=f.get("gone"),
        licence_spdx=f.get("licence_spdx"),
        files=tuple(f.get("files") or ()),
        release_tags=tuple(r["tag"] for r in f.get("releases") or ()),
        commits_by_contributor=f.get("commits_by_contributor"),
        last_commit_on=_fact_day(f.get("last_commit_at")),
        commits_seen_on=tuple(commits),
        median_issue_response_hours=f.get("median_issue_response_hours"),
        open_issues=f.get("open_issues"),
        publiccode_errors=tuple(errors),
        publiccode_licence=verdict.get("licence"),
    )


def _fact_day(moment: str | None) -> date | None:
    return tokyo_day(datetime.fromisoformat(moment)) if moment else None


def _product(session: Session, idea: Idea, on: date) -> d.Product | None:
    p = session.exec(select(Product).where(Product.idea_id == idea.id)).first()
    if p is None:
        return None
    releases = session.exec(select(Release).where(Release.product_id == p.id).order_by(col(Release.id)))
    kinds = session.exec(
        select(Asset.kind)
        .where(Asset.idea_id == idea.id, col(Asset.retired_at).is_(None))
        .distinct()
        .order_by(Asset.kind)
    )
    adoptions = session.exec(
        select(Organization.slug, Adoption.status, Adoption.confirmed_at)
        .join(Organization, col(Organization.id) == Adoption.org_id)
        .where(Adoption.product_id == p.id, col(Adoption.replaced_at).is_(None))
        .order_by(Organization.slug)
    )
    return d.Product(
        slug=p.slug,
        name=p.name,
        flag=p.flag,
        networks=tuple(p.networks),
        support_contact=p.support_contact,
        support_hours=p.support_hours,
        support_until=p.support_until,
        price_url=p.price_url,
        dmp_url=p.dmp_url,
        releases=tuple(d.Release(r.version, r.tag, r.released_on) for r in releases),
        asset_kinds=tuple(kinds),
        adoptions=tuple(
            d.Adoption(slug, status, expires)
            for slug, status, confirmed in adoptions
            if (expires := adoption_expires_on(tokyo_day(confirmed))) > on
        ),
        unanswered=_unanswered(session, p) if p.flag == "nationwide" else (),
    )


def _unanswered(session: Session, product: Product) -> tuple[d.Unanswered, ...]:
    people = select(Membership.org_id).where(col(Membership.ended_at).is_(None))
    answered = select(Adoption.org_id).where(Adoption.product_id == product.id)
    rows = session.exec(
        select(Organization.slug, RolloutTarget.created_at)
        .join(Organization, col(Organization.id) == RolloutTarget.org_id)
        .where(
            RolloutTarget.product_id == product.id,
            col(RolloutTarget.offered).is_(True),
            col(RolloutTarget.org_id).in_(people),
            col(RolloutTarget.org_id).not_in(answered),
        )
        .order_by(Organization.slug)
    )
    return tuple(d.Unanswered(slug, tokyo_day(created)) for slug, created in rows)


def _actions(session: Session, idea: Idea) -> tuple[d.Action, ...]:
    rows = session.exec(
        select(ActionItem, Organization.slug)
        .join(Organization, col(Organization.id) == ActionItem.owner_id)
        .where(ActionItem.idea_id == idea.id)
        .order_by(col(ActionItem.id))
    )
    return tuple(d.Action(a.ref, a.criterion, slug, a.due_on, a.status) for a, slug in rows)


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
