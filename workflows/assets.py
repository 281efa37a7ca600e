"""The library: publishing, revising, forking, using and retiring prompts, applications, data and manuals."""

from typing import Any, Literal

from pydantic import Field

from workflows.files.named import ledger_facts, uploaded
from workflows.licences import Licence
from workflows.markdown import render
from workflows.prompt_cases import Cases
from workflows.runtime.commands import AnyMarkdown, AnyText, Command, Line, Ref, Text, Url, Version
from workflows.runtime.refusal import Refused, invalid, unknown
from workflows.runtime.verbs import Outcome, verb
from workflows.runtime.work import Work, around
from workflows.tables.assets import Asset, AssetUse, AssetVersion
from workflows.tables.ideas import Idea
from workflows.tables.people import Organization
from workflows.teams import makers_of

AGENCY_WORKERS = ("reviewer", "approver", "coordinator", "auditor")
AssetKind = Literal["prompt", "application", "dataset", "quality_rule", "manual", "usage_rules"]


class PublishAsset(Command):
    """A new asset, with a text, a link or a file handed in before. `org` only where the actor speaks for several organizations."""

    kind: AssetKind
    title: Line
    body_md: AnyMarkdown | None = None
    url: Url | None = None
    file: Ref | None = None
    licence: Licence
    idea: Ref | None = None
    model: Line | None = None
    permitted_data_class: Line | None = None
    test_cases: Cases | None = None
    """Of a prompt."""
    org: Ref | None = None


class ReviseAsset(Command):
    """What the next version says otherwise; the rest stays as it is."""

    asset: Ref
    seen_version: Version | None = None
    title: Line | None = None
    body_md: AnyMarkdown | None = None
    url: Url | None = None
    file: Ref | None = None
    licence: Licence | None = None
    model: Line | None = None
    permitted_data_class: Line | None = None
    test_cases: Cases | None = None


class RetireAsset(Command):
    """`successor` is the asset to use instead."""

    asset: Ref
    because: Text | None = None
    successor: Ref | None = None


class ForkAsset(Command):
    asset: Ref
    org: Ref | None = None


class UseAsset(Command):
    """That an organization uses the current version, and what it brought (minutes saved a case)."""

    asset: Ref
    effect_note: AnyText | None = None
    minutes_saved_per_case: float | None = Field(default=None, ge=0, le=100_000)
    org: Ref | None = None


def _need_content(body_md: str, url: str | None, file: object) -> None:
    if not body_md and not url and not file:
        raise invalid("body_md", "本文、リンク、ファイルのどれかを入れてください。")


def asset_of(work: Work, ref: str) -> tuple[Asset, Idea | None]:
    """The asset and its idea, locked, the idea first. Everyone may see what is published. Refused `unknown`."""
    found = work.find(Asset, ref=ref)
    if found is None:
        raise unknown(f"資産 {ref}")
    idea = work.lock(Idea, found.idea_id) if found.idea_id is not None else None
    return work.lock(Asset, found.id), idea


def not_retired(asset: Asset) -> None:
    if asset.retired_at is not None:
        raise Refused("wrong_status", f"{asset.ref} は公開を終えています。ほかの資料を探してください。")


_SAYS = ("title", "body_md", "url", "licence", "model", "permitted_data_class", "test_cases", "upload_id")
_FROM_COMMAND = frozenset(_SAYS) | {"file"}


def _said(work: Work, asset: Asset) -> dict[str, Any]:
    """What the version that is published now says."""
    version = work.find(AssetVersion, asset_id=asset.id, number=asset.current_version)
    return {name: getattr(version, name) for name in _SAYS}


def _cases_of_a_prompt(kind: str, cases: list[Any] | None) -> None:
    if cases and kind != "prompt":
        raise invalid("test_cases", "試す例は、プロンプトにだけ付けられます。")


def _add_version(work: Work, asset: Asset, says: dict[str, Any]) -> None:
    number, html = asset.current_version, render(says["body_md"])
    says = says | {"test_cases": says["test_cases"] or None}
    stamp: dict[str, Any] = {"published_by_id": work.user_id, "published_at": work.now}
    work.add(AssetVersion(asset_id=asset.id, number=number, body_html=html, **stamp, **says))


def _newasset_of(work: Work, kind: str, org: Organization, says: dict[str, Any], **links: Any) -> Asset:
    ref = f"L-{work.next_number('asset'):04d}"
    asset = work.add(Asset(ref=ref, kind=kind, org_id=org.id or 0, published_at=work.now, **links))
    _add_version(work, asset, says)
    return asset


def _record(work: Work, action: str, asset: Asset, idea: Idea | None, **facts: Any) -> None:
    """Into the asset's chain, and into that of its idea."""
    work.record(action, asset, **facts)
    if idea:
        work.record(action, idea, asset=asset.ref, **facts)


def _outcome(asset: Asset) -> Outcome:
    return Outcome("asset", asset.ref, asset.current_version)


def org_of_user(work: Work, verb_name: str, idea: Idea | None, org: str | None) -> Organization:
    """The organization that uses or forks: as the matrix has it, a vendor only where it is a partner of the idea."""
    named = work.named_org(org)
    partners = around(work.session, idea).partners if idea else frozenset[str]()
    work.allow(verb_name, partners=partners)
    makers = (m for m in makers_of(work.actor) if m.kind != "vendor" or m.org in partners)
    return work.acting_org(named, *makers, *work.actor.holds("agency", *AGENCY_WORKERS))


@verb("asset.publish", PublishAsset)
def publishasset_of(work: Work, command: PublishAsset) -> Outcome:
    """資産を公開する（第 1 版）。本文もリンクもなければ invalid。"""
    _need_content(command.body_md or "", command.url, command.file)
    idea = work.idea(command.idea) if command.idea is not None else None
    named = work.named_org(command.org)
    _cases_of_a_prompt(command.kind, command.test_cases)
    if idea is None:
        work.allow("asset.publish")
    elif not work.sees(idea):
        raise Refused(
            "not_permitted",
            "このアイデアのチームではありません。参加してから、アイデアの資料として公開してください。",
        )
    else:
        work.require("asset.publish", idea, own=None)
    held = (*makers_of(work.actor), *work.actor.holds("agency", "coordinator"))
    org = work.acting_org(named, *held)
    says = command.model_dump(include=set(_SAYS)) | {"body_md": command.body_md or ""}
    upload = uploaded(work, command.file)
    says["upload_id"] = upload.id if upload else None
    asset = _newasset_of(work, command.kind, org, says, idea_id=idea.id if idea else None)
    facts = {"kind": asset.kind, "title": command.title, "licence": command.licence, "org": org.slug}
    facts |= ledger_facts(upload)
    _record(work, "asset.published", asset, idea, **facts)
    return _outcome(asset)


@verb("asset.revise", ReviseAsset)
def reviseasset_of(work: Work, command: ReviseAsset) -> Outcome:
    """資産の次の版を出す。公開を終えたものは wrong_status。"""
    given = command.model_dump(include=set(_FROM_COMMAND), exclude_unset=True)
    if not given:
        raise invalid("asset", "直す項目を一つ以上入れてください。")
    asset, idea = asset_of(work, command.asset)
    work.allow("asset.revise", own={work.slug_of(asset.org_id)})
    not_retired(asset)
    work.match(command.seen_version, asset.current_version, "この資料")
    _cases_of_a_prompt(asset.kind, command.test_cases)
    empty = {"body_md": "", "url": None, "model": None, "permitted_data_class": None, "test_cases": None}
    says = _said(work, asset)
    for name, value in given.items():
        if name == "file":
            continue
        if value is not None or name in empty:
            says[name] = empty[name] if value is None else value
    upload = uploaded(work, command.file)
    says["upload_id"] = upload.id if upload else says["upload_id"]
    _need_content(says["body_md"], says["url"], says["upload_id"])
    asset.current_version += 1
    work.add(asset)
    _add_version(work, asset, says)
    _record(
        work,
        "asset.revised",
        asset,
        idea,
        version=asset.current_version,
        fields=sorted(given),
        **ledger_facts(upload),
    )
    return _outcome(asset)


@verb("asset.fork", ForkAsset)
def forkasset_of(work: Work, command: ForkAsset) -> Outcome:
    """資産の今の版を写し、自分の団体の資産にする。元の資産への系譜が残る。"""
    source, idea = asset_of(work, command.asset)
    org = org_of_user(work, "asset.fork", idea, command.org)
    not_retired(source)
    says = _said(work, source)
    # Not an asset of the source's idea: that one is judged by what its own team publishes.
    asset = _newasset_of(
        work, source.kind, org, says, forked_from_id=source.id, forked_version=source.current_version
    )
    facts = {"kind": asset.kind, "title": says["title"], "licence": says["licence"], "org": org.slug}
    work.record("asset.published", asset, **facts, forked_from=source.ref)
    work.record("asset.forked", source, into=asset.ref, org=org.slug, version=source.current_version)
    return _outcome(asset)


@verb("asset.use", UseAsset)
def useasset_of(work: Work, command: UseAsset) -> Outcome:
    """資産を使ったことと、その効果（一件あたりの削減分数）を残す。"""
    asset, idea = asset_of(work, command.asset)
    org = org_of_user(work, "asset.use", idea, command.org)
    not_retired(asset)
    version, minutes = asset.current_version, command.minutes_saved_per_case
    work.add(
        AssetUse(
            asset_id=asset.id or 0,
            version=version,
            org_id=org.id or 0,
            effect_note=command.effect_note or "",
            minutes_saved_per_case=minutes,
            used_by_id=work.user_id,
            used_at=work.now,
        )
    )
    work.record("asset.used", asset, org=org.slug, version=version, minutes_saved_per_case=minutes)
    return _outcome(asset)


@verb("asset.retire", RetireAsset)
def retire_asset(work: Work, command: RetireAsset) -> Outcome:
    """資産の公開を終える。これまでの版と利用の記録は残り、理由と、代わりに使うものを示す。"""
    asset, idea = asset_of(work, command.asset)
    successor = work.find(Asset, ref=command.successor) if command.successor else None
    if command.successor and successor is None:
        raise unknown(f"資産 {command.successor}")
    work.allow("asset.retire", own={work.slug_of(asset.org_id)})
    not_retired(asset)
    if successor is not None and (successor.id == asset.id or successor.retired_at is not None):
        raise invalid("successor", "代わりに使うものには、公開中のほかの資料を選んでください。")
    asset.retired_at, asset.retired_by_id = work.now, work.user_id
    asset.retired_because = command.because
    asset.succeeded_by_id = successor.id if successor else None
    work.add(asset)
    facts = {"because": command.because} if command.because else {}
    facts |= {"successor": successor.ref} if successor else {}
    _record(work, "asset.retired", asset, idea, **facts)
    return _outcome(asset)
