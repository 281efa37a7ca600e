"""A product: what it does, proof that it works, what it costs, who uses it; and how far the large cities are ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from stages.dossier import Dossier
from stages.permissions import Sight, sight
from stages.rollout import ADOPTION_NAMES, adoption_expires_on
from workflows.calendar import tokyo_day
from workflows.dossiers import dossier
from workflows.queries.idea_page import Measured, measured
from workflows.queries.looks import Eyes
from workflows.queries.offers import Town, offered, towns_spoken_for
from workflows.runtime.refusal import unknown
from workflows.runtime.work import Around, around, visibility
from workflows.tables.assets import Asset, AssetVersion
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, Release, RolloutTarget

VERBS = ("adoption.report", "adoption.reconfirm", "idea.demand")
LARGE_CITIES = frozenset({"designated_city", "core_city"})
TOWNS_AND_VILLAGES = frozenset({"town", "village"})


@dataclass(frozen=True, slots=True)
class SeenProduct:
    """A product the reader sees, with its idea. `full`: the reader sees everything of that idea too."""

    product: Product
    idea: Idea
    orgs: Around
    full: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """What an adopter stated last. `expired`: over a year ago, and not counted."""

    org_id: int
    name: str
    size_class: str | None
    status: str
    expired: bool

    @property
    def shown(self) -> str:
        return "expired" if self.expired else self.status


@dataclass(frozen=True, slots=True)
class Share:
    """How many of so many local governments use the product."""

    adopted: int
    of: int

    @property
    def percent(self) -> float | None:
        return 100 * self.adopted / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Proof:
    """What one finished pilot showed."""

    site: str
    size_class: str | None
    kpis: Sequence[Measured]


@dataclass(frozen=True, slots=True)
class MyTown:
    """A local government the reader speaks for, and what it states now."""

    town: Town
    status: str
    offered: bool | None
    """None until the clock has made it a target."""


@dataclass(frozen=True, slots=True)
class ProductPage:
    product: Product
    idea: Idea
    owner: str
    sees_idea: bool
    releases: Sequence[Release]
    materials: Sequence[tuple[str, str, str, str | None]]
    """Kind, reference, title and link of what the library holds for it."""
    proofs: Sequence[Proof]
    counts: Mapping[str, int]
    """Adoption status -> local governments; expired ones under `expired`, the rest of the targets under `unknown`."""
    targets: int
    large_cities: Share
    towns_and_villages: Share
    mine: Sequence[MyTown]
    can: frozenset[str]
    statements: Sequence[Statement]
    """Every statement that stands or has lapsed: what the list of targets filters by."""
    sees_targets: bool
    """Local governments, the agency and the makers see each target's answer and reasons; everyone else the counts and the users."""

    @property
    def users(self) -> list[str]:
        """The names of the local governments that state they use it."""
        return [s.name for s in self.statements if s.shown == "adopted"]


def seen_product(eyes: Eyes, slug: str) -> SeenProduct:
    """A flagged product is public; before that it is as visible as its idea. Refused `unknown`."""
    product = eyes.find(Product, slug=slug)
    if product is not None:
        idea = eyes.session.get_one(Idea, product.idea_id)
        orgs = around(eyes.session, idea)
        full = sight(eyes.actor, visibility(idea, orgs)) == Sight.FULL
        if product.flag != "none" or full:
            return SeenProduct(product, idea, orgs, full)
    raise unknown(f"プロダクト {slug}")


def product_page(eyes: Eyes, seen: SeenProduct) -> ProductPage:
    """The page of a product, without its targets (`targets_list`). A constant number of statements, plus three a pilot."""
    product, idea = seen.product, seen.idea
    statements = _statements(eyes, product)
    sizes = _sizes(eyes, product)
    fresh = [s for s in statements if not s.expired]
    counts = dict.fromkeys(ADOPTION_NAMES, 0) | {"expired": sum(s.expired for s in statements)}
    for s in fresh:
        counts[s.status] += 1
    counts["unknown"] = max(0, sum(sizes.values()) - len(statements))

    def share(classes: frozenset[str]) -> Share:
        adopted = sum(s.status == "adopted" and s.size_class in classes for s in fresh)
        return Share(adopted, sum(number for size, number in sizes.items() if size in classes))

    can = offered(eyes, idea, seen.orgs, VERBS)
    return ProductPage(
        product=product,
        idea=idea,
        owner=eyes.session.exec(select(Organization.name).where(Organization.id == idea.owner_id)).one(),
        sees_idea=sight(eyes.actor, visibility(idea, seen.orgs)) != Sight.NONE,
        releases=_releases(eyes, product),
        materials=_materials(eyes, idea),
        proofs=_proofs(dossier(eyes.session, idea, eyes.today, look_alikes=False)),
        counts=counts,
        targets=sum(sizes.values()),
        large_cities=share(LARGE_CITIES),
        towns_and_villages=share(TOWNS_AND_VILLAGES),
        mine=_mine(eyes, product, statements) if can else [],
        can=can,
        statements=statements,
        sees_targets=seen.full or any(eyes.actor.belongs_to(kind) for kind in ("municipality", "agency")),
    )


def _statements(eyes: Eyes, product: Product) -> list[Statement]:
    columns: list[Any] = [
        Adoption.org_id, Organization.name, Organization.size_class, Adoption.status, Adoption.confirmed_at,
    ]  # fmt: skip
    current = (
        select(*columns)
        .join(Organization, col(Organization.id) == Adoption.org_id)
        .where(
            Adoption.product_id == product.id,
            col(Adoption.replaced_at).is_(None),
            col(Organization.closed_on).is_(None),
        )
        .order_by(Organization.lgcode, Organization.slug)
    )
    return [
        Statement(org, name, size, status, adoption_expires_on(tokyo_day(confirmed)) <= eyes.today)
        for org, name, size, status, confirmed in eyes.session.exec(current)
    ]


def _sizes(eyes: Eyes, product: Product) -> dict[str, int]:
    """Targets by size class."""
    found: dict[str, int] = {}
    rows = eyes.session.exec(
        select(Organization.size_class)
        .join(RolloutTarget, col(RolloutTarget.org_id) == Organization.id)
        .where(RolloutTarget.product_id == product.id, col(Organization.closed_on).is_(None))
    )
    for size in rows:
        found[size or ""] = found.get(size or "", 0) + 1
    return found


def _releases(eyes: Eyes, product: Product) -> list[Release]:
    """Latest first."""
    rows = select(Release).where(Release.product_id == product.id).order_by(col(Release.id).desc())
    return list(eyes.session.exec(rows))


def _materials(eyes: Eyes, idea: Idea) -> list[tuple[str, str, str, str | None]]:
    """What is published for the idea and not retired, in its current version."""
    rows = eyes.session.exec(
        select(Asset.kind, Asset.ref, AssetVersion.title, AssetVersion.url)
        .join(AssetVersion, col(AssetVersion.asset_id) == Asset.id)
        .where(
            Asset.idea_id == idea.id,
            col(Asset.retired_at).is_(None),
            AssetVersion.number == Asset.current_version,
        )
        .order_by(Asset.ref)
    )
    return list(rows)


def _proofs(facts: Dossier) -> list[Proof]:
    """Measured results of the finished pilots, first to last."""
    finished = [p for p in facts.pilots if p.status == "finished"]
    return [Proof(p.site.name, p.site.size_class, measured(p.kpis)) for p in finished]


def _mine(eyes: Eyes, product: Product, statements: Sequence[Statement]) -> list[MyTown]:
    towns = towns_spoken_for(eyes)
    stated = {s.org_id: s.shown for s in statements}
    reached = dict(
        eyes.session.exec(
            select(RolloutTarget.org_id, RolloutTarget.offered).where(
                RolloutTarget.product_id == product.id, col(RolloutTarget.org_id).in_([t.id for t in towns])
            )
        ).all()
    )
    return [MyTown(t, stated.get(t.id, "unknown"), reached.get(t.id)) for t in towns]
