"""Work: a session, an actor and a time. Opening one is opening a transaction; everything a verb needs hangs on it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any, TypeVar

from sqlalchemy import bindparam, literal_column, text
from sqlmodel import Session, SQLModel, col, or_, select, union_all

from stages.kernel import Denied
from stages.lifecycle import timely
from stages.permissions import Membership as Held
from stages.permissions import Sight, Standing, Visibility, may, sight
from workflows.calendar import tokyo_day
from workflows.runtime import ledger, outbox
from workflows.runtime.actors import Speaker, ties
from workflows.runtime.mail_kinds import outside
from workflows.runtime.refusal import Refused, insist, invalid, unknown
from workflows.runtime.transaction import read_once
from workflows.tables.assets import Asset
from workflows.tables.events import Event
from workflows.tables.ideas import Counter, Idea, TeamMember
from workflows.tables.people import Membership, Organization, User
from workflows.tables.pilots import Pilot
from workflows.tables.products import Product
from workflows.tables.repositories import Repository

R = TypeVar("R", bound=SQLModel)


FOR_ANOTHER = "いま選んでいる団体の立場では、この操作をする役割がありません。画面の上で、操作する団体を切り替えてください。"
BEGIN_SERIES = text("INSERT INTO counter (name, value) VALUES (:name, 0) ON CONFLICT (name) DO NOTHING")


@dataclass(frozen=True, slots=True)
class Around:
    """The organizations around an idea: its owner, those that joined it, and the sites of its pilots (slugs)."""

    owner: str
    partners: frozenset[str]
    sites: frozenset[str]

    @property
    def everyone(self) -> frozenset[str]:
        return self.partners | self.sites | {self.owner}


@read_once
def around(session: Session, idea: Idea) -> Around:
    """The organizations that count as ties of an idea (POLICY §2: the pilot's site counts as a partner)."""
    return around_each(session, [idea.id])[idea.id]


@cache  # asked by every verb about an idea, and longer in the building than in the asking; so are the others below
def _around_each() -> Any:
    its: Any = bindparam("ideas", expanding=True)
    owners: Any = (
        select(col(Idea.id), Organization.slug, literal_column("'owner'"))
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(col(Idea.id).in_(its))
    )
    partners: Any = (
        select(col(TeamMember.idea_id), Organization.slug, literal_column("'partner'"))
        .join(Organization, col(TeamMember.org_id) == Organization.id)
        .where(TeamMember.status == "joined", col(TeamMember.idea_id).in_(its))
    )
    sites: Any = (
        select(col(Pilot.idea_id), Organization.slug, literal_column("'site'"))
        .join(Organization, col(Pilot.site_id) == Organization.id)
        .where(Pilot.status != "cancelled", col(Pilot.idea_id).in_(its))
    )
    return union_all(owners, partners, sites)


@cache
def _locked(kind: Any) -> Any:
    found = select(kind).where(kind.id == bindparam("row")).with_for_update()
    return found.execution_options(populate_existing=True)


@cache
def _found(kind: Any, *asked: tuple[str, bool]) -> Any:
    """`asked`: the columns, and whether each has a value; nothing equals NULL, so a column without one is asked for that."""
    return select(kind).where(
        *(getattr(kind, name) == (bindparam(name) if has_value else None) for name, has_value in asked)
    )


@cache
def _referred(kind: Any) -> Any:
    return select(kind.id, kind.idea_id).where(kind.ref == bindparam("ref"))


@cache
def _org() -> Any:
    either = or_(col(Organization.slug) == bindparam("org"), col(Organization.lgcode) == bindparam("org"))
    return select(Organization).where(either)


@cache
def _started() -> Any:
    return select(Pilot.id).where(Pilot.idea_id == bindparam("idea"), col(Pilot.started_at).is_not(None))


@cache
def _numbered() -> Any:
    return select(Idea.id).where(Idea.number == bindparam("number"))


@cache
def _slug() -> Any:
    return select(Organization.slug).where(Organization.id == bindparam("org"))


def around_each(session: Session, idea_ids: Collection[int]) -> dict[int, Around]:
    """The same for each of these ideas. One statement."""
    found: dict[int, dict[str, list[str]]] = {}
    for idea_id, slug, part in session.execute(_around_each(), {"ideas": list(idea_ids)}):
        found.setdefault(idea_id, {"owner": [], "partner": [], "site": []})[part].append(slug)
    return {
        idea_id: Around(parts["owner"][0], frozenset(parts["partner"]), frozenset(parts["site"]))
        for idea_id, parts in found.items()
    }


def visibility(idea: Idea, orgs: Around) -> Visibility:
    return Visibility(
        orgs.owner, idea.status, idea.submitted_at is not None, idea.gate_decided, orgs.partners
    )


class Work:
    """One actor doing one thing at one time, in one transaction."""

    def __init__(self, session: Session, speaker: Speaker, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("a time without a zone cannot be worked with")
        self.session = session
        self.speaker = speaker
        self.actor = speaker.actor
        self.seer = speaker.seer
        self.now = now

    @property
    def today(self) -> date:
        """The Asia/Tokyo date."""
        return tokyo_day(self.now)

    @property
    def user_id(self) -> int:
        """The acting person's id; the system has none and is refused."""
        if self.speaker.user_id is None:
            raise Refused("not_permitted", "システムが行うことではありません。")
        return self.speaker.user_id

    @cached_property
    def ties(self) -> set[str]:
        return ties(self.session, self.speaker.user_id, self.now) if self.speaker.user_id else set()

    # -- finding things ------------------------------------------------------------------------------------------

    def find(self, kind: type[R], /, **where: Any) -> R | None:
        """The row with these column values, or None."""
        asked = _found(kind, *((name, value is not None) for name, value in where.items()))
        found: R | None = self.session.exec(asked, params=where).first()
        return found

    def lock(self, kind: type[R], row_id: int | None) -> R:
        """The row, locked until the end of the transaction, as it is now."""
        locked: R = self.session.exec(_locked(kind), params={"row": row_id}).one()
        return locked

    def idea(self, number: str, at_least: Sight = Sight.PUBLISHED) -> Idea:
        """The idea of a number, locked. Refused `unknown` for what the actor may not see."""
        found = self.session.exec(_numbered(), params={"number": number}).first()
        if found is not None:
            idea = self.lock(Idea, found)
            if self.sees(idea, at_least):
                return idea
        raise unknown(f"アイデア {number}")

    def sees(self, idea: Idea, at_least: Sight = Sight.FULL) -> bool:
        seen = sight(self.seer, visibility(idea, around(self.session, idea)))
        return list(Sight).index(seen) >= list(Sight).index(at_least)

    def part(self, kind: type[R], reference: str, name: str) -> tuple[R, Idea]:
        """A part of an idea (a pilot, a review, an action …) by its reference, with its idea locked.

        Refused `unknown` unless the actor may see everything of the idea.
        """
        found = self.session.exec(_referred(kind), params={"ref": reference}).first()
        if found is not None:
            row_id, idea_id = found
            idea = self.lock(Idea, idea_id)
            if self.sees(idea):
                return self.lock(kind, row_id), idea
        raise unknown(f"{name} {reference}")

    def product(self, slug: str) -> tuple[Product, Idea]:
        """A product with its idea locked. A flagged product is public; before that it is as visible as its idea."""
        found = self.session.exec(select(Product.id, Product.idea_id).where(Product.slug == slug)).first()
        if found is not None:
            idea = self.lock(Idea, found[1])
            product = self.lock(Product, found[0])
            if product.flag != "none" or self.sees(idea):
                return product, idea
        raise unknown(f"プロダクト {slug}")

    def org(self, reference: str) -> Organization:
        """An organization by slug or lgcode. Refused `unknown`."""
        found: Organization | None = self.session.exec(_org(), params={"org": reference}).first()
        if found is None:
            raise unknown(f"団体 {reference}")
        return found

    def slug_of(self, org_id: int) -> str:
        return str(self.session.exec(_slug(), params={"org": org_id}).one())

    def person(self, email: str) -> User:
        """A person by mail address. Refused `unknown`."""
        found = self.find(User, email=email.strip().lower())
        if found is None:
            raise unknown(f"利用者 {email}")
        return found

    # -- who may, and when -----------------------------------------------------------------------------------------

    def require(
        self,
        verb: str,
        idea: Idea,
        *,
        own: Iterable[str] | None = (),
        pilot: Pilot | None = None,
        assigned: Iterable[str] = (),
        owned_by_agency: bool = False,
        own_status: Denied | None = None,
    ) -> Around:
        """Permission, then status, then stage, for a verb about an idea; returns the organizations around it.

        `own` names the organizations that count as the thing's own: by default the owner (and the pilot's site, for a
        verb about a pilot); None where everyone acts for itself. `own_status` is the refusal by the thing's own status.
        """
        orgs = around(self.session, idea)
        if own is not None and not own:
            own = {orgs.owner, self.slug_of(pilot.site_id)} if pilot else {orgs.owner}
        standing = Standing(
            own=None if own is None else frozenset(own),
            partners=orgs.partners,
            assigned=frozenset(assigned),
            owner_has_caio=verb != "risk.decide" or self.has_caio(idea.owner_id),
            owned_by_agency=owned_by_agency,
        )
        self._insist_on_right(verb, standing)
        insist(timely(verb, idea.status, idea.stage, self._pilot_started(idea), own_status))
        return orgs

    def allow(self, verb: str, *, own: Iterable[str] | None = None, partners: Iterable[str] = ()) -> None:
        """Permission for a verb that is about no idea."""
        standing = Standing(own=None if own is None else frozenset(own), partners=frozenset(partners))
        self._insist_on_right(verb, standing)

    def _insist_on_right(self, verb: str, standing: Standing) -> None:
        """Refused by the matrix; who may do it for another of their organizations is told so."""
        denied = may(self.actor, verb, standing)
        if denied is not None and self.seer != self.actor and may(self.seer, verb, standing) is None:
            denied = Denied(denied.reason, FOR_ANOTHER)
        insist(denied)

    def has_caio(self, org_id: int) -> bool:
        """Whether an organization has a CAIO now: where it has none, an approver of the agency decides the risk."""
        held = self.session.exec(
            select(Membership.roles).where(Membership.org_id == org_id, col(Membership.ended_at).is_(None))
        )
        return any("caio" in roles for roles in held)

    def _pilot_started(self, idea: Idea) -> bool:
        return self.session.exec(_started(), params={"idea": idea.id}).first() is not None

    def named_org(self, reference: str | None) -> Organization | None:
        """The organization a command names, looked up before any permission. Refused `unknown`."""
        return None if reference is None else self.org(reference)

    def acting_org(self, named: Organization | None, *held: Held, field: str = "org") -> Organization:
        """The organization the actor speaks for among these memberships. Refused `not_permitted` or `invalid`."""
        slugs = sorted({h.org for h in held})
        if named is not None:
            if named.slug not in slugs:
                raise Refused("not_permitted", f"{named.name} を代表して行う役割がありません。")
            return named
        if len(slugs) != 1:
            raise invalid(field, f"どの団体として行うかを {field} で選んでください（{'、'.join(slugs)}）。")
        return self.org(slugs[0])

    def match(self, seen_version: int | None, stands: int, what: str) -> None:
        """Refused `stale` unless the version that was seen, where one is named, is the one that stands."""
        if seen_version not in (None, stands):
            message = f"{what} は、あなたが見た版（{seen_version}）から {stands} に変わっています。読み直してから、もう一度行ってください。"
            raise Refused("stale", message, {"seen_version": str(stands)})

    # -- writing ---------------------------------------------------------------------------------------------------

    def add(self, row: R) -> R:
        """Stores a new row and gives it its id."""
        self.session.add(row)
        self.session.flush()
        return row

    def change(self, row: Any, **fields: Any) -> None:
        """Sets columns of a versioned row and raises its version."""
        for name, value in fields.items():
            setattr(row, name, value)
        row.version += 1
        self.session.add(row)

    def next_number(self, series: str) -> int:
        """The next serial of a series, without gaps: the counter is locked until the commit."""
        one = select(Counter).where(Counter.name == series).with_for_update()
        counter = self.session.exec(one).first()
        if counter is None:
            # Two may begin a series at once: the second waits for the first, and goes on where it ended.
            self.session.connection().execute(BEGIN_SERIES, {"name": series})
            counter = self.session.exec(one).one()
        counter.value += 1
        self.session.add(counter)
        return counter.value

    def next_ref(self, idea: Idea, letter: str) -> str:
        """A readable reference of a new part of an idea: R8-0001-P1 for its first pilot."""
        return f"{idea.number}-{letter}{self.next_number(f'{idea.number}-{letter}')}"

    def record(
        self, action: str, about: Idea | Organization | Event | Repository | Asset, /, **facts: Any
    ) -> None:
        """Adds to the ledger chain of what was acted on; an act of the owner restarts the idle clock."""
        match about:
            case Idea():
                chain = about.number
                if self.slug_of(about.owner_id) in self.actor.orgs:
                    about.owner_acted_at = about.touched_at = self.now
                    self.session.add(about)
            case Organization():
                chain = f"org:{about.slug}"
            case Event():
                chain = f"event:{about.slug}"
            case Repository():
                chain = f"repository:{about.key}"
            case Asset():
                chain = f"asset:{about.ref}"
        ledger.append(self.session, chain, self.now, self.speaker.label, action, facts)

    def tell(
        self, orgs: Iterable[str], kind: str, about: str, subject: str, body: str, people: Iterable[str] = ()
    ) -> None:
        """Writes a message to every member of the organizations and to the people named, but not to the actor, and to no address
        outside the domains of the organizations it belongs to."""
        named = list(people)
        held = outside(self.session, named)
        recipients = [*outbox.members_of(self.session, orgs), *(r for r in named if r not in held)]
        outbox.enqueue(
            self.session,
            (r for r in recipients if r != self.actor.email),
            kind,
            about,
            subject,
            body,
            self.now,
        )
