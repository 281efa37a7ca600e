"""What local governments are told of the waves that reach them: one digest a morning, whatever the number of waves and products."""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, func, select

from stages.days import written
from workflows.rollout.waves import MEMBERS, REMIND_DAYS, gather, still_right, succeed, unanswered
from workflows.runtime import outbox
from workflows.runtime.mail_kinds import DECLINABLE, WAVES
from workflows.runtime.work import Work
from workflows.tables.machinery import Message
from workflows.tables.people import Organization
from workflows.tables.products import Product, RolloutTarget, Wave, WaveMember

_ANY_PRODUCT = re.compile(r"^　/products/", re.MULTILINE)


def tell_waves(work: Work) -> int:
    """Begins the waves whose day has come, lets successors take the place of who merged, and writes to every member that is due;
    returns how many local governments were written to.

    While a product is suspended its waves wait, and their members with them; restored, they go on. A wave whose author has
    lost the right to open one waits too, untold: a coordinator opens it anew. Products are held first, as verbs hold them.
    """
    session = work.session
    of_waves = select(Product).where(
        Product.flag == "nationwide",
        col(Product.id).in_(select(Wave.product_id).where(Wave.starts_on <= work.today)),
    )
    flagged = {p.id: p for p in session.exec(of_waves.order_by(col(Product.id)).with_for_update())}
    open_waves = select(Wave).where(Wave.starts_on <= work.today, col(Wave.product_id).in_(flagged))
    begun = list(session.exec(open_waves.order_by(col(Wave.id)).with_for_update()))
    first = still_right(session, [wave for wave in begun if wave.told_at is None])
    for wave in first:
        gather(session, wave, flagged[wave.product_id])
        wave.told_at = work.now
        session.add(wave)
        session.execute(sa.update(MEMBERS).where(MEMBERS.c.wave_id == wave.id).values(due=True))
    merged = select(WaveMember.wave_id).join(RolloutTarget, col(RolloutTarget.id) == WaveMember.target_id)
    merged = merged.join(Organization, col(Organization.id) == RolloutTarget.org_id)
    to_swap = set(session.exec(merged.where(col(Organization.closed_on).is_not(None)).distinct()))
    has_due = set(session.exec(select(WaveMember.wave_id).where(col(WaveMember.due)).distinct()))
    told = [wave for wave in begun if wave.told_at is not None]
    for wave in told:
        if wave.id in to_swap:
            succeed(session, wave)
        if wave.reminded_at is not None and wave.id in has_due:  # who has answered since is left in peace
            answered = MEMBERS.c.target_id.not_in(unanswered(wave, work.today))
            again = sa.and_(MEMBERS.c.wave_id == wave.id, MEMBERS.c.due, MEMBERS.c.told_at.is_not(None))
            session.execute(sa.update(MEMBERS).where(again, answered).values(due=False))
    return _write(work, [wave.id for wave in told])


def _write(work: Work, waves: list[int]) -> int:
    """One mail to each local government with a member that is due."""
    due = sa.and_(MEMBERS.c.wave_id.in_(waves), MEMBERS.c.due)
    rows = work.session.exec(
        select(Organization, Product.name, Product.slug, WaveMember.told_at)
        .join(RolloutTarget, col(RolloutTarget.org_id) == Organization.id)
        .join(WaveMember, col(WaveMember.target_id) == RolloutTarget.id)
        .join(Product, col(Product.id) == RolloutTarget.product_id)
        .where(due)
        .order_by(Organization.slug, Product.slug)
    ).all()
    digest: dict[str, dict[str, str]] = {}
    towns = dict[str, Organization]()
    fresh = set[str]()
    for town, name, slug, told_at in rows:
        towns[town.slug] = town
        digest.setdefault(town.slug, {})[slug] = name
        if told_at is None:
            fresh.add(town.slug)
    agency = select(Organization.name).where(Organization.kind == "agency").order_by(col(Organization.id))
    sender = work.session.exec(agency.limit(1)).first() or ""
    for again in (False, True):
        subject = "導入状況をお聞かせください" if again else "ご利用いただけるプロダクトのご案内"
        letters = {
            org: outbox.Letter(
                f"/municipalities/{towns[org].lgcode or org}#fitting",
                subject,
                _body(work, towns[org].name, sender, products, again),
            )
            for org, products in digest.items()
            if (org not in fresh) is again
        }
        kind = "wave.reminded" if again else "wave.opened"
        outbox.enqueue_to_orgs(work.session, letters, kind, work.now)
    work.session.execute(sa.update(MEMBERS).where(due).values(due=False, told_at=work.now))
    return len(digest)


def _body(work: Work, town: str, sender: str, products: Mapping[str, str], again: bool) -> str:
    """What a clerk reads: whom it is from, which products with the page of each (the mailer makes the path an address), what is
    asked, and by when."""
    first = f"{sender}の事務局から、ご利用いただけるプロダクトのご案内です。"
    if again:
        first = f"{sender}の事務局です。先日ご案内したプロダクトについて、まだお答えをいただいていません。"
    listed = "\n".join(f"・{name}\n　{_answered_at(slug)}" for slug, name in products.items())
    until = written(work.today + timedelta(days=REMIND_DAYS))
    return (
        f"{town} ご担当者さま\n\n{first}\n\n{listed}\n\n"
        f"お願い: それぞれのページで、導入の状況（導入済み・検討中・予定なしなど）を、{until}ごろまでにお答えください。\n"
        "使う予定がないことも、大事なお答えです。"
    )


def _answered_at(slug: str) -> str:
    return f"/products/{slug}#adoption"


def take_back(work: Work, product: Product) -> None:
    """Of a product that is suspended, takes its lines out of every digest that has not left yet, and the digest where nothing else
    stands in it; whom it was written to is due again, and so told when the product is restored. One that is under way leaves."""
    m, said = Message, f"　{_answered_at(product.slug)}\n"
    lines = re.compile(rf"^・.*\n{re.escape(said)}", re.MULTILINE)
    unsent = select(m).where(col(m.sent_at).is_(None), col(m.kind).in_(DECLINABLE[WAVES]))
    unsent = unsent.where(col(m.body).contains(said, autoescape=True)).order_by(col(m.id)).with_for_update()
    written_to: dict[tuple[str, datetime], set[str]] = defaultdict(set)
    for message in work.session.exec(unsent).all():
        written_to[message.kind, message.created_at].add(message.about)
        message.body = lines.sub("", message.body)
        if _ANY_PRODUCT.search(message.body):
            work.session.add(message)
        else:
            work.session.delete(message)
    of_product = MEMBERS.c.wave_id.in_(select(Wave.id).where(Wave.product_id == product.id))
    for (kind, at), pages in written_to.items():
        town, target = Organization, RolloutTarget
        page = func.coalesce(col(town.lgcode), col(town.slug))
        whom = select(target.id).join(town, col(town.id) == target.org_id)
        whom = whom.where(page.in_([about.split("/")[2].partition("#")[0] for about in pages]))
        again = sa.and_(of_product, MEMBERS.c.told_at == at, MEMBERS.c.target_id.in_(whom))
        untold = {"told_at": None} if kind == "wave.opened" else {}
        work.session.execute(sa.update(MEMBERS).where(again).values(due=True, **untold))
