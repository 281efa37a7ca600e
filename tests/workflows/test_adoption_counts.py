"""A statement of adoption counts for a year, and in every place alike."""

from datetime import timedelta

from tests.app.web import reader
from tests.country import HOSHIMORI, KUMOI, TANTO, Country


def test_every_place_stops_counting_a_statement_on_the_same_day(small_country: Country) -> None:
    """Four places each had their own expression for it."""
    _, product = small_country.a_flagged_product()
    for who in (HOSHIMORI, KUMOI):
        small_country.say(who, "adoption.report", product=product, status="adopted")
    stated = small_country.now

    def counted() -> tuple[int, int, bool, int]:
        seen = small_country.look("product", product)
        public = reader(small_country)
        town = small_country.look("municipality", "hoshimori")["adopted"]
        listed = public.opens("/municipalities?q=星守村").split("<tbody>")[1]
        return seen.get("adopted", 0), seen["expired"], 'class="number right">1</td>' in listed, len(town)

    small_country.now = stated.replace(year=stated.year + 1) - timedelta(days=1)
    assert counted() == (2, 0, True, 1)
    assert "導入済み 2 団体" in _card(small_country)
    small_country.now += timedelta(days=1)
    assert counted() == (0, 2, False, 0)
    assert "導入済み 2 団体" not in _card(small_country)
    small_country.say(HOSHIMORI, "adoption.reconfirm", product=product)
    assert counted() == (1, 1, True, 1)


def _card(country: Country) -> str:
    return reader(country, TANTO).opens("/products")
