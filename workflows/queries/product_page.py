"""A product: what it does, proof that it works, what it costs, who uses it; and how far the large cities are ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from stages.days import add_months
from stages.permissions import Sight, sight
from stages.rollout import suspension_causes
from workflows import idea_rows
from workflows.dossiers import dossier, pilot_facts
from workflows.effects import National
from workflows.queries.adoption_curves import Curves, curves_of
from workflows.queries.catalogue import sbom_url
from workflows.queries.effects import Saved, nation_of, savings_of
from workflows.queries.incidents import IncidentRow, emergencies_of, incidents_of
from workflows.queries.looks import Eyes
from workflows.queries.offers import Town, offered, towns_spoken_for
from workflows.queries.paging import Listed, latest_first
from workflows.queries.product_history import FlagMove, flag_moves
from workflows.queries.product_proof import Proof, proofs_of, proofs_of_facts
from workflows.queries.spread import Spread, Statement, spread_of
from workflows.queries.wishes import own_words
from workflows.runtime.refusal import unknown
from workflows.runtime.work import Around, around, visibility
from workflows.tables.assets import Asset, AssetVersion
from workflows.tables.ideas import Idea
from workflows.tables.products import Product, Release, RolloutTarget
from workflows.tables.reviews import Review

OF_TOWNS = frozenset({"adoption.report", "adoption.reconfirm", "idea.demand"})
OF_CARE = frozenset({"product.revise", "product.release", "product.suspend", "product.restore"})
"""What makers and the agency's approver do with a product."""
ONLY_WHILE = {
    "product.suspend": "nationwide",
    "product.restore": "suspended",
    "wave.open": "nationwide",
    "wave.remind": "nationwide",
}
"""Verb -> the flag under which it may be said."""

MOST_NOTES = 3


@dataclass(frozen=True, slots=True)
class SeenProduct:
    """A product the reader sees, with its idea. `full`: the reader sees everything of that idea too."""

    product: Product
    idea: Idea
    orgs: Around
    full: bool


@dataclass(frozen=True, slots=True)
class MyTown:
    """A local government the reader speaks for, and what it states now."""

    town: Town
    status: str
    offered: bool | None
    """None until the clock has made it a target."""
    wish: str | None
    """What it said when it wanted it too."""


@dataclass(frozen=True, slots=True)
class ProductPage:
    product: Product
    idea: Idea
    owner: str
    sees_idea: bool
    version: str | None
    """Of the last release."""
    releases: Listed[Release]
    """A page of them, the latest first."""
    notes: Sequence[tuple[str, str]]
    """Version and sanitised HTML of those of them whose notes were seen in the repository."""
    materials: Sequence[tuple[str, str, str, str | None]]
    """Kind, reference, title and link of what the library holds for it."""
    proofs: Sequence[Proof]
    """As the last gate froze them; before it as they are measured now."""
    support_ends: bool
    """Within a year."""
    sbom_url: str | None
    """The bill of materials that was seen in its repository."""
    moves: Sequence[FlagMove]
    """How its flag changed, first to last."""
    savings: Sequence[Saved]
    """What each measured site saves in a year."""
    nation: National | None
    reports: Sequence[tuple[str, str]]
    """Gate and reference of each decided review of its idea, first to last."""
    pilot_reports: Sequence[tuple[str, str]]
    """Reference and site of each finished pilot, for who may read its report."""
    spread: Spread
    curves: Curves
    mine: Sequence[MyTown]
    can: frozenset[str]
    causes: Mapping[str, str]
    """Why it may not be restored yet, for who could."""
    sees_targets: bool
    incidents: Listed[IncidentRow]
    """Those of the product that the reader may see, filed last first."""
    emergencies: Sequence[IncidentRow]
    sees_incidents: bool
    """All of them, not only those filed by the reader's organizations."""

    @property
    def shows_incidents(self) -> bool:
        """Whether there is anything to see or to file."""
        return bool(self.incidents.rows) or "incident.file" in self.can

    @property
    def cares(self) -> bool:
        """Whether the reader may do something with the product itself."""
        return bool(self.can & OF_CARE)


def seen_product(eyes: Eyes, slug: str) -> SeenProduct:
    """A flagged product is public; before that it is as visible as its idea. Refused `unknown`."""
    product = eyes.find(Product, slug=slug)
    if product is not None:
        idea = eyes.session.get_one(Idea, product.idea_id)
        orgs = around(eyes.session, idea)
        full = sight(eyes.seer, visibility(idea, orgs)) == Sight.FULL
        if product.flag != "none" or full:
            return SeenProduct(product, idea, orgs, full)
    raise unknown(f"プロダクト {slug}")


def sees_targets(eyes: Eyes, seen: SeenProduct) -> bool:
    """Whether the reader sees each target's answer and reasons: local governments, the agency and the makers do; everyone
    else sees the counts and the users (docs/decisions/0004)."""
    return seen.full or any(eyes.seer.belongs_to(kind) for kind in ("municipality", "agency"))


def acts_on(eyes: Eyes, seen: SeenProduct) -> frozenset[str]:
    """What the reader may do with the product as it is now. One statement."""
    can = offered(
        eyes, seen.idea, seen.orgs, OF_TOWNS | OF_CARE | {"wave.open", "wave.remind", "incident.file"}
    )
    flag = seen.product.flag
    return frozenset(verb for verb in can if ONLY_WHILE.get(verb, flag) == flag)


def product_page(
    eyes: Eyes, seen: SeenProduct, after: str | None, incidents_after: str | None = None, *, forge_url: str
) -> ProductPage:
    """The page of a product; its releases go on behind `after`, its incidents behind their own key. `forge_url` is where people
    read repositories. A constant number of statements."""
    product, idea = seen.product, seen.idea
    spread = spread_of(eyes, product)
    can = acts_on(eyes, seen)
    savings = savings_of(eyes, idea, only_finished=True)
    seen_as = sight(eyes.seer, visibility(idea, seen.orgs))
    of_product = select(Release).where(Release.product_id == product.id)
    found = latest_first(eyes.session, of_product, col(Release.id), after)
    releases = [release for release, _ in found.rows]
    return ProductPage(
        product=product,
        idea=idea,
        owner=idea_rows.organizations_near(eyes.session, idea).by_id[idea.owner_id].name,
        sees_idea=seen_as != Sight.NONE,
        version=eyes.session.exec(
            select(Release.version)
            .where(Release.product_id == product.id)
            .order_by(col(Release.id).desc())
            .limit(1)
        ).first(),
        releases=Listed(releases, found.after),
        notes=_notes(eyes, idea, releases),
        materials=_materials(eyes, idea),
        proofs=_proofs(eyes, seen),
        support_ends=product.support_until <= add_months(eyes.today, 12),
        sbom_url=_sbom(eyes, idea, forge_url),
        moves=flag_moves(eyes, idea.number) if product.flag != "none" else [],
        savings=savings,
        nation=nation_of(eyes, savings),
        reports=_reports(eyes, idea) if sight(eyes.actor, visibility(idea, seen.orgs)) != Sight.NONE else [],
        pilot_reports=_pilot_reports(eyes, idea) if seen_as == Sight.FULL else [],
        spread=spread,
        curves=curves_of(eyes, product),
        mine=_mine(eyes, seen, spread.statements) if can & OF_TOWNS else [],
        can=can,
        causes=_causes(eyes, idea) if "product.restore" in can else {},
        sees_targets=sees_targets(eyes, seen),
        incidents=incidents_of(eyes, incidents_after, product=product.id),
        emergencies=emergencies_of(eyes, idea),
        sees_incidents=seen.full,
    )


def _notes(eyes: Eyes, idea: Idea, releases: Sequence[Release]) -> list[tuple[str, str]]:
    """One statement."""
    linked = idea_rows.linked_of(eyes.session, idea)
    shot = linked[0][2] if linked else None
    seen = {r["tag"]: r.get("notes_html") for r in (shot.facts.get("releases") or ())} if shot else {}
    told = [(r.version, html) for r in releases if (html := seen.get(r.tag))]
    return told[:MOST_NOTES]


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


def _reports(eyes: Eyes, idea: Idea) -> list[tuple[str, str]]:
    decided = select(Review.gate, Review.ref).where(Review.idea_id == idea.id, Review.status == "decided")
    return list(eyes.session.exec(decided.order_by(col(Review.id))))


def _causes(eyes: Eyes, idea: Idea) -> Mapping[str, str]:
    return suspension_causes(dossier(eyes.session, idea, eyes.today, look_alikes=False), eyes.today)


def _proofs(eyes: Eyes, seen: SeenProduct) -> Sequence[Proof]:
    frozen = proofs_of(eyes, [seen.idea.id]) if seen.product.flag != "none" else {}
    return frozen.get(seen.idea.id) or proofs_of_facts(pilot_facts(eyes.session, seen.idea))


def _pilot_reports(eyes: Eyes, idea: Idea) -> list[tuple[str, str]]:
    orgs = idea_rows.organizations_near(eyes.session, idea).by_id
    pilots = idea_rows.pilots_of(eyes.session, idea)
    return [(p.ref, orgs[p.site_id].name) for p in pilots if p.status == "finished"]


def _sbom(eyes: Eyes, idea: Idea, forge_url: str) -> str | None:
    linked = idea_rows.linked_of(eyes.session, idea)
    if not linked or linked[0][2] is None or linked[0][2].facts.get("gone"):
        return None
    return sbom_url(forge_url, linked[0][0].full_name, linked[0][2].facts.get("files") or ())


def _mine(eyes: Eyes, seen: SeenProduct, statements: Sequence[Statement]) -> list[MyTown]:
    product, towns = seen.product, towns_spoken_for(eyes)
    wishes = own_words(eyes, seen.idea, [t.id for t in towns])
    stated = {s.org_id: s.shown for s in statements}
    reached = dict(
        eyes.session.exec(
            select(RolloutTarget.org_id, RolloutTarget.offered).where(
                RolloutTarget.product_id == product.id, col(RolloutTarget.org_id).in_([t.id for t in towns])
            )
        ).all()
    )
    return [MyTown(t, stated.get(t.id, "unknown"), reached.get(t.id), wishes.get(t.id)) for t in towns]
