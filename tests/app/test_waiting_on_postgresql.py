"""Ways in, used twice at the same moment: the second waits for the first one's commit (tests/races.py, `meanwhile`)."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from app import identity, invitations, kept_forms, outside, sign_in_limits
from app.oidc import Known, NotSignedIn
from app.oidc_providers import providers
from app.route import house
from tests.app.test_invitations import NEW, PASSWORD, invite, link_to
from tests.app.test_openid import settings
from tests.app.web import an_app, person_id
from tests.country import TANTO, VENDOR, Country
from tests.races import Act, meanwhile
from tests.shelves import Plot
from workflows.runtime.transaction import writing
from workflows.tables.people import SignInFailure

ISSUER = "https://sso.example.jp"


@pytest.fixture
def land(postgresql_plot: Plot) -> Country:
    return Country(postgresql_plot)


def sets_a_password(land: Country, email: str) -> Act:
    """What an administrator does by command."""
    user = person_id(land, email)

    def act(engine: sa.Engine) -> None:
        with writing(engine) as session:
            identity.keep_password(session, user, "$argon2id$kept", land.now)

    return act


def test_who_is_given_a_password_at_this_moment_has_a_way_in(land: Country) -> None:
    invite(land)
    secret = house(an_app(land)).config.secret
    invited = invitations.find(land.engine, secret, link_to(land).rpartition("/")[2], land.now)
    assert invited is not None
    _, too_late = meanwhile(
        land.engine,
        sets_a_password(land, NEW),
        lambda engine: invitations.accept(engine, invited, PASSWORD, land.now),
    )
    assert isinstance(too_late, invitations.NotOpen)

    (provider,) = providers(settings(ISSUER))
    known = Known(ISSUER, "1", TANTO)
    _, too_late = meanwhile(
        land.engine,
        sets_a_password(land, TANTO),
        lambda engine: outside.user_of(engine, provider, known, land.now),
    )
    assert isinstance(too_late, NotSignedIn)
    assert str(too_late) == str(outside.HAS_ANOTHER_WAY)


def test_of_two_ways_in_that_are_given_up_at_once_one_stays(land: Country) -> None:
    user, issuers = person_id(land, VENDOR), (ISSUER, "https://other.example.jp")
    for issuer in issuers:
        outside.link(land.engine, user, Known(issuer, "1", VENDOR), land.now)
    ends: list[Any] = [lambda engine, i=i: outside.unlink(engine, user, i) for i in issuers]
    assert meanwhile(land.engine, *ends) == [True, False]


def test_what_was_kept_is_given_once_and_what_was_counted_is_taken_back_each_time(land: Country) -> None:
    pairs = [("kept.verb", "idea.draft")]
    secret = kept_forms.keep(land.engine, pairs, land.now)
    take: Act = lambda engine: kept_forms.take(engine, secret, land.now)  # noqa: E731
    assert meanwhile(land.engine, take, take) == [pairs, []]

    tries = [sign_in_limits.attempt("secret", who, "192.0.2.1") for who in ("a", "b")]
    sign_in_limits.charge(land.engine, tries[0], land.now)
    wrong: list[Any] = [lambda engine, t=t: sign_in_limits.charge(engine, t, land.now) for t in tries]
    assert meanwhile(land.engine, *wrong) == [None, None]
    assert counted(land, tries[0].address) == 3
    right: list[Any] = [lambda engine, t=t: sign_in_limits.forgive(engine, t) for t in tries]
    assert meanwhile(land.engine, *right) == [None, None]
    assert (counted(land, tries[0].address), counted(land, tries[0].account)) == (1, None)


def counted(land: Country, key: str) -> int | None:
    with Session(land.engine) as session:
        return session.exec(select(SignInFailure.count).where(SignInFailure.key == key)).first()
