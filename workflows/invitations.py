"""Invitations by mail: written with the invitation itself, good for seven days, void once another is sent or it is withdrawn.

The link is not in the message: the mail is given it when it leaves (Mailer.secret_path), so that no table ever holds what opens
an account.
"""

from datetime import timedelta

from sqlmodel import col, select

from workflows.runtime.mail_kinds import within
from workflows.runtime.mailer import INVITATION
from workflows.runtime.work import Work
from workflows.tables.people import Invitation, Organization, OutsideIdentity, User

LASTS = timedelta(days=7)


def has_a_way_in(work: Work, person: User) -> bool:
    """Whether somebody can sign in already: by a password, or as somebody that a provider knows."""
    return person.password_hash is not None or work.find(OutsideIdentity, user_id=person.id) is not None


def withdraw(work: Work, person: User, org: Organization) -> None:
    """Voids the open invitation of a person into an organization, if there is one."""
    standing = select(Invitation).where(
        Invitation.user_id == person.id,
        Invitation.org_id == org.id,
        col(Invitation.used_at).is_(None),
        col(Invitation.voided_at).is_(None),
    )
    for invitation in work.session.exec(standing):
        invitation.voided_at = work.now
        work.add(invitation)


def send(work: Work, person: User, org: Organization, joins: bool) -> None:
    """Mails a person a link with which to make their way in; who has one is only told of an organization that is new to them.

    No mail leaves for an address outside the organization's domains: its page says so to who looks after it.
    """
    to = [person.email] if within(person.email, org.mail_domains) else []
    if has_a_way_in(work, person):
        if joins:
            work.tell(
                [], "user.joined", f"org:{org.slug}", f"{org.name}の利用者になりました",
                f"{person.name} さん\n\n{org.name}の利用者として登録されました。いままでと同じ方法でサインインできます。"
                "いくつかの団体に属する方は、画面の上で、どの団体として操作するかを選べます。",
                people=to,
            )  # fmt: skip
        return
    withdraw(work, person, org)
    invitation = work.add(
        Invitation(user_id=person.id or 0, org_id=org.id or 0, sent_at=work.now, expires_at=work.now + LASTS)
    )
    work.tell(
        [], "user.invited", f"{INVITATION}{invitation.id}", f"{org.name}から招かれました",
        f"{person.name} さん\n\n{org.name}の利用者として招かれました。下のアドレスを開き、パスワードを決めると使い始められます。"
        f"アドレスは {LASTS.days} 日のあいだ、一度だけ使えます。\n心当たりがないときは、何もせずにこのメールを消してください。",
        people=to,
    )  # fmt: skip
