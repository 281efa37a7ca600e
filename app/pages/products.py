"""`/products` and `/products/<slug>`: what it does, proof that it works, what it costs, who uses it, how to adopt."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.route import page
from workflows.queries.home import usable_products
from workflows.queries.looks import Eyes
from workflows.queries.product_page import SeenProduct, product_page
from workflows.queries.targets_list import Filters, targets_list


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
