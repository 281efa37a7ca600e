"""The rows around one idea, as its dossier and its pages read them: each kind in one statement, whatever there is of it.

While nothing changes each kind is asked for once (`read_once`), so a page and the dossier beside it share what was read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from stages.dossier import evidence_speaks_until
from workflows.calendar import tokyo_day
from workflows.runtime.transaction import read_once
from workflows.tables.files import LinkCheck, Upload
from workflows.tables.ideas import Comparison, Demand, Evidence, Idea, TeamMember, Visit
from workflows.tables.people import Organization
from workflows.tables.pilots import Kpi, Measurement, Pilot, PilotUpdate
from workflows.tables.products import Adoption, Product
from workflows.tables.repositories import ForgeState, Repository, RepositoryLink, Snapshot
from workflows.tables.reviews import ActionItem, Review
from workflows.tables.risks import BoardReport, DataProfile, RiskAssessment

THIS: Any = bindparam("idea")
THESE: Any = bindparam("ids", expanding=True)


@dataclass(frozen=True, slots=True)
class Single:
    """What an idea has one of, or none: the last profile of its data, the last risk assessment, the day of the last report
    to the board, its product, its open review."""

    profile: DataProfile | None
    assessment: RiskAssessment | None
    reported_on: date | None
    product: Product | None
    review: Review | None


# Statements are built once: a dossier asks them all, and to build them took longer than to ask them.
@cache
def _single() -> Any:
    def last(kind: Any) -> Any:
        return select(func.max(kind.id)).where(kind.idea_id == THIS).scalar_subquery()

    reported = select(func.max(BoardReport.reported_on)).where(BoardReport.idea_id == THIS)
    columns: list[Any] = [DataProfile, RiskAssessment, reported.scalar_subquery(), Product, Review]
    return (
        select(*columns)
        .select_from(Idea)
        .outerjoin(DataProfile, col(DataProfile.id) == last(DataProfile))
        .outerjoin(RiskAssessment, col(RiskAssessment.id) == last(RiskAssessment))
        .outerjoin(Product, col(Product.idea_id) == Idea.id)
        .outerjoin(Review, (col(Review.idea_id) == Idea.id) & (col(Review.status) == "open"))
        .where(Idea.id == THIS)
    )


@read_once
def single_of(session: Session, idea: Idea) -> Single:
    return Single(*session.exec(_single(), params={"idea": idea.id}).one())


@dataclass(frozen=True, slots=True)
class Near:
    """The organizations around an idea (its owner, who joined it, sites and vendors of its pilots) and the agency's."""

    by_id: Mapping[int, Organization]
    partners: Sequence[Organization]
    agencies: Sequence[str]

    @property
    def names(self) -> dict[str, str]:
        """By slug."""
        return {o.slug: o.name for o in self.by_id.values()}


@cache
def _near() -> Any:
    joined = select(TeamMember.org_id).where(TeamMember.idea_id == THIS, TeamMember.status == "joined")
    is_partner: Any = col(Organization.id).in_(joined)
    return (
        select(Organization, is_partner)
        .where(or_(col(Organization.id).in_(THESE), is_partner, col(Organization.kind) == "agency"))
        .order_by(Organization.slug)
    )


@read_once
def organizations_near(session: Session, idea: Idea) -> Near:
    ids = {idea.owner_id} | {i for p in pilots_of(session, idea) for i in (p.site_id, p.vendor_id)}
    rows = session.exec(_near(), params={"idea": idea.id, "ids": sorted(ids)}).all()
    return Near(
        {o.id: o for o, _ in rows},
        [o for o, partner in rows if partner],
        [o.slug for o, _ in sorted(rows, key=lambda row: row[0].id) if o.kind == "agency"],
    )


@cache
def _pilots() -> Any:
    return select(Pilot).where(Pilot.idea_id == THIS).order_by(col(Pilot.id))


@read_once
def pilots_of(session: Session, idea: Idea) -> Sequence[Pilot]:
    """Every one, cancelled ones too, in the order planned."""
    found: Sequence[Pilot] = session.exec(_pilots(), params={"idea": idea.id}).all()
    return found


@cache
def _updates() -> Any:
    said = select(PilotUpdate.pilot_id, PilotUpdate.reported_at, PilotUpdate.health, PilotUpdate.progress)
    return said.where(col(PilotUpdate.pilot_id).in_(THESE)).order_by(col(PilotUpdate.id))


@read_once
def updates_of(session: Session, idea: Idea) -> Sequence[tuple[int, datetime, str, int]]:
    """The reports on its pilots, first to last: which pilot's, when, the health and the progress, without what was written."""
    ids = [p.id for p in pilots_of(session, idea)]
    return session.exec(_updates(), params={"ids": ids}).all() if ids else ()


@cache
def _kpis() -> Any:
    return select(Kpi).where(col(Kpi.pilot_id).in_(THESE)).order_by(col(Kpi.id))


@read_once
def kpis_of(session: Session, idea: Idea) -> Sequence[Kpi]:
    """The KPIs of all its pilots, in the order defined."""
    ids = [p.id for p in pilots_of(session, idea)]
    return session.exec(_kpis(), params={"ids": ids}).all() if ids else ()


@cache
def _measurements() -> Any:
    return (
        select(Measurement, Organization)
        .join(Organization, col(Organization.id) == Measurement.org_id)
        .where(col(Measurement.kpi_id).in_(THESE))
        .order_by(col(Measurement.id))
    )


@read_once
def measurements_of(session: Session, idea: Idea) -> Sequence[tuple[Measurement, Organization]]:
    """All of them with who measured, voided ones too, in the order recorded."""
    ids = [k.id for k in kpis_of(session, idea)]
    return session.exec(_measurements(), params={"ids": ids}).all() if ids else ()


@read_once
def retries_of(session: Session, idea: Idea) -> Sequence[int]:
    """The visits that began a stage again, in order."""
    again = select(Visit.id).where(Visit.idea_id == idea.id, Visit.number > 1).order_by(col(Visit.id))
    return [visit_id or 0 for visit_id in session.exec(again)]


@read_once
def comparisons_of(session: Session, idea: Idea) -> Sequence[tuple[Comparison, str]]:
    """What the owner said of its look-alikes, with the number of each."""
    other = select(Comparison, Idea.number).join(Idea, col(Idea.id) == Comparison.other_id)
    return session.exec(other.where(Comparison.idea_id == idea.id)).all()


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """Evidence with the visit in which it came, its file, how its link was last found, and what it shows again."""

    evidence: Evidence
    visit: Visit
    upload: Upload | None
    link: LinkCheck | None
    reuses: str | None
    still_stands: bool
    """What it shows again was not withdrawn."""
    present_visit_id: int
    """The visit that the idea is in."""

    def is_carried_over(self, into: int | None = None) -> bool:
        """Whether it came before a visit, by default the present one."""
        return self.visit.id < (into or self.present_visit_id)

    def counts(self, on: date, into: int | None = None) -> bool:
        """Not withdrawn; and where it was attached for another visit or question, still fresh."""
        if self.evidence.withdrawn_at is not None or not self.still_stands:
            return False
        reused = self.reuses is not None or self.is_carried_over(into)
        return not reused or on <= evidence_speaks_until(told_on(self.evidence))


def told_on(evidence: Evidence) -> date:
    """The day of which it tells: the one it says, or that on which it was attached."""
    return evidence.dated_on or tokyo_day(evidence.attached_at)


@cache
def _evidence() -> Any:
    first = aliased(Evidence)
    present = select(func.max(Visit.id)).where(Visit.idea_id == THIS).scalar_subquery()
    columns: list[Any] = [Evidence, Visit, Upload, LinkCheck, first.ref, first.withdrawn_at, present]
    return (
        select(*columns)
        .select_from(Evidence)
        .join(Visit, col(Visit.id) == Evidence.visit_id)
        .outerjoin(Upload, col(Upload.id) == Evidence.upload_id)
        .outerjoin(LinkCheck, col(LinkCheck.url) == Evidence.url)
        .outerjoin(first, col(first.id) == Evidence.reuses_id)
        .where(Evidence.idea_id == THIS)
        .order_by(col(Evidence.id))
    )


@read_once
def evidence_of(session: Session, idea: Idea) -> Sequence[EvidenceRow]:
    """In the order attached, withdrawn ones too."""
    found = session.exec(_evidence(), params={"idea": idea.id})
    return [
        EvidenceRow(evidence, visit, upload, checked, reuses, withdrawn_at is None, present_id)
        for evidence, visit, upload, checked, reuses, withdrawn_at, present_id in found.all()
    ]


@cache
def _demand() -> Any:
    columns: list[Any] = [
        Demand,
        Organization.slug,
        Organization.name,
        Adoption.status,
        Adoption.confirmed_at,
    ]
    stands = (
        (col(Adoption.product_id) == Product.id)
        & (col(Adoption.org_id) == Demand.org_id)
        & col(Adoption.replaced_at).is_(None)
    )
    return (
        select(*columns)
        .select_from(Demand)
        .join(Organization, col(Organization.id) == Demand.org_id)
        .outerjoin(Product, col(Product.idea_id) == Demand.idea_id)
        .outerjoin(Adoption, stands)
        .where(Demand.idea_id == THIS, col(Demand.replaced_at).is_(None))
        .order_by(col(Demand.id))
    )


class DemandRow(NamedTuple):
    """A wish with the slug and the name of who stated it; and what they state of the product the idea became, and since when."""

    demand: Demand
    slug: str
    name: str
    status: str | None
    confirmed_at: datetime | None


@read_once
def demand_of(session: Session, idea: Idea) -> Sequence[DemandRow]:
    """What stands, first to last."""
    return [DemandRow(*row) for row in session.exec(_demand(), params={"idea": idea.id})]


@cache
def _actions() -> Any:
    return (
        select(ActionItem, Organization.slug, Organization.name)
        .join(Organization, col(Organization.id) == ActionItem.owner_id)
        .where(ActionItem.idea_id == THIS)
        .order_by(col(ActionItem.id))
    )


@read_once
def actions_of(session: Session, idea: Idea) -> Sequence[tuple[ActionItem, str, str]]:
    """What its decisions asked for, first to last, with the slug and the name of who owes it."""
    found: Sequence[Any] = session.exec(_actions(), params={"idea": idea.id}).all()
    return found


@cache
def _linked() -> Any:
    newer = aliased(Snapshot)
    last = (
        select(newer.id)
        .where(newer.repository_id == Repository.id)
        .order_by(col(newer.taken_at).desc(), col(newer.id).desc())
        .limit(1)
        .correlate(Repository)
        .scalar_subquery()
    )
    live = (
        select(Repository, ForgeState, Snapshot)
        .join(RepositoryLink, col(RepositoryLink.repository_id) == Repository.id)
        .outerjoin(ForgeState, col(ForgeState.repository_id) == Repository.id)
        .outerjoin(Snapshot, col(Snapshot.id) == last)
        .where(RepositoryLink.idea_id == THIS, col(RepositoryLink.unlinked_at).is_(None))
    )
    return live.order_by(col(RepositoryLink.id))


@read_once
def linked_of(
    session: Session, idea: Idea
) -> Sequence[tuple[Repository, ForgeState | None, Snapshot | None]]:
    """The repositories linked now, the first linked first: that one speaks for the idea; with how the looks at each went, and
    what was last seen of it."""
    found: Sequence[Any] = session.exec(_linked(), params={"idea": idea.id}).all()
    return found


@read_once
def commits_seen_of(session: Session, idea: Idea) -> Sequence[str]:
    """The moment of the last commit in every snapshot of them that saw one: of old snapshots nothing more is read."""
    ids = [r.id for r, *_ in linked_of(session, idea)]
    moment = col(Snapshot.facts)["last_commit_at"].as_string()
    seen = select(moment).where(col(Snapshot.repository_id).in_(ids)).distinct()
    return [at for at in session.exec(seen) if at] if ids else ()
