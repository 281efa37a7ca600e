"""A public page is sent again only when it says something else (DESIGN §7)."""

import pytest

from tests.app.web import Reader, reader
from tests.country import TANTO, VENDOR, Country


def asked_again(person: Reader, path: str, etag: str) -> int:
    answer = person.client.get(path, base_url=person.address, headers={"If-None-Match": etag})
    if answer.status_code == 304:
        assert answer.data == b""
        assert answer.headers["ETag"] == etag
        assert "Content-Security-Policy" in answer.headers
    return answer.status_code


@pytest.mark.parametrize(
    "path", ["/", "/ideas", "/ideas?stage=pilot", "/events", "/products", "/library", "/municipalities"]
)
def test_the_public_is_told_that_nothing_has_changed(small_country: Country, path: str) -> None:
    _, product = small_country.a_flagged_product()
    for address in (path, f"/products/{product}"):
        person = reader(small_country)
        person.opens(address)
        assert person.page is not None
        etag = person.page.headers["ETag"]
        assert etag.startswith('W/"')
        assert asked_again(person, address, etag) == 304
        assert asked_again(reader(small_country), address, etag) == 304
        assert asked_again(person, address, 'W/"another"') == 200


def test_what_has_changed_is_sent(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    person = reader(small_country)
    person.opens("/products")
    assert person.page is not None
    etag = person.page.headers["ETag"]
    small_country.say(VENDOR, "product.revise", product=product, name="新しい名前")
    assert asked_again(person, "/products", etag) == 200
    assert "新しい名前" in person.opens("/products")
    assert asked_again(person, "/products?lang=en", etag) == 200


def test_what_a_signed_in_person_sees_is_kept_nowhere(small_country: Country) -> None:
    person = reader(small_country, TANTO)
    person.opens("/products")
    assert person.page is not None
    assert "ETag" not in person.page.headers
    assert person.page.headers["Cache-Control"] == "no-store"
    public = reader(small_country)
    public.opens("/products")
    assert public.page is not None
    assert asked_again(person, "/products", public.page.headers["ETag"]) == 200


def test_a_page_that_is_not_there_has_none(small_country: Country) -> None:
    person = reader(small_country)
    person.opens("/products/none", 404)
    assert person.page is not None
    assert "ETag" not in person.page.headers
