"""The people in organizations: inviting and revoking."""

from typing import Literal

from pydantic import Field
from sqlalchemy import update
from sqlmodel import col, select

from stages.permissions import KIND_NAMES, ROLE_NAMES, ROLES_BY_KIND
from workflows import invitations, leaving
from workflows.runtime import outbox
from workflows.runtime.commands import Command, Email, Line, Ref
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.keys import PasswordReset
from workflows.tables.people import Membership, Organization, SignIn, User

Role = Literal[
    "submitter", "approver", "caio", "member", "reviewer", "coordinator", "administrator", "auditor"
]


class InviteUser(Command):
    """A person's place in an organization; said again it replaces the roles there."""

    email: Email
    name: Line
    org: Ref
    roles: list[Role] = Field(min_length=1, max_length=10)


class RevokeUser(Command):
    user: Ref
    org: Ref


def current_membership(work: Work, person: User, org: Organization) -> Membership | None:
    """The person's place in the organization now, locked."""
    found = work.session.exec(
        select(Membership.id).where(
            Membership.user_id == person.id, Membership.org_id == org.id, col(Membership.ended_at).is_(None)
        )
    ).first()
    return work.lock(Membership, found) if found is not None else None


def places_of(work: Work, person: User) -> list[tuple[int, str]]:
    """Id and kind of the organizations a person belongs to now."""
    rows = (
        select(Organization.id, Organization.kind)
        .join(Membership, col(Membership.org_id) == Organization.id)
        .where(Membership.user_id == person.id, col(Membership.ended_at).is_(None))
    )
    return [(org_id or 0, kind) for org_id, kind in work.session.exec(rows)]


def is_by_the_agency(work: Work) -> bool:
    """Whether the system, or an administrator of the agency, acts here."""
    return work.actor.system or any(True for _ in work.actor.holds("agency", "administrator"))


@verb("user.invite", InviteUser)
def invite_user(work: Work, command: InviteUser) -> User:
    """団体に利用者を招く。もう一度招くと、その団体での役割が置き換わる。

    まだ入り方のない人には、七日のあいだ一度だけ使えるアドレスをメールで送る。もう一度招くと、前のアドレスは使えなくなる。
    システムが登録する人（kyoso user add、最初の管理者）には送らない。パスワードは、その場で決める。
    ほかの団体にも属する人の氏名と、デジタル庁の人の所属は、デジタル庁の管理者だけが変えられる。
    """
    org = work.lock(Organization, work.org(command.org).id)
    work.allow("user.invite", own={org.slug})
    fitting = ROLES_BY_KIND[org.kind]
    if wrong := [ROLE_NAMES[r] for r in command.roles if r not in fitting]:
        choices = "、".join(ROLE_NAMES[r] for r in fitting)
        raise invalid(
            "roles",
            f"{KIND_NAMES[org.kind]}に「{'」「'.join(wrong)}」の役割はありません。{choices} から選んでください。",
        )
    roles: list[str] = [r for r in fitting if r in command.roles]
    person = work.find(User, email=command.email)
    if person is None:
        person = work.add(User(email=command.email, name=command.name, invited_at=work.now))
    else:
        by_agency, places = is_by_the_agency(work), places_of(work, person)
        if not by_agency and "agency" in (kind for _, kind in places):
            # A tie keeps a person from every review of that organization: nobody else may tie a reviewer.
            raise Refused(
                "not_permitted",
                f"{person.email} はデジタル庁の利用者です。招くと審査に加われなくなるため、デジタル庁の管理者に頼んでください。",
            )
        if by_agency or all(place == org.id for place, _ in places):
            person.name = command.name
    held = current_membership(work, person, org)
    joins = held is None
    if held is None:
        held = Membership(user_id=person.id or 0, org_id=org.id or 0, roles=roles, started_at=work.now)
    was_reviewer, held.roles = "reviewer" in held.roles, roles
    work.add(held)
    work.record("user.invited", org, person=f"u{person.id}", roles=roles)
    if was_reviewer and "reviewer" not in roles:
        leaving.void_ratings(work, person)
    if not work.actor.system:
        invitations.send(work, person, org, joins)
    return person


def end_sign_ins(work: Work, person: User) -> None:
    """Whoever belongs nowhere any more is signed out everywhere, and no link in their mailbox lets them in again."""
    for of in (SignIn, PasswordReset):
        standing = update(of).where(col(of.user_id) == person.id, col(of.ended_at).is_(None))
        work.session.execute(standing.values(ended_at=work.now))


@verb("user.revoke", RevokeUser)
def revoke_user(work: Work, command: RevokeUser) -> User:
    """利用者をその団体から外す。記録は残り、12 か月は利害関係として数える。

    まだ使われていない招待は取り消され、決定の前の審査での判定は数えなくなる。どの団体にも属さなくなれば、未送信のメールも送らない。
    """
    org = work.lock(Organization, work.org(command.org).id)
    person = work.person(command.user)
    held = current_membership(work, person, org)
    if held is None:
        raise unknown(f"{org.name} の利用者 {command.user}")
    work.allow("user.revoke", own={org.slug})
    held.ended_at = max(work.now, held.started_at)
    work.add(held)
    work.session.flush()
    if not places_of(work, person):
        end_sign_ins(work, person)
        outbox.forget(work.session, person.email)
    work.record("user.revoked", org, person=f"u{person.id}")
    invitations.withdraw(work, person, org)
    leaving.stop_acting_for(work, person, org)
    if "reviewer" in held.roles:
        leaving.void_ratings(work, person)
    return person
