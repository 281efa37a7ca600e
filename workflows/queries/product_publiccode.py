"""What a publiccode.yml may say of a product. Six statements."""

from sqlmodel import col, select

from stages.local_government import NETWORK_MODELS
from workflows.publiccode.writing import Draft, Known, write
from workflows.queries.looks import Eyes
from workflows.queries.product_page import SeenProduct
from workflows.queries.spread import spread_of
from workflows.tables.people import Organization
from workflows.tables.products import Release
from workflows.tables.repositories import Repository, RepositoryLink, Snapshot

MOST_USERS = 100


def publiccode_of(eyes: Eyes, seen: SeenProduct, base_url: str, forge_url: str) -> Draft:
    """The file as far as it can be written. `base_url` is where this system is read, `forge_url` where repositories are."""
    product, idea = seen.product, seen.idea
    session = eyes.session
    repository = session.exec(
        select(Repository)
        .join(RepositoryLink, col(RepositoryLink.repository_id) == Repository.id)
        .where(RepositoryLink.idea_id == idea.id, col(RepositoryLink.unlinked_at).is_(None))
        .order_by(col(RepositoryLink.id))
    ).first()
    shot = (
        repository
        and session.exec(
            select(Snapshot)
            .where(Snapshot.repository_id == repository.id)
            .order_by(col(Snapshot.taken_at).desc(), col(Snapshot.id).desc())
        ).first()
    )
    release = session.exec(
        select(Release).where(Release.product_id == product.id).order_by(col(Release.id).desc())
    ).first()
    around = select(Organization.slug, Organization.name, Organization.kind)
    orgs = session.exec(
        around.where(col(Organization.slug).in_({seen.orgs.owner, *seen.orgs.partners}))
    ).all()
    names = {slug: name for slug, name, _ in orgs}
    return write(
        Known(
            name=product.name,
            summary_html=product.summary_html,
            requirements_html=product.requirements_html,
            repository_url=f"{forge_url}/{repository.full_name}" if repository else None,
            landing_url=f"{base_url}/products/{product.slug}",
            version=release.version if release else None,
            released_on=release.released_on if release else None,
            licence=shot.facts.get("licence_spdx") if shot else None,
            owner=names[seen.orgs.owner],
            owner_uri=f"{base_url}/municipalities/{seen.orgs.owner}",
            contractors=sorted(name for _, name, kind in orgs if kind == "vendor"),
            supported_until=product.support_until,
            networks=[NETWORK_MODELS[n] for n in product.networks],
            used_by=spread_of(eyes, product).users[:MOST_USERS],
            is_flagged=product.flag == "nationwide",
        ),
        eyes.today,
    )
