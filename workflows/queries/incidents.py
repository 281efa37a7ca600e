"""Incidents: the register of those the reader may see, and one of them with its clocks and reports."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, false, func, or_, select

from stages.days import overdue
from workflows.incidents import reporters
from workflows.queries.ideas_list import full_sight
from workflows.queries.looks import Eyes
from workflows.queries.offers import offered
from workflows.queries.paging import ROWS_A_PART, Listed, an_id, behind, key_of, page_of
from workflows.queries.piles import on
from workflows.runtime.work import around
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization, User
from workflows.tables.pilots import Pilot
from workflows.tables.products import Adoption, Product
from workflows.tables.risks import Incident, IncidentReport

ROWS_A_PAGE = 30
STATES = ("open", "overdue", "closed")
VERBS = ("incident.report", "incident.close")
GRAVE: tuple[Any, ...] = (Incident.severity == "high", col(Incident.closed_at).is_(None))
MOST_EMERGENCIES = 10
IN_USE = ("adopted", "piloting")


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident in a list. `pilot` is its pilot's reference, `product` its product's slug and name."""

    id: int
    ref: str
    title: str
    severity: str
    people_affected: int
    number: str | None
    """The idea's number, None where the reader, who filed it, does not see everything of the idea."""
    pilot: str | None
    product: tuple[str, str] | None
    filed_by: str
    known_at: datetime
    preliminary_due_on: date
    final_due_on: date
    preliminary_on: date | None
    final_on: date | None
    closed_at: datetime | None

    @property
    def waits_for(self) -> str | None:
        """What comes next: preliminary, final, close, or None once closed."""
        if self.closed_at:
            return None
        if self.final_on:
            return "close"
        return "final" if self.preliminary_on else "preliminary"

    @property
    def due_on(self) -> date | None:
        """The day the next report is due; None where none is."""
        return {"preliminary": self.preliminary_due_on, "final": self.final_due_on}.get(self.waits_for or "")

    def is_late(self, today: date) -> bool:
        """Whether a report is overdue; without a preliminary one the final one may be too."""
        if self.closed_at or self.final_on:
            return False
        return overdue(self.final_due_on, today) or (
            self.preliminary_on is None and overdue(self.preliminary_due_on, today)
        )


@dataclass(frozen=True, slots=True)
class Register:
    rows: Sequence[IncidentRow]
    after: str | None
    """The key of the next page; None on the last."""
    today: date


@dataclass(frozen=True, slots=True)
class ReportView:
    kind: str
    filed_at: datetime
    body_html: str
    by: str


@dataclass(frozen=True, slots=True)
class IncidentPage:
    row: IncidentRow
    incident: Incident
    idea: tuple[str, str] | None
    """Number and title, where the reader sees everything of it."""
    reports: Sequence[ReportView]
    """First to last."""
    can: frozenset[str]
    now: datetime
    today: date


def register(
    eyes: Eyes, state: str | None = None, severity: str | None = None, after: str | None = None
) -> Register:
    """Incidents filed last first. `state`: open, overdue or closed, None for all. One statement.

    Refused `invalid` for a key that no page gave.
    """
    conditions: list[Any] = [_seen(eyes)]
    if state == "open":
        conditions.append(col(Incident.closed_at).is_(None))
    elif state == "overdue":
        conditions.append(late(eyes.today))
    elif state == "closed":
        conditions.append(col(Incident.closed_at).is_not(None))
    if severity:
        conditions.append(Incident.severity == severity)
    if after is not None:
        conditions.append(col(Incident.id) < behind(after, an_id))
    found = _rows(eyes, conditions, ROWS_A_PAGE + 1)
    rows, goes_on = page_of(found, ROWS_A_PAGE, lambda row: key_of(row.id))
    return Register(rows, goes_on, eyes.today)


def incidents_of(
    eyes: Eyes, after: str | None = None, *, pilot: int | None = None, product: int | None = None
) -> Listed[IncidentRow]:
    """A page of the incidents of a pilot or a product that the reader may see, filed last first. One statement.

    Refused `invalid` for a key that no page gave."""
    about = Incident.pilot_id == pilot if product is None else Incident.product_id == product
    conditions: list[Any] = [_seen(eyes), about]
    if after is not None:
        conditions.append(col(Incident.id) < behind(after, an_id))
    found = _rows(eyes, conditions, ROWS_A_PART + 1)
    return Listed(*page_of(found, ROWS_A_PART, lambda row: key_of(row.id)))


def all_of_pilot(eyes: Eyes, pilot: int) -> list[IncidentRow]:
    """Every incident of a pilot that the reader may see, filed last first. One statement."""
    return _rows(eyes, [_seen(eyes), Incident.pilot_id == pilot], None)


def open_in(eyes: Eyes, ideas: Any) -> list[IncidentRow]:
    """The incidents not closed of these ideas (ids) that the reader may see. One statement."""
    return _rows(
        eyes, [_seen(eyes), col(Incident.idea_id).in_(ideas), col(Incident.closed_at).is_(None)], None
    )


def emergencies_of(eyes: Eyes, idea: Idea) -> list[IncidentRow]:
    """The open incidents of high severity of an idea, its pilots and its product, as far as the reader may see them.
    One statement."""
    return _rows(eyes, [_seen(eyes), Incident.idea_id == idea.id, *GRAVE], MOST_EMERGENCIES)


def emergencies_for(eyes: Eyes, orgs: Collection[str]) -> list[IncidentRow]:
    """The same on the products that these local governments (slugs) said they use or try, also where the answer has
    lapsed. One statement; none where there are no such organizations."""
    if not orgs:
        return []
    uses = select(Adoption.product_id).join(Organization, col(Organization.id) == Adoption.org_id)
    uses = uses.where(col(Organization.slug).in_(orgs), col(Adoption.replaced_at).is_(None))
    uses = uses.where(col(Adoption.status).in_(IN_USE))
    return _rows(eyes, [_seen(eyes), col(Incident.product_id).in_(uses), *GRAVE], MOST_EMERGENCIES)


def incident_page(eyes: Eyes, incident: Incident, idea: Idea) -> IncidentPage:
    """One incident. A constant number of statements."""
    reports: list[Any] = [
        IncidentReport.kind, IncidentReport.filed_at, IncidentReport.body_html, User.name,
    ]  # fmt: skip
    said = eyes.session.exec(
        select(*reports)
        .join(User, col(User.id) == IncidentReport.filed_by_id)
        .where(IncidentReport.incident_id == incident.id)
        .order_by(col(IncidentReport.id))
    )
    row = _rows(eyes, [_seen(eyes), Incident.id == incident.id], 1)[0]
    may_now = offered(eyes, idea, around(eyes.session, idea), VERBS, own=reporters(eyes, idea, incident))
    return IncidentPage(
        row=row,
        incident=incident,
        idea=(idea.number, idea.title) if row.number else None,
        reports=[ReportView(*columns) for columns in said],
        can=frozenset() if incident.closed_at else may_now,
        now=eyes.now,
        today=eyes.today,
    )


def _seen(eyes: Eyes) -> Any:
    """Everything of the idea is seen, or the incident was filed by an organization of the reader."""
    mine = select(Organization.id).where(col(Organization.slug).in_(eyes.seer.orgs))
    filed = col(Incident.filed_org_id).in_(mine) if eyes.seer.orgs else false()
    return or_(full_sight(eyes), filed)


def _reported(kind: str) -> Any:
    """When the first report of a kind was filed."""
    first = select(func.min(IncidentReport.filed_at)).where(
        IncidentReport.incident_id == Incident.id, IncidentReport.kind == kind
    )
    return first.correlate(Incident).scalar_subquery()


def late(today: date) -> Any:
    """`IncidentRow.is_late` as a condition."""
    preliminary = and_(_reported("preliminary").is_(None), col(Incident.preliminary_due_on) < today)
    return and_(
        col(Incident.closed_at).is_(None),
        _reported("final").is_(None),
        or_(preliminary, col(Incident.final_due_on) < today),
    )


def _rows(eyes: Eyes, conditions: Sequence[Any], limit: int | None) -> list[IncidentRow]:
    filer = aliased(Organization)
    columns: tuple[Any, ...] = (
        Incident.id, Incident.ref, Incident.title, Incident.severity, Incident.people_affected, Idea.number,
        full_sight(eyes), Pilot.ref, Product.slug, Product.name, filer.name, Incident.known_at,
        Incident.preliminary_due_on, Incident.final_due_on, _reported("preliminary"), _reported("final"),
        Incident.closed_at,
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(Idea, col(Idea.id) == Incident.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .join(filer, col(filer.id) == Incident.filed_org_id)
        .outerjoin(Pilot, col(Pilot.id) == Incident.pilot_id)
        .outerjoin(Product, col(Product.id) == Incident.product_id)
        .where(*conditions)
        .order_by(col(Incident.id).desc())
        .limit(limit)
    )
    return [_row(*columns) for columns in eyes.session.exec(statement)]


def _row(*columns: Any) -> IncidentRow:
    (
        row_id, ref, title, severity, people, number, full, pilot, slug, product, filer, known, preliminary_due,
        final_due, preliminary, final, closed,
    ) = columns  # fmt: skip
    return IncidentRow(
        id=row_id,
        ref=ref,
        title=title,
        severity=severity,
        people_affected=people,
        number=number if full else None,
        pilot=pilot,
        product=(slug, product) if slug else None,
        filed_by=filer,
        known_at=known,
        preliminary_due_on=preliminary_due,
        final_due_on=final_due,
        preliminary_on=on(preliminary),
        final_on=on(final),
        closed_at=closed,
    )
