"""What still works after a right or a session was taken away: nothing, from the next request on. Counted, and told at the end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app import identity
from tests.app.test_routes import addresses
from tests.app.web import Reader
from tests.conftest import SUMMARY
from tests.country import KANRI, TANTO, Country
from tests.keychain import OTHER_PASSWORD, PASSWORD, app, cheap_guesses, signs_in

pytestmark = pytest.mark.usefixtures("cheap_guesses")
__all__ = ["app", "cheap_guesses"]
DRAFT = "R8-0001"
OF_THE_TOWN = ("/ideas/", "/ledger/", "/do/")


def leaves(country: Country, other: Reader) -> None:
    country.say(KANRI, "user.revoke", user=TANTO, org="kazami")


def loses_the_role(country: Country, other: Reader) -> None:
    country.say("system", "user.invite", email=TANTO, name="kazami 担当", org="hoshimori", roles=["member"])
    country.say(KANRI, "user.revoke", user=TANTO, org="kazami")


def ends_the_other_devices(country: Country, other: Reader) -> None:
    other.opens("/me/security")
    other.posts("/me/security/devices/end-others")


def changes_the_password(country: Country, other: Reader) -> None:
    other.opens("/me/security")
    other.posts("/me/security/password", old=PASSWORD, new=OTHER_PASSWORD)


def is_given_a_password(country: Country, other: Reader) -> None:
    identity.set_password(country.engine, TANTO, OTHER_PASSWORD, country.now)


def goes_home_for_the_night(country: Country, other: Reader) -> None:
    country.now += timedelta(hours=13)


WAYS: tuple[Callable[[Country, Reader], None], ...] = (
    leaves,
    loses_the_role,
    ends_the_other_devices,
    changes_the_password,
    is_given_a_password,
    goes_home_for_the_night,
)


def works(reader: Reader, path: str) -> bool:
    return reader.client.get(path, base_url=reader.address).status_code == 200


def tries_everything(app: Flask, person: Reader, public: Reader) -> list[str]:
    """The addresses that open for the person and not for the public, and the act that is done."""
    found = [path for path, _ in addresses(app, "reads") if works(person, path) and not works(public, path)]
    seen = person.client.get(f"/ideas/{DRAFT}/edit", base_url=person.address).text
    if "/do/idea.revise" in seen:
        found.append("/do/idea.revise")
    return found


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nothing_works_after_it_was_taken_away(
    app: Flask,
    small_country: Country,
    way: Callable[[Country, Reader], None],
    record_property: Callable[[str, object], None],
) -> None:
    country = small_country
    assert country.a_draft() == DRAFT
    person, other, public = (Reader(app, country) for _ in range(3))
    signs_in(person)
    signs_in(other)
    person.opens(f"/ideas/{DRAFT}/edit")  # with a form that holds, until it does not
    before = tries_everything(app, person, public)
    assert {f"/ideas/{DRAFT}", "/do/idea.revise", "/me"} <= set(before)
    way(country, other)
    # Who moved to another town is still somebody there.
    gone = [path for path in before if way is not loses_the_role or path.startswith(OF_THE_TOWN)]
    still = [path for path in gone if not path.startswith("/do/") and works(person, path)]
    sent = person.client.post(
        "/do/idea.revise",
        base_url=person.address,
        data={"csrf_token": person.token(), "idea": DRAFT, "seen_version": "1", "title": "あとから"},
        headers={"Origin": person.address, "Sec-Fetch-Site": "same-origin"},
    )
    assert sent.status_code in (400, 403, 404), sent.status_code
    assert country.look("idea", DRAFT)["version"] == 1
    assert still == []
    record_property(
        SUMMARY, f"revocation, {way.__name__}: {len(gone)} requests tried, {len(still)} still worked"
    )
