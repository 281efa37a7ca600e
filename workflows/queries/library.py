"""The library: prompts, applications, datasets, quality rules, manuals and usage rules, newest first, paged by key. Five statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, or_, select

from workflows.assets import AGENCY_WORKERS
from workflows.queries.found import holding
from workflows.queries.library_effects import Effect, effects_of, measured_anywhere, shared
from workflows.queries.looks import Eyes
from workflows.queries.offers import Town, organizations
from workflows.queries.paging import an_id, behind, key_of, page_of
from workflows.tables.assets import Asset, AssetVersion
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Organization
from workflows.teams import makers_of

ROWS_A_PAGE = 30
IDEAS = 100
MOST_IN_USE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """`q` are words in the title or the text; `org` a publisher's slug; `effect` is `measured` (somewhere) or `nationwide`;
    None is any."""

    kind: str | None = None
    q: str | None = None
    org: str | None = None
    licence: str | None = None
    data_class: str | None = None
    effect: str | None = None


@dataclass(frozen=True, slots=True)
class AssetRow:
    ref: str
    kind: str
    title: str
    org: str
    version: int
    licence: str
    data_class: str | None
    model: str | None
    tried: bool
    """It has test cases."""
    published_at: datetime
    effect: Effect


@dataclass(frozen=True, slots=True)
class Library:
    rows: Sequence[AssetRow]
    after: str | None
    publishers: Sequence[tuple[str, str]]
    """Slug and name."""
    licences: Sequence[str]
    data_classes: Sequence[str]
    """Those in use."""


def library(eyes: Eyes, filters: Filters, after: str | None = None) -> Library:
    """One page of what is published and not retired. Refused `invalid` for a key that no page gave."""
    conditions: list[Any] = [col(Asset.retired_at).is_(None), *_conditions(eyes, filters)]
    if after is not None:
        conditions.append(col(Asset.id) < behind(after, an_id))
    columns: list[Any] = [
        Asset.id, Asset.ref, Asset.kind, AssetVersion.title, Organization.name, Asset.current_version,
        AssetVersion.licence, AssetVersion.permitted_data_class, AssetVersion.model,
        col(AssetVersion.test_cases).is_not(None), AssetVersion.published_at,
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
        licences=_in_use(eyes, AssetVersion.licence),
        data_classes=_in_use(eyes, AssetVersion.permitted_data_class),
    )


def _conditions(eyes: Eyes, filters: Filters) -> list[Any]:
    found: list[Any] = []
    if filters.kind:
        found.append(Asset.kind == filters.kind)
    if filters.org:
        found.append(Organization.slug == filters.org)
    if filters.licence:
        found.append(AssetVersion.licence == filters.licence)
    if filters.data_class:
        found.append(AssetVersion.permitted_data_class == filters.data_class)
    if filters.effect == "measured":
        found.append(col(Asset.id).in_(measured_anywhere()))
    if filters.effect == "nationwide":
        found.append(col(Asset.id).in_(shared()))
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


def _in_use(eyes: Eyes, column: Any) -> list[str]:
    """What the versions that are published now say in a column; the first MOST_IN_USE."""
    rows = eyes.session.exec(
        select(column)
        .join(
            Asset,
            (col(Asset.id) == AssetVersion.asset_id) & (col(Asset.current_version) == AssetVersion.number),
        )
        .where(col(Asset.retired_at).is_(None), col(column).is_not(None))
        .distinct()
        .order_by(column)
        .limit(MOST_IN_USE)
    )
    return list(rows)


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
