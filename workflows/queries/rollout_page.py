"""Where a product is spreading, where not, and why: the gap, counts by status and size class, the targets, the waves so far.

A constant number of statements, whatever the number of targets and waves.
"""

from dataclasses import dataclass

from workflows.queries.adoption_curves import Curves, curves_of
from workflows.queries.looks import Eyes
from workflows.queries.paging import Listed
from workflows.queries.product_page import SeenProduct, acts_on, seen_product, sees_targets
from workflows.queries.spread import Spread, spread_of
from workflows.queries.targets_list import Filters, TargetsPage, targets_list
from workflows.queries.waves import Preview, WaveView, preview, waves
from workflows.runtime.refusal import unknown
from workflows.tables.products import Product


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
    preview: Preview | None
    """Whom a wave with these filters would reach; None for who cannot open one."""


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
    return RolloutPage(
        product=product,
        spread=spread,
        curves=curves_of(eyes, product),
        targets=targets_list(eyes, product, spread.statements, filters, after),
        waves=waves(eyes, product, waves_after),
        can=can,
        narrows_by_network=agency,
        preview=preview(eyes, product, filters.where) if "wave.open" in can else None,
    )
