"""An asset of the library: what it says now and said before, under which licence, who uses it with what effect, where it
came from. A constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from stages.permissions import Sight, sight
from workflows.library_effect import mean_effect
from workflows.queries.asset_lineage import Lineage, lineage
from workflows.queries.asset_runs import Run, latest_runs, runs_of
from workflows.queries.library import users_for
from workflows.queries.library_effects import Effect, effects_of
from workflows.queries.looks import Eyes
from workflows.queries.offers import Town, allowed
from workflows.queries.paging import Listed, latest_first
from workflows.runtime.refusal import unknown
from workflows.runtime.work import Around, around, visibility
from workflows.statistics import Estimate
from workflows.tables.assets import Asset, AssetUse, AssetVersion
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization

LISTS = ("uses", "copies", "versions", "runs")
"""The parts of the page that page by key, each on its own."""
MOST_INSTEAD = 50


@dataclass(frozen=True, slots=True)
class UseView:
    org: str
    version: int
    effect_note: str
    minutes: float | None
    used_at: datetime


@dataclass(frozen=True, slots=True)
class Related:
    ref: str
    title: str
    org: str


@dataclass(frozen=True, slots=True)
class AssetPage:
    asset: Asset
    org: Organization
    now: AssetVersion
    before: Listed[AssetVersion]
    """Earlier versions, the latest first."""
    idea: tuple[str, str] | None
    """Number and title of the idea it belongs to, where the reader sees that one."""
    source: Related | None
    copies: Listed[Related]
    lineage: Lineage
    effect: Effect
    mean: Estimate | None
    """Of what the organizations measured, with its interval."""
    latest: Mapping[int, Run]
    """The latest run of each test case of the version that is published now."""
    runs: Listed[Run]
    """Of all versions, the latest first; none for the public."""
    successor: Related | None
    """What to use instead of what was retired."""
    instead: Sequence[tuple[str, str]]
    """What its publisher may name as its successor: reference and title."""
    uses: Listed[UseView]
    """The latest first; none for the public, which sees the effect alone."""
    can: frozenset[str]


def seen_asset(eyes: Eyes, reference: str) -> Asset:
    """What is published everyone sees; what was retired those who are signed in, since they may be using it. Refused `unknown`."""
    asset = eyes.find(Asset, ref=reference)
    if asset is None or (asset.retired_at is not None and not eyes.seer.memberships):
        raise unknown(f"資料 {reference}")
    return asset


def seen_version(eyes: Eyes, reference: str, number: int) -> tuple[Asset, AssetVersion]:
    """A version of an asset that the reader sees. Refused `unknown`."""
    asset = seen_asset(eyes, reference)
    version = eyes.find(AssetVersion, asset_id=asset.id, number=number)
    if version is None:
        raise unknown(f"資料 {reference} の第 {number} 版")
    return asset, version


def asset_page(eyes: Eyes, asset: Asset, after: Mapping[str, str | None]) -> AssetPage:
    """The page of an asset as its reader sees it."""
    org = eyes.session.get_one(Organization, asset.org_id)
    now, earlier = asset.current_version, select(AssetVersion).where(AssetVersion.asset_id == asset.id)
    before = latest_first(
        eyes.session, earlier.where(AssetVersion.number < now), col(AssetVersion.id), after["versions"]
    )
    idea = eyes.session.get(Idea, asset.idea_id) if asset.idea_id is not None else None
    orgs = around(eyes.session, idea) if idea else None
    members = bool(eyes.seer.memberships)
    effect = effects_of(eyes, [asset.id]).get(asset.id, Effect())
    users = [] if asset.retired_at else users_for(eyes, orgs.partners if orgs else frozenset())
    can = _can(eyes, asset, org, users)
    return AssetPage(
        asset=asset,
        org=org,
        now=eyes.session.exec(earlier.where(AssetVersion.number == now)).one(),
        before=Listed([version for version, _ in before.rows], before.after),
        idea=_shown(eyes, idea, orgs),
        source=_one(eyes, asset.forked_from_id),
        copies=_related(eyes, Asset.forked_from_id == asset.id, after=after["copies"]),
        lineage=lineage(eyes, asset),
        effect=effect,
        mean=mean_effect(effect.measured),
        latest=latest_runs(eyes, asset) if members else {},
        runs=runs_of(eyes, asset, after["runs"]) if members else Listed((), None),
        successor=_one(eyes, asset.succeeded_by_id),
        instead=_instead(eyes, asset) if "asset.retire" in can else (),
        uses=_uses(eyes, asset, after["uses"]) if members else Listed((), None),
        can=can,
    )


def _can(eyes: Eyes, asset: Asset, org: Organization, users: Sequence[Town]) -> frozenset[str]:
    if asset.retired_at is not None:
        return frozenset()
    own = allowed(eyes, ("asset.revise", "asset.retire"), own={org.slug})
    of_users = {"asset.use", "asset.fork", "asset.record_run"} if users else set[str]()
    return own | of_users


def _shown(eyes: Eyes, idea: Idea | None, orgs: Around | None) -> tuple[str, str] | None:
    if idea is None or orgs is None or sight(eyes.seer, visibility(idea, orgs)) == Sight.NONE:
        return None
    return idea.number, idea.title


def _related(eyes: Eyes, *conditions: object, after: str | None = None) -> Listed[Related]:
    """A page of assets in their current version; the public is told of none that was retired."""
    rows = (
        select(Asset.ref, AssetVersion.title, Organization.name)
        .join(AssetVersion, col(AssetVersion.asset_id) == Asset.id)
        .join(Organization, col(Organization.id) == Asset.org_id)
        .where(AssetVersion.number == Asset.current_version, *conditions)  # type: ignore[arg-type]
    )
    if not eyes.seer.memberships:
        rows = rows.where(col(Asset.retired_at).is_(None))
    listed = latest_first(eyes.session, rows, col(Asset.id), after)
    return Listed([Related(ref, title, org) for ref, title, org, _ in listed.rows], listed.after)


def _one(eyes: Eyes, asset_id: int | None) -> Related | None:
    if asset_id is None:
        return None
    return next(iter(_related(eyes, Asset.id == asset_id).rows), None)


def _instead(eyes: Eyes, asset: Asset) -> list[tuple[str, str]]:
    """The newest of its kind."""
    rows = eyes.session.exec(
        select(Asset.ref, AssetVersion.title)
        .join(AssetVersion, col(AssetVersion.asset_id) == Asset.id)
        .where(
            AssetVersion.number == Asset.current_version,
            Asset.kind == asset.kind,
            Asset.id != asset.id,
            col(Asset.retired_at).is_(None),
        )
        .order_by(col(Asset.id).desc())
        .limit(MOST_INSTEAD)
    )
    return [(ref, title) for ref, title in rows]


def _uses(eyes: Eyes, asset: Asset, after: str | None) -> Listed[UseView]:
    found = (
        select(AssetUse, Organization.name)
        .join(Organization, col(Organization.id) == AssetUse.org_id)
        .where(AssetUse.asset_id == asset.id)
    )
    listed = latest_first(eyes.session, found, col(AssetUse.id), after)
    views = [
        UseView(name, use.version, use.effect_note, use.minutes_saved_per_case, use.used_at)
        for use, name, _ in listed.rows
    ]
    return Listed(views, listed.after)
