"""What the users of assets report: how many organizations, what they measured, and whether that makes an asset the country's."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, func, select

from workflows.library_effect import NO_WITNESS, SHARED_FROM, Measured, Spread, shared_nationwide, spread_of
from workflows.queries.looks import Eyes
from workflows.tables.assets import Asset, AssetUse, AssetVersion
from workflows.tables.people import Organization


@dataclass(frozen=True, slots=True)
class Effect:
    """How many organizations used it, and the latest measurement of each that measured."""

    users: int = 0
    measured: tuple[Measured, ...] = ()

    @property
    def spread(self) -> Spread | None:
        return spread_of(self.measured)

    @property
    def nationwide(self) -> tuple[Measured, ...]:
        """The two organizations by whose measurement it is shared nationwide; none: it is not."""
        return shared_nationwide(self.measured)


def _latest_measurements() -> Any:
    """The id of the latest measurement of each organization of each asset."""
    return (
        select(func.max(AssetUse.id))
        .where(col(AssetUse.minutes_saved_per_case).is_not(None))
        .group_by(col(AssetUse.asset_id), col(AssetUse.org_id))
    )


def effects_of(eyes: Eyes, assets: Sequence[int]) -> dict[int, Effect]:
    """What the users of each asset report. Two statements."""
    of_these = col(AssetUse.asset_id).in_(assets)
    users: list[Any] = [AssetUse.asset_id, func.count(col(AssetUse.org_id).distinct())]
    counted = dict(
        eyes.session.execute(select(*users).where(of_these).group_by(col(AssetUse.asset_id))).all()
    )
    columns: list[Any] = [
        AssetUse.asset_id, Organization.slug, Organization.name, Organization.kind, AssetUse.minutes_saved_per_case,
        AssetUse.version, AssetUse.used_at,
    ]  # fmt: skip
    rows = eyes.session.exec(
        select(*columns)
        .join(Organization, col(Organization.id) == AssetUse.org_id)
        .where(col(AssetUse.id).in_(_latest_measurements().where(of_these)))
        .order_by(col(AssetUse.id))
    )
    measured: dict[int, list[Measured]] = defaultdict(list)
    for asset, *said in rows:
        measured[asset].append(Measured(*said))
    return {asset: Effect(users, tuple(measured[asset])) for asset, users in counted.items()}


def measured_anywhere() -> Any:
    """The ids of assets of which some organization measured the effect."""
    return select(AssetUse.asset_id).where(col(AssetUse.minutes_saved_per_case).is_not(None))


def shared() -> Any:
    """The ids of assets that are shared nationwide: `shared_nationwide` in the words of the database. A test compares the two."""
    return (
        select(AssetUse.asset_id)
        .join(Organization, col(Organization.id) == AssetUse.org_id)
        .where(
            col(AssetUse.id).in_(_latest_measurements()),
            col(AssetUse.minutes_saved_per_case) > 0,
            col(Organization.kind).not_in(NO_WITNESS),
        )
        .group_by(col(AssetUse.asset_id))
        .having(func.count(col(AssetUse.org_id).distinct()) >= SHARED_FROM)
    )


def newest_shared(eyes: Eyes, most: int) -> list[tuple[str, str, str]]:
    """Reference, kind and title of what is shared nationwide, the newest first. One statement."""
    columns: list[Any] = [Asset.ref, Asset.kind, AssetVersion.title]
    rows = eyes.session.exec(
        select(*columns)
        .join(AssetVersion, col(AssetVersion.asset_id) == Asset.id)
        .where(
            AssetVersion.number == Asset.current_version,
            col(Asset.retired_at).is_(None),
            col(Asset.id).in_(shared()),
        )
        .order_by(col(Asset.id).desc())
        .limit(most)
    )
    return [(ref, kind, title) for ref, kind, title in rows]
