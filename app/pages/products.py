"""`/products`, `/products/<slug>`: what it does, proof that it works, what it costs, who uses it, how to adopt;
`/ideas/<number>/product`: where an idea's product is described."""

from typing import Any

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue

from app.pages.asked import asked_for, goes_on_after
from app.pages.showing import to_all
from app.pages.spread_charts import IN_TEMPLATES
from app.route import house, page
from stages.days import add_months
from stages.rollout import FLAG_NAMES
from workflows.github.names import web_address
from workflows.queries.idea_page import SeenIdea
from workflows.queries.looks import Eyes
from workflows.queries.product_describing import describing
from workflows.queries.product_page import SeenProduct, product_page
from workflows.queries.product_publiccode import publiccode_of
from workflows.queries.products_list import MOST_COMPARED, SORTS, Filters, compared, products_list


@page("/products", reads="public.read")
def products(eyes: Eyes) -> ResponseReturnValue:
    chosen = request.args.getlist("compare")
    if chosen:
        return render_template("products/compare.html", rows=compared(eyes, chosen), **_about_support(eyes))
    asked = asked_for(("q", "network", "size", "price", "field", "flag"))
    flags = tuple(FLAG_NAMES) if g.get("signed_in") else ("nationwide", "suspended")
    flag = asked.pop("flag")
    flag = flag if flag in flags else "nationwide"
    sort = request.args.get("sort", "")
    sort = sort if sort in SORTS else next(iter(SORTS))
    found = products_list(eyes, Filters(flag, **asked), goes_on_after(), sort)
    return render_template(
        "products/list.html",
        found=found,
        asked=asked,
        flag=flag,
        flags=[(key, FLAG_NAMES[key]) for key in flags],
        sort=sort,
        **_about_support(eyes),
    )


def _about_support(eyes: Eyes) -> dict[str, Any]:
    """Support that ends by then is warned of."""
    return {"support_soon": add_months(eyes.today, 12), "at_most": MOST_COMPARED}


@page("/products/<slug>", reads="product.read")
def product(eyes: Eyes, seen: SeenProduct) -> ResponseReturnValue:
    after = asked_for(("releases", "incidents"))
    forge = web_address(house().config.github_url)
    found = product_page(eyes, seen, after["releases"], after["incidents"], forge_url=forge)
    return render_template("products/product.html", page=found, today=eyes.today, **IN_TEMPLATES)


@page("/products/<slug>/publiccode.yml", reads="product.read")
def product_publiccode(eyes: Eyes, seen: SeenProduct) -> ResponseReturnValue:
    config = house().config
    draft = publiccode_of(eyes, seen, config.base_url, web_address(config.github_url))
    attached = {"Content-Disposition": 'attachment; filename="publiccode.yml"'}
    return Response(to_all(draft.text), mimetype="application/yaml", headers=attached)


@page("/ideas/<number>/product", reads="idea.read_whole")
def describe_product(eyes: Eyes, seen: SeenIdea) -> ResponseReturnValue:
    return render_template("products/describe.html", page=describing(eyes, seen))
