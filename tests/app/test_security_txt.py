"""`/.well-known/security.txt` after RFC 9116: the operator's contact, never out of date, and not there without one."""

from datetime import UTC, datetime, timedelta

import pytest

from app.config import ConfigError, describe, read_config
from app.pages.well_known import GOOD_FOR
from tests.app.web import HTTPS, Reader, an_app
from tests.country import Country

CONTACT = "mailto:security@digital-agency.example.jp"


def test_it_names_the_contact_and_a_day_that_is_to_come(small_country: Country) -> None:
    app = an_app(small_country, base_url=HTTPS, KYOSO_SECURITY_CONTACT=CONTACT.removeprefix("mailto:"))
    text = Reader(app, small_country).opens("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in text.splitlines())
    assert list(fields) == ["Contact", "Expires", "Preferred-Languages", "Canonical"]
    assert fields["Contact"] == CONTACT
    assert fields["Preferred-Languages"] == "ja, en"
    assert fields["Canonical"] == f"{HTTPS}/.well-known/security.txt"
    left = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - small_country.now
    assert timedelta(days=1) < left <= GOOD_FOR < timedelta(days=365)


def test_without_a_contact_it_is_not_there_and_check_says_so(small_country: Country) -> None:
    Reader(an_app(small_country), small_country).opens("/.well-known/security.txt", 404)
    (line,) = [line for line in describe({}) if line.name == "KYOSO_SECURITY_CONTACT"]
    assert "security.txt は出ない" in line.purpose


@pytest.mark.parametrize(
    "contact", ["security", "http://a.example.jp", "mailto:a@b c", "javascript:x", "mailto:a@b\r\nX: y"]
)
def test_a_contact_that_cannot_be_followed_is_refused(contact: str) -> None:
    with pytest.raises(ConfigError, match="KYOSO_SECURITY_CONTACT"):
        read_config({"KYOSO_ENV": "development", "KYOSO_SECURITY_CONTACT": contact})
