"""Organizations and their people, for administrators: of the agency all of them, of an organization their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import and_, case, col, exists, func, or_, select

from stages.days import add_months
from stages.kernel import TIES_LAST_MONTHS
from stages.permissions import ROLES_BY_KIND
from workflows.calendar import start_of_day
from workflows.queries.finding import is_named
from workflows.queries.looks import Eyes
from workflows.queries.offers import allowed
from workflows.queries.paging import a_number, an_id, behind_both, key_of, page_of
from workflows.queries.sign_ins import standing
from workflows.runtime.mail_kinds import within
from workflows.runtime.refusal import unknown
from workflows.tables.people import Invitation, Membership, Organization, OutsideIdentity, SignIn, User

ROWS_A_PAGE = 30
VERBS = ("org.register", "org.revise", "user.invite", "user.revoke", "user.sign_out")


@dataclass(frozen=True, slots=True)
class Administers:
    """What an administrator looks after: every organization, or those of their own memberships (slugs)."""

    everything: bool
    orgs: frozenset[str]


@dataclass(frozen=True, slots=True)
class OrgRow:
    slug: str
    name: str
    kind: str
    lgcode: str | None
    prefecture: str | None
    registered: bool
    closed: bool
    people: int


@dataclass(frozen=True, slots=True)
class OrgsPage:
    rows: Sequence[OrgRow]
    after: str | None
    may_register: bool


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    name: str
    roles: Sequence[str]
    since: datetime
    until: datetime | None
    invited: datetime | None = None
    """When the invitation that waits for them was sent; None for who can sign in."""
    invited_until: datetime | None = None
    signed_in: int = 0
    """How many sign-ins of theirs stand; 0 too where the reader looks after one organization and they belong to others."""
    seen: datetime | None = None
    """When one of these was last used."""


@dataclass(frozen=True, slots=True)
class OrgPage:
    org: Organization
    people: Sequence[Person]
    former: Sequence[Person]
    """Those whose place ended in the last 12 months: it still counts as a tie."""
    roles: Sequence[str]
    """The roles that an organization of this kind has."""
    can: frozenset[str]
    unclaimed: bool
    held: frozenset[str]
    """The addresses of its people that are outside the domains it has registered: no mail of it is sent there."""


def administers(eyes: Eyes) -> Administers:
    """What the reader administers. Refused `unknown` for everyone else."""
    everything = any(True for _ in eyes.actor.holds("agency", "administrator"))
    own = frozenset(m.org for m in eyes.actor.memberships if "administrator" in m.roles)
    if not own:
        raise unknown("管理のページ")
    return Administers(everything, own)


def seen_organization(eyes: Eyes, slug: str) -> Organization:
    """The organization of a slug, for who administers it. Refused `unknown`."""
    looked_after = administers(eyes)
    org = eyes.find(Organization, slug=slug)
    if org is None or not (looked_after.everything or org.slug in looked_after.orgs):
        raise unknown(f"団体 {slug}")
    return org


def organizations_list(
    eyes: Eyes, mine: Administers, q: str | None = None, kind: str | None = None, after: str | None = None
) -> OrgsPage:
    """One page of the organizations, the registered ones first; the listed ones that nobody has claimed only to who searches.

    One statement. Refused `invalid` for a key that no page gave.
    """
    rank = case((col(Organization.claimed_at).is_not(None), 0), else_=1)
    conditions: list[Any] = [] if mine.everything else [col(Organization.slug).in_(mine.orgs)]
    named = is_named(q)
    conditions += named
    if not named and mine.everything:
        conditions.append(rank == 0)
    if kind:
        conditions.append(Organization.kind == kind)
    if after is not None:
        last_rank, last_id = behind_both(after, a_number, an_id)
        conditions.append(or_(rank > last_rank, and_(rank == last_rank, col(Organization.id) > last_id)))
    people = (
        select(func.count())
        .select_from(Membership)
        .where(Membership.org_id == Organization.id, col(Membership.ended_at).is_(None))
        .correlate(Organization)
        .scalar_subquery()
    )
    columns: list[Any] = [
        Organization.id, rank, Organization.slug, Organization.name, Organization.kind, Organization.lgcode,
        Organization.prefecture, Organization.closed_on, people,
    ]  # fmt: skip
    found = eyes.session.exec(
        select(*columns).where(*conditions).order_by(rank, col(Organization.id)).limit(ROWS_A_PAGE + 1)
    ).all()
    shown, goes_on = page_of(found, ROWS_A_PAGE, lambda row: key_of(row[1], row[0]))
    return OrgsPage(
        rows=[
            OrgRow(slug, name, org_kind, code, prefecture, place == 0, closed is not None, number)
            for _, place, slug, name, org_kind, code, prefecture, closed, number in shown
        ],
        after=goes_on,
        may_register="org.register" in allowed(eyes, VERBS),
    )


def organization_page(eyes: Eyes, org: Organization) -> OrgPage:
    """An organization with the people who have a place in it, and those who had one in the last 12 months. One statement.

    On how many machines somebody is signed in is shown to who may end that: to the agency's administrators, and to the
    organization's where the person belongs to it alone.
    """
    since = start_of_day(add_months(eyes.today, -TIES_LAST_MONTHS))
    ended = col(Membership.ended_at)
    elsewhere = aliased(Membership)
    ends_theirs: list[Any] = []
    if not administers(eyes).everything:
        ends_theirs = [
            ~exists().where(
                col(elsewhere.user_id) == SignIn.user_id,
                col(elsewhere.ended_at).is_(None),
                col(elsewhere.org_id) != org.id,
            )
        ]
    signed_in = (
        select(SignIn.user_id, func.count().label("number"), func.max(SignIn.last_seen_at).label("seen"))
        .where(*standing(eyes.now), *ends_theirs)
        .group_by(col(SignIn.user_id))
        .subquery()
    )
    columns: list[Any] = [
        User.email, User.name, Membership.roles, Membership.started_at, Membership.ended_at,
        Invitation.sent_at, Invitation.expires_at, func.coalesce(signed_in.c.number, 0), signed_in.c.seen,
    ]  # fmt: skip
    waits = and_(
        col(Invitation.user_id) == User.id,
        Invitation.org_id == org.id,
        col(Invitation.used_at).is_(None),
        col(Invitation.voided_at).is_(None),
        col(User.password_hash).is_(None),
        ~exists().where(col(OutsideIdentity.user_id) == User.id),
    )
    rows = eyes.session.exec(
        select(*columns)
        .join(Membership, col(Membership.user_id) == User.id)
        .outerjoin(Invitation, waits)
        .outerjoin(signed_in, and_(signed_in.c.user_id == User.id, ended.is_(None)))
        .where(Membership.org_id == org.id, or_(ended.is_(None), ended >= since))
        .order_by(col(Membership.started_at), col(Membership.id))
    )
    people = [Person(*row) for row in rows]
    now = [p for p in people if p.until is None]
    return OrgPage(
        org=org,
        people=now,
        former=[p for p in people if p.until is not None],
        roles=ROLES_BY_KIND[org.kind],
        can=allowed(eyes, VERBS, own={org.slug}),
        unclaimed=org.claimed_at is None and org.closed_on is None,
        held=frozenset(p.email for p in now if not within(p.email, org.mail_domains)),
    )
