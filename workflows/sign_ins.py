"""Ending somebody's sign-ins from outside: a lost or stolen machine is reported to the administrator, not to the machine."""

from sqlalchemy import update
from sqlmodel import col

from workflows.calendar import TOKYO
from workflows.people import current_membership, is_by_the_agency, places_of
from workflows.runtime import outbox
from workflows.runtime.commands import Command, Ref
from workflows.runtime.refusal import Refused, unknown
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.people import SignIn, User

SECURITY = "/me/security"


class SignOutUser(Command):
    user: Ref
    org: Ref


@verb("user.sign_out", SignOutUser)
def sign_out_user(work: Work, command: SignOutUser) -> User:
    """利用者のサインインを、すべての端末で終える。鍵と役割はそのままで、本人にメールで知らせる。

    団体の管理者は、その団体だけに属する人のものを終えられる。ほかの団体にも属する人のものは、デジタル庁の管理者が終える。
    """
    org = work.org(command.org)
    person = work.person(command.user)
    if current_membership(work, person, org) is None:
        raise unknown(f"{org.name} の利用者 {command.user}")
    work.allow("user.sign_out", own={org.slug})
    if not is_by_the_agency(work) and any(place != org.id for place, _ in places_of(work, person)):
        message = "この人はほかの団体にも属しているため、この団体だけでは終えられません。デジタル庁の管理者に頼んでください。"
        raise Refused("not_permitted", message)
    open_ones = update(SignIn).where(col(SignIn.user_id) == person.id, col(SignIn.ended_at).is_(None))
    ended = work.session.connection().execute(open_ones.values(ended_at=work.now)).rowcount
    work.record("user.signed_out", org, person=f"u{person.id}")
    if ended:
        at = work.now.astimezone(TOKYO)
        body = (
            f"{org.name}の管理者か、デジタル庁の管理者が、あなたのサインインをすべての端末で終えました。\n"
            f"日時: {at:%Y年%-m月%-d日 %H:%M}\n\n"
            "パスワードなどの鍵と役割は変わっていません。もう一度サインインできます。端末を失くしたとき、だれかに使われたかもしれない"
            "ときは、サインインしてから、下のページでパスワードを変え、知らないパスキーと認証アプリがないか確かめてください。"
        )
        outbox.enqueue(
            work.session,
            [person.email],
            "user.signed_out",
            SECURITY,
            "サインインが終了しました",
            body,
            work.now,
        )
    return person
