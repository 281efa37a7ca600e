"""`/rollout/<slug>`: where a product is spreading, where not, and why; and the waves by which it is offered."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.pages.asked import asked_for, goes_on_after
from app.route import page
from stages.local_government import SIZE_CLASSES
from workflows.queries.looks import Eyes
from workflows.queries.product_page import SeenProduct
from workflows.queries.rollout_page import rollout_page
from workflows.queries.targets_list import Filters
from workflows.rollout.waves import Where
from workflows.runtime.commands import parse

NARROWS = ("kind", "prefecture", "size_class", "network", "demand")


@page("/rollout/<slug>", reads="rollout.read")
def rollout(eyes: Eyes, seen: SeenProduct) -> ResponseReturnValue:
    asked = asked_for((*NARROWS, "status", "waves"))
    where: dict[str, Any] = {name: asked[name] for name in NARROWS if asked[name]}
    if "demand" in where:
        where["demand"] = {"yes": True, "no": False}.get(where["demand"], where["demand"])
    filters = Filters(parse(Where, where), asked["status"])
    shown = rollout_page(eyes, seen, filters, goes_on_after(), asked["waves"])

    def narrowed_to(**part: Any) -> str:
        return url_for("rollout", slug=seen.product.slug, **part)

    return render_template(
        "rollout/rollout.html",
        page=shown,
        asked=asked,
        where=filters.where,
        wave_about={"product": seen.product.slug} | {f"where.{name}": asked[name] for name in where},
        by_size=[
            (gettext(SIZE_CLASSES[size]), narrowed_to(size_class=size), group)
            for size, group in shown.spread.by_size.items()
        ],
        by_prefecture=[
            (name or "—", narrowed_to(prefecture=name), group)
            for name, group in shown.spread.by_prefecture.items()
        ],
        today=eyes.today,
    )
