"""Where an asset came from and what was made of it: a chain of ancestors, and a tree of descendants. Two statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from workflows.queries.looks import Eyes
from workflows.tables.assets import Asset, AssetVersion
from workflows.tables.people import Organization

DEEPEST, MOST = 30, 60
"""So many generations either way, and so many descendants, are shown; the list of its copies pages on."""
COMPARED = ("title", "body_md", "url", "licence", "model", "permitted_data_class", "upload_id")


@dataclass(frozen=True, slots=True)
class Relative:
    """`depth` counts generations from the asset: ancestors below zero. `differs` names what its current version says otherwise
    than the version of its parent that it was copied from."""

    depth: int
    ref: str
    title: str
    org: str
    version: int
    retired: bool
    differs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lineage:
    """Ancestors, the oldest first; the asset itself; and descendants, each behind its parent."""

    ancestors: Sequence[Relative]
    itself: Relative
    descendants: Sequence[Relative]
    more: bool
    """There are other descendants."""

    @property
    def alone(self) -> bool:
        return not self.ancestors and not self.descendants


def lineage(eyes: Eyes, asset: Asset) -> Lineage:
    """As its reader sees it: the public is told of none that was retired."""
    up = _kin(asset, lambda found: (Asset.id == found.c.parent, -1))
    down = _kin(asset, lambda found: (Asset.forked_from_id == found.c.id, 1))
    older = _read(eyes, up)
    younger = _read(eyes, down, MOST + 2)  # the asset itself is one of them
    itself = next(row for _, _, row in younger if row.depth == 0)
    children: dict[int | None, list[tuple[int, Relative]]] = defaultdict(list)
    for key, parent, row in younger[: MOST + 1]:
        if row.depth:
            children[parent].append((key, row))
    below = list(_in_order(children, asset.id))
    public = not eyes.seer.memberships
    ancestors = [row for _, _, row in sorted(older, key=lambda kin: kin[2].depth) if row.depth]
    return Lineage(
        ancestors=[row for row in ancestors if not (public and row.retired)],
        itself=itself,
        descendants=[row for row in below if not (public and row.retired)],
        more=len(younger) > MOST + 1,
    )


def _in_order(children: dict[int | None, list[tuple[int, Relative]]], parent: int) -> Iterable[Relative]:
    for key, row in children.pop(parent, []):
        yield row
        yield from _in_order(children, key)


def _kin(asset: Asset, step: Any) -> Any:
    """The asset and its kin in one direction, generation by generation, as a recursive table of id, parent and depth."""
    found = (
        select(
            col(Asset.id).label("id"), col(Asset.forked_from_id).label("parent"), sa.literal(0).label("depth")
        )
        .where(Asset.id == asset.id)
        .cte("kin", recursive=True)
    )
    joined, by = step(found)
    return found.union_all(
        select(Asset.id, Asset.forked_from_id, found.c.depth + by)
        .join(found, joined)
        .where(sa.func.abs(found.c.depth) < DEEPEST)
    )


def _read(eyes: Eyes, kin: Any, most: int = DEEPEST + 1) -> list[tuple[int, int | None, Relative]]:
    """Id, parent, and what is told of each, the nearest first."""
    parent, of_parent = aliased(Asset), aliased(AssetVersion)
    differs = [
        getattr(AssetVersion, name).is_distinct_from(getattr(of_parent, name)).label(name)
        for name in COMPARED
    ]
    rows = eyes.session.execute(
        select(  # type: ignore[call-overload]
            kin.c.id, kin.c.parent, kin.c.depth, Asset.ref, AssetVersion.title, Organization.name,
            Asset.current_version, col(Asset.retired_at).is_not(None), *differs,
        )
        .join(Asset, col(Asset.id) == kin.c.id)
        .join(AssetVersion, col(AssetVersion.asset_id) == Asset.id)
        .join(Organization, col(Organization.id) == Asset.org_id)
        .outerjoin(parent, col(parent.id) == Asset.forked_from_id)
        .outerjoin(
            of_parent,
            sa.and_(
                col(of_parent.asset_id) == parent.id,
                col(of_parent.number) == sa.func.coalesce(Asset.forked_version, parent.current_version),
            ),
        )
        .where(AssetVersion.number == Asset.current_version)
        .order_by(sa.func.abs(kin.c.depth), kin.c.id)
        .limit(most)
    ).all()  # fmt: skip
    return [
        (
            key,
            parent_id,
            Relative(
                depth, ref, title, org, version, retired,
                frozenset(name for name, other in zip(COMPARED, others, strict=True) if other)
                if parent_id is not None
                else frozenset(),
            ),
        )
        for key, parent_id, depth, ref, title, org, version, retired, *others in rows
    ]  # fmt: skip
