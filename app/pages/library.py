"""`/library`, `/library/<asset>`, `/library/new`: prompts, applications, data, rules and manuals, with their measured effect."""

from collections.abc import Mapping

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.pages.asked import asked_for, goes_on_after
from app.route import page
from workflows.queries.asset_page import LISTS, asset_page
from workflows.queries.library import Filters, publishing
from workflows.queries.library import library as found_in_library
from workflows.queries.looks import Eyes
from workflows.tables.assets import Asset

LICENCES = {
    "CC-BY-4.0": "出典を示せば、自由に使い、直し、配れる（文書・プロンプト向け）",
    "CC0-1.0": "何の条件もなく使える",
    "CC-BY-SA-4.0": "直したものも同じ条件で配る",
    "MIT": "著作権の表示を残せば、自由に使える（プログラム向け）",
    "Apache-2.0": "MIT に、特許の許諾を加えたもの（プログラム向け）",
    "LicenseRef-internal": "団体の中だけで使う、独自の条件",
}
"""Licences that fit most of what municipalities and vendors share; any other of the SPDX list is taken too."""
DATA_CLASSES = (
    "公開情報だけ",
    "個人情報と要機密情報を除く",
    "個人情報を除く",
    "要機密情報も可（団体の決まりによる）",
)


@page("/library", reads="public.read")
def library(eyes: Eyes) -> ResponseReturnValue:
    asked = asked_for(("kind", "q", "org"))
    found = found_in_library(eyes, Filters(**asked), goes_on_after())
    return render_template(
        "library/list.html", found=found, asked=asked, may_publish=bool(publishing(eyes).orgs)
    )


@page("/library/new", reads="public.read")
def new_asset(eyes: Eyes) -> ResponseReturnValue:
    return render_template(
        "library/new.html", page=publishing(eyes), asked=asked_for(("kind", "idea")), suggested=_suggested()
    )


@page("/library/<asset>", reads="asset.read")
def asset(eyes: Eyes, seen: Asset) -> ResponseReturnValue:
    return render_template(
        "library/asset.html",
        page=asset_page(eyes, seen, asked_for(LISTS)),
        suggested=_suggested(),
        licences=LICENCES,
    )


def _suggested() -> Mapping[str, list[tuple[str, str]]]:
    """What the fields that take any text suggest."""
    return {
        "licence": [(key, f"{key}: {gettext(meaning)}") for key, meaning in LICENCES.items()],
        "permitted_data_class": [(name, gettext(name)) for name in DATA_CLASSES],
    }
