"""The library: prompts, applications, datasets, quality rules, manuals and usage rules, newest first, paged by key. Three statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, func, or_, select

from workflows.assets import AGENCY_WORKERS
from workflows.queries.found import holding
from workflows.queries.looks import Eyes
from workflows.queries.offers import Town, organizations
from workflows.queries.paging import an_id, behind, key_of, page_of
from workflows.tables.assets import Asset, AssetUse, AssetVersion
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Organization
from workflows.teams import makers_of

ROWS_A_PAGE = 30
IDEAS = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """`q` are words in the title or the text; `org` a publisher's slug; None is any."""

    kind: str | None = None
    q: str | None = None
    org: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What users report: how many organizations, and from how many to how many minutes saved a case. Never a sum."""

    users: int = 0
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class AssetRow:
    ref: str
    kind: str
    title: str
    org: str
    version: int
    licence: str
    published_at: datetime
    effect: Effect


@dataclass(frozen=True, slots=True)
class Library:
    rows: Sequence[AssetRow]
    after: str | None
    publishers: Sequence[tuple[str, str]]
    """Slug and name."""


def library(eyes: Eyes, filters: Filters, after: str | None = None) -> Library:
    """One page of what is published and not retired. Refused `invalid` for a key that no page gave."""
    conditions: list[Any] = [col(Asset.retired_at).is_(None), *_conditions(eyes, filters)]
    if after is not None:
        conditions.append(col(Asset.id) < behind(after, an_id))
    columns: list[Any] = [
        Asset.id, Asset.ref, Asset.kind, AssetVersion.title, Organization.name, Asset.current_version,
        AssetVersion.licence, AssetVersion.published_at,
    ]  # fmt: skip
    found = eyes.session.exec(
        select(*columns)
        .join(AssetVersion, col(AssetVersion.asset_id) == Asset.id)
        .join(Organization, col(Organization.id) == Asset.org_id)
        .where(AssetVersion.number == Asset.current_version, *conditions)
        .order_by(col(Asset.id).desc())
        .limit(ROWS_A_PAGE + 1)
    ).all()
    rows, goes_on = page_of(found, ROWS_A_PAGE, lambda row: key_of(row[0]))
    effects = effects_of(eyes, [row[0] for row in rows])
    return Library(
        rows=[AssetRow(*[*shown, effects.get(asset, Effect())]) for asset, *shown in rows],
        after=goes_on,
        publishers=_publishers(eyes),
    )


def effects_of(eyes: Eyes, assets: Sequence[int]) -> dict[int, Effect]:
    """What the users of each asset report. One statement."""
    minutes = col(AssetUse.minutes_saved_per_case)
    columns: list[Any] = [
        AssetUse.asset_id, func.count(col(AssetUse.org_id).distinct()), func.min(minutes), func.max(minutes),
    ]  # fmt: skip
    rows = eyes.session.exec(
        select(*columns).where(col(AssetUse.asset_id).in_(assets)).group_by(col(AssetUse.asset_id))
    )
    return {asset: Effect(users, least, most) for asset, users, least, most in rows}


def _conditions(eyes: Eyes, filters: Filters) -> list[Any]:
    found: list[Any] = []
    if filters.kind:
        found.append(Asset.kind == filters.kind)
    if filters.org:
        found.append(Organization.slug == filters.org)
    return [*found, *holding(eyes, "asset", Asset.id, filters.q)]


def _publishers(eyes: Eyes) -> list[tuple[str, str]]:
    rows = eyes.session.exec(
        select(Organization.slug, Organization.name)
        .join(Asset, col(Asset.org_id) == Organization.id)
        .where(col(Asset.retired_at).is_(None))
        .distinct()
        .order_by(Organization.name, Organization.slug)
    )
    return [(slug, name) for slug, name in rows]


@dataclass(frozen=True, slots=True)
class Publishing:
    """What the page on which an asset is published begins with."""

    orgs: Sequence[Town]
    """The organizations the reader may publish for; none: they may not."""
    ideas: Sequence[tuple[str, str]]
    """Number and title of the ideas an asset may belong to, the latest move first."""

    @property
    def titled_ideas(self) -> list[tuple[str, str]]:
        """As choices."""
        return [(number, f"{number} {title}") for number, title in self.ideas]


def publishing(eyes: Eyes) -> Publishing:
    """Two statements."""
    held = (*makers_of(eyes.actor), *eyes.actor.holds("agency", "coordinator"))
    orgs = organizations(eyes, {h.org for h in held})
    return Publishing(orgs, _own_ideas(eyes, [org.id for org in orgs]) if orgs else ())


def users_for(eyes: Eyes, partners: frozenset[str]) -> list[Town]:
    """The organizations for which the reader may use or fork an asset of an idea with these partners: as `asset.use` has it."""
    makers = {m.org for m in makers_of(eyes.actor) if m.kind != "vendor" or m.org in partners}
    return organizations(eyes, makers | {m.org for m in eyes.actor.holds("agency", *AGENCY_WORKERS)})


def _own_ideas(eyes: Eyes, orgs: Sequence[int]) -> list[tuple[str, str]]:
    joined = select(TeamMember.idea_id).where(col(TeamMember.org_id).in_(orgs), TeamMember.status == "joined")
    rows = eyes.session.exec(
        select(Idea.number, Idea.title)
        .where(
            or_(col(Idea.owner_id).in_(orgs), col(Idea.id).in_(joined)), col(Idea.submitted_at).is_not(None)
        )
        .order_by(col(Idea.status_since).desc(), col(Idea.id).desc())
        .limit(IDEAS)
    )
    return [(number, title) for number, title in rows]
