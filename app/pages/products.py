"""`/products`, `/products/<slug>`: what it does, proof that it works, what it costs, who uses it, how to adopt;
`/ideas/<number>/product`: where an idea's product is described."""

from flask import Response, g, render_template
from flask.typing import ResponseReturnValue

from app.pages.asked import asked_for, goes_on_after
from app.pages.spread_charts import IN_TEMPLATES
from app.route import house, page
from stages.rollout import FLAG_NAMES
from workflows.github.names import web_address
from workflows.queries.idea_page import SeenIdea
from workflows.queries.looks import Eyes
from workflows.queries.product_describing import describing
from workflows.queries.product_page import SeenProduct, product_page
from workflows.queries.product_publiccode import publiccode_of
from workflows.queries.products_list import Filters, products_list


@page("/products", reads="public.read")
def products(eyes: Eyes) -> ResponseReturnValue:
    asked = asked_for(("flag", "q", "network"))
    signed_in = g.get("signed_in") is not None
    flag = asked["flag"] if signed_in and asked["flag"] in FLAG_NAMES else "nationwide"
    found = products_list(eyes, Filters(flag or "nationwide", asked["q"], asked["network"]), goes_on_after())
    return render_template("products/list.html", found=found, asked=asked | {"flag": flag})


@page("/products/<slug>", reads="product.read")
def product(eyes: Eyes, seen: SeenProduct) -> ResponseReturnValue:
    after = asked_for(("releases", "incidents"))
    found = product_page(eyes, seen, after["releases"], after["incidents"])
    return render_template("products/product.html", page=found, today=eyes.today, **IN_TEMPLATES)


@page("/products/<slug>/publiccode.yml", reads="product.read")
def product_publiccode(eyes: Eyes, seen: SeenProduct) -> ResponseReturnValue:
    config = house().config
    draft = publiccode_of(eyes, seen, config.base_url, web_address(config.github_url))
    attached = {"Content-Disposition": 'attachment; filename="publiccode.yml"'}
    return Response(draft.text, mimetype="application/yaml", headers=attached)


@page("/ideas/<number>/product", reads="idea.read_whole")
def describe_product(eyes: Eyes, seen: SeenIdea) -> ResponseReturnValue:
    return render_template("products/describe.html", page=describing(eyes, seen))
