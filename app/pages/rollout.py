"""`/rollout`: how far the nation is; `/rollout/<slug>`: where a product is spreading, where not, and why, and the waves by which it is
offered; and the tables behind the figures, for spreadsheets."""

from collections.abc import Mapping
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.pages import spread_charts
from app.pages.asked import asked_for, goes_on_after
from app.route import page
from stages.local_government import SIZE_CLASSES
from workflows.queries.adoption_curves import Curves, curves_of
from workflows.queries.looks import Eyes
from workflows.queries.nation import nation
from workflows.queries.offers import allowed
from workflows.queries.product_page import SeenProduct
from workflows.queries.rollout_page import rollout_page
from workflows.queries.spread import Group, spread_of
from workflows.queries.targets_list import Filters
from workflows.rollout.waves import Where
from workflows.runtime.commands import parse
from workflows.runtime.refusal import unknown
from workflows.runtime.tables_out import csv_text

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

    def unanswered_of(wave: Where) -> str:
        """Where those whom the wave's filters choose now, and who have not answered, are listed."""
        spelled = wave.model_dump(exclude_none=True)
        if wave.demand is not None:
            spelled["demand"] = "yes" if wave.demand else "no"
        return narrowed_to(status="unanswered", **spelled, _anchor="targets")

    return render_template(
        "rollout/rollout.html",
        page=shown,
        can=allowed(eyes, ("adoption.import",)),
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
        unanswered_of=unanswered_of,
        **spread_charts.IN_TEMPLATES,
    )


@page("/rollout", reads="public.read")
def nationwide(eyes: Eyes) -> ResponseReturnValue:
    can = allowed(eyes, ("adoption.import",))
    return render_template("rollout/nation.html", page=nation(eyes), can=can, **spread_charts.IN_TEMPLATES)


@page("/rollout/tables/<table>.csv", reads="public.read")
def nationwide_csv(eyes: Eyes) -> ResponseReturnValue:
    shown = nation(eyes)
    return _csv(eyes, "nation", shown.by_prefecture, shown.by_size, shown.curves)


@page("/products/<slug>/spread/<table>.csv", reads="product.read")
def spread_csv(eyes: Eyes, seen: SeenProduct) -> ResponseReturnValue:
    spread = spread_of(eyes, seen.product)
    curves = curves_of(eyes, seen.product)
    return _csv(eyes, seen.product.slug, spread.by_prefecture, spread.by_size, curves)


def _csv(
    eyes: Eyes,
    about: str,
    by_prefecture: Mapping[str, Group],
    by_size: Mapping[str, Group],
    curves: Curves,
) -> Response:
    """The table behind a figure, as a file. Refused `unknown` where no figure is called so."""
    table = (request.view_args or {})["table"]
    match table:
        case "prefectures":
            rows = spread_charts.table_of_places(by_prefecture)
        case "sizes":
            rows = spread_charts.table_of_sizes(by_size)
        case "curves":
            rows = spread_charts.table_of_curves(spread_charts.sizes(curves))
        case "waves":
            rows = spread_charts.table_of_curves(spread_charts.waves(curves))
        case _:
            raise unknown(gettext("表 %(name)s", name=table))
    named = f'attachment; filename="{about}-{table}-{eyes.today:%Y%m%d}.csv"'
    return Response(csv_text(rows), mimetype="text/csv", headers={"Content-Disposition": named})
