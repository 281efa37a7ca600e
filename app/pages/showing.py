"""How values look on a page: Japanese dates, figures with their unit, names of states; all as filters of the templates."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request, url_for
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape

import stages
from app.discreet import ADDRESS, LEFT_OUT
from app.fingerprints import static_url
from app.languages import LANGUAGES, comma, counted_in, counted_on_page
from app.pages import charts, words
from app.pages.form_views import form_of, problems, texts_left
from app.pages.mending import mended
from app.pages.places import stands_open
from app.route import house
from stages import figures
from stages.days import fiscal_year
from stages.kernel import DECISION_NAMES, MAX_OPEN_REVIEWS, QUORUM, RATING_NAMES
from stages.lifecycle import STATUS_NAMES
from stages.local_government import KINDS, NETWORK_MODELS, SIZE_CLASSES
from stages.permissions import KIND_NAMES, ROLE_NAMES
from stages.risk import LEGAL_BASES, SEVERITY_NAMES
from stages.rollout import FLAG_NAMES
from workflows.calendar import TOKYO, tokyo_day
from workflows.files.kinds import MEDIA_TYPES
from workflows.queries.counting import MOST
from workflows.tables.assets import ASSET_KINDS

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip

ERA_YEARS = (("令和", 2018), ("平成", 1988))
"""Eras of fiscal years, and the year before the first of each: the one that began in April 2019 is 令和元年度."""
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
    year = budget_year(fiscal_year(on))
    return f"{day(on)} ({year})" if in_english() else f"{day(on)}（{year}）"


def budget_year(year: int) -> str:
    """A fiscal year by the year in which it begins: 令和9年度, 令和元年度 (2019), 平成30年度, before 平成 1988年度; FY2027."""
    if in_english():
        return f"FY{year}"
    era, before = next(((e, first) for e, first in ERA_YEARS if year > first), ("", 0))
    return f"{era}{'元' if era and year - before == 1 else year - before}年度"


def moment(value: datetime) -> str:
    """2026年11月23日 14:05, 23 November 2026 14:05; in Tokyo."""
    return f"{day(value)} {value.astimezone(TOKYO):%H:%M}"


def capped(number: int) -> str:
    """A count that was taken up to MOST: 1,000+ says that there are more."""
    return f"{number:,}" if number <= MOST else f"{MOST:,}+"


def when(value: date | datetime, shown: str = "day") -> Markup:
    """A date that machines read too; `shown` is day, year (with its fiscal year), moment, or clock (the hour alone)."""
    text = day_in_year(value) if shown == "year" else day(value)
    if shown == "moment" and isinstance(value, datetime):
        text = moment(value)
    if shown == "clock" and isinstance(value, datetime):
        text = f"{value.astimezone(TOKYO):%H:%M}"
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


def named(name: str | None) -> str | None:
    """A name that people gave, in Japanese or not. On an English page a Japanese one says that it is Japanese, so that it is
    read aloud and drawn as such. Not for attributes, options and titles of a page, which hold no marks."""
    if name and in_english() and JAPANESE.search(name):
        return Markup('<span lang="ja">{}</span>').format(name)
    return name


def lang_of(text: str) -> Markup:
    """The attribute by which an element that can hold no marks, an option, says on an English page that its text is Japanese."""
    return Markup(' lang="ja"') if in_english() and JAPANESE.search(text) else Markup("")


def to_all(text: str) -> str:
    """What makers wrote, as it may be shown to who reads it: to the public without mail addresses (docs/decisions/0029)."""
    return text if g.get("signed_in") else ADDRESS.sub(LEFT_OUT, text)


def listed(names: Iterable[str]) -> Markup:
    """Names one after another, as the reader's language joins them."""
    return Markup(comma()).join(escape(named(name) or "") for name in names)


def figure(value: float | None, kpi_type: str, target: float | None = None) -> str:
    """A KPI's figure with its unit; one that is held against a target is never rounded across it."""
    if value is None:
        return "—"
    return _with_unit(figures.number(value, kpi_type, target), kpi_type)


def goal(target: float, kpi_type: str) -> str:
    """A target with its unit, exactly as it was set."""
    return _with_unit(figures.exact(target, kpi_type), kpi_type)


def _with_unit(number: str, kpi_type: str) -> str:
    unit = figures.UNITS.get(kpi_type)
    return f"{number} {counted_in('単位', unit, 1 if number == '1' else 2)}" if unit else f"{number}%"


def with_query(**changes: Any) -> str:
    """This page's address with query fields changed; None takes one out. Filters stay, the page's key does not."""
    kept = {k: v for k, v in request.args.items() if k not in ("after", "lang") and v}
    return address_with({**kept, **changes})


def address_with(query: Mapping[str, Any]) -> str:
    """This page's address with these query fields; None for a field that it shall not have.

    What a reader may have put into an address stands behind its question mark alone: `url_for` would take a field called
    `number` for another page, and one called `_scheme` for another site.
    """
    page = url_for(request.endpoint or "home", **(request.view_args or {}))
    fields = urlencode({name: value for name, value in query.items() if value is not None})
    return f"{page}?{fields}" if fields else page


def pairs(values: Iterable[str]) -> list[tuple[str, str]]:
    """Values as options of a select, each its own name."""
    return [(value, value) for value in values]


def choices(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names of the domain as options of a select, in the reader's language."""
    return [(key, gettext(name)) for key, name in names.items()]


def size_of(size: int) -> str:
    """1.2 MB, 34 KB: bytes by thousands, as the limit of 20 MB is said."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1_000))} KB"


def translated(options: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Choices of which some are words of the domain and others what people wrote, which stays as it is."""
    return [(value, gettext(name)) for value, name in options]


def role_options(roles: Iterable[str]) -> list[tuple[str, str]]:
    """Roles as choices, by name."""
    return [(role, gettext(ROLE_NAMES[role])) for role in roles]


def here() -> str:
    """The address of the page that is shown, with its filters. A language asked for is remembered already."""
    return address_with({name: value for name, value in request.args.items() if name != "lang"})


def set_up(app: Flask) -> None:
    """Gives the templates their filters and names. What is not defined is an error, never an empty place."""
    import jinja2

    env = app.jinja_env
    env.undefined = jinja2.StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.filters.update(
        day=day,
        budget_year=budget_year,
        moment=moment,
        capped=capped,
        when=when,
        spoken=spoken,
        figure=figure,
        goal=goal,
        named=named,
        listed=listed,
        to_all=to_all,
        size_of=size_of,
    )
    names: Mapping[str, Any] = {
        "static_url": static_url, "with_query": with_query, "form_of": form_of, "problems": problems, "texts_left": texts_left,
        "here": here, "stands_open": stands_open, "counted": counted_on_page, "comma": comma, "lang_of": lang_of, "counted_in": counted_in,
        "LANGUAGES": LANGUAGES,
        "interval": charts.interval, "spans": charts.spans, "words": words, "PIPELINE": stages.PIPELINE, "STAGES": stages.STAGES,
        "STATUS": STATUS_NAMES, "DECISIONS": DECISION_NAMES, "RATINGS": RATING_NAMES,
        "FLAGS": FLAG_NAMES, "SIZES": SIZE_CLASSES, "NETWORKS": NETWORK_MODELS,
        "pairs": pairs,
        "QUORUM": QUORUM, "MAX_OPEN_REVIEWS": MAX_OPEN_REVIEWS, "KINDS": KIND_NAMES,
        "TOWN_KINDS": KINDS, "ROLES": ROLE_NAMES, "role_options": role_options, "choices": choices, "translated": translated,
        "ASSETS": ASSET_KINDS, "LEGAL_BASES": LEGAL_BASES,
        "SEVERITY": SEVERITY_NAMES, "mended": mended, "FILE_KINDS": words.FILE_KINDS,
        "FILE_ENDINGS": ",".join(f".{k}" for k in (*MEDIA_TYPES, "jpeg")),
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
