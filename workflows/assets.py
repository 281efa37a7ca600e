"""The library: publishing, revising, forking, using and retiring prompts, applications, data and manuals."""

import re
from functools import cache
from typing import Annotated, Any, Literal

from license_expression import ExpressionError, Licensing, get_spdx_licensing
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from stages.permissions import Membership as Held
from stages.permissions import Sight
from workflows.markdown import render
from workflows.runtime.commands import AnyMarkdown, AnyText, Command, Line, Ref, Url
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.verbs import Outcome, verb
from workflows.runtime.work import Work, around
from workflows.tables.assets import Asset, AssetUse, AssetVersion
from workflows.tables.ideas import Idea
from workflows.teams import makers_of

AGENCY_WORKERS = ("reviewer", "approver", "coordinator", "auditor")
AssetKind = Literal["prompt", "application", "dataset", "quality_rule", "manual", "usage_rules"]
OWN_LICENCE = r"LicenseRef-[A-Za-z0-9.-]+"


@cache
def _licensing() -> Licensing:
    return get_spdx_licensing()


def _spdx(value: str) -> str:
    """The expression in the case of the SPDX list. One's own licence is named LicenseRef-… (SPDX 3.0, annex B)."""
    if re.fullmatch(OWN_LICENCE, value):
        return value
    try:
        known = _licensing().validate(value).normalized_expression
    except (ExpressionError, AttributeError):  # the library trips over "MIT OR" with an AttributeError
        known = None
    if known is None:
        raise PydanticCustomError(
            "licence",
            "SPDX の一覧にあるライセンスの識別子（MIT、CC-BY-4.0 など）を入れてください。",
        )
    # The library also takes loose names ("gpl" as GPL-1.0-or-later): nobody's licence is to be guessed.
    if known.lower() not in (value.lower(), f"{value.lower()}-only"):
        raise PydanticCustomError(
            "licence",
            "ライセンスがはっきりしません。「{known}」のことならそう書いてください。",
            {"known": known},
        )
    return str(known)


Licence = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_spdx)]


class PublishAsset(Command):
    """A new asset, with a text or a link. `org` only where the actor speaks for several organizations."""

    kind: AssetKind
    title: Line
    body_md: AnyMarkdown | None = None
    url: Url | None = None
    licence: Licence
    idea: Ref | None = None
    model: Line | None = None
    permitted_data_class: Line | None = None
    org: Ref | None = None


class ReviseAsset(Command):
    """What the next version says otherwise; the rest stays as it is."""

    asset: Ref
    title: Line | None = None
    body_md: AnyMarkdown | None = None
    url: Url | None = None
    licence: Licence | None = None
    model: Line | None = None
    permitted_data_class: Line | None = None


class OfAsset(Command):
    asset: Ref


class ForkAsset(Command):
    asset: Ref
    org: Ref | None = None


class UseAsset(Command):
    """That an organization uses the current version, and what it brought (minutes saved a case)."""

    asset: Ref
    effect_note: AnyText | None = None
    minutes_saved_per_case: float | None = Field(default=None, ge=0, le=100_000)
    org: Ref | None = None


def _need_content(body_md: str, url: str | None) -> None:
    if not body_md and not url:
        raise invalid("body_md", "本文かリンクのどちらかを入れてください。")


def _idea_of(work: Work, asset_ref: str) -> Idea | None:
    """The asset's idea, locked first: an idea is always locked before what hangs on it."""
    found = work.find(Asset, ref=asset_ref)
    return work.lock(Idea, found.idea_id) if found and found.idea_id is not None else None


def _asset(work: Work, ref: str) -> Asset:
    """The asset, locked. Every published asset may be seen by everyone. Refused `unknown`."""
    found = work.find(Asset, ref=ref)
    if found is None:
        raise unknown(f"資産 {ref}")
    return work.lock(Asset, found.id)


def _not_retired(asset: Asset) -> None:
    if asset.retired_at is not None:
        raise Refused("wrong_status", f"{asset.ref} は公開を終えています。ほかの資産を探してください。")


def current(work: Work, asset: Asset) -> AssetVersion:
    """The version that is published now."""
    version = work.find(AssetVersion, asset_id=asset.id, number=asset.current_version)
    assert version is not None  # written with the asset
    return version


def _add_version(work: Work, asset: Asset, says: dict[str, Any]) -> AssetVersion:
    return work.add(
        AssetVersion(
            asset_id=asset.id,
            number=asset.current_version,
            body_html=render(says["body_md"]),
            published_by_id=work.user_id,
            published_at=work.now,
            **says,
        )
    )


_SAYS = ("title", "body_md", "url", "licence", "model", "permitted_data_class")


def _outcome(asset: Asset) -> Outcome:
    return Outcome("asset", asset.ref, asset.current_version)


def _partners(work: Work, asset: Asset) -> frozenset[str]:
    idea = work.find(Idea, id=asset.idea_id) if asset.idea_id is not None else None
    return around(work.session, idea).partners if idea else frozenset()


def _users_of(work: Work, partners: frozenset[str]) -> tuple[Held, ...]:
    """The memberships for which an actor may use or fork: as the matrix has it, vendors where they are partners."""
    held = (m for m in makers_of(work.actor) if m.kind != "vendor" or m.org in partners)
    return (*held, *work.actor.holds("agency", *AGENCY_WORKERS))


@verb("asset.publish", PublishAsset)
def publish_asset(work: Work, command: PublishAsset) -> Outcome:
    """資産を公開する（第 1 版）。本文もリンクもなければ invalid。"""
    _need_content(command.body_md or "", command.url)
    idea = work.idea(command.idea, Sight.FULL) if command.idea is not None else None
    if idea is None:
        work.allow("asset.publish")
    else:
        work.require("asset.publish", idea, own=None)
    held = (*makers_of(work.actor), *work.actor.holds("agency", "coordinator"))
    org = work.acting_org(command.org, *held)
    asset = work.add(
        Asset(
            ref=f"L-{work.next_number('asset'):04d}",
            kind=command.kind,
            idea_id=idea.id if idea else None,
            org_id=org.id or 0,
            published_at=work.now,
        )
    )
    says = command.model_dump(include=set(_SAYS)) | {"body_md": command.body_md or ""}
    _add_version(work, asset, says)
    facts = {"kind": asset.kind, "title": command.title, "licence": command.licence, "org": org.slug}
    work.record("asset.published", asset, **facts, idea=idea.number if idea else None)
    if idea:
        work.record("asset.published", idea, **facts, asset=asset.ref)
    return _outcome(asset)


@verb("asset.revise", ReviseAsset)
def revise_asset(work: Work, command: ReviseAsset) -> Outcome:
    """資産の次の版を出す。公開を終えたものは wrong_status。"""
    given = command.model_dump(include=set(_SAYS), exclude_unset=True)
    if not given:
        raise invalid("asset", "直す項目を一つ以上入れてください。")
    idea = _idea_of(work, command.asset)
    asset = _asset(work, command.asset)
    work.allow("asset.revise", own={work.slug_of(asset.org_id)})
    _not_retired(asset)
    before = current(work, asset)
    says = {name: getattr(before, name) for name in _SAYS}
    may_be_empty = {"body_md": "", "url": None, "model": None, "permitted_data_class": None}
    says |= {
        name: may_be_empty.get(name) if value is None else value
        for name, value in given.items()
        if value is not None or name in may_be_empty
    }
    _need_content(says["body_md"], says["url"])
    asset.current_version += 1
    work.add(asset)
    _add_version(work, asset, says)
    facts = {"version": asset.current_version, "fields": sorted(given)}
    work.record("asset.revised", asset, **facts)
    if idea:
        work.record("asset.revised", idea, **facts, asset=asset.ref)
    return _outcome(asset)


@verb("asset.fork", ForkAsset)
def fork_asset(work: Work, command: ForkAsset) -> Outcome:
    """資産の今の版を写し、自分の団体の資産にする。元の資産への系譜が残る。"""
    source = _asset(work, command.asset)
    partners = _partners(work, source)
    work.allow("asset.fork", partners=partners)
    org = work.acting_org(command.org, *_users_of(work, partners))
    _not_retired(source)
    says = {name: getattr(current(work, source), name) for name in _SAYS}
    asset = work.add(
        Asset(
            ref=f"L-{work.next_number('asset'):04d}",
            kind=source.kind,
            org_id=org.id or 0,
            forked_from_id=source.id,
            published_at=work.now,
        )
    )
    _add_version(work, asset, says)
    work.record(
        "asset.published", asset, kind=asset.kind, title=says["title"], org=org.slug, forked_from=source.ref
    )
    work.record("asset.forked", source, into=asset.ref, org=org.slug, version=source.current_version)
    return _outcome(asset)


@verb("asset.use", UseAsset)
def use_asset(work: Work, command: UseAsset) -> Outcome:
    """資産を使ったことと、その効果（一件あたりの削減分数）を残す。"""
    asset = _asset(work, command.asset)
    partners = _partners(work, asset)
    work.allow("asset.use", partners=partners)
    org = work.acting_org(command.org, *_users_of(work, partners))
    _not_retired(asset)
    work.add(
        AssetUse(
            asset_id=asset.id or 0,
            version=asset.current_version,
            org_id=org.id or 0,
            effect_note=command.effect_note or "",
            minutes_saved_per_case=command.minutes_saved_per_case,
            used_by_id=work.user_id,
            used_at=work.now,
        )
    )
    minutes = command.minutes_saved_per_case
    work.record(
        "asset.used", asset, org=org.slug, version=asset.current_version, minutes_saved_per_case=minutes
    )
    return _outcome(asset)


@verb("asset.retire", OfAsset)
def retire_asset(work: Work, command: OfAsset) -> Outcome:
    """資産の公開を終える。これまでの版と利用の記録は残る。"""
    idea = _idea_of(work, command.asset)
    asset = _asset(work, command.asset)
    work.allow("asset.retire", own={work.slug_of(asset.org_id)})
    _not_retired(asset)
    asset.retired_at, asset.retired_by_id = work.now, work.user_id
    work.add(asset)
    work.record("asset.retired", asset)
    if idea:
        work.record("asset.retired", idea, asset=asset.ref)
    return _outcome(asset)
