"""Products: described, released, suspended and restored."""

from typing import Literal

from pydantic import Field

from stages.kernel import Denied
from stages.productization import semver
from workflows.markdown import render
from workflows.rollout import suspension
from workflows.runtime.commands import (
    AnyMarkdown,
    Command,
    Day,
    Line,
    Markdown,
    Ref,
    Slug,
    Text,
    Url,
    Version,
)
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.products import Product, Release

Network = Literal["alpha", "alpha_prime", "beta", "beta_prime", "lgwan_asp"]


class DescribeProduct(Command):
    idea: Ref
    slug: Slug
    name: Line
    summary: Markdown
    networks: list[Network]
    support_contact: Line
    support_hours: Line
    support_until: Day
    price_url: Url | None = None
    dmp_url: Url | None = None
    requirements_md: AnyMarkdown | None = None


class ReviseProduct(Command):
    product: Ref
    seen_version: Version | None = None
    name: Line | None = None
    summary: Markdown | None = None
    networks: list[Network] | None = None
    support_contact: Line | None = None
    support_hours: Line | None = None
    support_until: Day | None = None
    price_url: Url | None = None
    dmp_url: Url | None = None
    requirements_md: AnyMarkdown | None = None


class ReleaseProduct(Command):
    product: Ref
    version: str = Field(max_length=60)
    tag: Line
    released_on: Day


class OfProductBecause(Command):
    product: Ref
    because: Text


@verb("product.describe", DescribeProduct)
def describe_product(work: Work, command: DescribeProduct) -> Product:
    """プロダクトを登録する。一つのアイデアに一つ。"""
    idea = work.idea(command.idea)
    work.require("product.describe", idea)
    if work.find(Product, idea_id=idea.id) or work.find(Product, slug=command.slug):
        raise Refused(
            "duplicate", "このアイデアのプロダクトか、アドレスに使う名前が同じプロダクトが、すでにあります。"
        )
    fields = command.model_dump(exclude={"idea", "summary", "requirements_md", "networks"})
    product = work.add(
        Product(
            idea_id=idea.id,
            **fields,
            networks=sorted(set(command.networks)),
            summary_md=command.summary,
            summary_html=render(command.summary),
            requirements_md=command.requirements_md or "",
            requirements_html=render(command.requirements_md or ""),
            described_by_id=work.user_id,
            described_at=work.now,
        )
    )
    work.record("product.described", idea, product=product.slug, name=product.name)
    return product


@verb("product.revise", ReviseProduct)
def revise_product(work: Work, command: ReviseProduct) -> Product:
    """プロダクトの説明を直す。保守の終わりを早めると、全国展開が止まることがある。"""
    product, idea = work.product(command.product)
    work.require("product.revise", idea)
    work.match(command.seen_version, product.version, "このプロダクト")
    given = command.model_dump(exclude={"product", "seen_version"}, exclude_unset=True)
    changed = {k: v for k, v in given.items() if v is not None or k in ("price_url", "dmp_url")}
    for name in ("summary", "requirements_md"):
        text = changed.pop(name, None)
        if text is not None:
            stem = name.removesuffix("_md")
            changed |= {f"{stem}_md": text, f"{stem}_html": render(text)}
    if "networks" in changed:
        changed["networks"] = sorted(set(changed["networks"]))
    work.change(product, **changed)
    work.record("product.revised", idea, product=product.slug, fields=sorted(given))
    suspension.reconsider(work, idea)
    return product


@verb("product.release", ReleaseProduct)
def release_product(work: Work, command: ReleaseProduct) -> Product:
    """リリースを登録する。版は 1.0.0 の形（SemVer）。"""
    product, idea = work.product(command.product)
    work.require("product.release", idea)
    if semver(command.version) == (0, 0, 0, False):
        raise invalid("version", "版は 1.0.0 のように、三つの数を点でつないで入れてください。")
    if command.released_on > work.today:
        raise invalid("released_on", "公開日が今日より後です。公開してから登録してください。")
    if work.find(Release, product_id=product.id, version=command.version):
        raise Refused("duplicate", f"{command.version} はすでに登録されています。")
    work.add(Release(product_id=product.id, **command.model_dump(exclude={"product"}), recorded_at=work.now))
    work.record("product.released", idea, product=product.slug, version=command.version, tag=command.tag)
    return product


@verb("product.suspend", OfProductBecause)
def suspend_product(work: Work, command: OfProductBecause) -> Product:
    """全国展開を止める。導入した団体に知らせる。"""
    product, idea = work.product(command.product)
    flagged = product.flag == "nationwide"
    work.require(
        "product.suspend",
        idea,
        own_status=None if flagged else Denied("wrong_status", "全国展開中のプロダクトだけを止められます。"),
    )
    suspension.suspend(work, idea, product, {"decided": command.because})
    return product


@verb("product.restore", OfProductBecause)
def restore_product(work: Work, command: OfProductBecause) -> Product:
    """止めた全国展開を再開する。原因が残るあいだは incomplete。"""
    product, idea = work.product(command.product)
    suspended = product.flag == "suspended"
    work.require(
        "product.restore",
        idea,
        own_status=None if suspended else Denied("wrong_status", "停止中のプロダクトだけを再開できます。"),
    )
    left = suspension.causes_now(work, idea)
    if left:
        raise Refused("incomplete", "停止の原因が残っています: " + " ".join(left.values()), about=left)
    suspension.restore(work, idea, product, command.because)
    return product
