"""The jobs of the clock: what each does, one transaction an idea, so that none holds the others up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from stages.permissions import SYSTEM
from workflows import adoption_links, flagging, incident_clock, links
from workflows.calendar import tokyo_day
from workflows.files import sweeping
from workflows.files.stores import Store
from workflows.github import deliveries, sync
from workflows.github.questions import Asks
from workflows.insights import making
from workflows.links import Ask
from workflows.rollout import suspension, targets, telling
from workflows.rollout.statements import lapsed
from workflows.runtime import anchors, outbox, pruning
from workflows.runtime.actors import Speaker
from workflows.runtime.failures import is_the_databases, raise_first
from workflows.runtime.mail import deliver
from workflows.runtime.mailer import Mailer
from workflows.runtime.transaction import reading, writing
from workflows.runtime.work import Work
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product

SYNC_SECONDS = 240
"""How long one run of the sync may keep the leading clock from its other jobs."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the jobs need from the configuration."""

    mailer: Mailer | None = None
    auditors: tuple[str, ...] = ()
    forge: Asks | None = None
    """Where linked repositories are looked at; None leaves what was seen of them as it is."""
    files: Store | None = None
    """Where the files of evidence are kept; None leaves them as they are."""
    asks: Ask | None = None
    """Asks whether a link opens; None leaves what was seen of them as it is."""


def _system(session: Session, now: datetime) -> Work:
    return Work(session, Speaker(SYSTEM), now)


def _each(engine: sa.Engine, now: datetime, ids: Iterable[int], act: Callable[[Work, Idea], int]) -> int:
    """Does something to each idea in a transaction of its own, so that a long job never holds the others up.

    An idea that fails keeps no other from its turn. Then the first error is raised, its notes naming every idea that
    did, so that the job is tried again and whoever runs the clock sees why. An error that is the database's own
    would meet every other idea too and ends the job at once.
    """
    done = 0
    failed: list[tuple[str, Exception]] = []
    for idea_id in ids:
        name = f"idea {idea_id}"
        try:
            with writing(engine) as session:
                work = _system(session, now)
                idea = work.lock(Idea, idea_id)
                name = idea.number
                done += act(work, idea)
        except Exception as error:
            if is_the_databases(error):
                raise
            failed.append((name, error))
    raise_first(failed)
    return done


def raise_flags(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Raises and clears flags: reminders, service levels, budget windows, expiring adoption, overdue reports."""
    with reading(engine) as session:
        ids = list(flagging.watched(_system(session, now)))
        agency = tuple(outbox.agency_slugs(session))
    return _each(engine, now, ids, lambda work, idea: flagging.renew_flags(work, idea, agency))


def tell_incidents(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Reminds of incident reports that are due soon, and escalates those that stay away."""
    with reading(engine) as session:
        ids = incident_clock.watched(_system(session, now))
    return _each(engine, now, ids, incident_clock.tell_what_is_due)


def _flagged_ideas(engine: sa.Engine) -> list[int]:
    with reading(engine) as session:
        return list(
            session.exec(
                select(Product.idea_id).where(Product.flag == "nationwide").order_by(col(Product.id))
            )
        )


def make_targets(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Makes every local government a target of each product flagged for the nation, and renews how well it fits."""

    with reading(engine) as session:
        towns = targets.towns_today(session)

    def act(work: Work, idea: Idea) -> int:
        product = work.find(Product, idea_id=idea.id)
        flagged = product is not None and product.flag == "nationwide"
        return targets.make_targets(work, product, idea, towns) if product and flagged else 0

    return _each(engine, now, _flagged_ideas(engine), act)


def suspend_products(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Suspends flagged products against which a cause has come with time."""
    return _each(
        engine, now, _flagged_ideas(engine), lambda work, idea: int(suspension.reconsider(work, idea))
    )


def tell_lapsed(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Tells local governments once that their statement on a product has lapsed and is no longer counted."""

    untold = (
        col(Adoption.replaced_at).is_(None),
        col(Adoption.lapse_told_at).is_(None),
        col(Organization.closed_on).is_(None),  # nobody is left to answer
    )

    def act(work: Work, idea: Idea) -> int:
        rows = select(Adoption, Product.name, Organization.slug).join(
            Product, col(Product.id) == Adoption.product_id
        )
        rows = rows.join(Organization, col(Organization.id) == Adoption.org_id)
        told = 0
        for adoption, name, slug in work.session.exec(rows.where(Product.idea_id == idea.id, *untold)).all():
            if lapsed(adoption.confirmed_at, tokyo_day(now)):
                adoption.lapse_told_at = now
                work.add(adoption)
                subject = f"導入状況の回答が期限切れです: {name}"
                body = "12か月がたち、導入状況の回答が期限切れになりました。今の状況を答えてください。"
                adoption_links.remind(work, idea, slug, "adoption.expired", subject, body)
                told += 1
        return told

    with reading(engine) as session:
        stated = select(Product.idea_id, Adoption.confirmed_at).join(
            Adoption, col(Adoption.product_id) == Product.id
        )
        stated = stated.join(Organization, col(Organization.id) == Adoption.org_id).where(*untold)
        today = tokyo_day(now)
        ids = sorted({idea_id for idea_id, confirmed in session.exec(stated) if lapsed(confirmed, today)})
    return _each(engine, now, ids, act)


def tell_waves(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Writes to the local governments of the waves that start today, and again to those of a wave that are to be reminded:
    one digest each, not one mail a product."""
    with writing(engine) as session:
        return telling.tell_waves(_system(session, now))


def make_insights(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Makes the figures of the road of all ideas anew, with their forecasts."""
    return making.make_insights(engine, now)


def take_anchor(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Takes an anchor over the heads of all chains, once a day, and mails it to the auditors."""
    with writing(engine) as session:
        last = anchors.last_anchor(session)
        if last is not None and tokyo_day(last.taken_at) >= tokyo_day(now):
            return 0
        anchors.anchor_and_tell(session, now, setting.auditors)
    return 1


def send_mail(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Sends what waits in the outbox; without a mail server it stays there and can be read."""
    return deliver(engine, now, setting.mailer) if setting.mailer else 0


def prune(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Lets go of old slots of the clock, of sign-ins that are over, of counted failures to sign in, and of old webhooks."""
    return pruning.prune(engine, now)


def hear_webhooks(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Works through what GitHub sent since the last time."""
    return deliveries.work_through(engine, now)


def sync_repositories(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Looks at the linked repositories that are due, the most important first; what it has no time for is due next time."""
    if setting.forge is None:
        return 0
    return sync.sync(engine, now, setting.forge, seconds=SYNC_SECONDS).looked


def sweep_files(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Lets go of files that were handed in and never named by a verb."""
    return sweeping.sweep(engine, setting.files, now) if setting.files else 0


def check_links(engine: sa.Engine, now: datetime, setting: Setting) -> int:
    """Asks whether the links of evidence still open."""
    return links.check_links(engine, now, setting.asks) if setting.asks else 0
