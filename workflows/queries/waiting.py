"""What waits for the person: the piles of each role they hold, in the order in which the role would take them up."""

from collections.abc import Collection, Iterator

from workflows.ideas import towns_of
from workflows.queries import waiting_agency, waiting_ideas, waiting_makers, waiting_towns
from workflows.queries.looks import Eyes
from workflows.queries.piles import Pile
from workflows.teams import makers_of


def waiting_for(eyes: Eyes) -> list[Pile]:
    """The piles that are not empty. One statement a pile, by the roles held: at most 11 for a local government's person,
    4 for a vendor's, 11 for the agency's."""
    return [pile for pile in _piles(eyes) if pile is not None]


def _piles(eyes: Eyes) -> Iterator[Pile | None]:
    yield from _agency(eyes)
    yield from _town(eyes)
    vendors = {m.org for m in eyes.seer.holds("vendor", "member")}
    if vendors:
        yield waiting_makers.pilots_to_report(eyes, vendors)
        yield waiting_makers.requests_to_join(eyes, vendors)
    workers = {m.org for m in eyes.seer.holds("agency", "reviewer", "approver", "coordinator")}
    workers |= {m.org for m in makers_of(eyes.seer)}
    if workers:
        yield waiting_makers.actions_due(eyes, workers)
        yield waiting_makers.incidents_to_report(eyes, workers)


def _agency(eyes: Eyes) -> Iterator[Pile | None]:
    roles = {role for m in eyes.seer.memberships if m.kind == "agency" for role in m.roles}
    if "reviewer" in roles:
        yield waiting_agency.reviews_to_rate(eyes)
        yield waiting_agency.actions_to_verify(eyes)
    if "approver" in roles:
        yield waiting_agency.reviews_to_decide(eyes)
        yield waiting_agency.challenges_to_answer(eyes)
        yield waiting_agency.holds_reached(eyes)
        yield waiting_agency.products_suspended(eyes)
        yield waiting_agency.risks_without_caio(eyes)
    if "coordinator" in roles:
        yield waiting_agency.reviews_to_assign(eyes)
        yield waiting_agency.imported_without_owner(eyes)
    if roles & {"reviewer", "approver"}:
        yield waiting_agency.incidents_to_close(eyes)


def _town(eyes: Eyes) -> Iterator[Pile | None]:
    towns = {m.org for m in towns_of(eyes.seer)}
    deciders = {m.org for m in towns_of(eyes.seer, "caio")}
    if deciders:
        yield waiting_towns.risks_of(eyes, deciders)
    if not towns:
        return
    approved, written = ({m.org for m in towns_of(eyes.seer, r)} for r in ("approver", "submitter"))
    yield from waiting_ideas.own_ideas(eyes, approved, written)
    yield from _pilots_and_products(eyes, towns)


def _pilots_and_products(eyes: Eyes, towns: Collection[str]) -> Iterator[Pile | None]:
    yield waiting_makers.pilots_to_start(eyes, towns)
    yield waiting_makers.pilots_to_report(eyes, towns, waiting_makers.SILENT_DAYS)
    yield waiting_makers.pilots_to_finish(eyes, towns)
    yield waiting_makers.requests_to_join(eyes, towns)
    yield waiting_towns.adoptions_expiring(eyes, towns)
    yield waiting_towns.offers_unanswered(eyes, towns)


def waiting_for_town(eyes: Eyes, town: str) -> list[Pile]:
    """What waits for a local government, whoever of it or of the agency reads. A draft is for its own people alone.
    Ten statements."""

    def piles() -> Iterator[Pile | None]:
        yield from _pilots_and_products(eyes, {town})
        yield waiting_makers.actions_due(eyes, {town})
        yield waiting_makers.incidents_to_report(eyes, {town})
        yield waiting_towns.risks_of(eyes, {town})
        for own in waiting_ideas.own_ideas(eyes, frozenset(), {town}):
            if own.task != "draft" or town in eyes.seer.orgs:
                yield own

    return [pile for pile in piles() if pile is not None]
