"""Demand and adoption: what local governments want, and what they themselves say they use."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import model_validator
from sqlmodel import col, select

from stages.days import written
from stages.permissions import Sight
from stages.rollout import ADOPTION_NAMES
from workflows.calendar import tokyo_day
from workflows.ideas import towns_of
from workflows.runtime import outbox
from workflows.runtime.commands import AnyText, Command, Day, Ref, Text, Version, Year
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Demand
from workflows.tables.people import Organization, User
from workflows.tables.products import Adoption, Product

CONTRADICTS_WITHIN = timedelta(days=30)
"""Two people of one local government who answer differently within this time contradict each other [rule]."""


class DemandIdea(Command):
    """「うちも使いたい」 for an idea or for the product it became."""

    idea: Ref | None = None
    product: Ref | None = None
    need: Text
    budget_year: Year | None = None
    constraints: AnyText | None = None
    org: Ref | None = None

    @model_validator(mode="after")
    def one_of_them(self) -> "DemandIdea":
        if (self.idea is None) == (self.product is None):
            raise ValueError("アイデアかプロダクトの、どちらか一つを選んでください。")
        return self


class ReportAdoption(Command):
    """The adopter's own statement. `org` only where the actor speaks for several local governments."""

    product: Ref
    status: Literal[
        "adopted", "piloting", "planned", "considering", "considered_not_adopted", "no_plan", "stopped"
    ]
    since: Day | None = None
    note: AnyText | None = None
    org: Ref | None = None


class ReconfirmAdoption(Command):
    """`statement` is the one that was seen, by its number: where another stands now, that is `stale`."""

    product: Ref
    org: Ref | None = None
    statement: Version | None = None


def _town_spoken_for(work: Work, named: Organization | None) -> Organization:
    """The local government the actor speaks for. Refused `wrong_status` where it has closed: it is counted no more."""
    held = towns_of(work.actor)
    closed = select(Organization.slug).where(
        col(Organization.slug).in_([h.org for h in held]), col(Organization.closed_on).is_not(None)
    )
    gone = set(work.session.exec(closed))
    still = [h for h in held if h.org not in gone]
    org = work.acting_org(named, *(held if named is not None or not still else still))
    if org.closed_on is None:
        return org
    heir = work.find(Organization, id=org.successor_id) if org.successor_id else None
    raise Refused(
        "wrong_status",
        f"{org.name}は {org.closed_on} に廃止されています。{heir.name if heir else '引き継いだ団体'}の利用者として行ってください。",
    )


@verb("idea.demand", DemandIdea)
def demand_idea(work: Work, command: DemandIdea) -> Demand:
    """「うちも使いたい」と伝える。もう一度言うと置き換わる。"""
    idea = work.product(command.product)[1] if command.product else work.idea(command.idea or "", Sight.BRIEF)
    named = work.named_org(command.org)
    orgs = work.require("idea.demand", idea, own=None)
    org = _town_spoken_for(work, named)
    earlier = work.find(Demand, idea_id=idea.id, org_id=org.id, replaced_at=None)
    if earlier is not None:
        earlier.replaced_at = work.now
        work.add(earlier)
    demand = work.add(
        Demand(
            ref=work.next_ref(idea, "D"),
            idea_id=idea.id,
            org_id=org.id,
            need=command.need,
            budget_year=command.budget_year,
            constraints=command.constraints or "",
            stated_by_id=work.user_id,
            stated_at=work.now,
        )
    )
    work.record("idea.demanded", idea, org=org.slug, need=demand.need, budget_year=demand.budget_year)
    work.tell(
        [orgs.owner],
        "idea.demanded",
        idea.number,
        f"{org.name}が「うちも使いたい」と言っています: {idea.title}",
        demand.need,
    )
    return demand


def _state(
    work: Work, product: Product, org: Organization, earlier: Adoption | None, **said: Any
) -> Adoption:
    if earlier is not None:
        earlier.replaced_at = work.now
        work.add(earlier)
    stated: dict[str, Any] = {"stated_by_id": work.user_id, "stated_at": work.now, "confirmed_at": work.now}
    by_link = work.speaker.by_link
    return work.add(Adoption(product_id=product.id, org_id=org.id, by_link=by_link, **stated, **said))


def contradict(
    by: int | None, status: str, at: datetime, earlier_by: int | None, earlier: str, earlier_at: datetime
) -> bool:
    """Whether two people of one local government have answered differently within a month."""
    two = by is not None and earlier_by is not None and by != earlier_by
    return two and status != earlier and at - earlier_at <= CONTRADICTS_WITHIN


def _tell_both(work: Work, product: Product, org: Organization, earlier: Adoption, now: Adoption) -> None:
    """To who answered before, as long as they belong there, and to who has just answered otherwise."""
    other = work.find(User, id=earlier.stated_by_id)
    here = set(outbox.members_of(work.session, [org.slug]))
    said = f"{written(tokyo_day(earlier.confirmed_at))}に別の担当が「{ADOPTION_NAMES[earlier.status]}」と答えています"
    body = (
        f"{org.name}の「{product.name}」の導入状況が、二人の間で違っています。\n{said}。"
        f"{written(work.today)}の回答は「{ADOPTION_NAMES[now.status]}」です。\n"
        "いま数えるのは後の回答です。二人で確かめて、違っていれば下のページから答え直してください。"
    )
    people = {work.actor.email, *([other.email] if other else [])} & here
    subject = f"導入状況の回答が食い違っています: {product.name}"
    about = f"/municipalities/{org.lgcode or org.slug}#stated"
    outbox.enqueue(work.session, sorted(people), "adoption.contradicted", about, subject, body, work.now)


@verb("adoption.report", ReportAdoption)
def report_adoption(work: Work, command: ReportAdoption) -> Adoption:
    """自分の団体の導入状況を答える。前の回答は履歴に残る。"""
    product, idea = work.product(command.product)
    named = work.named_org(command.org)
    orgs = work.require("adoption.report", idea, own=None)
    org = _town_spoken_for(work, named)
    if (
        command.since is not None
        and command.since > work.today
        and command.status in ("adopted", "piloting", "stopped")
    ):
        raise invalid("since", "今日より後の日付です。まだ始まっていないときは「導入予定」を選んでください。")
    earlier = work.find(Adoption, product_id=product.id, org_id=org.id, replaced_at=None)
    said = {"status": command.status, "since": command.since, "note": command.note or ""}
    adoption = _state(work, product, org, earlier, **said)
    before = earlier.status if earlier else "unknown"
    work.record(
        "adoption.reported", idea, product=product.slug, org=org.slug, status=adoption.status, before=before
    )
    if earlier is not None and contradict(
        adoption.stated_by_id, adoption.status, work.now, earlier.stated_by_id, earlier.status, earlier.confirmed_at
    ):  # fmt: skip
        _tell_both(work, product, org, earlier, adoption)
    if before != adoption.status and "adopted" in (before, adoption.status):
        subject = f"{org.name}の導入状況が「{ADOPTION_NAMES[adoption.status]}」になりました: {product.name}"
        work.tell(
            {*orgs.everyone, *agency_slugs(work.session)},
            "adoption.reported",
            idea.number,
            subject,
            adoption.note or subject,
        )
    return adoption


@verb("adoption.reconfirm", ReconfirmAdoption)
def reconfirm_adoption(work: Work, command: ReconfirmAdoption) -> Adoption:
    """前の回答が今も正しいことを確かめる。12か月ごとに。"""
    product, idea = work.product(command.product)
    named = work.named_org(command.org)
    work.require("adoption.reconfirm", idea, own=None)
    org = _town_spoken_for(work, named)
    earlier = work.find(Adoption, product_id=product.id, org_id=org.id, replaced_at=None)
    if earlier is None:
        raise Refused("incomplete", "まだ回答がありません。先に導入状況を答えてください。")
    work.match(command.statement, earlier.id, f"{product.name} の回答")
    adoption = _state(
        work, product, org, earlier, status=earlier.status, since=earlier.since, note=earlier.note
    )
    how = {"by_link": True} if adoption.by_link else {}
    work.record(
        "adoption.reconfirmed", idea, product=product.slug, org=org.slug, status=adoption.status, **how
    )
    if adoption.by_link:
        # Nobody signed in: the town's other people are told, so that a link in wrong hands does not go unnoticed.
        work.tell(
            [org.slug], "adoption.reconfirmed", f"/municipalities/{org.lgcode or org.slug}#stated",
            f"メールのリンクから「今もこのとおり」と答えられました: {product.name}",
            f"前の回答は「{ADOPTION_NAMES[adoption.status]}」です。心当たりがないときは、下のページから答え直してください。",
            people=[work.actor.email],
        )  # fmt: skip
    return adoption
