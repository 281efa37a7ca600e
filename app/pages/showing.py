"""How values look on a page: Japanese dates, figures with their unit, names of states; all as filters of the templates."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import get_locale, gettext
from markupsafe import Markup

import stages
from app.fingerprints import static_url
from app.languages import LANGUAGES
from app.pages import charts, words
from app.pages.form_views import form_of, problems, texts_left
from app.pages.mending import mended
from app.pages.places import stands_open
from app.route import house
from stages.days import era_year, fiscal_year
from stages.kernel import DECISION_NAMES, MAX_OPEN_REVIEWS, QUORUM, RATING_NAMES
from stages.lifecycle import STATUS_NAMES
from stages.local_government import KINDS, NETWORK_MODELS, SIZE_CLASSES
from stages.permissions import KIND_NAMES, ROLE_NAMES
from stages.risk import LEGAL_BASES, SEVERITY_NAMES
from stages.rollout import FLAG_NAMES
from workflows.calendar import TOKYO, tokyo_day
from workflows.measuring import SHARES
from workflows.queries.offers import Town
from workflows.tables.assets import ASSET_KINDS

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip

ISO_DAY = re.compile(r"(?<!\d)(20\d\d)-(0[1-9]|1[0-2])-([0-2]\d|3[01])(?![\dT])(?: (?=[^\x00-\x7f]))?")
JAPANESE = re.compile(r"[ぁ-ゖァ-ヺ㐀-䶿一-鿿々]")
"""Kana and kanji."""


def in_english() -> bool:
    return get_locale().language == "en"


def day(value: date | datetime | None) -> str:
    """2026年11月23日, 23 November 2026; in Tokyo."""
    if value is None:
        return "—"
    on = tokyo_day(value) if isinstance(value, datetime) else value
    if in_english():
        return f"{on.day} {MONTHS[on.month - 1]} {on.year}"
    return f"{on.year}年{on.month}月{on.day}日"


def day_in_year(value: date | datetime) -> str:
    """2026年11月23日（令和8年度）, 23 November 2026 (FY2026)."""
    on = tokyo_day(value) if isinstance(value, datetime) else value
    if in_english():
        return f"{day(on)} (FY{fiscal_year(on)})"
    return f"{day(on)}（令和{era_year(on)}年度）"


def budget_year(year: int) -> str:
    """A fiscal year by the year in which it begins: 令和9年度, FY2027."""
    return f"FY{year}" if in_english() else f"令和{year - 2018}年度"


def moment(value: datetime) -> str:
    """2026年11月23日 14:05, 23 November 2026 14:05; in Tokyo."""
    return f"{day(value)} {value.astimezone(TOKYO):%H:%M}"


def when(value: date | datetime, shown: str = "day") -> Markup:
    """A date that machines read too; `shown` is day, year (with its fiscal year) or moment."""
    text = day_in_year(value) if shown == "year" else day(value)
    if shown == "moment" and isinstance(value, datetime):
        text = moment(value)
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), text)


def spoken(text: str) -> str:
    """A sentence with its ISO dates as people write them, and without the names that it gives to programs: of fields, of
    checklists (contract-1), of a sample's size (n=412). Rules speak Japanese whatever the page's language; on an English
    page such a sentence says so."""
    text = re.sub(r"（[a-z_.・／]*[_.・／][a-z_.・／]*）", "", text)
    text = re.sub(r"(?<![\w-])(?:contract|procurement|high_risk)-\d+: ", "", text)
    text = re.sub(r"（n=(\d+)", r"（標本 \1 件", text)
    if in_english() and not JAPANESE.search(text):
        return ISO_DAY.sub(
            lambda m: day(date(*map(int, m.groups()))) + (" " if m[0].endswith(" ") else ""), text
        )
    text = ISO_DAY.sub(lambda m: f"{m[1]}年{int(m[2])}月{int(m[3])}日", text)
    return Markup('<span lang="ja">{}</span>').format(text) if in_english() else text


def figure(value: float | None, kpi_type: str) -> str:
    """A KPI's figure with its unit: shares in percent, yen and counts whole, others to two digits."""
    if value is None:
        return "—"
    if kpi_type in SHARES:
        return f"{value * 100:.1f}%"
    unit = gettext(words.UNITS[kpi_type]) if kpi_type in words.UNITS else ""
    text = (
        f"{value:,.0f}"
        if kpi_type in ("cost_per_case", "incident_count")
        else f"{value:,.2f}".rstrip("0").rstrip(".")
    )
    return f"{text} {unit}".strip()


def with_query(**changes: Any) -> str:
    """This page's address with query fields changed; None takes one out. Filters stay, the page's key does not."""
    kept = {k: v for k, v in request.args.items() if k not in ("after", "lang") and v}
    merged = {k: v for k, v in {**kept, **changes}.items() if v is not None}
    return url_for(request.endpoint or "home", **(request.view_args or {}), **merged)


def pairs(values: Iterable[str]) -> list[tuple[str, str]]:
    """Values as options of a select, each its own name."""
    return [(value, value) for value in values]


def pick_town(towns: Iterable[Town]) -> list[tuple[str, str]]:
    """The local governments a person speaks for, as choices."""
    return [(town.slug, town.name) for town in towns]


def choices(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names of the domain as options of a select, in the reader's language."""
    return [(key, gettext(name)) for key, name in names.items()]


def translated(options: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Choices of which some are words of the domain and others what people wrote, which stays as it is."""
    return [(value, gettext(name)) for value, name in options]


def role_options(roles: Iterable[str]) -> list[tuple[str, str]]:
    """Roles as choices, by name."""
    return [(role, gettext(ROLE_NAMES[role])) for role in roles]


def here() -> str:
    """The address of the page that is shown, with its filters. A language asked for is remembered already."""
    asked = {name: value for name, value in request.args.items() if name != "lang"}
    return url_for(request.endpoint or "home", **{**(request.view_args or {}), **asked})


def set_up(app: Flask) -> None:
    """Gives the templates their filters and names. What is not defined is an error, never an empty place."""
    import jinja2

    env = app.jinja_env
    env.undefined = jinja2.StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.filters.update(
        day=day,
        day_in_year=day_in_year,
        budget_year=budget_year,
        moment=moment,
        when=when,
        spoken=spoken,
        figure=figure,
    )
    names: Mapping[str, Any] = {
        "static_url": static_url, "with_query": with_query, "form_of": form_of, "problems": problems, "texts_left": texts_left,
        "here": here, "stands_open": stands_open, "LANGUAGES": LANGUAGES,
        "interval": charts.interval, "words": words, "PIPELINE": stages.PIPELINE, "STAGES": stages.STAGES,
        "STATUS": STATUS_NAMES, "DECISIONS": DECISION_NAMES, "RATINGS": RATING_NAMES,
        "FLAGS": FLAG_NAMES, "SIZES": SIZE_CLASSES, "NETWORKS": NETWORK_MODELS,
        "pairs": pairs,
        "pick_town": pick_town, "QUORUM": QUORUM, "MAX_OPEN_REVIEWS": MAX_OPEN_REVIEWS, "KINDS": KIND_NAMES,
        "TOWN_KINDS": KINDS, "ROLES": ROLE_NAMES, "role_options": role_options, "choices": choices, "translated": translated,
        "ASSETS": ASSET_KINDS, "LEGAL_BASES": LEGAL_BASES,
        "SEVERITY": SEVERITY_NAMES, "mended": mended,
    }  # fmt: skip
    env.globals.update(names)

    @app.context_processor
    def the_reader() -> dict[str, Any]:
        return {
            "me": g.get("signed_in"),
            "demo": house().config.demo,
            "language": str(get_locale()),
            "refused": g.get("refusal"),
        }
