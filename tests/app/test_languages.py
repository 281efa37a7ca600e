"""Two languages: every text of the screen has its English, and no Japanese stands in a template outside the catalogues' reach."""

import re
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from flask import render_template_string
from jinja2 import Environment

import stages
from app import passwords
from app.languages import CATALOGUES, catalogue
from app.pages import (
    done,
    events,
    field_words,
    idea,
    kpi_words,
    library,
    mending,
    policy_words,
    words,
)
from stages import everywhere, figures, kernel, lifecycle, local_government, permissions, risk, rollout
from tests.app.web import Reader, an_app, reader
from tests.country import KANSA, KETTEI, TANTO, Country
from workflows.queries import idea_form
from workflows.registry import REGISTRY
from workflows.tables.assets import ASSET_KINDS

APP = Path(__file__).parents[2] / "app"
COUNTS = {"counted": None, "counted_in": ((1, "c"), 2)}
"""The functions whose text has a form for one and a form for many."""
KEYWORDS = {
    "_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "pgettext": ((1, "c"), 2), **COUNTS,
}  # fmt: skip
JAPANESE = re.compile(r"[ぁ-ゖァ-ヺ㐀-䶿一-鿿々]")
"""Kana and kanji; marks of punctuation are left to the template."""
PLACES = re.compile(r"%\((\w+)\)s|%%")
"""What a format has beside its words: variables, and a percent sign written twice."""

Text = tuple[str | None, str]
"""A text with the context that tells it from the same words elsewhere."""


def said_in(name: str, keywords: Mapping[str, Any] = KEYWORDS) -> set[Text]:
    """Every text that a template or a page asks the catalogues for."""
    file = APP / name
    method = "jinja2" if file.suffix == ".html" else "python"
    found = extract_from_file(method, file, keywords=keywords, options={"silent": "false"})
    return {(context, m if isinstance(m, str) else m[0]) for _, m, _, context in found}


def files() -> list[str]:
    templates = (APP / "templates").rglob("*.html")
    return sorted(
        str(f.relative_to(APP)) for f in (*templates, *APP.glob("*.py"), *(APP / "pages").glob("*.py"))
    )


def untranslated(texts: Iterable[Text]) -> list[str]:
    """Those of the texts that read the same in English: they have no translation, or an empty one."""
    return sorted(
        text
        for context, text in texts
        if JAPANESE.search(text) and {"", text} & set(in_english(context, text))
    )


def in_english(context: str | None, text: str) -> list[str]:
    """A text in English: in one form, or in those for one and for many; where there is none, the text itself."""
    english = catalogue("en")
    alone: str = english.pgettext(context, text) if context else english.gettext(text)
    if alone != text:
        return [alone]
    if context:
        return [english.unpgettext(context, text, text, n) for n in (1, 2)]
    return [english.ungettext(text, text, n) for n in (1, 2)]


@pytest.mark.parametrize("name", files())
def test_every_text_of_a_page_has_its_english(name: str) -> None:
    assert untranslated(said_in(name)) == []


def vocabulary() -> Iterator[str]:
    """The words of the domain that pages show by name."""
    for field in field_words.FIELDS.values():
        yield from (field.label, field.hint, field.unit, *field.options.values())
    for stage in stages.PIPELINE:
        yield from (stage.name, stage.purpose)
        if stage.gate:
            yield stage.gate.name
            for criterion in stage.gate.criteria:
                yield from (criterion.question, criterion.wants)
    yield from (flag.name for flag in stages.FLAGS.values())
    yield from (flag.name for flag in everywhere.FLAGS)
    yield from policy_words.COLUMNS
    yield from library.DATA_CLASSES
    yield from idea_form.DATA_CLASSES
    for sheet in risk.checklists().values():
        for item in sheet.items:
            yield from (item.text, *(item.choices or {}).values())
    yield from (mend.text for mend in mending.MENDED.values())
    for kpi in kpi_words.KPI_WORDS.values():
        yield from filter(None, (kpi.about, kpi.whole, kpi.part, kpi.mean, kpi.target_hint, kpi.both))
    tables = (
        done.DONE, words.ACTIONS, words.KPI_TYPES, figures.UNITS, words.VERDICTS, words.PILOT_STATUS, words.HEALTH, words.SEEN_BY,
        words.REVIEW_STATUS, words.ACTION_STATUS, words.RISK, words.RELATIONS, words.COMPARED, words.TARGET_STATUS,
        lifecycle.STATUS_NAMES, kernel.DECISION_NAMES, kernel.RATING_NAMES, permissions.ROLE_NAMES, permissions.KIND_NAMES,
        local_government.SIZE_CLASSES, local_government.NETWORK_MODELS, local_government.POPULATION_BANDS,
        rollout.ADOPTION_NAMES, rollout.FLAG_NAMES, rollout.POINT_REASONS, risk.LEGAL_BASES, risk.SEVERITY_NAMES,
        risk.RISK_NAMES, risk.ANSWERS, ASSET_KINDS, words.FILE_KINDS, policy_words.CELLS, policy_words.VERB_NAMES,
        done.FACTS, events.PHASES, events.KINDS, idea.GROUPS, words.LIST_NAMES, words.LIST_SOURCES, library.LICENCES, words.NETWORKS_IN_WORDS,
        words.REPORT_PARTS, passwords.SENTENCES,
    )  # fmt: skip
    for table in tables:
        yield from table.values()  # type: ignore[attr-defined]


def test_every_word_of_the_domain_has_its_english() -> None:
    said = set(vocabulary())
    assert len(said) > 600
    assert untranslated((None, word) for word in said) == []


def test_no_word_of_the_domain_would_be_taken_for_a_format() -> None:
    """Templates show them by `_(name)`, in which a percent sign begins a variable unless it is written twice; units alone
    are shown otherwise, and what was done is said with its figures."""
    elsewhere = {field.unit for field in field_words.FIELDS.values()} | set(done.FACTS.values())
    assert [word for word in set(vocabulary()) - elsewhere if "%" in word.replace("%%", "")] == []


def translations() -> Iterator[tuple[str, Text, tuple[str, ...], tuple[str, ...]]]:
    """Of every translation: its catalogue, its text, and the original and the English in all their forms."""
    for file in sorted((CATALOGUES / "en").glob("*.po")):
        for message in read_po(BytesIO(file.read_bytes()), locale="en"):
            if message.id:
                said = message.id if isinstance(message.id, tuple) else (message.id,)
                english = message.string if isinstance(message.string, tuple) else (message.string,)
                yield file.stem, (message.context or None, said[0]), said, english


def test_a_text_has_one_translation() -> None:
    """Catalogues are read one after another: of two translations the later one would win, whatever page it was meant for."""
    found: dict[Text, list[str]] = {}
    for file, text, _, _ in translations():
        found.setdefault(text, []).append(file)
    assert {text: places for text, places in found.items() if len(places) > 1} == {}


def test_a_translation_knows_no_variables_but_those_of_its_text() -> None:
    def variables(forms: Iterable[str]) -> set[str]:
        return {place for form in forms for place in PLACES.findall(form)}

    wrong = [text for _, text, said, english in translations() if not variables(english) <= variables(said)]
    assert wrong == []


def test_every_translation_is_of_a_text_that_some_page_says() -> None:
    asked = {text for name in files() for text in said_in(name)} | {(None, word) for word in vocabulary()}
    asked |= {("単位", unit) for unit in figures.UNITS.values()}
    assert sorted((file, text) for file, text, _, _ in translations() if text not in asked) == []


def test_every_verb_of_the_matrix_has_a_name() -> None:
    assert policy_words.VERB_NAMES.keys() == permissions.ROWS.keys()
    assert REGISTRY.keys() <= policy_words.VERB_NAMES.keys()
    assert len(policy_words.COLUMNS) == len(permissions.COLUMNS)
    assert policy_words.CELLS.keys() == set(permissions.Cell)


def bare_japanese(source: str) -> list[str]:
    """Japanese in a template that reaches the screen without `_()`: as text between the tags, or as a string in an expression
    that is no argument of `_`."""
    found, before = [], [""] * 4
    for _, kind, value in Environment().lex(source):
        if kind == "data" and JAPANESE.search(value):
            found += [line.strip() for line in value.splitlines() if JAPANESE.search(line)]
        asked = before[-2:] in (["_", "("], ["counted", "("]) or {"pgettext", "counted_in"} & {
            before[-2],
            before[-4],
        }
        if kind == "string" and JAPANESE.search(value) and not asked:
            found.append(value)
        if kind != "whitespace":
            before.append(value)
    return found


@pytest.mark.parametrize("name", [n for n in files() if n.endswith(".html")])
def test_no_japanese_stands_in_a_template_outside_the_catalogues(name: str) -> None:
    assert bare_japanese((APP / name).read_text("utf-8")) == []


def test_japanese_outside_the_catalogues_is_found() -> None:
    assert bare_japanese("<p>団体</p>") == ["<p>団体</p>"]
    assert bare_japanese("{{ c.chip('団体') }}") == ["'団体'"]
    assert bare_japanese("{{ c.chip(_('団体'), 'good') }}{# 説明 #}") == []


def test_a_page_is_read_in_the_language_that_was_asked_for(small_country: Country) -> None:
    """The choice is in the address once, then in a cookie; what people wrote stays as they wrote it."""
    idea, _ = small_country.an_idea_in_pilot()
    person = reader(small_country, TANTO)
    assert 'href="/me?lang=en"' in person.opens("/me")
    text = person.opens("/me?lang=en")
    assert '<html lang="en">' in text
    assert "Your organizations and roles" in text
    assert "Officer" in text
    for path in ("/", "/me", "/admin/policy"):
        assert '<html lang="en">' in person.opens(path)
    assert 'href="/admin/policy?lang=ja"' in person.opens("/admin/policy")
    assert "1 April 2026" in reader_in_english(small_country, KANSA).opens(f"/ledger/{idea}")
    assert "所属する団体と役割" in person.opens("/me?lang=ja")
    assert "所属する団体と役割" in person.opens("/me")


def reader_in_english(country: Country, who: str | None) -> Reader:
    person = reader(country, who)
    person.opens("/nowhere?lang=en", 404)
    return person


def test_what_goes_wrong_is_said_in_english_too(small_country: Country) -> None:
    public = reader_in_english(small_country, None)
    assert "Page not found" in public.opens("/nowhere", 404)
    assert 'href="/sign-in?next=/me"' in public.opens("/me", 404)
    public.opens("/sign-in")
    refused = public.posts("/sign-in", 403, email="nobody@example.jp", password="wrong")
    assert "The mail address or the password is wrong" in refused.text


def test_a_language_in_the_address_goes_no_further_than_that_page(small_country: Country) -> None:
    person = reader(small_country, KETTEI)
    text = person.opens("/ideas?lang=en&q=x")
    assert "lang=ja" in text
    assert "lang=en" not in text


def test_every_count_has_a_form_for_one_and_a_form_for_many() -> None:
    """`1 ideas` was read on the front page."""
    asked = {text for name in files() for text in said_in(name, COUNTS)}
    asked |= {("単位", unit) for unit in figures.UNITS.values()}
    plural = {text for _, text, said, english in translations() if len(said) == 2 and all(english)}
    assert len(asked) > 35
    assert asked == plural


def test_no_count_has_one_english_form_for_one_and_many() -> None:
    many = re.compile(
        r"%\(\w+\)s (?:[a-z]+ )?(?:days|hours|minutes|people|items|organizations|ideas|cases|errors|points)\b"
    )
    always_many = {
        "決定まで %(n)s 開庁日の決まり",
        "判定まで %(n)s 開庁日の決まり",
        "動けるのは、%(names)s など %(n)s 団体です。",
        "残り %(left)s 項目（%(all)s 項目のうち）",
    }  # fmt: skip
    single = {said[0]: english[0] for _, _, said, english in translations() if len(said) == 1}
    assert {text for text, english in single.items() if many.search(english)} <= always_many


def test_a_figure_is_said_as_the_reader_of_each_language_says_it(small_country: Country) -> None:
    app = an_app(small_country)
    text = (
        "{{ counted('%(n)s 人', 1) }}/{{ counted('%(n)s 人', 1200) }}/{{ 1.0 | figure('satisfaction') }}"
        "/{{ 4.25 | figure('satisfaction') }}/{{ 0.8996 | figure('accuracy', 0.9) }}/{{ ['<b>', 'い'] | listed }}"
        "/{{ counted('%(reason)s（%(n)s 点）。', 1, reason='<i>') }}"
    )
    for language, shown in (
        ("ja", "1 人/1,200 人/1 点/4.25 点/89.96%/&lt;b&gt;、い/&lt;i&gt;（1 点）。"),
        (
            "en",
            "1 person/1,200 people/1 point/4.25 points/89.96%/&lt;b&gt;, "
            '<span lang="ja">い</span>/&lt;i&gt; (1 point). ',
        ),
    ):
        with app.test_request_context(f"/?lang={language}"):
            assert render_template_string(text) == shown
