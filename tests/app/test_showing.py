"""Values as a page shows them."""

from datetime import date

import pytest
from flask import render_template_string

from app.pages.showing import budget_year, day_in_year
from tests.app.web import an_app, reader
from tests.country import HOSHIMORI, TANTO, Country


@pytest.mark.parametrize(
    ("year", "japanese", "english"),
    [
        (2027, "令和9年度", "FY2027"),
        (2019, "令和元年度", "FY2019"),
        (2018, "平成30年度", "FY2018"),
        (2000, "平成12年度", "FY2000"),
        (1989, "平成元年度", "FY1989"),
        (1988, "1988年度", "FY1988"),
    ],
)
def test_a_fiscal_year_has_the_era_in_which_it_lies(
    small_country: Country, year: int, japanese: str, english: str
) -> None:
    app = an_app(small_country)
    with app.test_request_context("/"):
        assert budget_year(year) == japanese
        assert day_in_year(date(year + 1, 3, 31)).endswith(f"（{japanese}）")
    with app.test_request_context("/?lang=en"):
        assert budget_year(year) == english


def test_a_budget_before_the_era_is_not_counted_backwards(small_country: Country) -> None:
    """It read 令和-18年度."""

    idea = small_country.an_idea()
    small_country.say(HOSHIMORI, "idea.demand", idea=idea, need="使いたい。", budget_year=2000)
    text = reader(small_country, TANTO).opens(f"/ideas/{idea}")
    assert "平成12年度の予算で" in text
    assert "令和-" not in text


def test_what_stands_in_a_counted_text_is_escaped_unless_it_is_marked_up_already(
    small_country: Country,
) -> None:
    said = "{{ counted('%(n)s 件（%(of)s、%(on)s）', 1200, of='<b>', on='<i>' | safe) }}"
    with an_app(small_country).test_request_context("/"):
        assert render_template_string(said) == "1,200 件（&lt;b&gt;、<i>）"
