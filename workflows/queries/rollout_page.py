"""Where a product is spreading, where not, and why: the gap, counts by status and size class, the targets, the waves so far.

A constant number of statements, whatever the number of targets and waves.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import col, func, select

from workflows.queries.adoption_curves import Curves, curves_of
from workflows.queries.looks import Eyes
from workflows.queries.paging import Listed, latest_first
from workflows.queries.product_page import SeenProduct, acts_on, seen_product, sees_targets
from workflows.queries.spread import Spread, spread_of
from workflows.queries.targets_list import Filters, TargetsPage, targets_list
from workflows.rollout.waves import Where, chosen
from workflows.runtime.refusal import unknown
from workflows.tables.products import Adoption, Product, RolloutTarget, Wave, WaveMember


@dataclass(frozen=True, slots=True)
class WaveView:
    """A wave, and how many of the local governments it reaches have answered since."""

    name: str
    where: Where
    starts_on: date
    size: int
    told: bool
    answered: int


@dataclass(frozen=True, slots=True)
class RolloutPage:
    product: Product
    spread: Spread
    curves: Curves
    targets: TargetsPage
    waves: Listed[WaveView]
    """The latest first."""
    can: frozenset[str]
    narrows_by_network: bool
    """The agency may narrow by what the others are not told of a town: its network model."""
    reach: int | None
    """How many local governments a wave with these filters would reach; None for who cannot open one."""


def seen_rollout(eyes: Eyes, slug: str) -> SeenProduct:
    """The product, for local governments, the agency and its makers. Refused `unknown` for everyone else."""
    seen = seen_product(eyes, slug)
    if not sees_targets(eyes, seen):
        raise unknown(f"プロダクト {slug} の広がり")
    return seen


def rollout_page(
    eyes: Eyes, seen: SeenProduct, filters: Filters, after: str | None, waves_after: str | None
) -> RolloutPage:
    """The page of a product's rollout, its targets narrowed by the filters. Refused `invalid` for a strange key."""
    product, agency = seen.product, eyes.actor.belongs_to("agency")
    if not agency:
        shared = filters.where.model_copy(update={"kind": None, "network": None})
        filters = Filters(shared, filters.status)
    spread = spread_of(eyes, product)
    can = acts_on(eyes, seen)
    reach = None
    if "wave.open" in can:
        offered = chosen(filters.where, product).subquery()
        reach = eyes.session.exec(select(func.count()).select_from(offered)).one()
    return RolloutPage(
        product=product,
        spread=spread,
        curves=curves_of(eyes, product),
        targets=targets_list(eyes, product, spread.statements, filters, after),
        waves=_waves(eyes, product, waves_after),
        can=can,
        narrows_by_network=agency,
        reach=reach,
    )


def _waves(eyes: Eyes, product: Product, after: str | None) -> Listed[WaveView]:
    answered = (
        select(func.count())
        .select_from(WaveMember)
        .join(RolloutTarget, col(RolloutTarget.id) == WaveMember.target_id)
        .join(Adoption, col(Adoption.org_id) == RolloutTarget.org_id)
        .where(
            WaveMember.wave_id == Wave.id,
            Adoption.product_id == product.id,
            col(Adoption.replaced_at).is_(None),
            col(Adoption.confirmed_at) >= col(Wave.told_at),
        )
        .correlate(Wave)
        .scalar_subquery()
    )
    columns: list[Any] = [Wave.name, Wave.where, Wave.starts_on, Wave.size, Wave.told_at, answered]
    found = select(*columns).where(Wave.product_id == product.id)
    listed = latest_first(eyes.session, found, col(Wave.id), after)
    views = [
        WaveView(name, Where.model_validate(where), starts_on, size, told is not None, number)
        for name, where, starts_on, size, told, number, _ in listed.rows
    ]
    return Listed(views, listed.after)
