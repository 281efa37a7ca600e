"""Demand and adoption: what local governments want, and what they themselves say they use."""

from typing import Any, Literal

from pydantic import model_validator
from sqlmodel import col, select

from stages.permissions import Sight
from stages.rollout import ADOPTION_NAMES
from workflows.ideas import towns_of
from workflows.runtime.commands import AnyText, Command, Day, Ref, Text, Year
from workflows.runtime.outbox import agency_slugs
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.ideas import Demand
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product


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
    product: Ref
    org: Ref | None = None


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
    return work.add(Adoption(product_id=product.id, org_id=org.id, **stated, **said))


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
    adoption = _state(
        work, product, org, earlier, status=earlier.status, since=earlier.since, note=earlier.note
    )
    work.record("adoption.reconfirmed", idea, product=product.slug, org=org.slug, status=adoption.status)
    return adoption
