"""`/library` and what is below it: prompts, applications, data, rules and manuals, in versions, with their measured effect."""

from collections.abc import Mapping

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.pages.asked import asked_for, goes_on_after
from app.route import page
from workflows.prompt_cases import expected
from workflows.queries.asset_changes import changes_between, changes_from_source
from workflows.queries.asset_page import LISTS, asset_page
from workflows.queries.library import Filters, publishing
from workflows.queries.library import library as found_in_library
from workflows.queries.looks import Eyes
from workflows.runtime.refusal import unknown
from workflows.tables.assets import Asset, AssetVersion

LICENCES = {
    "CC-BY-4.0": "出典を示せば、自由に使い、直し、配れる（文書・プロンプト向け）",
    "CC0-1.0": "何の条件もなく使える",
    "CC-BY-SA-4.0": "直したものも同じ条件で配る",
    "MIT": "著作権の表示を残せば、自由に使える（プログラム向け）",
    "Apache-2.0": "MIT に、特許の許諾を加えたもの（プログラム向け）",
    "BSD-3-Clause": "MIT とほぼ同じ。作った団体の名前を宣伝に使えない（プログラム向け）",
    "GPL-3.0-only": "直したものも、同じ条件で中身を公開する（プログラム向け）",
    "AGPL-3.0-only": "GPL に加え、ネットワーク越しに使わせるときも中身を公開する（プログラム向け）",
    "ODbL-1.0": "出典を示し、直したデータも同じ条件で配る（データ向け）",
    "LicenseRef-PDL-1.0": "公共データ利用規約（第1.0版）。出典を示せば使える（国・自治体のデータ向け）",
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
    asked = asked_for(("kind", "q", "org", "licence", "data_class", "effect"))
    found = found_in_library(eyes, Filters(**asked), goes_on_after())
    return render_template(
        "library/list.html",
        found=found,
        asked=asked,
        may_publish=bool(publishing(eyes).orgs),
        named_licences=[(key, _named(key)) for key in found.licences],
        data_classes=[(name, gettext(name) if name in DATA_CLASSES else name) for name in found.data_classes],
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
        expected=expected,
    )


@page("/library/<asset>/changes", reads="asset.read")
def asset_changes(eyes: Eyes, seen: Asset) -> ResponseReturnValue:
    """`from` and `to` are numbers of versions; `with=source` compares it to what it was copied from."""
    asked = asked_for(("from", "to"))
    of_source = request.args.get("with") == "source"
    found = changes_from_source(eyes, seen) if of_source else changes_between(eyes, seen, *asked.values())
    return render_template("library/changes.html", asset=seen, found=found, of_source=of_source)


@page("/library/<asset>/<int:version>/text.md", reads="asset_version.read")
def asset_md(eyes: Eyes, seen: tuple[Asset, AssetVersion]) -> ResponseReturnValue:
    return _saved(*seen, "md", "text/markdown")


@page("/library/<asset>/<int:version>/text.txt", reads="asset_version.read")
def asset_txt(eyes: Eyes, seen: tuple[Asset, AssetVersion]) -> ResponseReturnValue:
    return _saved(*seen, "txt", "text/plain")


def _saved(asset: Asset, version: AssetVersion, ending: str, kind: str) -> Response:
    """The text as it was written, and nothing besides: it is pasted where it is used. Refused `unknown` where there is none."""
    if not version.body_md:
        raise unknown(f"資料 {asset.ref} の本文")
    name = f"{asset.ref}-v{version.number}.{ending}"
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(version.body_md + "\n", content_type=f"{kind}; charset=utf-8", headers=attached)


def _named(licence: str) -> str:
    return f"{licence}: {gettext(LICENCES[licence])}" if licence in LICENCES else licence


def _suggested() -> Mapping[str, list[tuple[str, str]]]:
    """What the fields that take any text suggest."""
    return {
        "licence": [(key, _named(key)) for key in LICENCES],
        "permitted_data_class": [(name, gettext(name)) for name in DATA_CLASSES],
    }
