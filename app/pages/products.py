"""`/products` and `/products/<slug>`: what it does, proof that it works, what it costs, who uses it, how to adopt."""

from collections.abc import Mapping

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.pages.forms import given
from app.pages.ideas import demand_command
from app.route import Said, act, page
from workflows.queries.home import usable_products
from workflows.queries.looks import Eyes
from workflows.queries.product_page import SeenProduct, product_page
from workflows.queries.targets_list import Filters, targets_list

Form = Mapping[str, str]


@page("/products", reads="public.read")
def products(eyes: Eyes) -> ResponseReturnValue:
    return render_template("products/list.html", products=usable_products(eyes))


@page("/products/<slug>", reads="product.read")
def product(eyes: Eyes, seen: SeenProduct) -> ResponseReturnValue:
    asked = {
        name: request.args.get(name, "").strip()[:200] or None
        for name in ("prefecture", "size_class", "status")
    }
    shown = product_page(eyes, seen)
    after = request.args.get("after") or None
    targets = None
    if shown.sees_targets:
        targets = targets_list(eyes, seen.product, shown.statements, Filters(**asked), after)
    return render_template("products/product.html", page=shown, targets=targets, asked=asked)


@act("/products/<slug>/adoption", verb="adoption.report", back="product")
def report_adoption(form: Form, slug: str) -> Said:
    command = {"product": slug, **given(form, "status", "since", "note", "org")}
    return Said(command, "導入状況を記録しました。ありがとうございます。", "adoption")


@act("/products/<slug>/reconfirm", verb="adoption.reconfirm", back="product")
def reconfirm_adoption(form: Form, slug: str) -> Said:
    return Said(
        {"product": slug, **given(form, "org")}, "前の回答が今も正しいことを記録しました。", "adoption"
    )


@act("/products/<slug>/demand", verb="idea.demand", back="product")
def demand_product(form: Form, slug: str) -> Said:
    return Said(demand_command(form, product=slug), "「うちも使いたい」を伝えました。")
