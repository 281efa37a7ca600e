"""Mail sent from the outbox after the transaction that wrote it: claimed, so that no two clocks send it, and what became of it."""

import smtplib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Engine
from sqlmodel import Session, and_, col, func, or_, select

from workflows.runtime.mail_kinds import (
    AUDITS,
    LEAVES_FROM,
    OWN,
    TOGETHER,
    day_began,
    outside,
)
from workflows.runtime.mailer import Mailer, Unsendable
from workflows.runtime.transaction import reading, take_turns, writing
from workflows.tables.machinery import Message

BATCH = 100
MOST_ATTEMPTS, LONGEST_WAIT = 24, timedelta(hours=4)
"""Together 68 hours: a mail server may be away for a weekend."""
CLAIM_LASTS = timedelta(minutes=15)
"""A claimed message is no other clock's for so long; one whose clock died is sent by another after it."""
TURN = 7_318_261_420_552
"""What leaves once a day is claimed by turns (an advisory lock on PostgreSQL), so that no second clock begins a second mail."""
BATCH_LASTS = timedelta(minutes=5)
"""After that nothing more of a batch is begun, however slow the server is, so that a message that is under way (at most
seven answers of 20 seconds) is done long before its claim ends."""


OUTSIDE = "宛先が、団体に登録されたメールのドメインの外にあるため、送りません。"
_UNSENT = (col(Message.sent_at).is_(None), col(Message.attempts) < MOST_ATTEMPTS)


def deliver(engine: Engine, now: datetime, mailer: Mailer) -> int:
    """Sends what waits in the outbox, each message claimed first so that no two clocks send it; returns how many left.

    A failure is tried again after 2, 4, 8 … minutes and then every four hours, for 68 hours in all; the message says why.
    """
    sent = 0
    began = monotonic()
    while claimed := _claim(engine, now, timedelta(seconds=monotonic() - began)):
        ends = monotonic() + BATCH_LASTS.total_seconds()
        held = _held_back(engine, claimed)
        results = dict(held)
        try:
            with mailer.connection() as server:
                for together in _together(claimed, results):
                    if monotonic() >= ends:
                        break
                    results.update(_send(server, mailer, together, now))
        except (OSError, smtplib.SMTPException) as error:
            for message in claimed:
                results.setdefault(message.id, f"{type(error).__name__}: {error}"[:500])
        sent += _note(engine, now, [message.id for message in claimed], results)
        if len(held) < len(claimed) and all(results.values()):  # what is held back says nothing of the server
            break
    return sent


def _held_back(engine: Engine, claimed: Sequence[Message]) -> dict[int, str | None]:
    """Those whose address is outside the domains of its organizations now, with why they are not sent."""
    about_orgs = [m for m in claimed if m.kind not in (*OWN, *AUDITS)]
    with reading(engine) as session:
        held = outside(session, (m.recipient for m in about_orgs))
    return {m.id: OUTSIDE for m in about_orgs if m.recipient in held}


def _together(claimed: Sequence[Message], decided: Mapping[int, str | None]) -> Iterator[list[Message]]:
    """What leaves as one mail: all that the rollout has for one address; everything else alone."""
    groups: dict[tuple[str, int], list[Message]] = {}
    for message in claimed:
        if message.id not in decided:
            alone = 0 if message.kind in TOGETHER else message.id
            groups.setdefault((message.recipient, alone), []).append(message)
    return iter(groups.values())


def _claim(engine: Engine, now: datetime, elapsed: timedelta) -> list[Message]:
    """The next messages that are due at `now`, this clock's from here on. `elapsed` is how long it has been sending since."""
    until = now + elapsed + CLAIM_LASTS
    with writing(engine) as session:
        due = or_(col(Message.try_after).is_(None), col(Message.try_after) <= now)
        waiting = select(Message).where(*_UNSENT, due, col(Message.kind).not_in(TOGETHER))
        claimed = list(
            session.exec(waiting.order_by(col(Message.id)).limit(BATCH).with_for_update(skip_locked=True))
        )
        _mark(session, claimed, until)
    if len(claimed) < BATCH and now >= day_began(now) + LEAVES_FROM:
        with writing(engine) as session:
            parts = _of_a_day(session, now, BATCH - len(claimed))
            _mark(session, parts, until)
        claimed += parts
    return claimed


def _of_a_day(session: Session, now: datetime, most: int) -> list[Message]:
    """All that the rollout has for so many people, of whom none had such mail today; nor is any of theirs under way, or waits to
    be tried again. Clocks look by turns: what is written first may be committed last, and is then not in any mail yet."""
    take_turns(session, TURN)
    m = Message
    in_hand = and_(col(m.sent_at).is_(None), col(m.try_after) > now)
    # Apart from the rest, not asked for each message in turn: ten thousand that wait are held against thousands that left.
    served = select(m.recipient).where(
        col(m.kind).in_(TOGETHER), or_(col(m.sent_at) >= day_began(now), in_hand)
    )
    rollout = [*_UNSENT, col(m.kind).in_(TOGETHER)]
    whose = select(m.recipient).where(*rollout, col(m.recipient).not_in(served)).group_by(m.recipient)
    people = session.exec(whose.order_by(func.min(m.id)).limit(most)).all()
    parts = select(m).where(*rollout, col(m.recipient).in_(people)).order_by(col(m.id))
    return list(session.exec(parts.with_for_update()))


def _mark(session: Session, claimed: Sequence[Message], until: datetime) -> None:
    for message in claimed:
        message.attempts += 1
        message.try_after = until
        session.add(message)


def _note(engine: Engine, now: datetime, claimed: Sequence[int], results: Mapping[int, str | None]) -> int:
    """Writes down what became of claimed messages: sent, failed and why, or not begun and so given back; how many were sent."""
    sent = 0
    with writing(engine) as session:
        ours = select(Message).where(col(Message.id).in_(claimed)).order_by(col(Message.id))
        # Held: one that its person declines in this moment would else be missed by the update, and all be sent once more.
        for message in session.exec(ours.with_for_update()):
            if message.id not in results:
                message.attempts, message.try_after = message.attempts - 1, None
            else:
                message.last_error = results[message.id]
                if message.last_error is None:
                    message.sent_at = now
                    sent += 1
                else:
                    message.try_after = now + min(timedelta(minutes=2**message.attempts), LONGEST_WAIT)
            session.add(message)
    return sent


def _send(
    server: smtplib.SMTP, mailer: Mailer, together: list[Message], at: datetime
) -> dict[int, str | None]:
    """Sends messages as one mail; what became of each. A part whose link cannot be made stays behind, the others go."""
    became: dict[int, str | None] = {}
    for message in together:
        try:
            mailer.link(message)
        except Unsendable as error:
            became[message.id] = str(error)
    ready = [m for m in together if m.id not in became]
    if not ready:
        return became
    return {**became, **dict.fromkeys((m.id for m in ready), _one(server, mailer, ready, at))}


def _one(server: smtplib.SMTP, mailer: Mailer, ready: list[Message], at: datetime) -> str | None:
    try:
        server.send_message(mailer.compose(*ready, at=at))
    except smtplib.SMTPRecipientsRefused as error:
        return f"宛先が受け取りませんでした: {error}"[:500]
    except (smtplib.SMTPResponseException, smtplib.SMTPNotSupportedError, UnicodeError) as error:
        return f"メールサーバーの応答: {error}"[:500]
    except (
        ValueError,
        AttributeError,
    ) as error:  # how the library says that an address cannot stand in a header
        return f"宛先がメールアドレスとして読めません: {error}"[:500]
    return None
