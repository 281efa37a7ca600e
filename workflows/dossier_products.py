"""The repository and the product of an idea, as far as a rule may know them."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from stages import dossier as d
from stages.rollout import adoption_expires_on
from workflows import idea_rows as rows
from workflows.calendar import tokyo_day
from workflows.github.licences import reconciled
from workflows.tables.assets import Asset
from workflows.tables.ideas import Idea
from workflows.tables.people import Membership, Organization
from workflows.tables.products import Adoption, Product, Release, RolloutTarget
from workflows.tables.repositories import ForgeState, Snapshot


def repository_facts(session: Session, idea: Idea) -> d.Repository | None:
    linked = rows.linked_of(session, idea)
    if not linked:
        return None
    repository, state, latest = linked[0]
    commits = sorted({day for at in rows.commits_seen_of(session, idea) if (day := _fact_day(at))})
    if latest is None:
        return d.Repository(repository.full_name, commits_seen_on=tuple(commits))
    f: dict[str, Any] = latest.facts
    verdict = latest.verdict or {}
    declared = verdict.get("licence")
    errors = list(verdict.get("errors", []))
    if "publiccode" in f and not f["publiccode"]:
        errors = ["publiccode.yml がありません。"]
    return d.Repository(
        full_name=repository.full_name,
        taken_on=tokyo_day(_still_so_at(state, latest)),
        source=latest.source,
        seen=tuple(sorted(f)),
        archived=f.get("archived"),
        gone=f.get("gone"),
        licence_spdx=reconciled(f.get("licence_spdx"), declared),
        files=tuple(f.get("files") or ()),
        release_tags=tuple(r["tag"] for r in f.get("releases") or ()),
        commits_by_contributor=f.get("commits_by_contributor"),
        last_commit_on=_fact_day(f.get("last_commit_at")),
        commits_seen_on=tuple(commits),
        median_issue_response_hours=f.get("median_issue_response_hours"),
        open_issues=f.get("open_issues"),
        publiccode_errors=tuple(errors),
        publiccode_licence=declared,
    )


def _still_so_at(state: ForgeState | None, latest: Snapshot) -> datetime:
    """When a repository last looked like this: a later look at it may have found nothing changed."""
    if latest.source == "import" or state is None:
        return latest.taken_at
    return max(latest.taken_at, state.seen_at or latest.taken_at)


def _fact_day(moment: str | None) -> date | None:
    return tokyo_day(datetime.fromisoformat(moment)) if moment else None


def product_facts(session: Session, p: Product | None, on: date) -> d.Product | None:
    if p is None:
        return None
    releases = session.exec(select(Release).where(Release.product_id == p.id).order_by(col(Release.id)))
    kinds = session.exec(
        select(Asset.kind)
        .where(Asset.idea_id == p.idea_id, col(Asset.retired_at).is_(None))
        .distinct()
        .order_by(Asset.kind)
    )
    adoptions = session.exec(
        select(Organization.slug, Adoption.status, Adoption.confirmed_at)
        .join(Organization, col(Organization.id) == Adoption.org_id)
        .where(
            Adoption.product_id == p.id,
            col(Adoption.replaced_at).is_(None),
            col(Organization.closed_on).is_(None),
        )
        .order_by(Organization.slug)
    )
    return d.Product(
        slug=p.slug,
        name=p.name,
        flag=p.flag,
        networks=tuple(p.networks),
        support_contact=p.support_contact,
        support_hours=p.support_hours,
        support_until=p.support_until,
        price_url=p.price_url,
        dmp_url=p.dmp_url,
        releases=tuple(d.Release(r.version, r.tag, r.released_on) for r in releases),
        asset_kinds=tuple(kinds),
        adoptions=tuple(
            d.Adoption(slug, status, expires)
            for slug, status, confirmed in adoptions
            if (expires := adoption_expires_on(tokyo_day(confirmed))) > on
        ),
        unanswered=_unanswered(session, p) if p.flag == "nationwide" else (),
    )


def _unanswered(session: Session, product: Product) -> tuple[d.Unanswered, ...]:
    people = select(Membership.org_id).where(col(Membership.ended_at).is_(None))
    answered = select(Adoption.org_id).where(Adoption.product_id == product.id)
    waited_for = session.exec(
        select(Organization.slug, RolloutTarget.created_at)
        .join(Organization, col(Organization.id) == RolloutTarget.org_id)
        .where(
            RolloutTarget.product_id == product.id,
            col(RolloutTarget.offered).is_(True),
            col(Organization.closed_on).is_(None),
            col(RolloutTarget.org_id).in_(people),
            col(RolloutTarget.org_id).not_in(answered),
        )
        .order_by(Organization.slug)
    )
    return tuple(d.Unanswered(slug, tokyo_day(created)) for slug, created in waited_for)
