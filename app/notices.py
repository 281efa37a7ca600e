"""What a person is told by mail when their keys change: that it was done, when, and what to do if it was not they."""

from datetime import datetime

from sqlmodel import Session, select

from app import security_log
from workflows.calendar import TOKYO
from workflows.runtime.outbox import enqueue
from workflows.tables.people import User

SECURITY = "/me/security"
TOLD = {
    "password": "パスワードが変わりました。ほかの端末のサインインは終了しました。",
    "reset": "メールのリンクからパスワードが変わりました。すべての端末のサインインは終了しました。"
    "パスキーと認証アプリはそのままです。下のページで、知らないものがないか確かめてください。",
    "code_app": "二段階目の確認に、認証アプリが加わりました。",
    "no_code_app": "認証アプリが外されました。",
    "passkey": "パスキーが加わりました。",
    "no_passkey": "パスキーが外されました。",
    "codes": "回復用コードが作り直されました。前のコードは使えません。",
    "lost": "運用する人が、二段階目の確認（認証アプリ・パスキー・回復用コード）をすべて外しました。",
    "recovery": "回復用コードでサインインがありました。使ったコードは、もう使えません。",
}
"""What happened -> the sentence. No code, key or address of a device is in it."""


def tell(session: Session, user_id: int, what: str, now: datetime) -> None:
    """Puts the mail into the outbox, in the transaction that did it; the log has a line once that is over."""
    email = session.exec(select(User.email).where(User.id == user_id)).one()
    at = now.astimezone(TOKYO)
    body = (
        f"{TOLD[what]}\n日時: {at:%Y年%-m月%-d日 %H:%M}\n\n"
        "心当たりがあれば、何もしなくて構いません。心当たりがないときは、すぐに下のページからパスワードを変え、"
        "「ほかの端末をすべて終了」を押して、団体の管理者に知らせてください。"
    )
    security_log.done_once_stored(session, "key_changed", of=f"u{user_id}", what=what)
    enqueue(session, [email], "key.changed", SECURITY, "サインインの鍵が変わりました", body, now)
