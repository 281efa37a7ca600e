"""The waves of a product, followed up; and whom the next one would reach, before it is opened. A constant number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case
from sqlmodel import and_, col, func, select

from workflows.queries.looks import Eyes
from workflows.queries.paging import Listed, latest_first
from workflows.rollout.statements import counts_since
from workflows.rollout.waves import Where, chosen, remind_from
from workflows.runtime.mail_kinds import WAVES, within
from workflows.tables.people import MailChoice, Membership, Organization, User
from workflows.tables.products import Adoption, Product, RolloutTarget, Wave, WaveMember

FIRST = 10


@dataclass(frozen=True, slots=True)
class WaveView:
    """A wave, and what the local governments it reaches answer today; those that have closed are not counted."""

    ref: str
    name: str
    where: Where
    starts_on: date
    size: int
    told_at: datetime | None
    reminded_at: datetime | None
    answers: Mapping[str, int]
    """Adoption status -> how many, commonest first."""
    unanswered: int
    waiting: int
    """How many of those who have been asked, or are to be, the next digest writes to."""
    remind_from: date | None
    """From when those who have not answered may be written to again; None before the first time."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom a wave with these filters would reach."""

    reach: int
    first: Sequence[tuple[str, str, int]]
    """Code, name and points of the first ten by fit."""
    nobody: int
    """Have nobody here to write to."""
    outside: int
    """Have people, but none with an address within the domains that their local government registered: no mail is sent there."""
    declined: int
    """Have people to write to, but all of these declined such mail."""
    unchecked: int
    """Are written to although they registered no domains to compare with."""

    @property
    def mailed(self) -> int:
        """How many have somebody to whom the mail goes."""
        return self.reach - self.nobody - self.outside - self.declined


def preview(eyes: Eyes, product: Product, where: Where) -> Preview:
    """Three statements."""
    o, t = Organization, RolloutTarget
    ids = chosen(where, product)
    joined = select(func.count()).select_from(t).join(o, col(o.id) == t.org_id).where(col(t.id).in_(ids))
    reach = eyes.session.exec(joined).one()
    nobody, outside, declined, unchecked = _unreached(eyes, ids, reach)
    code = func.coalesce(col(o.lgcode), col(o.slug))
    columns: list[Any] = [code, o.name, t.total]
    first = select(*columns).select_from(t).join(o, col(o.id) == t.org_id).where(col(t.id).in_(ids))
    rows = eyes.session.exec(first.order_by(col(t.total).desc(), code).limit(FIRST)).all()
    listed = [(c, name, total) for c, name, total in rows]
    return Preview(reach, listed, nobody, outside, declined, unchecked)


def _unreached(eyes: Eyes, ids: Any, reach: int) -> tuple[int, int, int, int]:
    """Of the targets chosen, how many have nobody, only people outside their domains, only people who declined; and how many are
    written to without domains to compare with. One statement; a row a person."""
    o = Organization
    against = and_(
        col(MailChoice.user_id) == User.id, MailChoice.kind == WAVES, col(MailChoice.wanted).is_(False)
    )
    people: Any = (
        select(o.id, o.mail_domains, User.email, MailChoice.kind)
        .select_from(RolloutTarget)
        .join(o, col(o.id) == RolloutTarget.org_id)
        .join(Membership, and_(col(Membership.org_id) == o.id, col(Membership.ended_at).is_(None)))
        .join(User, col(User.id) == Membership.user_id)
        .outerjoin(MailChoice, against)
        .where(col(RolloutTarget.id).in_(ids))
    )
    peopled, within_domains, written, unchecked = set[int](), set[int](), set[int](), set[int]()
    for org, domains, email, declined in eyes.session.exec(people):
        peopled.add(org)
        if within(email, domains):
            within_domains.add(org)
            if not declined:
                written.add(org)
                if not domains:
                    unchecked.add(org)
    return reach - len(peopled), len(peopled - within_domains), len(within_domains - written), len(unchecked)


def waves(eyes: Eyes, product: Product, after: str | None) -> Listed[WaveView]:
    """The latest first. Two statements."""
    listed = latest_first(
        eyes.session, select(Wave).where(Wave.product_id == product.id), col(Wave.id), after
    )
    found = [row for row, _ in listed.rows]
    answers: dict[int, dict[str, int]] = defaultdict(dict)
    waiting: dict[int, int] = defaultdict(int)
    counts = and_(
        col(Adoption.org_id) == RolloutTarget.org_id,
        col(Adoption.product_id) == product.id,
        col(Adoption.replaced_at).is_(None),
        col(Adoption.confirmed_at) >= counts_since(eyes.today),
    )
    status: Any = func.coalesce(col(Adoption.status), "unknown")
    columns: list[Any] = [
        WaveMember.wave_id,
        status,
        func.count(),
        func.sum(case((col(WaveMember.due), 1), else_=0)),
    ]
    rows = eyes.session.exec(
        select(*columns)
        .select_from(WaveMember)
        .join(RolloutTarget, col(RolloutTarget.id) == WaveMember.target_id)
        .join(Organization, col(Organization.id) == RolloutTarget.org_id)
        .join(Adoption, counts, isouter=True)
        .where(col(WaveMember.wave_id).in_([w.id for w in found]), col(Organization.closed_on).is_(None))
        .group_by(col(WaveMember.wave_id), status)
        .order_by(func.count().desc(), status)
    )
    for wave_id, said, number, due in rows:
        answers[wave_id][said] = number
        waiting[wave_id] += int(due)
    views = []
    for w in found:
        said = answers[w.id]
        unanswered = said.pop("unknown", 0)
        again = remind_from(w) if w.told_at else None
        views.append(
            WaveView(
                w.ref, w.name, Where.model_validate(w.where), w.starts_on, w.size, w.told_at, w.reminded_at,
                said, unanswered, waiting[w.id], again,
            )
        )  # fmt: skip
    return Listed(views, listed.after)
