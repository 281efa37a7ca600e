"""What a password must be: long, and nothing that somebody would guess. No rules on kinds of characters (NIST SP 800-63B)."""

import threading
import unicodedata
from collections.abc import Sequence

from sqlmodel import Session, col, select
from zxcvbn import zxcvbn

from app.breached import is_breached
from workflows.runtime.refusal import Refused
from workflows.tables.people import Membership, Organization, User

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256
GUESSES_AT_LEAST = 10**8
"""Fewer guesses than this, in the order in which one would try, and it is refused: a list of known passwords is tried first."""
LOOKED_AT = 72
"""Characters of it that are weighed: beyond that nothing more is guessed."""
HOUSE_WORDS = ("kyoso", "共創", "共創パイプライン", "パスワード", "ぱすわーど")

SENTENCES = {
    "short": "パスワードは 12 文字以上にしてください。文章のように、長く覚えやすいもので構いません。",
    "breached": "このパスワードは、よそから漏れたものの一覧にあるため使えません。攻撃する人は、はじめに試します。"
    "ほかで使っていない、関係のない言葉をいくつかつなげてください。",
    "long": "パスワードは 256 文字以内にしてください。",
    "guessed": "このパスワードは推測されやすいため使えません。よく使われる言葉や並び、繰り返し、メールアドレスや団体の名前を避け、"
    "関係のない言葉をいくつかつなげてください。",
}  # fmt: skip
_one_at_a_time = threading.Lock()


class WeakPassword(Refused):
    """`invalid`, with one of SENTENCES."""

    def __init__(self, why: str) -> None:
        super().__init__("invalid", SENTENCES[why], {"password": SENTENCES[why]})


def normalized(password: str) -> str:
    """The same password however a keyboard composed it: full-width letters, か and ゛ apart."""
    return unicodedata.normalize("NFKC", password)


def insist_on_a_good_password(password: str, about: Sequence[str] = ()) -> None:
    """Refused `invalid` unless it has 12 to 256 characters and neither was
    stolen before nor would soon be guessed. `about`: what others know of its owner."""
    password = normalized(password)
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword("short")
    if len(password) > LONGEST_PASSWORD:
        raise WeakPassword("long")
    with _one_at_a_time:  # the library keeps the words about a person in a place that all threads share
        weighed = zxcvbn(password[:LOOKED_AT], user_inputs=[*HOUSE_WORDS, *filter(None, about)])
    if weighed["guesses"] < GUESSES_AT_LEAST:
        raise WeakPassword("guessed")
    if is_breached(password):
        raise WeakPassword("breached")


def known_about(session: Session, person: User) -> list[str]:
    """What anybody would try first: the mail address and its parts, the name, the organizations. One statement."""
    rows = session.exec(
        select(Organization.slug, Organization.name, Organization.kana)
        .join(Membership, col(Membership.org_id) == Organization.id)
        .where(Membership.user_id == person.id)
    )
    local, _, domain = person.email.partition("@")
    words = [person.email, local, domain, *domain.split("."), person.name]
    return [*words, *(word for row in rows for word in row if word)]
