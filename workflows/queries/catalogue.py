"""Everything the public may know of products, many at once: what the catalogue's files and each publiccode.yml are written from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy.orm import aliased
from sqlmodel import col, select

from stages.local_government import NETWORK_MODELS
from stages.productization import SBOM_NAMES
from workflows.publiccode.writing import Known
from workflows.queries.looks import Eyes
from workflows.queries.product_proof import Proof, proofs_of, proven_sizes
from workflows.rollout.statements import lapsed, standing_statements
from workflows.tables.ideas import Idea, TeamMember
from workflows.tables.people import Organization
from workflows.tables.products import Adoption, Product, Release
from workflows.tables.repositories import Repository, RepositoryLink, Snapshot

MOST_USERS = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A product with what is known for its publiccode.yml, and what else the catalogue says of it."""

    product: Product
    field: str
    known: Known
    adopted: int
    """Local governments that use it; `known` names the first hundred."""
    proofs: Sequence[Proof]
    releases: Sequence[tuple[str, str, date]]
    """Version, tag and day; the first recorded first."""
    sbom_url: str | None
    changed_at: datetime
    """When it was last described, flagged, suspended, restored or released."""

    @property
    def proven(self) -> frozenset[str]:
        return proven_sizes(self.proofs)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The repository that speaks for an idea, as far as it was seen."""

    full_name: str
    licence: str | None = None
    files: Sequence[str] = ()
    is_gone: bool = False


def entries(eyes: Eyes, *which: Any, base_url: str, forge_url: str) -> list[Entry]:
    """The products of these conditions, the first described first. Six statements. `base_url` is where this system is read,
    `forge_url` where repositories are."""
    rows = eyes.session.exec(
        select(Product, Idea.field, Organization.slug, Organization.name)
        .join(Idea, col(Idea.id) == Product.idea_id)
        .join(Organization, col(Organization.id) == Idea.owner_id)
        .where(*which)
        .order_by(col(Product.id))
    ).all()
    ideas, ids = [p.idea_id for p, *_ in rows], [p.id for p, *_ in rows]
    proofs, users, releases = proofs_of(eyes, ideas), _users(eyes, ids), _releases(eyes, ids)
    vendors, repositories = _vendors(eyes, ideas), _repositories(eyes, ideas)

    def entry(p: Product, field: str, owner: str, owner_name: str) -> Entry:
        seen, released = repositories.get(p.idea_id), releases.get(p.id, [])
        last = released[-1] if released else None
        known = Known(
            name=p.name,
            summary_html=p.summary_html,
            requirements_html=p.requirements_html,
            repository_url=f"{forge_url}/{seen.full_name}" if seen else None,
            landing_url=f"{base_url}/products/{p.slug}",
            version=last.version if last else None,
            released_on=last.released_on if last else None,
            licence=seen.licence if seen else None,
            owner=owner_name,
            owner_uri=f"{base_url}/municipalities/{owner}",
            contractors=vendors.get(p.idea_id, []),
            supported_until=p.support_until,
            networks=[NETWORK_MODELS[n] for n in p.networks],
            used_by=users.get(p.id, [])[:MOST_USERS],
            is_flagged=p.flag == "nationwide",
        )
        return Entry(
            product=p,
            field=field,
            known=known,
            adopted=len(users.get(p.id, [])),
            proofs=proofs.get(p.idea_id, ()),
            releases=[(r.version, r.tag, r.released_on) for r in released],
            sbom_url=None
            if seen is None or seen.is_gone
            else sbom_url(forge_url, seen.full_name, seen.files),
            changed_at=max(filter(None, (p.described_at, p.flag_since, *(r.recorded_at for r in released)))),
        )

    return [entry(*row) for row in rows]


def sbom_url(forge_url: str, full_name: str, files: Iterable[str]) -> str | None:
    """Where people read the bill of materials that was seen in a repository: the one nearest to its top."""
    found = [f for f in files if SBOM_NAMES.search(f)]
    path = min(found, key=lambda f: (f.count("/"), f), default=None)
    return f"{forge_url}/{full_name}/blob/HEAD/{quote(path)}" if path else None


def _users(eyes: Eyes, products: Sequence[int]) -> Mapping[int, list[str]]:
    columns: list[Any] = [Adoption.product_id, Organization.name, Adoption.confirmed_at]
    said = standing_statements(*columns).where(
        Adoption.status == "adopted",
        col(Adoption.product_id).in_(products),
        col(Organization.closed_on).is_(None),
    )
    users: dict[int, list[str]] = defaultdict(list)
    for product, name, confirmed_at in eyes.session.exec(
        said.order_by(Organization.lgcode, Organization.slug)
    ):
        if not lapsed(confirmed_at, eyes.today):
            users[product].append(name)
    return users


def _releases(eyes: Eyes, products: Sequence[int]) -> Mapping[int, list[Release]]:
    found: dict[int, list[Release]] = defaultdict(list)
    of_them = select(Release).where(col(Release.product_id).in_(products)).order_by(col(Release.id))
    for release in eyes.session.exec(of_them):
        found[release.product_id].append(release)
    return found


def _vendors(eyes: Eyes, ideas: Sequence[int]) -> Mapping[int, list[str]]:
    """Names of the vendors that joined each idea."""
    joined = (
        select(TeamMember.idea_id, Organization.name)
        .join(Organization, col(Organization.id) == TeamMember.org_id)
        .where(
            TeamMember.status == "joined", Organization.kind == "vendor", col(TeamMember.idea_id).in_(ideas)
        )
        .order_by(Organization.name)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for idea, name in eyes.session.exec(joined):
        found[idea].append(name)
    return found


def _repositories(eyes: Eyes, ideas: Sequence[int]) -> Mapping[int, _Seen]:
    """The first linked of each idea, with what its last snapshot says that is asked for here."""
    newer = aliased(Snapshot)
    last = (
        select(newer.id)
        .where(newer.repository_id == Repository.id)
        .order_by(col(newer.taken_at).desc(), col(newer.id).desc())
        .limit(1)
        .correlate(Repository)
        .scalar_subquery()
    )
    facts = col(Snapshot.facts)
    columns: list[Any] = [
        RepositoryLink.idea_id, Repository.full_name, facts["licence_spdx"], facts["files"], facts["gone"],
    ]  # fmt: skip
    live = (
        select(*columns)
        .join(Repository, col(Repository.id) == RepositoryLink.repository_id)
        .outerjoin(Snapshot, col(Snapshot.id) == last)
        .where(col(RepositoryLink.idea_id).in_(ideas), col(RepositoryLink.unlinked_at).is_(None))
        .order_by(col(RepositoryLink.id).desc())
    )
    return {
        idea: _Seen(name, licence, files or (), gone is True)
        for idea, name, licence, files, gone in eyes.session.exec(live)
    }
