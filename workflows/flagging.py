"""Flags that rose and fell since the clock last looked: mailed once when they rise, gone when their cause is."""

from collections.abc import Iterator

from sqlmodel import col, or_, select

from stages.lifecycle import OFF_THE_ROAD
from workflows import adoption_links, standing
from workflows.dossiers import dossier
from workflows.runtime import outbox
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.machinery import FlagRaised
from workflows.tables.products import Product
from workflows.tables.risks import Incident


def watched(work: Work) -> Iterator[int]:
    """The ids of the ideas on which a flag can stand or stood."""
    incidents = select(Incident.idea_id).where(col(Incident.closed_at).is_(None))
    flagged = select(Product.idea_id).where(Product.flag != "none")
    standing_now = select(FlagRaised.idea_id).where(col(FlagRaised.cleared_at).is_(None))
    on_the_road = col(Idea.status).not_in(list(OFF_THE_ROAD))
    touched = or_(col(Idea.imported_at).is_(None), col(Idea.owner_acted_at).is_not(None))
    any_of = or_(
        on_the_road, col(Idea.id).in_(incidents), col(Idea.id).in_(flagged), col(Idea.id).in_(standing_now)
    )
    return iter(work.session.exec(select(Idea.id).where(any_of, touched).order_by(col(Idea.id))).all())


def renew_flags(work: Work, idea: Idea, agency: tuple[str, ...]) -> int:
    """Writes down which flags of an idea rose and which fell, with one mail for each that rose; returns how many rose."""
    facts = dossier(work.session, idea, work.today, look_alikes=False)
    now = {(s.flag.key, s.raised.about): s for s in standing.flags(facts, work.today, agency)}
    before = {
        (r.key, r.about): r
        for r in work.session.exec(
            select(FlagRaised).where(FlagRaised.idea_id == idea.id, col(FlagRaised.cleared_at).is_(None))
        )
    }
    stand_still = {k for k in now.keys() & before.keys() if now[k].raised.since == before[k].since}
    for fallen in before.keys() - stand_still:
        before[fallen].cleared_at = work.now
        work.session.add(before[fallen])
    work.session.flush()  # what fell and rose again gives its place up first
    risen = [now[k] for k in now if k not in stand_still]
    for s in risen:
        work.session.add(
            FlagRaised(
                idea_id=idea.id,
                key=s.flag.key,
                about=s.raised.about,
                reason=s.raised.reason,
                since=s.raised.since,
                raised_at=work.now,
            )
        )
        told = (*s.clears, *agency) if s.flag.tells_agency else s.clears
        recipients = outbox.members_of(work.session, told)
        subject = f"{s.flag.name}: {idea.number} {idea.title}"
        if s.flag.key == "adoption_expiring_30":
            adoption_links.remind(work, idea, s.raised.about, s.flag.key, subject, s.raised.reason)
            continue
        outbox.enqueue(work.session, recipients, s.flag.key, idea.number, subject, s.raised.reason, work.now)
    return len(risen)
