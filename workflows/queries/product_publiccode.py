"""What a publiccode.yml may say of a product. Five statements."""

from sqlmodel import col, select

from stages.local_government import NETWORK_MODELS
from workflows import idea_rows
from workflows.publiccode.writing import Draft, Known, write
from workflows.queries.looks import Eyes
from workflows.queries.product_page import SeenProduct
from workflows.queries.spread import spread_of
from workflows.tables.people import Organization
from workflows.tables.products import Release

MOST_USERS = 100


def publiccode_of(eyes: Eyes, seen: SeenProduct, base_url: str, forge_url: str) -> Draft:
    """The file as far as it can be written. `base_url` is where this system is read, `forge_url` where repositories are."""
    product, idea = seen.product, seen.idea
    session = eyes.session
    linked = idea_rows.linked_of(session, idea)
    repository, _, shot = linked[0] if linked else (None, None, None)
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
